"""Hints at the end of a message: what the caller can do about it."""

from __future__ import annotations

import re

from virtsdk import errors

_BY_KIND: dict[type[errors.VirtError], str] = {
    errors.ReadOnly: "the connection is read-only",
    errors.AgentMissing: (
        "add <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel> to its "
        "devices, and run qemu-guest-agent in the guest"
    ),
    errors.AgentUnresponsive: "is the guest agent (qemu-guest-agent) installed and running in the guest?",
    errors.AgentUnsynced: "try again",
    errors.NotLive: "scope='persistent' changes its definition, which its next start takes",
    errors.ResourceBusy: "someone else holds it; try again when that is done",
    errors.MigrationUnsafe: "it could corrupt its disks; share them, use cache='none', or say unsafe=True",
    errors.RevertRisky: "revert(force=True) does it all the same",
    errors.AccessDenied: "this user may not do that on the host",
}

# the operation, libvirt's words, and what helps
_BY_WORDS: tuple[tuple[str, str, str], ...] = (
    ("undefine", "managed save", "undefine(managed_save=True) removes that too"),
    ("undefine", "snapshot", "undefine(snapshots=True) forgets them too"),
    ("undefine", "checkpoint", "undefine(checkpoints=True) forgets them too"),
    ("undefine", "nvram", "undefine(nvram=True) removes that too"),
    (
        "rename",
        "managed save",
        "remove_managed_save() forgets it, with its memory; or start it first",
    ),
    ("rename", "snapshot", "undefine(snapshots=True) it, and define it under the other name"),
    ("rename", "checkpoint", "undefine(checkpoints=True) it, and define it under the other name"),
    ("rename", "nvram", "undefine(nvram=True) it, and define it under the other name"),
    (
        "read the value of",
        "secret is private",
        "only libvirt itself may read one with private='yes'",
    ),
    (
        "(define|create|start)",
        "bridge name",
        "leave the bridge's name out, and libvirt takes a free one",
    ),
    ("(define|create|start)", "Network is already in use", "give it other addresses"),
    ("create", "internal snapshot for disk .* unsupported", 'kind="external" does for images of any format'),
    ("create", "while checkpoint exists", "delete its checkpoints first (guest.checkpoints)"),
    ("create", "while snapshot exists", "delete its snapshots first (guest.snapshots)"),
    ("put to sleep", "state is disabled", "its definition's <pm> has to allow it"),
    (
        ".*",
        "cgroup.* (is not|isn't) mounted",
        "libvirt on this host gives guests no such control group: see cgroup_controllers in its qemu.conf",
    ),
    ("resize|wipe|delete|upload to", "lock", "a running guest has it as a disk"),
    ("resize '.*' of", "not running", "while it is off, its volume is resized: StorageVolume.resize"),
)


def hint(kind: type[errors.VirtError], operation: str, text: str, driver: str | None) -> str | None:
    """Give the hint for an error; None where there is none.

    Parameters
    ----------
    kind
        Its class.
    operation
        What was tried, as messages say it.
    text
        libvirt's words.
    driver
        The hypervisor's driver, where that is known.
    """
    for verb, words, what_helps in _BY_WORDS:
        if re.fullmatch(verb, operation) and re.search(words, text, re.IGNORECASE):
            return what_helps
    if kind is errors.NotSupported:
        return f"the {driver} driver does not do that" if driver else "the driver does not do that"
    return _BY_KIND.get(kind)
