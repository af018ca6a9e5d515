"""Sources of each kind of event: libvirt's event ids, and how a callback's arguments become fields.

A kind that the installed libvirt does not have yet is simply not offered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from virtsdk import events
from virtsdk.binding.library import constants, word
from virtsdk.events import Event


class Source(NamedTuple):
    """One of libvirt's event ids: whose it is, its constant, and how its arguments become fields."""

    family: str
    constant: str
    event: type[Event]
    fields: Callable[..., dict[str, Any]]


def _words(prefix: str, *names: str) -> Callable[..., dict[str, Any]]:
    return lambda *values: {name: word(prefix, value) for name, value in zip(names, values, strict=False)}


def _plain(*names: str) -> Callable[..., dict[str, Any]]:
    return lambda *values: {
        name: "" if value is None else value for name, value in zip(names, values, strict=False)
    }


_LIFECYCLE_WORDS = (
    "defined",
    "undefined",
    "started",
    "suspended",
    "resumed",
    "stopped",
    "shutdown",
    "pmsuspended",
    "crashed",
)


def _domain_lifecycle(event: int, detail: int) -> dict[str, Any]:
    if not 0 <= event < len(_LIFECYCLE_WORDS):
        return {"event": f"unknown-{event}", "detail": f"unknown-{detail}"}
    name = _LIFECYCLE_WORDS[event]
    return {"event": name, "detail": word(f"VIR_DOMAIN_EVENT_{name.upper()}_", detail)}


def _io_error(path: str, alias: str, action: int, reason: str) -> dict[str, Any]:
    done = word("VIR_DOMAIN_EVENT_IO_ERROR_", action)
    return {"path": path or "", "alias": alias or "", "action": done, "reason": reason or ""}


def _graphics(
    phase: int, local: Mapping[str, Any], remote: Mapping[str, Any], scheme: str, *_: Any
) -> dict[str, Any]:
    return {
        "phase": {0: "connect", 1: "initialize", 2: "disconnect"}.get(phase, f"unknown-{phase}"),
        "local": _address(local),
        "remote": _address(remote),
        "auth_scheme": scheme or "",
    }


def _address(address: Mapping[str, Any]) -> str:
    node, service = address.get("node") or "", address.get("service") or ""
    return f"{node}:{service}" if service else str(node)


def _block_job(disk: str, job: int, status: int) -> dict[str, Any]:
    states = {0: "completed", 1: "failed", 2: "canceled", 3: "ready"}
    return {
        "disk": disk,
        "job": word("VIR_DOMAIN_BLOCK_JOB_TYPE_", job),
        "status": states.get(status, f"unknown-{status}"),
    }


def _disk_change(old: str, new: str, alias: str, reason: int) -> dict[str, Any]:
    reasons = {0: "missing on start, source changed", 1: "missing on start, dropped"}
    return {
        "old_path": old or "",
        "new_path": new or "",
        "alias": alias or "",
        "reason": reasons.get(reason, f"unknown-{reason}"),
    }


def _tray(alias: str, reason: int) -> dict[str, Any]:
    return {"alias": alias, "reason": word("VIR_DOMAIN_EVENT_TRAY_CHANGE_", reason)}


def _agent(state: int, reason: int) -> dict[str, Any]:
    return {
        "state": word("VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_", state),
        "reason": word("VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_REASON_", reason),
    }


def _channel(state: int, reason: int) -> dict[str, Any]:
    return {
        "state": word("VIR_CONNECT_DOMAIN_EVENT_CHANNEL_LIFECYCLE_STATE_", state),
        "reason": word("VIR_CONNECT_DOMAIN_EVENT_CHANNEL_LIFECYCLE_REASON_", reason),
    }


def _metadata(part: int, namespace: str) -> dict[str, Any]:
    return {"part": word("VIR_DOMAIN_METADATA_", part), "namespace": namespace or ""}


def _network_metadata(part: int, namespace: str) -> dict[str, Any]:
    return {"part": word("VIR_NETWORK_METADATA_", part), "namespace": namespace or ""}


def _memory_failure(recipient: int, action: int, flags: int) -> dict[str, Any]:
    return {
        "recipient": word("VIR_DOMAIN_EVENT_MEMORY_FAILURE_RECIPIENT_", recipient),
        "action": word("VIR_DOMAIN_EVENT_MEMORY_FAILURE_ACTION_", action),
        "flags": flags,
    }


def _balloon(kibibytes: int) -> dict[str, Any]:
    return {"memory_current_bytes": kibibytes * 1024}


def _memory_size(alias: str, kibibytes: int) -> dict[str, Any]:
    return {"alias": alias, "size_bytes": kibibytes * 1024}


def _parameters(values: Mapping[str, object]) -> dict[str, Any]:
    return {"parameters": dict(values)}


def _nothing(*_: Any) -> dict[str, Any]:
    return {}


_SOURCES = (
    Source("domain", "LIFECYCLE", events.DomainLifecycle, _domain_lifecycle),
    Source("domain", "REBOOT", events.DomainReboot, _nothing),
    Source("domain", "RTC_CHANGE", events.DomainRtcChange, _plain("offset_seconds")),
    Source(
        "domain",
        "WATCHDOG",
        events.DomainWatchdog,
        _words("VIR_DOMAIN_EVENT_WATCHDOG_", "action"),
    ),
    Source("domain", "IO_ERROR_REASON", events.DomainIoError, _io_error),
    Source("domain", "GRAPHICS", events.DomainGraphics, _graphics),
    Source("domain", "CONTROL_ERROR", events.DomainControlError, _nothing),
    Source("domain", "BLOCK_JOB_2", events.DomainBlockJob, _block_job),
    Source("domain", "DISK_CHANGE", events.DomainDiskChange, _disk_change),
    Source("domain", "TRAY_CHANGE", events.DomainTrayChange, _tray),
    Source("domain", "PMWAKEUP", events.DomainPmWakeup, _nothing),
    Source("domain", "PMSUSPEND", events.DomainPmSuspend, _nothing),
    Source("domain", "PMSUSPEND_DISK", events.DomainPmSuspendDisk, _nothing),
    Source(
        "domain",
        "BALLOON_CHANGE",
        events.DomainBalloonChange,
        _balloon,
    ),
    Source("domain", "DEVICE_ADDED", events.DomainDeviceAdded, _plain("alias")),
    Source("domain", "DEVICE_REMOVED", events.DomainDeviceRemoved, _plain("alias")),
    Source("domain", "DEVICE_REMOVAL_FAILED", events.DomainDeviceRemovalFailed, _plain("alias")),
    Source("domain", "TUNABLE", events.DomainTunable, _parameters),
    Source("domain", "AGENT_LIFECYCLE", events.DomainAgentLifecycle, _agent),
    Source("domain", "CHANNEL_LIFECYCLE", events.DomainChannelLifecycle, _channel),
    Source("domain", "MIGRATION_ITERATION", events.DomainMigrationIteration, _plain("iteration")),
    Source("domain", "JOB_COMPLETED", events.DomainJobCompleted, _parameters),
    Source("domain", "METADATA_CHANGE", events.DomainMetadataChange, _metadata),
    Source(
        "domain",
        "BLOCK_THRESHOLD",
        events.DomainBlockThreshold,
        _plain("disk", "path", "threshold_bytes", "excess_bytes"),
    ),
    Source("domain", "MEMORY_FAILURE", events.DomainMemoryFailure, _memory_failure),
    Source(
        "domain",
        "MEMORY_DEVICE_SIZE_CHANGE",
        events.DomainMemoryDeviceSizeChange,
        _memory_size,
    ),
    Source(
        "domain",
        "NIC_MAC_CHANGE",
        events.DomainNicMacChange,
        _plain("alias", "old_mac", "new_mac"),
    ),
    Source("domain", "VCPU_REMOVED", events.DomainVcpuRemoved, _plain("vcpu")),
    Source("network", "LIFECYCLE", events.NetworkLifecycle, _words("VIR_NETWORK_EVENT_", "event")),
    Source("network", "METADATA_CHANGE", events.NetworkMetadataChange, _network_metadata),
    Source(
        "storage_pool", "LIFECYCLE", events.StoragePoolLifecycle, _words("VIR_STORAGE_POOL_EVENT_", "event")
    ),
    Source("storage_pool", "REFRESH", events.StoragePoolRefresh, _nothing),
    Source("node_device", "LIFECYCLE", events.NodeDeviceLifecycle, _words("VIR_NODE_DEVICE_EVENT_", "event")),
    Source("node_device", "UPDATE", events.NodeDeviceUpdate, _nothing),
    Source("secret", "LIFECYCLE", events.SecretLifecycle, _words("VIR_SECRET_EVENT_", "event")),
    Source("secret", "VALUE_CHANGED", events.SecretValueChanged, _nothing),
)

SOURCES: dict[str, Source] = {source.event.kind: source for source in _SOURCES}


def event_id(source: Source) -> int | None:
    """Give libvirt's number for a source; None where this libvirt does not have it."""
    return constants(f"VIR_{source.family.upper()}_EVENT_ID_").get(source.constant.lower().replace("_", "-"))


def make(source: Source, host: str, time: datetime, thing: Any, values: tuple[Any, ...]) -> Event:
    """Make the event of what libvirt's callback was given."""
    fields = source.fields(*values)
    if source.family != "secret":
        fields["name"] = thing.name()
    if source.family != "node_device":
        fields[source.family] = thing.UUIDString()
    return source.event(host=host, time=time, **fields)
