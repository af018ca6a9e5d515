"""Show a live object: read again for a person, as last read for a debugger.

What a person displays (a cell's result, ``print``) is read from the host first, within `LOOK_SECONDS`; where
that fails, the last reading is shown, marked as old, with the reason. ``repr()`` asks nobody: debuggers, logs
and verbose tracebacks call it, of objects that nobody wanted to look at.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import methodcaller
from typing import Any, Final

from virtsdk import errors
from virtsdk.binding.session import Session
from virtsdk.display import text

LOOK_SECONDS: Final = 2.0
"""Seconds for which displaying something waits for its host."""

_FRESH = 5.0  # seconds; a younger reading of a handle has no need to say its age


@dataclass(frozen=True)
class Look:
    """The reading that is shown.

    Attributes
    ----------
    read_at
        When it was made (UTC); None where none was.
    trouble
        Why it could not be made again; None where it is of now, or was not tried.
    tried
        It was read for this display.
    """

    read_at: datetime | None
    trouble: str | None = None
    tried: bool = False

    @property
    def age(self) -> str:
        """Age in words."""
        if self.read_at is None:
            return "not read yet"
        return f"read {text.ago((datetime.now(UTC) - self.read_at).total_seconds())}"

    @property
    def words(self) -> str:
        """When it was read: the time where that is now, else the age."""
        if self.tried and self.trouble is None and self.read_at is not None:
            return f"read {self.read_at:%H:%M:%S} UTC"
        if self.trouble is None or self.read_at is None:
            return self.age
        return f"old: {self.age}, at {self.read_at:%H:%M:%S} UTC"

    def marked(self, line: str) -> str:
        """Add to a handle's line in angle brackets what a reader must know: that it is old, and why."""
        if self.trouble is not None:
            return f"{line[:-1]}, {self.words}: {self.trouble}>"
        if self.read_at is None or self.tried or (datetime.now(UTC) - self.read_at).total_seconds() < _FRESH:
            return line
        return f"{line[:-1]}, {self.age}>"


class Shown(ABC):
    """An object that is read again when a person displays it."""

    _session: Session

    @property
    @abstractmethod
    def _read_at(self) -> datetime | None:
        """When it was last read (UTC)."""

    @property
    @abstractmethod
    def _reading(self) -> str:
        """Its reading in the words of `Session.parked`."""

    @abstractmethod
    def _read_again(self, timeout: float) -> None:
        """Read what is shown; raises `VirtError`."""

    @abstractmethod
    def _in_text(self, look: Look) -> str:
        """Write it as text."""

    @abstractmethod
    def _in_html(self, look: Look) -> str:
        """Write it as HTML."""

    def _look(self) -> Look:
        """Read again, unless the host is closed or has not yet answered an earlier reading."""
        trouble = None
        silent = dict(self._session.parked).get(self._reading)
        if silent is not None:
            trouble = f"{self._session.subject} has not answered for {silent:.0f} s"
        else:
            own = self._session.timeout
            try:
                self._read_again(LOOK_SECONDS if own is None else min(own, LOOK_SECONDS))
            except errors.VirtError as error:
                trouble = text.one_line(str(error))
        return Look(self._read_at, trouble, tried=True)

    def __repr__(self) -> str:
        try:
            return self._in_text(Look(self._read_at))
        except AttributeError:  # in a traceback of its making
            return f"<{type(self).__name__}>"

    def __str__(self) -> str:
        return self._in_text(self._look())

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self) if cycle else str(self))

    def _repr_html_(self) -> str:
        return self._in_html(self._look())

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        """Give a notebook both forms of one reading."""
        look = self._look()
        return {"text/plain": self._in_text(look), "text/html": self._in_html(look)}


def look(shown: Shown) -> Look:
    """Read what another object shows a part of."""
    return methodcaller("_look")(shown)  # by name: an object shows it to nobody else
