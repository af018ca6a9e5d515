"""The tree of snapshots: order, marks, and long ones."""

from __future__ import annotations

from typing import Any

from virtsdk.resources.domain.snapshots.tree import Tree, arrange


def rows(*pairs: tuple[str, str | None]) -> list[dict[str, Any]]:
    return [{"name": name, "parent": parent, "time": None} for name, parent in pairs]


def drawn(*pairs: tuple[str, str | None]) -> list[str]:
    return [f"{mark}{row['name']}" for mark, row in arrange(rows(*pairs))]


def test_those_side_by_side_have_marks_and_what_follows_one_alone_has_none() -> None:
    assert drawn(("a", None), ("b", "a"), ("c", "b")) == ["a", "b", "c"]
    assert drawn(("d", "b"), ("c", "a"), ("b", "a"), ("a", None), ("e", "b"), ("f", "e"), ("g", "c")) == [
        "a",
        "├─ b",
        "│  ├─ d",
        "│  └─ e",
        "│     f",
        "└─ c",
        "   g",
    ]


def test_several_roots_lie_side_by_side() -> None:
    assert drawn(("a", None), ("b", None), ("c", "a")) == ["├─ a", "│  c", "└─ b"]


def test_one_whose_parent_is_gone_is_a_root() -> None:
    assert drawn(("b", "gone"), ("c", "b")) == ["b", "c"]
    assert drawn(("a", "a")) == ["a"]


def test_the_older_comes_first() -> None:
    found = arrange([{"name": "a", "parent": None, "time": 2}, {"name": "b", "parent": None, "time": 1}])
    assert [row["name"] for _, row in found] == ["b", "a"]


def test_a_chain_may_be_long_and_is_not_indented() -> None:
    chain = [("0", None), *((str(n), str(n - 1)) for n in range(1, 5000))]
    assert drawn(*chain) == [str(n) for n in range(5000)]


def test_text_and_page_show_names_as_words() -> None:
    tree = Tree.of("2 snapshots of <web1>", rows(("<b>a\nb</b>", None), ("c", "<b>a\nb</b>")))
    assert str(tree).splitlines()[0] == "<2 snapshots of <web1>>"
    assert "a\\nb" in str(tree)
    page = tree._repr_html_()
    assert "<b>a" not in page
    assert "2 snapshots of &lt;web1&gt;" in page
    assert repr(Tree.of("0 snapshots of web1", [])) == "<0 snapshots of web1>"


def test_sizes_are_words() -> None:
    tree = Tree.of("1 checkpoint", [{"name": "a", "parent": None, "size_bytes": 2**20}])
    assert "1 MiB" in str(tree)
