"""The pane of one guest: facts, addresses, disks, nics and what happened to it, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from virtsdk.display.text import printable, size
from virtsdk.errors import VirtError
from virtsdk.words import DESTROYABLE

if TYPE_CHECKING:
    from virtsdk.models.domain import DomainDef
    from virtsdk.resources.domain import Domain

_NOTHING = "—"


def pane_of(domain: Domain, key: str, happened: Sequence[tuple[str, str]]) -> dict[str, object]:
    """Read a guest for its pane: its definition, and its addresses from whoever knows them.

    Returns
    -------
    dict
        ``key``, ``name``, ``time`` (UTC), ``tables``: a title, a header and rows of text each (what could not
        be read is a row that says why), ``refused`` (see `refusals_of`) and ``states``, in which a screenshot
        can be taken and the console read.

    Raises
    ------
    VirtError
        The definition could not be read.
    """
    definition = domain.definition()
    tables = [
        ["Facts", ["what", "value"], _facts(definition)],
        ["Addresses", ["address", "MAC", "from"], _addresses(domain)],
        ["Disks", ["target", "bus", "device", "source"], disks_of(definition)],
        ["Nics", ["target", "MAC", "model", "source"], nics_of(definition)],
        ["Events seen here", ["time (UTC)", "what"], [list(one) for one in reversed(happened)]],
    ]
    name, now = printable(domain.name), f"{datetime.now(UTC):%H:%M:%S}"
    refused = refusals_of(domain, definition)
    return {
        "key": key,
        "name": name,
        "time": now,
        "tables": tables,
        "refused": refused,
        "states": list(DESTROYABLE),
    }


def refusals_of(domain: Domain, definition: DomainDef) -> dict[str, str]:
    """Say why a guest has no screenshot, and why no console to read; empty where it has."""
    host, devices = domain.host, definition.devices
    if host.readonly:
        return dict.fromkeys(("screenshot", "console"), "The connection is read-only")
    found = {"screenshot": "", "console": ""}
    if not host.supports("screenshot"):
        found["screenshot"] = f"The {host.driver} driver takes no screenshots"
    elif not (devices and (devices.videos or devices.graphics)) and host.driver != "test":
        found["screenshot"] = "It has no graphics"
    if not host.supports("console"):
        found["console"] = f"The {host.driver} driver has no consoles"
    elif not (devices and (devices.consoles or devices.serials)):
        found["console"] = "It has no serial console"
    return found


def disks_of(definition: DomainDef) -> list[list[str]]:
    """Return target, bus, device and source of each disk."""
    return [
        _texts(
            _part(disk, "target", "dev"),
            _part(disk, "target", "bus"),
            disk.device or "disk",
            _source(disk, ("file", "dev", "dir"), ("pool", "volume"), ("protocol", "name")),
        )
        for disk in (definition.devices.disks if definition.devices else [])
    ]


def nics_of(definition: DomainDef) -> list[list[str]]:
    """Return target, MAC, model and source of each network interface."""
    return [
        _texts(
            _part(nic, "target", "dev"),
            _part(nic, "mac", "address"),
            _part(nic, "model", "type"),
            _source(nic, ("network", "bridge", "dev")) or nic.type,
        )
        for nic in (definition.devices.interfaces if definition.devices else [])
    ]


def _facts(definition: DomainDef) -> list[list[str]]:
    os_type = definition.os.type if definition.os else None
    memory = definition.memory.bytes if definition.memory else None
    current = definition.current_memory.bytes if definition.current_memory else None
    return [
        _texts(*row)
        for row in [
            ("UUID", definition.uuid),
            ("title", definition.title),
            ("description", definition.description),
            ("kind", definition.type),
            ("machine", getattr(os_type, "machine", None)),
            ("architecture", getattr(os_type, "arch", None)),
            ("vCPUs", definition.vcpu.value if definition.vcpu else None),
            ("memory", None if memory is None else size(memory)),
            ("memory given now", None if current is None or current == memory else size(current)),
        ]
        if row[1] not in (None, "")
    ]


def _addresses(domain: Domain) -> list[list[str]]:
    try:
        found = domain.addresses()
    except VirtError as error:
        return [_texts(error, None, None)]
    return [_texts(one, one.mac, one.source) for one in found]


def _source(device: Any, *ways: tuple[str, ...]) -> str | None:
    """Write where a device comes from: one of the first, or all parts of the others."""
    source = device.source
    if source is None:
        return None
    first, *others = ways
    for name in first:
        if value := getattr(source, name, None):
            return str(value)
    for names in others:
        parts = [str(value) for name in names if (value := getattr(source, name, None))]
        if parts:
            return "/".join(parts)
    return None


def _part(device: Any, part: str, name: str) -> object:
    return getattr(getattr(device, part, None), name, None)


def _texts(*values: object) -> list[str]:
    return [_NOTHING if value is None or value == "" else printable(str(value)) for value in values]
