"""The samplers of a recording: made for its hosts, which may come and go."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pandas as pd

from virtsdk import errors
from virtsdk.display import listing
from virtsdk.history.columns import DEFINITIONS, HOSTS, SAMPLES
from virtsdk.history.hosts import Place, about_host, about_places, places_of
from virtsdk.history.reading.reader import Reader, Selection
from virtsdk.history.sampling.sampler import Sampler
from virtsdk.history.sampling.schedule import Schedule, offset_of
from virtsdk.history.sampling.slowly import EVERY, Slowly
from virtsdk.history.sampling.told import Told, digest_of
from virtsdk.history.writer import RecordingWriter
from virtsdk.history.writing.note import write_note
from virtsdk.resources.host import Host

_log = logging.getLogger(__name__)


class Crew:
    """Samplers on one schedule.

    Parameters
    ----------
    writer
        Is given what they take.
    places
        The hosts.
    give
        Gives the hosts, as `record` takes them, every so often, in a thread of the schedule: it may hang.
    often
        Seconds between two times that it does.
    mode
        The rights of the note that says why it could not.
    begin, interval, until, storage
        As of `Sampler`.
    include
        As of `Told`.

    Attributes
    ----------
    trouble
        Why the hosts are those before; None while they are those that were given last.
    """

    def __init__(
        self,
        writer: RecordingWriter,
        places: Iterable[Place],
        *,
        give: Callable[[], Any] | None = None,
        often: float = 30.0,
        mode: int = 0o600,
        begin: float,
        interval: float,
        until: float | None,
        storage: float | None,
        include: frozenset[str],
    ) -> None:
        self._writer = writer
        self._give = give
        self._interval = interval
        self._until = until
        self._storage = storage
        self._include = include
        self._known = known_definitions(writer) if "definitions" in include else {}
        self._hosts: dict[str, Place] = {}
        self._left = 0  # samples of hosts that left
        self._of: dict[str, tuple[Sampler, Told, list[Slowly]]] = {}
        self._mode = mode
        self.trouble: str | None = None
        write_note(writer.directory, None, mode)  # of a recorder that was killed
        self.schedule = Schedule([], until=until, lasts=give is not None)
        self._bring(list(places), begin)
        if give is not None:
            self.schedule.add(_Often(self.refresh, begin + often, often, until))

    @property
    def samplers(self) -> list[Sampler]:
        """Those of the hosts that there are now."""
        return [one for one, _, _ in list(self._of.values())]

    @property
    def taken(self) -> int:
        """Number of samples taken so far, also of hosts that left."""
        return self._left + sum(one.taken for one in self.samplers)

    def refresh(self) -> None:
        """Ask which hosts there are now, where a callable gives them."""
        if self._give is None:
            return
        try:
            places = places_of(self._give())
        except Exception as error:  # noqa: BLE001 - a file that is being edited
            self._stay(str(error) or type(error).__name__)
            return
        if self.trouble is not None:
            _log.warning("which hosts to record is told again")
            self.trouble = None
            write_note(self._writer.directory, None, self._mode)
        there = {one.name: one for one in places}
        gone = [
            name
            for name, place in self._hosts.items()
            if (now := there.get(name)) is None or not _is_same(place, now)
        ]
        come = [one for one in places if one.name not in self._hosts or one.name in gone]
        for name in gone:
            self._leave(name)
        if come:
            _log.warning("recorded from now on: %s", listing.names(one.name for one in come))
        if left := [name for name in gone if name not in there]:
            _log.warning("not recorded any more: %s", listing.names(left))
        self._announce(come)
        self._bring(come, time.monotonic())

    def _stay(self, why: str) -> None:
        """Go on with the hosts of before, and say so: once in the log, and where the recording is."""
        if why == self.trouble:
            return
        if self.trouble is None:
            _log.warning("which hosts to record is not told; it stays at those before: %s", why)
        self.trouble = why
        since = pd.Timestamp.now(tz="UTC")
        said = f"since {since:%Y-%m-%d %H:%M:%S} UTC the hosts of before are recorded: {why}"
        write_note(self._writer.directory, said, self._mode)

    def _announce(self, places: list[Place]) -> None:
        if places:
            since = pd.Timestamp.now(tz="UTC").as_unit("us")
            self._writer.add({HOSTS: about_places(places, since, self._interval)})

    def _bring(self, places: list[Place], since: float) -> None:
        """Record hosts from a time (monotonic seconds) on."""
        count = len(self._hosts) + len(places)
        span = self._interval if self._until is None else min(self._interval, self._until - since)
        for one in places:
            begin = since + offset_of(one.name, max(span, 0.0), count)
            told = Told(one.name, self._include, self._known.get(one.name))
            sampler = Sampler(
                one.host,
                self._writer.add_sample,
                name=one.name,
                describe=partial(about_host, interval=self._interval),
                begin=begin,
                interval=self._interval,
                until=self._until,
                storage=self._storage,
                told=told,
            )
            when: dict[str, Any] = {"begin": begin, "interval": self._interval, "until": self._until}
            slowly = [
                Slowly(one.name, what, partial(_open, sampler), self._writer.add, **when)
                for what in EVERY
                if what in self._include
            ]
            self._hosts[one.name] = one
            self._of[one.name] = sampler, told, slowly
            for work in (sampler, *slowly):
                self.schedule.add(work)

    def _leave(self, name: str) -> None:
        del self._hosts[name]
        sampler, told, slowly = self._of.pop(name)
        self._left += sampler.taken
        self._known[name] = told.digests
        for work in (sampler, *slowly):
            self.schedule.leave(work)
        told.close()
        sampler.leave()

    def close(self) -> None:
        """Close what was opened here."""
        for sampler, told, _ in self._of.values():
            told.close()
            sampler.close()
        write_note(self._writer.directory, None, self._mode)


class _Often:
    """Calls a function every so often; one call at a time, however long it takes."""

    def __init__(self, call: Callable[[], None], begin: float, every: float, until: float | None) -> None:
        self._call = call
        self._next = begin
        self._every = every
        self._until = until

    @property
    def due(self) -> float | None:
        """When to call it next; None: not any more."""
        return None if self._until is not None and self._next >= self._until else self._next

    def run(self) -> None:
        """Call it."""
        self._call()
        self._next = time.monotonic() + self._every


def _is_same(one: Place, other: Place) -> bool:
    """Tell whether a place is as it was; a callable may well make handles of its hosts anew each time.

    Another handle takes over where the first one was closed.
    """
    if one.host is other.host:
        return True
    alike = type(one.host) is type(other.host) and one.host.uri == other.host.uri
    return alike and not (isinstance(one.host, Host) and one.host.session.closed)


def _open(sampler: Sampler) -> Any:
    return sampler.answering


def known_definitions(writer: RecordingWriter) -> dict[str, dict[str, str]]:
    """Return by host and UUID the digests of the definitions that a recording has."""
    if DEFINITIONS not in writer.ledger.frames or SAMPLES not in writer.ledger.frames:
        return {}
    columns = ["host", "domain", "time", "definition", "removed"]
    try:
        rows = Reader(writer.directory).read(DEFINITIONS, columns, Selection()).to_pandas()
    except errors.RecordingError as error:
        _log.warning("definitions are recorded anew: %s", error)
        return {}
    rows = rows.sort_values("time", kind="stable").groupby(["host", "domain"], observed=True).last()
    found: dict[str, dict[str, str]] = {}
    for (host, domain), row in rows.iterrows():
        if not row["removed"] and isinstance(row["definition"], str):
            found.setdefault(str(host), {})[str(domain)] = digest_of(row["definition"])
    return found
