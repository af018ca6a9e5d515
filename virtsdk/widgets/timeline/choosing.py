"""Choice of the lines of a timeline: which guests are overlaid, in which colours."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import traitlets

from virtsdk.display.text import printable
from virtsdk.widgets.timeline.ranges import Ranges
from virtsdk.widgets.timeline.sources.panels import PANELS, known_panels
from virtsdk.widgets.timeline.sources.source import Line, TimelineSource

FEW = 8
"""So many lines are overlaid where nobody chose; a picture with more is hard to read."""

MOST = 16
"""So many can be chosen."""

_NAMED = 12  # in a message
_STARS = ": give several one by one, show(*names)"


class Choosing(Ranges):
    """A view of some lines of a source."""

    lines: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    candidates: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    known_panels: traitlets.List[dict[str, object]] = traitlets.List().tag(sync=True)
    panels: traitlets.List[str] = traitlets.List().tag(sync=True)

    def __init__(self, source: TimelineSource, guests: Sequence[str], **state: object) -> None:
        self._source = source
        self._auto = not guests
        known = {line.key: line for line in source.lines()}
        self._shown = self._resolved(guests, known) if guests else self._by_themselves(known)
        super().__init__(
            lines=self._described(self._shown, {}),
            candidates=[line.to_dict() for line in known.values()],
            known_panels=[panel.to_dict() for panel in PANELS.values()],
            **state,
        )

    def _redraw(self) -> None:
        """Other lines are shown."""

    # --- what a person does ---------------------------------------------------------------------------------

    @property
    def guests(self) -> list[str]:
        """Names of all that can be shown, in order."""
        return [line.name for line in self._source.lines()]

    def show(self, *guests: str) -> None:
        """Overlay guests, in place of those that are shown.

        Parameters
        ----------
        *guests
            Names or UUIDs, or other names among `guests` (``"all guests of kvm7"``); 16 at most. None: the 8
            that used the most CPU.

        Raises
        ------
        ValueError
            There is no such guest, or there are too many.
        """
        with self._lock:
            known = {line.key: line for line in self._source.lines()}
            self._auto = not guests
            self._put(self._resolved(guests, known) if guests else self._by_themselves(known))

    def neighbours(self) -> None:
        """Overlay the guests that are on the same hosts, so that it shows who takes whose CPU.

        The shown ones stay; the neighbours that used the most CPU join them, until there are 8.
        """
        with self._lock:
            known = {line.key: line for line in self._source.lines()}
            hosts = {line.host for line in self._shown}
            chosen = [known.get(line.key, line) for line in self._shown]
            ours = {line.key for line in chosen}
            beside = [
                known[key]
                for key in self._source.busiest()
                if key in known and known[key].host in hosts and key not in ours
            ]
            room = max(FEW - len(chosen), 0)
            self._auto = False
            self._put([*chosen, *beside[:room]])
            if not beside:
                self._say("There are no neighbours: no other guest of this host is running.")
            elif len(beside) > room:
                self._say(f"{len(beside) - room} more guests are on the same host.")

    @traitlets.validate("panels")
    def _check_panels(self, proposal: dict[str, Any]) -> list[str]:
        return known_panels(proposal["value"])

    # --- which lines ----------------------------------------------------------------------------------------

    def _resolved(self, guests: Sequence[str], known: dict[str, Line]) -> list[Line]:
        found: dict[str, Line] = {}
        for guest in guests:
            if not isinstance(guest, str):
                stars = _STARS if isinstance(guest, list | tuple) else ""
                raise TypeError(f"a guest must be a name or UUID, not {guest!r}{stars}")
            matching = [one for one in known.values() if one.name == guest]
            matching = matching or [one for one in known.values() if guest in (one.domain, one.key)]
            if not matching:
                raise ValueError(f"no guest {guest!r} in this view; it has {_named(known.values())}")
            found |= {line.key: line for line in matching}
        if len(found) > MOST:
            raise ValueError(
                f"guests must be at most {MOST}, not {len(found)}: more lines cannot be told apart"
            )
        return list(found.values())

    def _by_themselves(self, known: dict[str, Line]) -> list[Line]:
        chosen = [known[key] for key in self._source.busiest()[:FEW] if key in known]
        return sorted(chosen, key=lambda line: (line.name, line.host)) or [*known.values()][:1]

    def _put(self, lines: Sequence[Line]) -> None:
        slots = {line["key"]: line["slot"] for line in self.lines}
        self._shown = list(lines)
        self._set(lines=self._described(lines, slots))
        self._redraw()

    def _refreshed(self) -> None:
        """Look who is there now: for the list of candidates, and for the lines where nobody chose."""
        known = {line.key: line for line in self._source.lines()}
        self._set(candidates=[line.to_dict() for line in known.values()])
        if self._auto and len(chosen := self._by_themselves(known)) >= len(self._shown):
            if {line.key for line in chosen} != {line.key for line in self._shown}:
                self._put(chosen)
        elif any(known.get(line.key, line) != line for line in self._shown):  # renamed
            self._put([known.get(line.key, line) for line in self._shown])

    @staticmethod
    def _described(lines: Sequence[Line], slots: dict[str, int]) -> list[dict[str, Any]]:
        """Return lines for the page: one keeps its colour as long as it is shown."""
        taken = {slots[line.key] for line in lines if line.key in slots}
        free = iter([slot for slot in range(MOST) if slot not in taken])
        names = [line.name for line in lines]
        found: list[dict[str, Any]] = []
        for line in lines:
            label = line.name if names.count(line.name) == 1 else f"{line.name} on {line.host}"
            slot = slots[line.key] if line.key in slots else next(free)
            found.append({**line.to_dict(), "label": printable(label), "slot": slot})
        return found


def _named(lines: Any) -> str:
    names = [printable(line.name) for line in lines]
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
