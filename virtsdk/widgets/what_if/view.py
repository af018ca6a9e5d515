"""`WhatIfView`: the what-if of a fleet in a notebook.

The page, and each method, notes a wish and returns. One worker works out the newest wish: the fleet, its room
and its code. Another asks the newest fleet whether it survives failures, which may take longer: so the first
never waits for it.
"""

from __future__ import annotations

import threading
import time
from dataclasses import asdict, replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import traitlets
from IPython.display import display  # pyright: ignore[reportUnknownVariableType]

from virtsdk.display.text import printable
from virtsdk.errors import InvalidState, VirtError
from virtsdk.widgets.cells import closed, current_run, opened, variable_of
from virtsdk.widgets.names import OwnNames
from virtsdk.widgets.what_if import page
from virtsdk.widgets.what_if.answers import Room, Survival, beside
from virtsdk.widgets.what_if.controls import Controls
from virtsdk.widgets.what_if.newest import Newest
from virtsdk.widgets.what_if.settings import Ground, Settings
from virtsdk.widgets.what_if.shown import Answers, Shown
from virtsdk.widgets.what_if.steps import Path, checked_name, code_of, steps_of
from virtsdk.widgets.what_if.wishes import HINT, QUESTIONS, Wishes

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.capacity import Fleet, HeadroomReport
    from virtsdk.capacity.room.answers.guests_left import GuestsLeft
    from virtsdk.capacity.room.n_plus import NPlusReport
    from virtsdk.display.chart_style import Chart

_PATIENCE_SECONDS = 10.0  # a page that is exported should have all answers
_BEAT_SECONDS = 1.0  # a page that hears nothing for six of them takes its kernel for gone (what_if.css)
_LONG_SECONDS = 0.5  # what takes longer is said to be on its way


class WhatIfView(OwnNames, Wishes, traitlets.HasTraits):
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
        self._name = checked_name(name) if name is not None else variable_of(fleet) or "fleet"
        self._ground = Ground(fleet)
        self._path = Path(fleet)
        self._lock = threading.RLock()
        self._opened = True
        self._settings = self._ground.start
        self._before = self._after = Room.of(self._ground, fleet, self._settings)
        self._survives: tuple[Survival | None, Survival | None] = (None, None)
        self._survived: dict[int, Survival] = {}
        self._controls = Controls(self._ground, self._before.left.total, self._lock, self._changed)
        self._shown = Shown(self._controls, {one: getattr(self, one) for one in QUESTIONS})
        self._rooms: Newest[tuple[Settings, str, str]] = Newest(self._work_out, "virtsdk-whatif-room")
        self._failures: Newest[Room] = Newest(self._survive, "virtsdk-whatif-failures")
        self._closing = threading.Event()
        self._since: float | None = None  # when the work began that is being done
        threading.Thread(target=self._beat, name="virtsdk-whatif-beat", daemon=True).start()
        opened(self, current_run())
        self._say(HINT)
        self._paint()
        self._failures.put(self._after)

    def close(self) -> None:
        """Take the view off the page and end its threads; a second call does nothing. Its answers stay."""
        with self._lock:
            if not self._opened:
                return
            self._opened = False
        closed(self)
        self._closing.set()
        self._rooms.close()
        self._failures.close()
        self._shown.close()

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

    # --- work ---------------------------------------------------------------------------------------------

    def _now(self) -> Room:
        self._rooms.wait()
        with self._lock:
            return self._after

    def _changed(self, name: str, value: Any) -> None:
        """A person's wish: it is noted, and a worker sees to it."""
        setting = name.removesuffix(" slider")
        self._ask("", name, **{setting: "" if value is None else value})

    def _ask(self, told: str, hand: str = "", **changes: Any) -> None:
        with self._lock:
            if not self._opened:
                raise InvalidState("this what-if is closed: explore the fleet anew")
            self._settings = replace(self._settings, **changes)
            self._rooms.put((self._settings, told, hand))

    def _work_out(self, wish: tuple[Settings, str, str]) -> None:
        settings, told, hand = wish
        self._since = time.monotonic()
        self._controls.show(settings, hand)
        try:
            before = self._as_it_is(settings)
            steps = steps_of(self._ground, settings)
            after = Room.of(self._ground, self._path.take(steps), settings, steps)
        except (ValueError, TypeError, VirtError) as error:
            self._since = None
            self._say(f"{printable(str(error))}. The answers are those of the step before.", "error")
            return
        except Exception:
            self._since = None
            self._say("That failed unexpectedly; the log has more.", "error")
            raise
        with self._lock:
            self._before, self._after = before, after
            self._survives = (self._survived.get(settings.n_plus), None)
        self._paint()
        self._failures.put(after)
        self._since = None
        self._say(told)

    def _as_it_is(self, settings: Settings) -> Room:
        """The fleet's own room, asked again where new guests are like another."""
        if settings.like == self._before.settings.like:
            return replace(self._before, settings=settings)
        return Room.of(self._ground, self._ground.fleet, settings)

    def _survive(self, room: Room) -> None:
        k = room.settings.n_plus
        if k not in self._survived:
            self._survived[k] = Survival.of(self._ground.fleet, k)
        after = Survival.of(room.fleet, k) if room.steps else self._survived[k]
        with self._lock:
            if room is not self._after:
                return  # the answer to a question of before
            self._survives = (self._survived[k], after)
        self._paint()

    def _beat(self) -> None:
        """Tell the page that somebody is there, and that work which takes long is being done."""
        while not self._closing.wait(_BEAT_SECONDS):
            with self._lock:
                if not self._opened:
                    return
                self._shown.beat()
                if self._since is not None and time.monotonic() - self._since > _LONG_SECONDS:
                    self._shown.say("Working it out …", "info")

    # --- the page -----------------------------------------------------------------------------------------

    @property
    def widget(self) -> Any:
        """The view as a widget of ipywidgets, for a layout of your own."""
        return self._shown.widget

    def _answers(self) -> Answers:
        return self._before, self._after, self._survives

    def _paint(self) -> None:
        with self._lock:
            if self._opened:
                self._shown.paint(self._answers(), code_of(self._after.steps, self._name))

    def _say(self, text: str, level: str = "info") -> None:
        with self._lock:
            if not self._opened:
                return
            self._shown.say(text, level)
        self.status_level = level  # who observes the status finds its level set, and the lock free
        self.status = text

    def _ipython_display_(self) -> None:
        if not self._opened:
            display({"text/plain": repr(self)}, raw=True)
            return
        answers = self._whole_answers()
        self._shown.display(answers, code_of(answers[1].steps, self._name), repr(self))

    def _repr_html_(self) -> str:
        """Return the answers as static HTML, for where no widgets of ipywidgets are shown, as in marimo."""
        answers = self._whole_answers()
        return page.still(*answers, code_of(answers[1].steps, self._name), page.METHODS)

    def _whole_answers(self) -> Answers:
        self._rooms.wait()
        self._failures.wait(_PATIENCE_SECONDS)
        with self._lock:
            return self._answers()
