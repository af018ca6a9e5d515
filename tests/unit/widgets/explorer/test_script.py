"""Clicks as code that runs as it stands."""

from __future__ import annotations

import virtsdk
from virtsdk.widgets.explorer.script import Script

NODE = "<node>{}</node>"
DOMAIN = "<domain type='test'><name>{}</name><memory>4096</memory><os><type>hvm</type></os></domain>"


def test_it_runs_as_it_stands_and_does_the_same() -> None:
    script = Script([("test:///default", False)])
    assert script.text == ""
    script.add("suspend()", [(0, "test")])
    space: dict[str, object] = {}
    exec(script.text, space)
    host = space["host"]
    assert isinstance(host, virtsdk.Host)
    assert host.domains["test"].state == "paused"
    host.domains["test"].resume()
    host.close()


def test_names_are_text_whatever_is_in_them(tmp_path) -> None:
    hostile = ["it's", 'a"];import os', "back\\slash"]
    path = tmp_path / "node.xml"
    path.write_text(NODE.format("".join(DOMAIN.format(name) for name in hostile)))
    script = Script([(f"test://{path}", False)])
    script.add("destroy()", [(0, name) for name in hostile])
    space: dict[str, object] = {}
    exec(script.text, space)
    host = space["host"]
    assert isinstance(host, virtsdk.Host)
    assert set(host.domains.frame()["state"]) == {"shutoff"}
    host.close()


def test_each_host_is_connected_once_where_it_is_first_needed() -> None:
    script = Script([("test:///a", False), ("test:///b", True), ("test:///c", False)])
    script.add("start()", [(0, "x"), (2, "y"), (0, "z")])
    script.add("start()", [(2, "y")])
    assert script.text.splitlines() == [
        "import virtsdk",
        "",
        "host1 = virtsdk.connect('test:///a')",
        "for name in ['x', 'z']:",
        "    host1.domains[name].start()",
        "host3 = virtsdk.connect('test:///c')",
        "host3.domains['y'].start()",
        "host3.domains['y'].start()",
    ]


def test_a_guest_that_was_asked_to_shut_down_is_waited_for_before_it_starts() -> None:
    script = Script([("test:///default", False)])
    for verb, names in (("shutdown", "abc"), ("destroy", "b"), ("start", "ab"), ("start", "c")):
        script.add(f"{verb}()", [(0, name) for name in names])
    script.add("start()", [(0, "a")])  # once is enough
    assert script.text.splitlines()[3:] == [
        "for name in ['a', 'b', 'c']:",
        "    host.domains[name].shutdown()",
        "host.domains['b'].destroy()",
        "host.domains['a'].wait('shutoff')",
        "for name in ['a', 'b']:",
        "    host.domains[name].start()",
        "host.domains['c'].wait('shutoff')",
        "host.domains['c'].start()",
        "host.domains['a'].start()",
    ]
