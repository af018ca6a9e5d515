"""Which cell something runs in, whatever the frontend says of it."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from virtsdk.widgets import cells
from virtsdk.widgets.cells import Run, current_run


def parent(number: str, cell: str | None) -> dict[str, Any]:
    return {"header": {"msg_id": number}, "metadata": {} if cell is None else {"cellId": cell}}


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    found = SimpleNamespace(execution_count=3, get_parent=lambda: parent("m1", "c1"))
    monkeypatch.setattr(cells, "get_ipython", lambda: found)
    return found


def in_cell(file: str) -> Run | None:
    space = {"__name__": "__main__", "current_run": current_run}
    exec(compile("found = (lambda: current_run())()", file, "exec"), space)
    return space["found"]  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("one", "other", "replaced"),
    [
        (Run("c1", "m2"), Run("c1", "m1"), True),
        (Run("c1", "m1"), Run("c1", "m1"), False),
        (Run("c2", "m2"), Run("c1", "m1"), False),
        (Run("c1", "m2"), None, False),
    ],
    ids=["run again", "the same run", "another cell", "no cell"],
)
def test_a_run_replaces_earlier_ones_of_its_cell(one: Run, other: Run | None, replaced: bool) -> None:
    assert one.replaces(other) is replaced


def test_a_frontend_may_say_which_cell_it_is(shell: SimpleNamespace) -> None:
    assert in_cell("/tmp/ipykernel_7/01.py") == Run("c1", "m1")


@pytest.mark.parametrize("file", ["/tmp/ipykernel_7/01.py", "<ipython-input-{}-01ab>"])
def test_else_it_is_known_by_its_source(shell: SimpleNamespace, file: str) -> None:
    shell.get_parent = lambda: parent("m1", None)
    first = in_cell(file.format(1))
    shell.get_parent = lambda: parent("m2", None)
    again, other = in_cell(file.format(2)), in_cell(file.format(2).replace("01", "02"))
    assert again is not None
    assert (again.replaces(first), again.replaces(other)) == (True, False)


def test_a_plain_ipython_counts_its_runs(shell: SimpleNamespace) -> None:
    del shell.get_parent
    assert in_cell("<ipython-input-3-01ab>") == Run("01ab", "3")


def test_outside_of_a_notebook_there_is_no_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "get_ipython", lambda: None)
    assert current_run() is None


def test_a_view_of_a_marimo_cell_ends_with_its_run(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Any] = []
    context = SimpleNamespace(cell_lifecycle_registry=SimpleNamespace(add=kept.append))
    module = SimpleNamespace(safe_get_context=lambda: context)
    monkeypatch.setitem(sys.modules, "marimo._runtime.context", module)  # type: ignore[arg-type]
    view = type("View", (), {"close": lambda _self: kept.append("closed")})()
    cells.opened(view, None)
    (item,) = kept
    assert item.dispose(context, deletion=False)
    assert kept[1:] == ["closed"]
    cells.closed(view)
    module.safe_get_context = lambda: None  # another thread, or a script
    cells.opened(view, None)
    cells.closed(view)
    assert len(kept) == 2
