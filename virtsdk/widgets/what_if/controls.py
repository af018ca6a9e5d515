"""The controls of a what-if: number fields with sliders, selects and buttons, of ipywidgets alone.

A slider of ipywidgets has no name that a screen reader could say. So the number field beside it is the
control for the keyboard and for readers, and the slider, which the style sheet hides from both, is for the
mouse.

The page writes into a control under the view's lock, and so does the view: no two threads change one at once.
"""

# ipywidgets has no types of its own, so nothing that comes from it is known to the type checker.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportMissingTypeStubs=false, reportUntypedBaseClass=false

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ipywidgets

from virtsdk.display.text import shorten
from virtsdk.widgets.what_if.settings import MOST_GUESTS, Ground, Settings

_GIB = 2**30


class _Guarded(ipywidgets.DOMWidget):
    """A control that the page writes into under a lock."""

    guard: threading.RLock

    def set_state(self, sync_data: dict[str, Any]) -> None:
        with self.guard:
            super().set_state(sync_data)


class _Whole(_Guarded, ipywidgets.BoundedIntText): ...


class _Broken(_Guarded, ipywidgets.BoundedFloatText): ...


class _Slider(_Guarded, ipywidgets.FloatSlider): ...


class _Text(_Guarded, ipywidgets.Combobox): ...


class _One(_Guarded, ipywidgets.Dropdown): ...


class _Some(_Guarded, ipywidgets.SelectMultiple): ...


@dataclass(frozen=True)
class Number:
    """A setting that is a number.

    Attributes
    ----------
    name, label
        The setting, and its label.
    most
        The end of the slider; the field takes more.
    step
        Of both.
    least
        The least that can be set.
    unit
        What the setting has for 1 in the field.
    whole
        Only whole numbers.
    """

    name: str
    label: str
    most: float
    step: float
    least: float = 0
    unit: int = 1
    whole: bool = False


def numbers(ground: Ground, room: int) -> dict[str, Number]:
    """The numbers that can be set in a what-if of a fleet that has room for so many guests."""
    policy = ground.policy
    memory = max(4, ground.memory_bytes / _GIB / 2)
    rows = (
        Number("add", "Add", min(MOST_GUESTS, _round(max(20, 1.5 * room))), 1, whole=True),
        Number("growth", "Growth (% a month)", 10, 0.5),
        Number("months", "Months", 36, 1, whole=True),
        Number("vcpu_ratio", "vCPU ratio", max(16, 2 * policy.vcpu_ratio), 0.5, 0.5),
        Number("memory_ratio", "Memory ratio", max(2, 1.5 * policy.memory_ratio), 0.05, 0.5),
        Number("reserve_cpus", "Reserve CPUs", max(4, ground.cpus // 2), 1),
        Number("reserve_memory_bytes", "Reserve memory (GiB)", _round(memory), 0.5, unit=_GIB),
        Number("n_plus", "N plus", 3, 1, 1, whole=True),
    )
    return {row.name: row for row in rows}


class Controls:
    """The controls of a view; `show` has them say what the settings are.

    Parameters
    ----------
    ground, room
        The fleet, and how many more guests it has room for.
    guard
        The view's lock.
    changed
        Called with a setting's name and its new value when a person changed it.
    """

    def __init__(
        self, ground: Ground, room: int, guard: threading.RLock, changed: Callable[[str, Any], None]
    ) -> None:
        self._guard = guard
        self._changed = changed
        self._pushing = False
        start = ground.start
        labels = [(shorten(name, 60), name) for name in ground.hosts]
        self.numbers = numbers(ground, room)
        self.sliders: dict[str, Any] = {}
        self.fields: dict[str, Any] = {
            "like": _Text(
                value=start.like,
                options=[name for name in ground.some_names() if name.isprintable()],
                description="Like",
                placeholder="name of a guest",
                continuous_update=False,
            ),
            "fail": _Some(options=labels, description="Fail", rows=4),
            "drain": _Some(options=labels, description="Drain", rows=4),
            "this_host": _One(
                options=[(shorten(one, 60), one) for one in ground.fullest],
                value=start.this_host or None,
                description="This host",
            ),
        }
        for number in self.numbers.values():
            self._add(number, getattr(start, number.name))
        for name, field in self.fields.items():
            field.guard = guard
            field.observe(self._handler(name), "value")
        for name, slider in self.sliders.items():
            slider.guard = guard
            slider.observe(self._slid(name), "value")

    def row(self, name: str) -> Any:
        """A control with its label, as one line of the page."""
        parts = [self.fields[name], *([self.sliders[name]] if name in self.sliders else [])]
        row = ipywidgets.Box(parts)
        row.add_class("vw-row")
        return row

    def show(self, settings: Settings, but: str = "") -> None:
        """Have the controls say what the settings are; `but` is one that a person's hand is on."""
        with self._guard:
            self._pushing = True
            try:
                for name, field in self.fields.items():
                    value = self._shown(name, getattr(settings, name))
                    if but != name and field.value != value:
                        self._push(field, value)
                for name, slider in self.sliders.items():
                    value = self._on_grid(name, getattr(settings, name))
                    if but != f"{name} slider" and slider.value != value:
                        self._push(slider, value)
            finally:
                self._pushing = False

    @staticmethod
    def _push(control: Any, value: Any) -> None:
        if isinstance(value, float) and value > getattr(control, "max", value):
            control.max = value  # a rule of the fleet itself may be beyond what a hand would set
        control.value = value

    def _add(self, number: Number, value: float) -> None:
        shown = self._shown(number.name, value)
        kind, most = (_Whole, MOST_GUESTS) if number.whole else (_Broken, max(1e6, 2 * shown))
        self.fields[number.name] = kind(
            value=shown,
            min=min(number.least, shown) if number.whole else 0 if number.least == 0 else 1e-6,
            max=most,
            step=number.step,
            description=number.label,
            continuous_update=False,
        )
        self.sliders[number.name] = _Slider(
            value=self._on_grid(number.name, value),
            min=number.least,
            max=number.most,
            step=number.step,
            readout=False,
        )

    def _shown(self, name: str, value: Any) -> Any:
        number = self.numbers.get(name)
        if number is None:
            return (value or None) if name == "this_host" else value
        return int(value) if number.whole else value / number.unit

    def _on_grid(self, name: str, value: float) -> float:
        """The place of a slider: the page would move one that is between two steps, and say so."""
        number = self.numbers[name]
        steps = round((value / number.unit - number.least) / number.step)
        most = math.floor((number.most - number.least) / number.step)
        return round(number.least + min(max(steps, 0), most) * number.step, 6)

    def _handler(self, name: str) -> Callable[[Any], None]:
        def handle(change: Any) -> None:
            if not self._pushing:
                value = change["new"]
                number = self.numbers.get(name)
                if number is not None and not number.whole:
                    value = round(value * number.unit) if number.unit != 1 else round(value, 6)
                self._changed(name, value)

        return handle

    def _slid(self, name: str) -> Callable[[Any], None]:
        number = self.numbers[name]

        def handle(change: Any) -> None:
            value = change["new"]
            if self._pushing or abs(value - change["old"]) < number.step / 1000:
                return  # the page repeats what it was told, to the last digit or nearly
            rounded = round(value, 6) * number.unit
            self._changed(name + " slider", round(rounded) if number.whole or number.unit != 1 else rounded)

        return handle


def _round(value: float) -> float:
    """A round number that is not below this one."""
    scale = 10 ** math.floor(math.log10(value))
    return next(part * scale for part in (1, 2, 5, 10) if part * scale >= value)
