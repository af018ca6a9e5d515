"""What all views promise, on a view that shows nothing: replaced, alive, still."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import traitlets
from ipywidgets.widgets.widget import _instances

from tests.waiting import until
from virtsdk.display.html import Markup
from virtsdk.widgets import cells
from virtsdk.widgets import view as views
from virtsdk.widgets.cells import Run
from virtsdk.widgets.view import View


class Bare(View):
    """A view of a word."""

    _esm = "export default {}"
    word = traitlets.Unicode("table").tag(sync=True)

    def _still(self) -> str:
        return Markup("<table>still</table>")

    def _whole(self) -> dict[str, object]:
        return {"rows": {"u": 1}}


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Run | None], Bare]]:
    made: list[Bare] = []

    def make(run: Run | None) -> Bare:
        monkeypatch.setattr(views, "current_run", lambda: run)
        made.append(Bare())
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_a_cell_that_runs_again_closes_its_view_of_before(opened) -> None:
    first, beside = opened(Run("c", "1")), opened(Run("c", "1"))
    other, outside = opened(Run("d", "2")), opened(None)
    assert all(one._opened for one in (first, beside, other, outside))
    again = opened(Run("c", "3"))
    assert [one._opened for one in (first, beside, other, outside, again)] == [False, False, True, True, True]
    again.close()
    assert again not in cells._open


def test_help_of_a_view_is_that_of_its_class(opened) -> None:
    shown = opened(None)
    assert type(shown) is not Bare
    assert shown.__doc__ == Bare.__doc__ == "A view of a word."


def test_a_view_that_is_closed_leaves_no_widget(opened) -> None:
    before = set(_instances)
    shown = opened(None)
    assert set(_instances) > before
    shown.close()
    shown.close()
    assert set(_instances) == before


def test_a_page_hears_that_the_kernel_is_there(opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_BEAT_SECONDS", 0.01)
    told: list[dict[str, Any]] = []
    twice = threading.Event()

    def tell(self: View, message: dict[str, Any]) -> None:
        told.append(message)
        if told.count({"kind": "beat"}) == 2:
            twice.set()

    monkeypatch.setattr(View, "_tell", tell)
    shown = opened(None)
    assert twice.wait(30)
    shown._on_message(shown, {"kind": "catch up"}, [])
    until(lambda: {"kind": "whole", "rows": {"u": 1}} in told)


def test_it_is_shown_live_and_still_as_two_outputs(opened, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs: list[dict[str, Any]] = []
    monkeypatch.setattr(views, "display", lambda data, **_: outputs.append(data))
    shown = opened(None)
    shown._ipython_display_()
    still, live = outputs
    assert list(still) == ["text/html"]
    assert f'data-view="{shown.still}"><table>still</table>' in still["text/html"]
    assert " UTC. Run the cell to have it live." in still["text/html"]  # as of when, and what to do about it
    assert sorted(live) == ["application/vnd.jupyter.widget-view+json", "text/plain"]
    shown.close()
    shown._ipython_display_()
    assert list(outputs[-1]) == ["text/plain"]
