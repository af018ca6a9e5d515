"""Definitions that were read once, and are read again when an event says that they changed.

libvirt reports no event when a running domain's device is updated (a nic plugged into another network), nor
when autostart is set. What this program changes itself is read again at once. For what others change, the
domains that start by themselves are listed every `FRESH` seconds, in one call, and each definition is read
again after `RECHECK` seconds, in turn. A driver without events has all of them read every `FRESH` seconds.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import TYPE_CHECKING, ClassVar
from weakref import WeakKeyDictionary

from virtsdk import errors
from virtsdk.binding.events.hub import Hub
from virtsdk.binding.protocol import VirConnect
from virtsdk.binding.session import Session
from virtsdk.events import DomainAgentLifecycle, DomainEvent, DomainLifecycle, Event, Reconnected

if TYPE_CHECKING:
    from virtsdk.resources.figures.facts import DomainFacts
    from virtsdk.resources.host import Host

FRESH = 60.0
RECHECK = 600.0
_BATCH = 200  # definitions read in one go, so that a host with many domains comes along sample by sample
_UNSURE = object()
_SAME_DEVICES = frozenset({"suspended", "resumed", "shutdown", "crashed", "pmsuspended"})
_log = logging.getLogger(__name__)
_OF_HOSTS: WeakKeyDictionary[Host, KnownFacts] = WeakKeyDictionary()


def keep_facts(host: Host, facts: KnownFacts) -> None:
    """Begin to keep the facts about a host's domains, for as long as there is the host."""
    _OF_HOSTS[host] = facts


def facts_about(host: Host) -> KnownFacts:
    """Return the facts that are kept about a host's domains."""
    return _OF_HOSTS[host]


def forget_facts(host: Host, uuid: str) -> None:
    """Have the definition of a domain, which this program changes, read again when it is asked for."""
    facts_about(host).forget(uuid)


@dataclass
class _Known:
    facts: DomainFacts
    due: float
    signs: dict[Hashable, object] = field(default_factory=dict[Hashable, object])


class KnownFacts:
    """Facts from the definitions of a host's domains, kept up to date by its events.

    Parameters
    ----------
    session, hub
        The host's.
    host
        The host's name, for messages.
    """

    kinds: frozenset[str] = frozenset(
        {
            "domain_lifecycle",
            "domain_agent_lifecycle",
            "domain_device_added",
            "domain_device_removed",
            "domain_disk_change",
            "domain_tray_change",
            "domain_block_job",
            "domain_nic_mac_change",
        }
    )
    _required: ClassVar[frozenset[str]] = frozenset({"domain_lifecycle"})

    def __init__(self, session: Session, hub: Hub, host: str) -> None:
        self._session = session
        self._hub = hub
        self._host = host
        self._lock = threading.Lock()
        self._subscribing = threading.Lock()
        self._listening: bool | None = None
        self._known: dict[str, _Known] = {}
        self._reading: set[str] = set()  # what is forgotten meanwhile is not kept
        self._autostart_due = 0.0

    def put(self, event: Event) -> None:
        """Take an event: what it concerns is read again (called on libvirt's event thread)."""
        if isinstance(event, Reconnected):
            with self._lock:
                self._known.clear()
                self._reading.clear()
                self._autostart_due = 0.0
        elif isinstance(event, DomainLifecycle) and event.event in _SAME_DEVICES:
            return
        elif isinstance(event, DomainAgentLifecycle):
            self._agent(event.domain, event.state == "connected")
        elif isinstance(event, DomainEvent):
            self.forget(event.domain)

    def _agent(self, uuid: str, seen: bool) -> None:
        """Take what the event says of a guest agent, so that the definition need not be read for it."""
        with self._lock:
            self._reading.discard(uuid)  # what is being read may be from before
            known = self._known.get(uuid)
            if known is not None:
                known.facts = replace(known.facts, agent_seen=seen)

    def end(self) -> None:
        """The host closed; nothing to do."""

    def forget(self, uuid: str) -> None:
        """Have the definition of a domain read again when it is asked for."""
        with self._lock:
            self._known.pop(uuid, None)
            self._reading.discard(uuid)

    def look(
        self,
        signs: Mapping[str, object],
        group: Hashable = None,
        *,
        unsure: Collection[str] = (),
        timeout: float = 10.0,
    ) -> dict[str, DomainFacts]:
        """Give what is known of some domains; read what is new or outdated.

        Parameters
        ----------
        signs
            By UUID: something that is another thing once the domain runs anew or has other parts.
        group
            Only signs of the same group are compared.
        unsure
            Domains whose sign tells nothing this time, as their hypervisor process does not answer. (libvirt
            itself has their definitions.)
        timeout
            Seconds for all that has to be read; what they were too short for is read the next time.

        Returns
        -------
        dict
            By UUID; domains that are gone, or were not read in time, are left out.
        """
        self._listen()
        now = monotonic()
        with self._lock:
            telling = {uuid: sign for uuid, sign in signs.items() if uuid not in unsure}
            wanted = [
                uuid for uuid in signs if self._is_outdated(uuid, group, telling.get(uuid, _UNSURE), now)
            ]
            self._reading.update(wanted)
            listing = bool(wanted) or now >= self._autostart_due
        found = self._read(wanted, now + timeout) if listing else {}
        with self._lock:
            for place, (uuid, facts) in enumerate(found.items(), start=1):
                if uuid in self._reading:
                    self._reading.discard(uuid)
                    self._known[uuid] = _Known(facts, self._due(now, place / len(found)))
            for uuid, sign in telling.items():
                if uuid in self._known:
                    self._known[uuid].signs[group] = sign
            return {uuid: self._known[uuid].facts for uuid in signs if uuid in self._known} | found

    def _listen(self) -> None:
        with self._subscribing:
            if self._listening is None:
                try:
                    self._hub.subscribe(self, self._required)
                except errors.NotSupported:
                    self._listening = False
                else:
                    self._listening = True

    def _is_outdated(self, uuid: str, group: Hashable, sign: object, now: float) -> bool:
        known = self._known.get(uuid)
        if known is None or now >= known.due:
            return True
        return sign is not _UNSURE and known.signs.get(group, sign) != sign

    def _due(self, now: float, share: float) -> float:
        """Return when to read it again at the latest: what was read together is spread from then on."""
        return now + (RECHECK * (1 + share) / 2 if self._listening else FRESH)

    def _read(self, uuids: Sequence[str], deadline: float) -> dict[str, DomainFacts]:
        """Read definitions until the deadline, and which domains start by themselves."""
        from virtsdk.resources.figures.facts import (
            facts_of,
            read_autostart,
            read_definitions,
            read_volume_paths,
            with_paths,
        )

        subject = f"the domains of {self._host!r}"
        found: dict[str, DomainFacts] = {}
        try:
            autostart = self._session.call(
                "list", subject, read_autostart, timeout=max(0.1, deadline - monotonic())
            )
            self._start_by_themselves(autostart)
            for start in range(0, len(uuids), _BATCH):

                def read(conn: VirConnect, start: int = start) -> dict[str, str]:
                    return read_definitions(conn, uuids[start : start + _BATCH])

                left = deadline - monotonic()
                if left <= 0:
                    raise errors.TimedOut(
                        f"{len(uuids) - len(found)} definitions of {subject} are still unread"
                    )
                texts = self._session.call("read the definitions of", subject, read, timeout=left)
                those = {uuid: facts_of(text, uuid in autostart) for uuid, text in texts.items()}
                found |= with_paths(
                    those,
                    lambda volumes: self._session.call(
                        "find the volumes of",
                        subject,
                        lambda conn: read_volume_paths(conn, volumes),
                        timeout=max(0.1, deadline - monotonic()),
                    ),
                )
        except errors.TimedOut as error:
            _log.warning("%s: figures come with what is known", error)
        return found

    def _start_by_themselves(self, autostart: frozenset[str]) -> None:
        with self._lock:
            self._autostart_due = monotonic() + FRESH
            for uuid, known in self._known.items():
                if known.facts.autostart != (uuid in autostart):
                    known.facts = replace(known.facts, autostart=uuid in autostart)
