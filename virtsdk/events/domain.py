"""Events about domains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from virtsdk.events.event import Event


@dataclass(frozen=True, kw_only=True)
class DomainEvent(Event):
    """Something about a domain.

    Attributes
    ----------
    domain
        The domain's UUID.
    name
        The domain's name.
    """

    domain: str
    name: str


@dataclass(frozen=True, kw_only=True)
class DomainLifecycle(DomainEvent):
    """It was ``defined``, ``started``, ``suspended``, ``resumed``, ``stopped`` ..., and why."""

    kind: ClassVar[str] = "domain_lifecycle"
    event: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class DomainReboot(DomainEvent):
    """The guest rebooted."""

    kind: ClassVar[str] = "domain_reboot"


@dataclass(frozen=True, kw_only=True)
class DomainRtcChange(DomainEvent):
    """The guest set its clock; `offset_seconds` against UTC."""

    kind: ClassVar[str] = "domain_rtc_change"
    offset_seconds: int


@dataclass(frozen=True, kw_only=True)
class DomainWatchdog(DomainEvent):
    """The watchdog bit; `action` is what was done."""

    kind: ClassVar[str] = "domain_watchdog"
    action: str


@dataclass(frozen=True, kw_only=True)
class DomainIoError(DomainEvent):
    """A disk reported an error; `action` is what was done, `reason` may be empty."""

    kind: ClassVar[str] = "domain_io_error"
    path: str
    alias: str
    action: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class DomainGraphics(DomainEvent):
    """A viewer connected (``connect``, ``initialize``) or went (``disconnect``)."""

    kind: ClassVar[str] = "domain_graphics"
    phase: str
    local: str
    remote: str
    auth_scheme: str


@dataclass(frozen=True, kw_only=True)
class DomainControlError(DomainEvent):
    """libvirt lost its grip on the hypervisor process."""

    kind: ClassVar[str] = "domain_control_error"


@dataclass(frozen=True, kw_only=True)
class DomainBlockJob(DomainEvent):
    """A block job ended or is ready; `disk` is the target's name (``vda``)."""

    kind: ClassVar[str] = "domain_block_job"
    disk: str
    job: str
    status: str


@dataclass(frozen=True, kw_only=True)
class DomainDiskChange(DomainEvent):
    """A removable disk's medium was changed or dropped when the domain started."""

    kind: ClassVar[str] = "domain_disk_change"
    old_path: str
    new_path: str
    alias: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class DomainTrayChange(DomainEvent):
    """The guest opened or closed a tray."""

    kind: ClassVar[str] = "domain_tray_change"
    alias: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class DomainPmWakeup(DomainEvent):
    """The guest woke up."""

    kind: ClassVar[str] = "domain_pm_wakeup"


@dataclass(frozen=True, kw_only=True)
class DomainPmSuspend(DomainEvent):
    """The guest went to sleep, to memory."""

    kind: ClassVar[str] = "domain_pm_suspend"


@dataclass(frozen=True, kw_only=True)
class DomainPmSuspendDisk(DomainEvent):
    """The guest went to sleep, to disk."""

    kind: ClassVar[str] = "domain_pm_suspend_disk"


@dataclass(frozen=True, kw_only=True)
class DomainBalloonChange(DomainEvent):
    """The balloon moved; `memory_current_bytes` is what the guest has now."""

    kind: ClassVar[str] = "domain_balloon_change"
    memory_current_bytes: int


@dataclass(frozen=True, kw_only=True)
class DomainDeviceAdded(DomainEvent):
    """A device was plugged in."""

    kind: ClassVar[str] = "domain_device_added"
    alias: str


@dataclass(frozen=True, kw_only=True)
class DomainDeviceRemoved(DomainEvent):
    """A device is gone; only now has the guest let go of it."""

    kind: ClassVar[str] = "domain_device_removed"
    alias: str


@dataclass(frozen=True, kw_only=True)
class DomainDeviceRemovalFailed(DomainEvent):
    """The guest did not let go of a device."""

    kind: ClassVar[str] = "domain_device_removal_failed"
    alias: str


@dataclass(frozen=True, kw_only=True)
class DomainTunable(DomainEvent):
    """Tuning parameters were changed; `parameters` has libvirt's own keys."""

    kind: ClassVar[str] = "domain_tunable"
    parameters: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class DomainAgentLifecycle(DomainEvent):
    """The guest agent ``connected`` or ``disconnected``."""

    kind: ClassVar[str] = "domain_agent_lifecycle"
    state: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class DomainChannelLifecycle(DomainEvent):
    """A channel of the guest ``connected`` or ``disconnected``."""

    kind: ClassVar[str] = "domain_channel_lifecycle"
    state: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class DomainMigrationIteration(DomainEvent):
    """A migration goes over the memory once more."""

    kind: ClassVar[str] = "domain_migration_iteration"
    iteration: int


@dataclass(frozen=True, kw_only=True)
class DomainJobCompleted(DomainEvent):
    """A job ended; `parameters` has its figures under libvirt's own keys."""

    kind: ClassVar[str] = "domain_job_completed"
    parameters: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class DomainMetadataChange(DomainEvent):
    """Title, description or metadata element changed."""

    kind: ClassVar[str] = "domain_metadata_change"
    part: str
    namespace: str


@dataclass(frozen=True, kw_only=True)
class DomainBlockThreshold(DomainEvent):
    """More was written to a disk than the threshold that was set."""

    kind: ClassVar[str] = "domain_block_threshold"
    disk: str
    path: str
    threshold_bytes: int
    excess_bytes: int


@dataclass(frozen=True, kw_only=True)
class DomainMemoryFailure(DomainEvent):
    """The hardware reported a memory failure."""

    kind: ClassVar[str] = "domain_memory_failure"
    recipient: str
    action: str
    flags: int


@dataclass(frozen=True, kw_only=True)
class DomainMemoryDeviceSizeChange(DomainEvent):
    """A memory device has another size now."""

    kind: ClassVar[str] = "domain_memory_device_size_change"
    alias: str
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class DomainNicMacChange(DomainEvent):
    """The guest gave a nic another address."""

    kind: ClassVar[str] = "domain_nic_mac_change"
    alias: str
    old_mac: str
    new_mac: str


@dataclass(frozen=True, kw_only=True)
class DomainVcpuRemoved(DomainEvent):
    """The guest let go of a vCPU."""

    kind: ClassVar[str] = "domain_vcpu_removed"
    vcpu: int
