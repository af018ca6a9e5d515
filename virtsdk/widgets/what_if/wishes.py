"""`Wishes`: the controls and the questions of a what-if, as methods."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final

from virtsdk.display.text import printable
from virtsdk.widgets.what_if.settings import Ground, Settings, checked

HINT: Final = "Move a slider, choose hosts, or take one of the questions above."
"""The status line of a view that nothing was asked of."""
QUESTIONS: Final = ("lose_the_largest_host", "next_6_months", "empty_this_host", "reset")
"""The buttons, each named as its method."""
_MONTHS = 6
_GROWTH = 2.0


class Wishes:
    """What can be asked of a what-if: each control, and each question, is a method."""

    _ground: Ground
    _settings: Settings
    _lock: threading.RLock

    def _ask(self, told: str, hand: str = "", **changes: Any) -> None:
        """Change settings; say `told` once that is worked out."""
        raise NotImplementedError

    def _say(self, text: str, level: str = "info") -> None:
        raise NotImplementedError

    def _set(self, **changes: Any) -> None:
        """Change settings after checking them: a wrong argument raises, and is said."""
        try:
            given = checked(self._ground, self._settings, **changes)
        except (ValueError, TypeError) as error:
            self._say(printable(str(error)), "error")
            raise
        self._ask("", **{name: getattr(given, name) for name in changes})

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
        """Have the largest host fail: that with most memory, of several that with most CPUs.

        One that is drained is gone already, so it is the largest of the others.
        """
        with self._lock:
            left = [one for one in self._ground.largest if one not in self._settings.drain]
            if left:
                self._ask(f"Without {printable(left[0])}, the largest host.", fail=tuple(left[:1]))
        if not left:
            self._say("No host is left to lose.", "error")

    def next_6_months(self) -> None:
        """Look six months ahead, at the growth that is set; at 2 % a month where none is."""
        with self._lock:
            growth = self._settings.growth or _GROWTH
            guessed = "" if self._settings.growth else " That rate is a guess: set your own."
            told = f"In {_MONTHS} months, at {growth:g} % a month.{guessed}"
            self._ask(told, growth=growth, months=_MONTHS)

    def empty_this_host(self, host: str | None = None) -> None:
        """Drain `this_host`, or the one that is given."""
        if host is not None:
            self._set(this_host=host)
        with self._lock:
            one = self._settings.this_host
            others = tuple(name for name in self._settings.fail if name != one)
            if one:
                self._ask(f"With {printable(one)} emptied.", drain=(one,), fail=others)
        if not one:
            self._say("There is no host to empty.", "error")

    def reset(self) -> None:
        """Put all controls back: the fleet as it is."""
        self._ask(HINT, **asdict(self._ground.start))
