"""What a notebook shows of an error: two lines, and all of it for who asks."""

from __future__ import annotations

import re
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from virtsdk import errors

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """An IPython of which only the mode of tracebacks matters."""

    def structured(kind: type, error: BaseException, traceback: Any) -> list[str]:
        return ["all", "of", "it"]

    found = SimpleNamespace(
        colors="linux", InteractiveTB=SimpleNamespace(mode="Context", structured_traceback=structured)
    )
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: found))
    return found


def raised(source: str, kind: type[errors.VirtError] = errors.DomainNotFound) -> errors.VirtError:
    """The error of a cell's source."""

    def look_up() -> None:
        raise kind("no domain 'tset' on kvm7; there is 'test'")

    look_up.__globals__["__name__"], before = "virtsdk.resources.collection", __name__
    space = {"__name__": "__main__", "look_up": look_up, "__loader__": None}
    try:
        code = compile(source, "/tmp/ipykernel_12/34.py", "exec")
        with pytest.raises(kind) as caught:
            exec(code, space)
    finally:
        look_up.__globals__["__name__"] = before
    return caught.value


def test_it_is_two_lines_the_message_and_the_place(shell: SimpleNamespace, monkeypatch) -> None:
    source = "x = 1\nlook_up()  # here\n"
    monkeypatch.setattr("linecache.getline", lambda name, number, _=None: source.splitlines()[number - 1])
    message, place = (COLOUR.sub("", line) for line in raised(source)._render_traceback_())
    assert message == "DomainNotFound: no domain 'tset' on kvm7; there is 'test'"
    assert place == "line 2: look_up()  # here   (%tb Plain shows the full traceback)"


@pytest.mark.parametrize("mode", ["Plain", "Verbose", "Docs"])
def test_the_rest_is_there_on_demand(shell: SimpleNamespace, mode: str) -> None:
    shell.InteractiveTB.mode = mode
    assert raised("look_up()")._render_traceback_() == ["all", "of", "it"]


def test_a_password_in_the_line_is_not_repeated(shell: SimpleNamespace, monkeypatch) -> None:
    source = "look_up(); dict(auth={'password': 's3cret'})"
    monkeypatch.setattr("linecache.getline", lambda *_: source)
    assert "s3cret" not in "\n".join(raised(source)._render_traceback_())


def test_a_long_or_hostile_line_stays_one_short_line(shell: SimpleNamespace, monkeypatch) -> None:
    source = "look_up()  # \x1b[31m\u202e" + "x" * 500
    monkeypatch.setattr("linecache.getline", lambda *_: source)
    place = raised("look_up()")._render_traceback_()[1]
    assert len(place) < 200
    assert place.isprintable()


def test_an_error_that_was_never_raised_is_shown_too(shell: SimpleNamespace) -> None:
    shell.colors = "NoColor"
    assert errors.TimedOut("no answer")._render_traceback_() == [
        "TimedOut: no answer",
        "(%tb Plain shows the full traceback)",
    ]


def test_without_ipython_it_is_plain_and_loads_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert errors.TimedOut("no answer")._render_traceback_()[0] == "TimedOut: no answer"
    assert "IPython" not in sys.modules
