"""The samplers of a recording: made for its hosts, which may come and go."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pandas as pd

from virtsdk import errors
from virtsdk.history.columns import DEFINITIONS, HOSTS, SAMPLES
from virtsdk.history.hosts import Place, about_host, about_places, places_of
from virtsdk.history.reader import Reader, Selection
from virtsdk.history.sampling.sampler import Sampler
from virtsdk.history.sampling.schedule import Schedule, offset_of
from virtsdk.history.sampling.slowly import EVERY, Slowly
from virtsdk.history.sampling.told import Told, digest_of
from virtsdk.history.writer import RecordingWriter

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
        Gives the hosts, as `record` takes them, each time that `refresh` is called.
    begin, interval, until, storage
        As of `Sampler`.
    include
        As of `Told`.
    """

    def __init__(
        self,
        writer: RecordingWriter,
        places: Iterable[Place],
        *,
        give: Callable[[], Any] | None = None,
        begin: float,
        interval: float,
        until: float | None,
        storage: float | None,
        include: frozenset[str],
    ) -> None:
        self._writer = writer
        self._give = give
        self._begin = begin
        self._interval = interval
        self._until = until
        self._storage = storage
        self._include = include
        self._known = known_definitions(writer) if "definitions" in include else {}
        self._hosts: dict[str, Place] = {}
        self._left = 0  # samples of hosts that left
        self._of: dict[str, tuple[Sampler, Told, list[Slowly]]] = {}
        self.schedule = Schedule([], until=until, lasts=give is not None)
        self._bring(list(places))

    @property
    def samplers(self) -> list[Sampler]:
        """Those of the hosts that there are now."""
        return [one for one, _, _ in self._of.values()]

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
            _log.warning("which hosts to record is not told; it stays at those before: %s", error)
            return
        there = {one.name: one for one in places}
        for name in [one for one, place in self._hosts.items() if there.get(one) != place]:
            self._leave(name)
        self._bring([one for one in places if one.name not in self._hosts])

    def _bring(self, places: list[Place]) -> None:
        if places and self._hosts:
            since = pd.Timestamp.now(tz="UTC").as_unit("us")
            self._writer.add({HOSTS: about_places(places, since, self._interval)})
        count = len(self._hosts) + len(places)
        span = self._interval if self._until is None else min(self._interval, self._until - self._begin)
        for one in places:
            begin = self._begin + offset_of(one.name, span, count)
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
        for work in (sampler, *slowly):
            self.schedule.leave(work)
        told.close()
        sampler.close()

    def close(self) -> None:
        """Close what was opened here."""
        for sampler, told, _ in self._of.values():
            told.close()
            sampler.close()


def _open(sampler: Sampler) -> Any:
    return sampler.answering


def known_definitions(writer: RecordingWriter) -> dict[str, dict[str, str]]:
    """Return by host and UUID the digests of the definitions that a recording has."""
    if DEFINITIONS not in writer.frames or SAMPLES not in writer.frames:
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
