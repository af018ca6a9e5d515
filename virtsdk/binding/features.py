"""Features of a driver, known from the driver and the versions and never from a failed call.

Source of `FEATURES`: the tables of functions in libvirt's own drivers, where each function names the release
that brought it (``src/qemu/qemu_driver.c``, ``src/lxc/lxc_driver.c`` ...; libvirt.org shows them as its "API
support matrix"). A driver that is not named does not do it. What the drivers for networks, storage and the
like do does not depend on the hypervisor: they live in the daemon (`SECONDARY`).
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import NamedTuple


class Version(NamedTuple):
    """A version of libvirt or of a hypervisor; compares as a tuple."""

    major: int
    minor: int
    release: int

    @classmethod
    def of(cls, number: int) -> Version:
        """Take libvirt's one-number form apart.

        Examples
        --------
        >>> str(Version.of(9_000_000))
        '9.0.0'
        """
        return cls(number // 1_000_000, number // 1_000 % 1_000, number % 1_000)

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read ``"1.2.8"``."""
        major, minor, release = (int(part) for part in text.split("."))
        return cls(major, minor, release)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.release}"


class Feature(NamedTuple):
    """A feature: its meaning, and the libvirt version from which on each driver has it."""

    meaning: str
    since: dict[str, Version]


def _feature(meaning: str, **since: str) -> Feature:
    return Feature(meaning, {driver: Version.parse(version) for driver, version in since.items()})


FEATURES: dict[str, Feature] = {
    # figures
    "bulk_stats": _feature("figures of all domains in one call", qemu="1.2.8", vz="9.0.0", test="9.0.0"),
    "cpu_stats": _feature("CPU time of a domain", qemu="0.9.11", lxc="1.2.2", xen="1.3.0", test="5.6.0"),
    "memory_stats": _feature(
        "memory of a domain as its guest sees it",
        qemu="0.7.5",
        lxc="1.2.2",
        xen="1.3.0",
        vz="1.2.17",
        test="5.7.0",
    ),
    "block_stats": _feature(
        "counters of a domain's disks", qemu="0.4.1", lxc="1.2.2", xen="2.1.0", vz="1.2.17", test="0.7.0"
    ),
    "interface_stats": _feature(
        "counters of a domain's nics", qemu="0.4.1", lxc="0.7.3", xen="1.3.2", vz="1.2.17", test="0.7.0"
    ),
    "node_memory_stats": _feature(
        "memory of the node", qemu="0.9.3", lxc="0.9.3", bhyve="1.2.2", vz="1.2.21"
    ),
    "job_stats": _feature("progress of a running job", qemu="1.0.3", xen="1.3.1", vz="2.2.0"),
    "abort_job": _feature("end a running job", qemu="0.7.7"),
    "dirty_rate": _feature("how fast a guest writes to its memory", qemu="7.2.0"),
    # lifecycle
    "define": _feature(
        "domains that stay defined while they are off",
        qemu="0.2.0",
        lxc="0.4.2",
        xen="0.9.0",
        vbox="0.6.3",
        esx="0.7.2",
        bhyve="1.2.2",
        hyperv="7.1.0",
        vz="0.10.0",
        ch="7.5.0",
        test="0.1.11",
    ),
    "create": _feature(
        "transient domains",
        qemu="0.2.0",
        lxc="0.4.4",
        xen="0.9.0",
        vbox="0.6.3",
        bhyve="1.2.4",
        ch="7.5.0",
        test="0.1.4",
    ),
    "suspend": _feature(
        "suspend and resume",
        qemu="0.2.0",
        lxc="0.7.2",
        xen="0.9.0",
        vbox="0.6.3",
        esx="0.7.0",
        hyperv="0.9.5",
        vz="0.10.0",
        ch="7.5.0",
        test="0.1.1",
    ),
    "reboot": _feature(
        "reboot",
        qemu="0.9.3",
        lxc="1.0.1",
        xen="0.9.0",
        vbox="0.6.3",
        esx="0.7.0",
        hyperv="6.9.0",
        vz="1.3.0",
        ch="7.5.0",
        test="0.1.1",
    ),
    "reset": _feature("reset", qemu="0.9.7", hyperv="6.9.0", test="5.7.0"),
    "autostart": _feature(
        "start with the host",
        qemu="0.2.1",
        lxc="0.7.0",
        xen="0.9.0",
        esx="0.9.0",
        bhyve="1.2.4",
        hyperv="6.9.0",
        test="0.3.2",
    ),
    "save": _feature(
        "save to a file",
        qemu="0.2.0",
        xen="0.9.2",
        ch="10.2.0",
        test="0.3.2",
    ),
    # of what virDomainSaveParams takes, as its documentation has it
    "save_format": _feature("the format of a saved guest's file, and several channels", qemu="11.2.0"),
    "restore": _feature("bring back what was saved to a file", qemu="0.9.4", ch="10.2.0", test="5.5.0"),
    "managed_save": _feature(
        "save where libvirt keeps it",
        qemu="0.8.0",
        xen="0.9.2",
        hyperv="0.9.5",
        vz="1.2.14",
        ch="10.2.0",
        test="1.1.4",
    ),
    "rename": _feature("another name for a domain that is off", qemu="1.2.19", test="4.1.0"),
    "core_dump": _feature("memory to a file, for a debugger", qemu="0.7.0", xen="0.9.2", test="0.3.2"),
    "migration": _feature("move to another host", qemu="0.5.0", xen="1.2.6", esx="0.7.0", vz="1.3.5"),
    "postcopy": _feature("move first and fetch the memory then", qemu="1.3.3"),
    # devices and disks
    "hotplug": _feature(
        "plug devices in and out",
        qemu="0.7.7",
        lxc="1.0.1",
        xen="0.9.2",
        vbox="0.7.7",
        vz="1.2.15",
        test="10.0.0",
    ),
    "detach_alias": _feature(
        "plug a device out by its alias, without waiting for the guest", qemu="4.4.0", test="10.0.0"
    ),
    "update_device": _feature(
        "change a device in place",
        qemu="0.8.0",
        lxc="1.0.1",
        xen="0.9.2",
        vbox="0.8.0",
        vz="2.0.0",
        test="10.6.0",
    ),
    "block_jobs": _feature("copy, commit and pull disks while they are used", qemu="0.9.10"),
    "snapshots": _feature("snapshots", qemu="0.8.0", vbox="0.8.0", esx="0.8.0", vz="1.3.5", test="1.1.4"),
    "external_snapshots": _feature("snapshots whose changes go to new files", qemu="0.9.5"),
    "revert_external": _feature("going back to an external snapshot", qemu="9.9.0"),
    "delete_external": _feature("deleting an external snapshot merges its files", qemu="9.0.0"),
    "checkpoints": _feature("checkpoints for incremental backup", qemu="5.6.0", test="5.6.0"),
    "backup": _feature("backup jobs", qemu="6.0.0"),
    "io_tune": _feature("limits for disks", qemu="0.9.8", test="5.7.0"),
    "throttle_groups": _feature("limits that disks of a guest share by name", qemu="11.2.0"),
    "block_resize": _feature("another size for a disk in use", qemu="0.9.8", vz="3.3.0"),
    "block_threshold": _feature("an event once a disk is filled so far", qemu="3.2.0"),
    "block_peek": _feature("a look at what is on a disk", qemu="0.4.4"),
    "disk_errors": _feature("disks that stopped on an error", qemu="0.9.10", test="5.4.0"),
    # memory, processors, tuning
    "set_memory": _feature(
        "another amount of memory",
        qemu="0.9.0",
        lxc="1.2.7",
        xen="0.9.0",
        esx="0.7.0",
        hyperv="3.6.0",
        vz="1.3.4",
        test="5.6.0",
    ),
    "set_vcpus": _feature(
        "another number of vCPUs", qemu="0.8.5", xen="0.9.0", esx="0.8.5", hyperv="6.10.0", test="0.8.5"
    ),
    "single_vcpus": _feature("certain vCPUs on and off", qemu="3.1.0"),
    "guest_vcpus": _feature("vCPUs that the guest itself takes online", qemu="2.0.0"),
    "pin_vcpus": _feature(
        "CPUs of the host for each vCPU", qemu="0.9.3", xen="1.2.1", ch="8.1.0", test="0.7.3"
    ),
    "pin_emulator": _feature("CPUs of the host for the emulator", qemu="0.10.0", ch="8.1.0", test="5.6.0"),
    "scheduler": _feature(
        "weights and quotas of CPU time", qemu="0.9.2", lxc="0.9.2", xen="0.9.0", esx="0.7.0", test="0.3.2"
    ),
    "memory_limits": _feature(
        "limits on a guest's use of host memory", qemu="0.8.5", lxc="0.8.5", esx="0.8.6", test="5.6.0"
    ),
    "block_weights": _feature(
        "weights and limits on the host's block devices", qemu="0.9.0", lxc="0.9.8", test="7.7.0"
    ),
    "numa_tuning": _feature("NUMA cells for a guest's memory", qemu="0.9.9", ch="8.1.0", test="5.6.0"),
    "bandwidth": _feature("limits for nics", qemu="0.9.9", test="5.6.0"),
    "perf_events": _feature("events of the processor, counted for a guest", qemu="1.3.3", test="5.6.0"),
    "iothreads": _feature("threads that work for disks", qemu="1.2.15", test="9.0.0"),
    # the guest
    "agent": _feature("calls that the guest agent answers", qemu="0.10.0"),
    "guest_info": _feature("what the guest says of itself", qemu="5.7.0"),
    "addresses": _feature(
        "network addresses of a guest", qemu="1.2.14", lxc="6.1.0", xen="1.3.5", test="5.4.0"
    ),
    "console": _feature(
        "a stream to the console", qemu="0.8.6", lxc="0.8.6", xen="1.1.2", bhyve="1.2.4", ch="7.8.0"
    ),
    "screenshot": _feature("a picture of the screen", qemu="0.9.2", vbox="0.9.2", test="1.0.5"),
    "send_key": _feature("keys to the guest", qemu="0.9.4", vbox="1.2.15", hyperv="3.6.0", test="5.5.0"),
    "metadata": _feature(
        "title, description and own elements", qemu="0.9.10", lxc="1.1.3", bhyve="1.2.4", test="1.1.3"
    ),
    "lifecycle_action": _feature("what follows a power off or a crash", qemu="3.9.0", test="5.7.0"),
    "autostart_once": _feature("start with the host's next boot alone", qemu="11.2.0"),
    "file_systems": _feature("a guest's file systems: told, frozen, trimmed", qemu="1.2.5", test="5.7.0"),
    "guest_time": _feature("a guest's clock", qemu="1.2.5", vz="2.0.0", test="5.4.0"),
    "password": _feature("set a password in a guest", qemu="1.2.16", vz="2.0.0", test="5.6.0"),
    "guest_sleep": _feature("put a guest to sleep, and wake it", qemu="0.9.11", xen="4.8.0"),
    "nmi": _feature("an interrupt that cannot be masked", qemu="0.9.2", test="5.6.0"),
    "process_signal": _feature("signals to a guest's processes", lxc="1.0.1", test="5.5.0"),
    "channel": _feature("a stream to a program in a guest", qemu="1.0.2"),
    "graphics_socket": _feature("a socket of a guest's screen", qemu="1.2.8"),
    "graphics_reload": _feature("have screens read their certificates again", qemu="10.2.0"),
    "announce": _feature("have nics tell the network where they are", qemu="12.5.0"),
    "messages": _feature("what a hypervisor finds remarkable", qemu="7.1.0", test="7.6.0"),
    "control": _feature("whether a hypervisor process answers", qemu="0.9.3", test="5.7.0"),
    "security_labels": _feature("labels that keep guests apart", qemu="0.10.0", lxc="0.9.10"),
    "launch_security": _feature("how an encrypted guest was launched", qemu="4.5.0"),
    "launch_secret": _feature("a secret for an encrypted guest", qemu="8.0.0"),
    "peek_memory": _feature("read a guest's memory", qemu="0.4.4", test="5.4.0"),
    "monitor": _feature("QEMU's own commands", qemu="0.8.3"),
    # the connection
    "events": _feature(
        "domain events", qemu="0.8.0", lxc="0.8.0", xen="0.9.0", bhyve="1.2.5", vz="1.2.10", test="0.8.0"
    ),
    # the machine
    "cpu_baseline": _feature(
        "what several processors have in common",
        qemu="0.7.7",
        xen="2.3.0",
        bhyve="1.2.4",
        vz="1.2.6",
        test="1.2.0",
    ),
    "cpu_compare": _feature(
        "whether a processor can do what another can", qemu="0.7.5", xen="2.3.0", bhyve="1.2.4"
    ),
    "hypervisor_cpu": _feature("both of what the hypervisor can give", qemu="4.4.0"),
    "huge_pages": _feature("set aside memory in huge pages", qemu="1.2.9", lxc="1.2.9"),
    "ksm": _feature("merging of memory pages that are alike", qemu="0.10.2", lxc="0.10.2", bhyve="1.2.3"),
    "suspend_node": _feature("put the machine itself to sleep", qemu="0.9.8", lxc="0.9.8"),
    "sev": _feature("encryption of guests' memory by AMD", qemu="4.5.0"),
    "to_native": _feature(
        "definitions in a hypervisor's own words", qemu="0.6.4", xen="0.9.0", esx="0.7.2", bhyve="1.2.5"
    ),
    "from_native": _feature(
        "definitions of a hypervisor's own words", lxc="1.2.2", xen="0.9.0", esx="0.7.0", bhyve="2.1.0"
    ),
    "redefine_saved": _feature("another definition for what was saved", qemu="0.9.4", test="5.5.0"),
    "domain_capabilities": _feature(
        "what guests of a kind can have", qemu="1.2.7", xen="2.0.0", test="9.8.0"
    ),
}

# Drivers that live beside the hypervisor's, in the daemon; in this process only the test driver brings some.
SECONDARY: dict[str, str] = {
    "networks": "virtual networks",
    "storage_pools": "storage pools and volumes",
    "node_devices": "devices of the node",
    "interfaces": "network interfaces of the node",
    "nwfilters": "network filters and their bindings",
    "secrets": "secrets",
}
_IN_TEST = frozenset({"networks", "storage_pools", "node_devices", "interfaces"})
_IN_DAEMON = frozenset({"qemu", "lxc", "xen", "bhyve", "vz", "ch"})
_OWN = {"esx": frozenset({"networks", "storage_pools"}), "vbox": frozenset({"networks", "storage_pools"})}


def names() -> list[str]:
    """List all features that `supports` knows."""
    return [*FEATURES, *SECONDARY]


def meaning(feature: str) -> str:
    """Say what a feature is."""
    return FEATURES[feature].meaning if feature in FEATURES else SECONDARY[feature]


def since(feature: str, driver: str) -> Version | None:
    """Give the libvirt that a driver does something from; None where no version does, or all do."""
    return FEATURES[feature].since.get(driver) if feature in FEATURES else None


def supports(feature: str, driver: str, version: tuple[int, int, int], *, embedded: bool = False) -> bool:
    """Tell whether a driver of a libvirt version does something.

    Parameters
    ----------
    feature
        One of `names`.
    driver
        ``"qemu"``, ``"lxc"`` ...
    version
        Of the libvirt that holds the driver.
    embedded
        The driver runs in this process without a daemon (``qemu:///embed``).

    Raises
    ------
    ValueError
        There is no such feature in the table.
    """
    if feature in SECONDARY:
        if driver == "test":
            return feature in _IN_TEST
        in_daemon = driver in _IN_DAEMON and not embedded
        return in_daemon or feature in _OWN.get(driver, frozenset())
    if feature not in FEATURES:
        known = sorted(names())
        near = [one for one in known if feature in one] or get_close_matches(feature, known, 3)
        nearest = f"nearest: {', '.join(near)}; " if feature and near else ""
        raise ValueError(f"unknown feature {feature!r}; {nearest}known are {', '.join(known)}")
    first = FEATURES[feature].since.get(driver)
    return first is not None and version >= first
