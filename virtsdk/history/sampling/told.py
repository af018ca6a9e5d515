"""What hosts tell beside figures: definitions where they change, and events."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Final, cast

import pandas as pd

from virtsdk import errors
from virtsdk.events import Event
from virtsdk.history.columns import DEFINITIONS, EVENTS, own_frame
from virtsdk.history.sampling.secrets import without_secrets
from virtsdk.resources.events import EventStream
from virtsdk.resources.host import Host

FILE_SYSTEMS: Final = "filesystems"
INCLUDED: Final = ("definitions", "events", "jobs", FILE_SYSTEMS)
_BATCH = 50  # definitions read in one go: the rest comes with the next samples
_log = logging.getLogger(__name__)


def included(given: Any) -> frozenset[str]:
    """Return what a caller wants beside figures.

    Raises
    ------
    TypeError, ValueError
        It is no such thing.
    """
    if given is None:
        return frozenset()
    if isinstance(given, bytes) or not isinstance(given, Iterable):
        raise TypeError(f"include must be names ({', '.join(INCLUDED)}), not {given!r}")
    names = [given] if isinstance(given, str) else list(cast("Iterable[Any]", given))
    for one in names:
        if one not in INCLUDED:
            raise ValueError(f"include must be some of {', '.join(INCLUDED)}, not {one!r}")
    return frozenset(names)


def digest_of(definition: str) -> str:
    """Return what tells two definitions apart."""
    return hashlib.sha256(definition.encode()).hexdigest()


class Told:
    """What one host told so far; asked with each sample for what is new.

    Parameters
    ----------
    name
        The host's name in the recording.
    include
        Of `INCLUDED`, what is wanted.
    known
        By UUID the digests of the definitions that the recording has already.

    Attributes
    ----------
    digests
        The same, as of now.
    """

    def __init__(self, name: str, include: Collection[str], known: Mapping[str, str] | None = None) -> None:
        self._name = name
        self._definitions = "definitions" in include
        self._events = "events" in include
        self.digests = dict(known or {})
        self._names: dict[str, str] = {}
        self._facts: dict[str, object] = {}
        self._stream: tuple[Host, EventStream | None] | None = None

    def news(
        self, host: Host, records: Iterable[tuple[str, str, object]], facts: Mapping[str, object]
    ) -> dict[str, pd.DataFrame]:
        """Return what is new since the last sample, by the name of its frame.

        Parameters
        ----------
        host
            It answered just now.
        records
            UUID and name of its domains.
        facts
            What is known of their definitions: another object once a definition was read again.
        """
        found: dict[str, pd.DataFrame] = {}
        if self._events and (rows := self._come(host)):
            found[EVENTS] = own_frame(EVENTS, rows)
        if self._definitions:
            names = {uuid: name for uuid, name, _ in records}
            try:
                rows = self._changed(host, names, facts)
            except errors.VirtError as error:
                _log.info("definitions of %s are not recorded yet: %s", self._name, error)
            else:
                if rows:
                    found[DEFINITIONS] = own_frame(DEFINITIONS, rows)
        return found

    def _changed(
        self, host: Host, names: Mapping[str, str], facts: Mapping[str, object]
    ) -> list[dict[str, object]]:
        anew = [
            uuid
            for uuid, name in names.items()
            if uuid in facts and (self._facts.get(uuid) is not facts[uuid] or self._names.get(uuid) != name)
        ][:_BATCH]
        texts: dict[str, str] = {}
        if anew:
            from virtsdk.resources.figures.facts import read_definitions  # which loads the models

            texts = host.session.call(
                "read the definitions of",
                f"the domains of {host.name!r}",
                lambda conn: read_definitions(conn, anew),
                timeout=5.0,
            )
        now = pd.Timestamp.now(tz="UTC").as_unit("us")
        rows: list[dict[str, object]] = []
        for uuid in anew:
            if uuid not in texts:  # gone meanwhile: the next sample has it no more
                continue
            text = without_secrets(texts[uuid])
            digest = digest_of(text)
            if self.digests.get(uuid) != digest:
                row = {"domain": uuid, "name": names[uuid], "definition": text, "removed": False}
                rows.append({"host": self._name, "time": now, **row})
            self.digests[uuid], self._facts[uuid], self._names[uuid] = digest, facts[uuid], names[uuid]
        for uuid in [one for one in self.digests if one not in names]:
            del self.digests[uuid]
            self._facts.pop(uuid, None)
            row = {"domain": uuid, "name": self._names.pop(uuid, None), "removed": True}
            rows.append({"host": self._name, "time": now, **row})
        return rows

    def _come(self, host: Host) -> list[dict[str, object]]:
        if self._stream is None or self._stream[0] is not host:
            try:
                self._stream = host, host.events()
            except errors.VirtError as error:
                _log.info("events of %s are not recorded: %s", self._name, error)
                self._stream = host, None
        stream = self._stream[1]
        return [] if stream is None else [self._row(one) for one in stream.drain()]

    def _row(self, event: Event) -> dict[str, object]:
        given = {one.name: getattr(event, one.name) for one in fields(event)}
        said = {key: value for key, value in given.items() if key not in ("host", "time")}
        known = {key: said.get(key) for key in ("domain", "name", "event", "detail")}
        texts = {key: None if value is None else str(value) for key, value in known.items()}
        row = {"host": self._name, "time": _utc(event.time), "kind": event.kind, **texts}
        return {**row, "said": json.dumps(said, default=str)}

    def close(self) -> None:
        """Listen to its events no longer."""
        if self._stream is not None and self._stream[1] is not None:
            self._stream[1].close()


def _utc(time: datetime) -> pd.Timestamp:
    return pd.Timestamp(time).tz_convert("UTC").as_unit("us")
