"""Facts beside the figures: the parts of a domain's definition that an analysis asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from virtsdk import errors, xml
from virtsdk.binding.calls import translated
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirConnect
from virtsdk.binding.undecoded import decoded
from virtsdk.models.domain import ChannelTargetState, Disk, DiskSource, DomainDef, Interface

AGENT_CHANNEL = "org.qemu.guest_agent.0"
_WITH_CHANNELS = ("qemu", "kvm", "hvf")


@dataclass(frozen=True)
class DiskFacts:
    """A disk by its definition: what it is (disk, cdrom ...), on which bus, its data, what is behind."""

    device: str | None
    bus: str | None
    source: str | None
    volume: tuple[str, str] | None = None  #: pool and name, where it is given as a volume
    backing_path: str | None = None


@dataclass(frozen=True)
class NicFacts:
    """A network interface by its definition: its MAC address, and the network, bridge or device behind it."""

    mac: str | None
    source: str | None


@dataclass(frozen=True)
class DomainFacts:
    """A domain by its definition; disks by their target, interfaces by their host-side name."""

    autostart: bool | None = None
    disks: dict[str, DiskFacts] = field(default_factory=dict[str, DiskFacts])
    nics: dict[str, NicFacts] = field(default_factory=dict[str, NicFacts])
    paths: dict[str, str] = field(default_factory=dict[str, str])  #: of disks that are given as volumes
    agent_seen: bool | None = None  #: the guest agent has its channel open; None where that is not told


def read_definitions(conn: VirConnect, uuids: Iterable[str]) -> dict[str, str]:
    """Read the definitions of some domains, one call each; domains that are gone meanwhile are left out."""
    found: dict[str, str] = {}
    for uuid in uuids:
        try:
            with translated("read the definition of", f"domain {uuid}"):
                found[uuid] = decoded(conn.lookupByUUIDString(uuid).XMLDesc, 0)
        except errors.DomainNotFound:
            continue
    return found


def with_paths(
    found: dict[str, DomainFacts], read: Callable[[set[tuple[str, str]]], dict[tuple[str, str], str]]
) -> dict[str, DomainFacts]:
    """Add the paths of disks that are given as volumes; where there is none, nothing is read.

    libvirt itself puts the path in place of the volume when the domain starts; of one that is off its figures
    have none.
    """
    volumes = {one.volume for facts in found.values() for one in facts.disks.values() if one.volume}
    if not volumes:
        return found
    paths = read(volumes)
    return {
        uuid: replace(
            facts, paths={name: paths[one.volume] for name, one in facts.disks.items() if one.volume in paths}
        )
        for uuid, facts in found.items()
    }


def read_volume_paths(conn: VirConnect, volumes: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Read the paths of volumes, given by pool and name; those that are not there are left out."""
    found: dict[tuple[str, str], str] = {}
    for pool, name in volumes:
        try:
            with translated("find", f"storage volume {name!r}"):
                raw = conn.storagePoolLookupByName(pool).storageVolLookupByName(name)
                found[pool, name] = decoded(raw.path)
        except (errors.NotFound, errors.NotSupported, errors.InvalidState):
            continue
    return found


def read_autostart(conn: VirConnect) -> frozenset[str]:
    """Read the UUIDs of the domains that start by themselves, in one call."""
    found = conn.listAllDomains(flag("VIR_CONNECT_LIST_DOMAINS_AUTOSTART"))
    return frozenset(raw.UUIDString() for raw in found)


def facts_of(document: str, autostart: bool) -> DomainFacts:
    """Take the facts out of a definition."""
    definition = xml.parse(document, DomainDef)
    seen = _agent_seen(definition)
    devices = definition.devices
    if devices is None:
        return DomainFacts(autostart, agent_seen=seen)
    disks = {one.target.dev: _disk(one) for one in devices.disks if one.target and one.target.dev}
    nics = {one.target.dev: _nic(one) for one in devices.interfaces if one.target and one.target.dev}
    return DomainFacts(autostart, disks, nics, agent_seen=seen)


def _agent_seen(definition: DomainDef) -> bool | None:
    """Tell whether the guest agent is connected.

    It is not where the guest has no channel for it, or is off. Nothing is known of other drivers' guests than
    QEMU's, nor of a channel whose state libvirt does not tell.
    """
    if _text(definition.type) not in _WITH_CHANNELS:
        return None
    if definition.id is None:
        return False
    channels = definition.devices.channels if definition.devices else []
    ends = [one.target for one in channels if one.target and one.target.name == AGENT_CHANNEL]
    if any(one.state == ChannelTargetState.CONNECTED for one in ends):
        return True
    return None if any(one.state is None for one in ends) else False


def _disk(disk: Disk) -> DiskFacts:
    bus = disk.target.bus if disk.target else None
    source = disk.source
    volume = (source.pool, source.volume) if source and source.pool and source.volume else None
    behind = disk.backing_store.source if disk.backing_store else None
    return DiskFacts(_text(disk.device) or "disk", _text(bus), _source(source), volume, _source(behind))


def _source(source: DiskSource | None) -> str | None:
    """Return a path, ``pool/volume``, or ``protocol:name``."""
    if source is None:
        return None
    if source.pool and source.volume:
        return f"{source.pool}/{source.volume}"
    if source.protocol:
        return f"{_text(source.protocol)}:{source.name or ''}"
    return _text(source.file or source.dev or source.dir or source.path)


def _nic(nic: Interface) -> NicFacts:
    source = nic.source
    plugged = None if source is None else (source.network or source.bridge or source.dev or source.name)
    return NicFacts(nic.mac.address if nic.mac else None, _text(plugged))


def _text(value: object) -> str | None:
    return None if value is None else str(value)
