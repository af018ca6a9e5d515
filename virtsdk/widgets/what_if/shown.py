"""The what-if as it stands in the page: widgets in their places, and the static page that they hide."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from functools import cache
from html import escape
from importlib import resources
from typing import Any, cast

import ipywidgets
from IPython.display import display

from virtsdk.widgets.routes import keep_routes
from virtsdk.widgets.stills import still_page
from virtsdk.widgets.what_if import page
from virtsdk.widgets.what_if.answers import Room, Survival
from virtsdk.widgets.what_if.controls import Controls

_GONE = "The kernel is gone: these are its last answers. Run the cell again."
_LATE = "The kernel does not answer: these are its last answers, and the controls do nothing."
_SECTIONS = {
    "More guests": ("like", "add", "growth", "months"),
    "Hosts": ("this_host", "drain", "fail", "n_plus"),
    "Rules": ("vcpu_ratio", "memory_ratio", "reserve_cpus", "reserve_memory_bytes"),
}

Answers = tuple[Room, Room, tuple[Survival | None, Survival | None]]
"""The fleet before and after, and what both survive."""


class Shown:
    """The widgets of a view. Who calls it holds the view's lock.

    Parameters
    ----------
    controls
        The controls.
    questions
        What the buttons do, by method name; the first line of a method's docstring is its button's hint.

    Attributes
    ----------
    widget
        All of it, for a layout of your own.
    """

    def __init__(self, controls: Controls, questions: Mapping[str, Callable[[], None]]) -> None:
        self._id = uuid.uuid4().hex
        self._head, self._status, self._results, self._code = (ipywidgets.HTML() for _ in range(4))
        self._pulse, self._beats = ipywidgets.HTML(), 0
        rows = [
            part
            for title, names in _SECTIONS.items()
            for part in (_heading(title), *map(controls.row, names))
        ]
        halves = ipywidgets.Box(
            [
                _classed(ipywidgets.VBox(rows), "vw-controls"),
                _classed(ipywidgets.VBox([self._results, _heading("As Python"), self._code]), "vw-results"),
            ]
        )
        buttons = [_button(name, method) for name, method in questions.items()]
        self.widget: Any = ipywidgets.VBox(
            [
                ipywidgets.HTML(f"<style>{_style()}{self._stand_in()}</style>"),
                _classed(self._head, "vw-head"),
                _classed(ipywidgets.Box(buttons), "vw-buttons"),
                _classed(self._status, "vw-status"),
                _classed(ipywidgets.HTML(f"<p>{_GONE}</p>"), "vw-gone"),
                _classed(self._pulse, "vw-pulse"),
                _classed(halves, "vw-halves"),
            ]
        )
        _classed(self.widget, "virtsdk-what-if")
        self.beat()
        keep_routes(self.widget)

    def paint(self, answers: Answers, code: str) -> None:
        """Show answers, and the code that leads to them."""
        self._head.value = page.head(answers[1], answers[2][1])
        self._results.value = page.results(*answers)
        self._code.value = page.code(code)

    def beat(self) -> None:
        """Say that the kernel is there.

        There is no script that could miss it. Each beat makes an element that the style sheet shows once it
        is some seconds old: while beats come, none gets that old.
        """
        self._beats += 1
        self._pulse.value = f'<p class="vw-late" data-beat="{self._beats}">{_LATE}</p>'

    def say(self, text: str, level: str) -> None:
        """Show the status line."""
        self._status.value = f'<p role="status" data-level="{level}">{escape(text) or "&nbsp;"}</p>'

    def display(self, answers: Answers, code: str, text: str) -> None:
        """Show the live view, and a static page; the live view brings the rule that hides it."""
        still = page.still(*answers, code)
        display({"text/html": still_page(self._id, still)}, raw=True)
        data = cast("dict[str, Any]", self.widget._repr_mimebundle_())
        display({**data, "text/plain": text}, raw=True)

    def close(self) -> None:
        """Take it off the page, and forget each widget that it is made of."""
        for one in _all_of(self.widget):
            one.close()

    def _stand_in(self) -> str:
        return f'.virtsdk-still[data-view="{self._id}"] {{ display: none }}'


def _button(name: str, method: Callable[[], None]) -> Any:
    label = name.replace("_", " ").capitalize()
    button = ipywidgets.Button(description=label, tooltip=str(method.__doc__).partition("\n")[0])

    def handle(_button: object) -> None:
        method()

    button.on_click(handle)
    return button


def _heading(text: str) -> Any:
    return _classed(ipywidgets.HTML(f"<p><strong>{escape(text)}</strong></p>"), "vw-heading")


def _classed(widget: Any, name: str) -> Any:
    widget.add_class(name)
    return widget


def _all_of(widget: Any) -> list[Any]:
    """A widget and all that it is made of, its layouts and styles as well."""
    found = [widget, widget.layout, *([widget.style] if hasattr(widget, "style") else [])]
    for child in getattr(widget, "children", ()):
        found += _all_of(child)
    return found


@cache
def _style() -> str:
    return resources.files("virtsdk.widgets.what_if").joinpath("what_if.css").read_text(encoding="utf-8")
