"""libvirt's states and kinds in words, once: the names of its enums, and groups of domain states.

A table holds the names of one enum in the order of its numbers, from 0 on. The comment beside it names the
enum and its public header. A word is the end of libvirt's constant in lower case: ``VIR_DOMAIN_PMSUSPENDED``
is ``"pmsuspended"``, ``VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT`` is ``"migration-out"``.

Groups say for which domain states something holds. They differ most on ``crashed``. libvirt's QEMU driver
leaves a guest in that state only where its definition says ``<on_crash>preserve</on_crash>``: the guest
panicked, and its QEMU process is kept for a look, with all of its memory. (Destroyed it is ``shutoff``,
restarted it is ``running``.) Its run has a number then (``run_id``), which tells it from a domain that other
drivers call crashed and that is off: `virtsdk.stats.samples.derive.has_process`.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Literal, TypeAlias


class DomainState(StrEnum):
    """State of a domain, in libvirt's words and order."""

    # virDomainState, libvirt-domain.h
    NOSTATE = "nostate"
    RUNNING = "running"
    BLOCKED = "blocked"
    PAUSED = "paused"
    SHUTDOWN = "shutdown"
    SHUTOFF = "shutoff"
    CRASHED = "crashed"
    PMSUSPENDED = "pmsuspended"

    @classmethod
    def of(cls, number: int) -> DomainState:
        """Give the state for libvirt's number; a number that is newer than this list is no state."""
        return _STATES[number] if 0 <= number < len(_STATES) else cls.NOSTATE

    @property
    def is_active(self) -> bool:
        """True unless it is off; one that crashed may be kept for a look, and is active then."""
        return self.value in ACTIVE


_STATES = tuple(DomainState)

# --- enums ----------------------------------------------------------------------------------------------

DOMAIN_STATES = tuple(state.value for state in DomainState)

# virDomainNostateReason, virDomainRunningReason ... virDomainPMSuspendedReason, libvirt-domain.h
STATE_REASONS: dict[str, tuple[str, ...]] = {
    "nostate": ("unknown",),
    "running": (
        "unknown", "booted", "migrated", "restored", "from snapshot", "unpaused", "migration canceled",
        "save canceled", "wakeup", "crashed", "postcopy", "postcopy failed",
    ),
    "blocked": ("unknown",),
    "paused": (
        "unknown", "user", "migration", "save", "dump", "ioerror", "watchdog", "from snapshot",
        "shutting down", "snapshot", "crashed", "starting up", "postcopy", "postcopy failed", "api error",
    ),
    "shutdown": ("unknown", "user"),
    "shutoff": (
        "unknown", "shutdown", "destroyed", "crashed", "migrated", "saved", "failed", "from snapshot",
        "daemon",
    ),
    "crashed": ("unknown", "panicked"),
    "pmsuspended": ("unknown",),
}  # fmt: skip
"""By the name of a state, how a domain came into it; spaces stand for the underscores of the constants."""

# virVcpuState, libvirt-domain.h
VCPU_STATES = ("offline", "running", "blocked")

# virDomainDirtyRateStatus, libvirt-domain.h
DIRTY_RATE_STATES = ("unstarted", "measuring", "measured")

# virDomainJobType, libvirt-domain.h
JOB_KINDS = ("none", "bounded", "unbounded", "completed", "failed", "cancelled")

# virDomainJobOperation, libvirt-domain.h
JOB_OPERATIONS = (
    "unknown", "start", "save", "restore", "migration-in", "migration-out", "snapshot", "snapshot-revert",
    "dump", "backup", "snapshot-delete",
)  # fmt: skip

# virDomainBlockJobType, libvirt-domain.h
BLOCK_JOB_KINDS = ("unknown", "pull", "copy", "commit", "active-commit", "backup", "internal")

# virDomainDiskErrorCode, libvirt-domain.h
DISK_ERRORS = ("none", "unspecified", "no-space")
# virDomainControlState, virDomainControlErrorReason, libvirt-domain.h
CONTROL_STATES = ("ok", "job", "occupied", "error")
CONTROL_REASONS = ("none", "unknown", "monitor", "internal")

# virStoragePoolState, libvirt-storage.h
POOL_STATES = ("inactive", "building", "running", "degraded", "inaccessible")

# virStorageVolType, libvirt-storage.h
VOLUME_TYPES = ("file", "block", "dir", "network", "netdir", "ploop")


def word_of(table: Sequence[str], number: int) -> str:
    """Return the word for one of libvirt's numbers, ``unknown-7`` for one that is newer than the table.

    Examples
    --------
    >>> word_of(POOL_STATES, 2), word_of(POOL_STATES, 7)
    ('running', 'unknown-7')
    """
    return table[number] if 0 <= number < len(table) else f"unknown-{number}"


# --- groups of domain states ----------------------------------------------------------------------------

ACTIVE = tuple(state for state in DOMAIN_STATES if state != "shutoff")
"""There is a run of the domain: `DomainState.is_active`, the collection's count and its ``persistent``."""

RUNS = ("running", "blocked")
"""Its vCPUs go on: what can be shut down or suspended, and what the explorer shows as well."""

ANSWERS = ("running", "blocked", "paused", "shutdown", "pmsuspended")
"""QEMU is due to answer: where its figures are missing they are stale."""

REPORTS = ("running", "blocked", "paused", "pmsuspended")
"""The guest is due to report: `trust` gives reasons for what is missing. One in ``shutdown`` has stopped its
programs, and its balloon driver with them: that its figures are missing needs no reason."""

NO_PROCESS = ("nostate", "shutoff", "crashed")
"""There is no process, unless it crashed and is kept: rates across such a sample are a reset, and headroom
counts nothing of it unless the policy says so."""

STARTABLE = ("shutoff", "crashed")
"""The explorer offers to start it."""

DESTROYABLE = tuple(state for state in ACTIVE if state != "nostate")
"""The explorer offers to destroy it."""

JOB_RUNS = ("bounded", "unbounded")
"""Kinds of a job that goes on; the others have ended."""

# --- words that arguments take, as types: an editor completes them, a type checker knows a wrong one -----
# (tests hold each list to the code that takes the words)

StatsGroup: TypeAlias = Literal[
    "state",
    "cpu-total",
    "cpu",
    "balloon",
    "vcpu",
    "interface",
    "net",
    "nic",
    "block",
    "disk",
    "perf",
    "iothread",
    "memory",
    "dirtyrate",
    "vm",
]
"""libvirt's groups of figures of a domain, and the shorter names for four of them."""

Feature: TypeAlias = Literal[
    "bulk_stats",
    "cpu_stats",
    "memory_stats",
    "block_stats",
    "interface_stats",
    "node_memory_stats",
    "job_stats",
    "abort_job",
    "dirty_rate",
    "define",
    "create",
    "suspend",
    "reboot",
    "reset",
    "autostart",
    "save",
    "save_format",
    "restore",
    "managed_save",
    "rename",
    "core_dump",
    "migration",
    "postcopy",
    "hotplug",
    "detach_alias",
    "update_device",
    "block_jobs",
    "snapshots",
    "external_snapshots",
    "revert_external",
    "delete_external",
    "checkpoints",
    "backup",
    "io_tune",
    "throttle_groups",
    "block_resize",
    "block_threshold",
    "block_peek",
    "disk_errors",
    "set_memory",
    "set_vcpus",
    "single_vcpus",
    "guest_vcpus",
    "pin_vcpus",
    "pin_emulator",
    "scheduler",
    "memory_limits",
    "block_weights",
    "numa_tuning",
    "bandwidth",
    "perf_events",
    "iothreads",
    "agent",
    "guest_info",
    "addresses",
    "console",
    "screenshot",
    "send_key",
    "metadata",
    "lifecycle_action",
    "autostart_once",
    "file_systems",
    "guest_time",
    "password",
    "guest_sleep",
    "nmi",
    "process_signal",
    "channel",
    "graphics_socket",
    "graphics_reload",
    "announce",
    "messages",
    "control",
    "security_labels",
    "launch_security",
    "launch_secret",
    "peek_memory",
    "monitor",
    "events",
    "cpu_baseline",
    "cpu_compare",
    "hypervisor_cpu",
    "huge_pages",
    "ksm",
    "suspend_node",
    "sev",
    "to_native",
    "from_native",
    "redefine_saved",
    "domain_capabilities",
    "networks",
    "storage_pools",
    "node_devices",
    "interfaces",
    "nwfilters",
    "secrets",
]
"""What `Host.supports` knows of a driver."""

Frame: TypeAlias = Literal[
    "domains",
    "vcpus",
    "disks",
    "nics",
    "iothreads",
    "perf",
    "memory_bandwidth",
    "cache_monitors",
    "dirty_rates",
    "other",
    "node.cpus",
    "node.total",
    "node.memory",
    "node.cells",
    "node.pressure",
    "node.other",
    "storage.pools",
    "storage.volumes",
    "domain.jobs",
    "guest.filesystems",
    "samples",
    "hosts",
    "definitions",
    "events",
]
"""The frames that a recording can have, by the names that `virtsdk.stats.catalogue` has for them."""

WaitFor: TypeAlias = Literal[
    "agent",
    "address",
    "nostate",
    "running",
    "blocked",
    "paused",
    "shutdown",
    "shutoff",
    "crashed",
    "pmsuspended",
]
"""What `Domain.wait` waits for: a state, an agent that answers, an address."""

ShutdownMode: TypeAlias = Literal["acpi", "agent", "initctl", "signal", "paravirt"]
"""How a guest is asked to shut down or to reboot."""

DirtyRateMode: TypeAlias = Literal["page-sampling", "dirty-bitmap", "dirty-ring"]
"""How a dirty rate is measured, in QEMU's words."""

AddressSource: TypeAlias = Literal["any", "lease", "agent", "arp"]
"""Who is asked for a guest's addresses."""

ListedState: TypeAlias = Literal[
    "active", "inactive", "persistent", "transient", "running", "paused", "shutoff", "other"
]
"""Which domains `Host.stats_records` reads."""
