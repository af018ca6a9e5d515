"""`WhatIfView`: the what-if of a fleet in a notebook."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

import contextlib
import logging
import threading
import uuid
from collections.abc import Iterable
from dataclasses import asdict, replace
from functools import cache
from html import escape
from importlib import resources
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

import ipywidgets
import traitlets
from IPython.core.getipython import get_ipython
from IPython.display import display

from virtsdk.display.text import printable
from virtsdk.errors import VirtError
from virtsdk.widgets.cells import Run, current_run
from virtsdk.widgets.what_if import page
from virtsdk.widgets.what_if.answers import Room, Survival, beside
from virtsdk.widgets.what_if.controls import Button, Controls
from virtsdk.widgets.what_if.newest import Newest
from virtsdk.widgets.what_if.settings import Ground, Settings, checked
from virtsdk.widgets.what_if.steps import Path, checked_name, code_of, steps_of

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.capacity import Fleet, HeadroomReport
    from virtsdk.capacity.room.answers.guests_left import GuestsLeft
    from virtsdk.capacity.room.n_plus import NPlusReport
    from virtsdk.display.chart_style import Chart

_log = logging.getLogger(__name__)
_open: set[WhatIfView] = set()

_HINT = "Move a slider, choose hosts, or take one of the questions above."
_GONE = "The kernel is gone: these are its last answers. Run the cell again."
_MONTHS = 6
_GROWTH = 2.0


class WhatIfView(traitlets.HasTraits):
    """A fleet, what is asked of it, and what it answers.

    Returned by `Fleet.explore`. Each control of the page is a method of the same name, and so is each
    question (preset). A method returns at once; `fleet`, `code`, `room` and the others wait until the answer
    is there.

    Parameters
    ----------
    fleet
        The fleet; it stays as it is.
    name
        How `code` calls it. Left out, the variable of the notebook that holds it, or ``fleet``.

    Attributes
    ----------
    status, status_level
        The status line, and whether it is ``info`` or ``error``. Observable.

    Examples
    --------
    >>> from virtsdk import capacity
    >>> fleet = capacity.synthetic.fleet(10, 300, seed=1)
    >>> what_if = fleet.explore()
    >>> what_if.add(40)
    >>> what_if.lose_the_largest_host()
    >>> what_if.fleet
    <Fleet 9 hosts, 340 guests, all placed>
    >>> print(what_if.code)
    changed = fleet.add('vm000011', 40)
    changed = changed.fail(['kvm0001'])
    >>> what_if.close()
    """

    status = traitlets.Unicode()
    status_level = traitlets.Unicode("info")

    def __init__(self, fleet: Fleet, name: str | None = None) -> None:
        super().__init__()
        self._name = checked_name(name) if name is not None else _name_of(fleet)
        self._ground = Ground(fleet)
        self._path = Path(fleet)
        self._lock = threading.RLock()
        self._opened = True
        self._settings = self._ground.start
        self._hand = ""  # the control that was changed last
        self._told = _HINT
        self._before = self._after = Room.of(self._ground, fleet, self._settings)
        self._survives: tuple[Survival | None, Survival | None] = (None, None)
        self._survived: dict[int, Survival] = {}
        self._id = uuid.uuid4().hex
        self._build()
        self._rooms: Newest[tuple[Settings, str, str]] = Newest(self._work_out, "virtsdk-whatif-room")
        self._failures: Newest[Room] = Newest(self._survive, "virtsdk-whatif-failures")
        self._run: Run | None = current_run()
        self._replace()
        self._say(_HINT)
        self._paint()
        self._failures.put(self._after)

    def _replace(self) -> None:
        """Close the views of an earlier run of the cell."""
        if self._run is not None:
            for former in [one for one in _open if self._run.replaces(one._run)]:
                former.close()
        _open.add(self)

    def close(self) -> None:
        """Take the view off the page and end its threads; a second call does nothing. Its answers stay."""
        with self._lock:
            if not self._opened:
                return
            self._opened = False
        _open.discard(self)
        self._rooms.close()
        self._failures.close()
        for one in _all_of(self.widget):
            one.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- answers ------------------------------------------------------------------------------------------

    @property
    def settings(self) -> dict[str, Any]:
        """What the controls say, by name."""
        with self._lock:
            return asdict(self._settings)

    @property
    def fleet(self) -> Fleet:
        """The fleet that the settings lead to; after a wrong step (see `status`), that of the step before."""
        return self._now().fleet

    @property
    def code(self) -> str:
        """The Python that makes `fleet`, which it calls ``changed``; it runs as it stands."""
        return code_of(self._now().steps, self._name)

    @property
    def headroom(self) -> HeadroomReport:
        """What is free in `fleet`, host by host."""
        return self._now().headroom

    @property
    def room(self) -> GuestsLeft:
        """How many more guests fit into `fleet`, and what runs out first (`GuestsLeft.binding`)."""
        return self._now().left

    @property
    def survival(self) -> NPlusReport | None:
        """Whether `fleet` survives failures, and which hosts would be the worst; None with too few hosts."""
        self._rooms.wait()
        self._failures.wait()
        with self._lock:
            survival = self._survives[1]
            return None if survival is None else survival.report

    def frame(self) -> pd.DataFrame:
        """Give the hosts before and after.

        Returns
        -------
        pandas.DataFrame
            One row per host, the fullest afterwards first, those that are gone last: ``host``,
            ``resource_before``, ``before``, ``resource_after``, ``after`` (the largest share that is
            committed of what the policy allows, 1 is full, and of which resource; missing where it is not
            known, and for a host that is gone).
        """
        after = self._now()
        return beside(self._before, after)

    def chart(self, *, interactive: bool = False) -> Chart:
        """Draw the fullest hosts that are left, before and after (extra ``[plot]``).

        Parameters
        ----------
        interactive
            With tooltips, which need no script and stay in an exported page.
        """
        from virtsdk.display import room_charts

        both = self.frame().dropna(subset=["before", "after"]).head(10)
        return room_charts.shares(both, "The fullest hosts, before and after", interactive=interactive)

    def __repr__(self) -> str:
        if not self._opened:
            return "<WhatIf closed>"
        return f"<WhatIf {page.headline(self._now(), self._survives[1])}>"

    # --- controls -----------------------------------------------------------------------------------------

    def like(self, guest: str) -> None:
        """Have new guests be like this one, by name or UUID."""
        self._set(like=guest)

    def add(self, n: int) -> None:
        """Add so many guests (`Fleet.add`); those of `growth` come on top."""
        self._set(add=n)

    def growth(self, percent: float) -> None:
        """Have the number of guests grow by so many percent a month (`Fleet.add`), for `months`."""
        self._set(growth=percent)

    def months(self, n: int) -> None:
        """Look so many months ahead; see `growth`."""
        self._set(months=n)

    def vcpu_ratio(self, ratio: float) -> None:
        """Set how many vCPUs a CPU may carry (`Fleet.with_policy`)."""
        self._set(vcpu_ratio=ratio)

    def memory_ratio(self, ratio: float) -> None:
        """Set how many bytes of guests a byte of memory may carry (`Fleet.with_policy`)."""
        self._set(memory_ratio=ratio)

    def reserve_cpus(self, cpus: float) -> None:
        """Keep so many CPUs of each host for itself (`Fleet.with_policy`)."""
        self._set(reserve_cpus=cpus)

    def reserve_memory_bytes(self, amount: int) -> None:
        """Keep so much memory of each host for itself, in bytes (`Fleet.with_policy`)."""
        self._set(reserve_memory_bytes=amount)

    def fail(self, hosts: str | Iterable[str]) -> None:
        """Have these hosts fail, and no others (`Fleet.fail`); after all else, so of the fleet to come."""
        self._set(fail=hosts)

    def drain(self, hosts: str | Iterable[str]) -> None:
        """Empty these hosts and take them away, and no others (`Fleet.drain`)."""
        self._set(drain=hosts)

    def n_plus(self, k: int) -> None:
        """Ask whether the fleet survives so many failures at once (`Fleet.n_plus`)."""
        self._set(n_plus=k)

    def this_host(self, host: str) -> None:
        """Choose the host that `empty_this_host` empties."""
        self._set(this_host=host)

    # --- questions ----------------------------------------------------------------------------------------

    def lose_the_largest_host(self) -> None:
        """Have the largest host fail: that with most memory, of several that with most CPUs."""
        with self._lock:
            left = [one for one in self._ground.largest if one not in self._settings.drain]
            if not left:
                self._say("No host is left to lose.", "error")
                return
            self._ask(f"Without {printable(left[0])}, the largest host.", fail=tuple(left[:1]))

    def next_6_months(self) -> None:
        """Look six months ahead, at the growth that is set; at 2 % a month where none is."""
        with self._lock:
            set_already = self._settings.growth
            growth = set_already or _GROWTH
            told = f"In {_MONTHS} months, at {growth:g} % a month."
            if not set_already:
                told += " That rate is a guess: set your own."
            self._ask(told, growth=growth, months=_MONTHS)

    def empty_this_host(self, host: str | None = None) -> None:
        """Drain `this_host`, or the one that is given."""
        with self._lock:
            chosen = checked(self._ground, self._settings, this_host=host) if host else self._settings
            one = chosen.this_host
            if not one:
                self._say("There is no host to empty.", "error")
                return
            others = tuple(name for name in chosen.fail if name != one)
            self._ask(f"With {printable(one)} emptied.", this_host=one, drain=(one,), fail=others)

    def reset(self) -> None:
        """Put all controls back: the fleet as it is."""
        with self._lock:
            self._ask(_HINT, **asdict(self._ground.start))

    # --- work ---------------------------------------------------------------------------------------------

    def _now(self) -> Room:
        self._rooms.wait()
        with self._lock:
            return self._after

    def _set(self, **changes: Any) -> None:
        """A method's wish: a wrong argument raises, and is said."""
        with self._lock:
            try:
                given = checked(self._ground, self._settings, **changes)
            except (ValueError, TypeError) as error:
                self._say(str(error), "error")
                raise
            self._ask("", **{name: getattr(given, name) for name in changes})

    def _changed(self, name: str, value: Any) -> None:
        """A person's wish: it is noted, and a worker sees to it."""
        setting = name.removesuffix(" slider")
        self._ask("", name, **{setting: value if value is not None else ""})

    def _ask(self, told: str, hand: str = "", **changes: Any) -> None:
        with self._lock:
            if self._opened:
                self._settings = replace(self._settings, **changes)
                self._rooms.put((self._settings, told, hand))

    def _work_out(self, wish: tuple[Settings, str, str]) -> None:
        settings, told, hand = wish
        self._controls.show(settings, hand)
        try:
            self._ground.size(settings.like)
            steps = steps_of(self._ground, settings)
            fleet = self._path.take(steps)
            before = Room.of(self._ground, self._ground.fleet, settings)
            after = Room.of(self._ground, fleet, settings, steps)
        except (ValueError, TypeError, VirtError) as error:
            self._say(f"{printable(str(error))}. The answers are those of the step before.", "error")
            return
        except Exception:
            self._say("That failed unexpectedly; the log has more.", "error")
            raise
        with self._lock:
            self._before, self._after = before, after
            self._survives = (self._survived.get(settings.n_plus), None)
            self._say(told)
            self._paint()
        self._failures.put(after)

    def _survive(self, room: Room) -> None:
        k = room.settings.n_plus
        if k not in self._survived:
            self._survived[k] = Survival.of(self._ground.fleet, k)
        after = Survival.of(room.fleet, k) if room.steps else self._survived[k]
        with self._lock:
            if room is self._after:  # else it is the answer to a question of before
                self._survives = (self._survived[k], after)
                self._paint()

    # --- the page -----------------------------------------------------------------------------------------

    def _build(self) -> None:
        self._controls = Controls(self._ground, self._before.left.total, self._lock, self._changed)
        buttons: list[Any] = []
        for label, method in (
            ("Lose the largest host", self.lose_the_largest_host),
            ("Next 6 months", self.next_6_months),
            ("Empty this host", self.empty_this_host),
            ("Reset", self.reset),
        ):
            button = Button(description=label, tooltip=_first_line(method))
            button.guard = self._lock
            button.on_click(_calls(method))
            buttons.append(button)
        self._html = {name: ipywidgets.HTML() for name in ("head", "status", "results", "code")}
        rows = [
            _heading("More guests"), *map(self._controls.row, ("like", "add", "growth", "months")),
            _heading("Hosts"), *map(self._controls.row, ("this_host", "drain", "fail", "n_plus")),
            _heading("Rules"),
            *map(
                self._controls.row,
                ("vcpu_ratio", "memory_ratio", "reserve_cpus", "reserve_memory_bytes"),
            ),
        ]  # fmt: skip
        shown = self._html
        shown["code"] = ipywidgets.HTML()
        self.widget: Any = ipywidgets.VBox(
            [
                ipywidgets.HTML(f"<style>{_style()}{_stand_in(self._id)}</style>"),
                _classed(shown["head"], "vw-head"),
                _classed(ipywidgets.Box(buttons), "vw-buttons"),
                _classed(shown["status"], "vw-status"),
                _classed(ipywidgets.HTML(f"<p>{_GONE}</p>"), "vw-gone"),
                _classed(
                    ipywidgets.Box(
                        [
                            _classed(ipywidgets.VBox(rows), "vw-controls"),
                            _classed(
                                ipywidgets.VBox([shown["results"], _heading("As Python"), shown["code"]]),
                                "vw-results",
                            ),
                        ]
                    ),
                    "vw-halves",
                ),
            ]
        )
        _classed(self.widget, "virtsdk-what-if")

    def _paint(self) -> None:
        with self._lock:
            if not self._opened:
                return
            answers = (self._before, self._after, self._survives)
            self._html["head"].value = page.head(self._after, self._survives[1])
            self._html["results"].value = page.results(*answers)
            self._html["code"].value = page.code(code_of(self._after.steps, self._name))

    def _say(self, text: str, level: str = "info") -> None:
        with self._lock:
            if not self._opened:
                return
            self.status_level = level
            self.status = text
            words = escape(text) or "&nbsp;"
            self._html["status"].value = f'<p role="status" data-level="{level}">{words}</p>'

    def _still(self) -> str:
        with self._lock:
            code = code_of(self._after.steps, self._name)
            return page.still(self._before, self._after, self._survives, code)

    def _ipython_display_(self) -> None:
        """Show the live view, and a static table that it hides in a page where it lives."""
        if not self._opened:
            display({"text/plain": repr(self)}, raw=True)
            return
        self._rooms.wait()
        self._failures.wait()
        still = f'<div class="virtsdk-still" data-view="{self._id}">{self._still()}</div>'
        display({"text/html": still}, raw=True)
        data = cast("dict[str, Any]", self.widget._repr_mimebundle_())
        display({**data, "text/plain": repr(self)}, raw=True)

    def _repr_html_(self) -> str:
        return self._still()


def _calls(method: Any) -> Any:
    def handle(_button: object) -> None:
        with contextlib.suppress(ValueError, TypeError):  # the status line has said it
            method()

    return handle


def _first_line(method: Any) -> str:
    return str(method.__doc__).partition("\n")[0]


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


def _stand_in(own: str) -> str:
    """A rule by which a live view stands in place of the static table that came with it."""
    return f'.virtsdk-still[data-view="{own}"] {{ display: none }}'


@cache
def _style() -> str:
    return resources.files("virtsdk.widgets.what_if").joinpath("what_if.css").read_text(encoding="utf-8")


def _name_of(fleet: Fleet) -> str:
    """The notebook's variable that holds the fleet."""
    shell = cast("Any", get_ipython())
    variables: dict[str, Any] = dict(shell.user_ns) if shell is not None else {}
    found = [key for key, value in variables.items() if value is fleet and not key.startswith("_")]
    return next((key for key in found if key.isidentifier()), "fleet")
