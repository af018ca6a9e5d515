"""Errors that can be acted on: libvirt's words by meaning, and what the message says to do."""

from __future__ import annotations

import libvirt
import pytest

from virtsdk import errors
from virtsdk.binding.calls import translate

# code, libvirt's words (9.0 to 11.3), what was tried, the class, what helps
MEANT: list[tuple[str, str, str, type[errors.VirtError], str]] = [
    (
        "INTERNAL_ERROR",
        "internal error: unable to execute QEMU agent command 'guest-exec': Guest agent command failed, "
        "error was 'Failed to execute child process (No such file or directory)'",
        "run a program in",
        errors.AgentError,
        "No such file or directory",
    ),
    (
        "INTERNAL_ERROR",
        "internal error: cannot find channel nope",
        "open a channel of",
        errors.DeviceNotFound,
        "",
    ),
    (
        "OPERATION_FAILED",
        "operation failed: Active channel stream exists for this domain",
        "open a channel of",
        errors.ResourceBusy,
        "someone else holds it",
    ),
    (
        "INTERNAL_ERROR",
        "internal error: No graphics backend with index 9",
        "connect to a screen of",
        errors.DeviceNotFound,
        "",
    ),
    (
        "INTERNAL_ERROR",
        "internal error: unable to execute QEMU command 'system_wakeup': Unable to wake up: guest is not in "
        "suspended state",
        "wake",
        errors.InvalidState,
        "",
    ),
    (
        "INTERNAL_ERROR",
        "internal error: S4 state is disabled for this domain",
        "put to sleep",
        errors.NotSupported,
        "its definition's <pm> has to allow it",
    ),
    (
        "INTERNAL_ERROR",
        "internal error: no device found with alias ua-gone",
        "detach",
        errors.DeviceNotFound,
        "",
    ),
    (
        "INTERNAL_ERROR",
        "internal error: unable to execute QEMU command 'device_del': Device virtio-disk1 is already in the "
        "process of unplug",
        "detach",
        errors.ResourceBusy,
        "try again when that is done",
    ),
    *(
        (
            "OPERATION_INVALID",
            f"Requested operation is not valid: {words}",
            "read the memory limits of",
            errors.NotSupported,
            "cgroup_controllers in its qemu.conf",
        )
        for words in ("cgroup memory controller is not mounted", "blkio cgroup isn't mounted")
    ),
    *(
        (
            "OPERATION_UNSUPPORTED",
            f"Operation not supported: {words}",
            "change",
            errors.NotLive,
            "scope='persistent'",
        )
        for words in (
            "cannot modify field 'bus' of the disk",
            "live update of device 'sound' is not supported",
            "live attach of device 'video' is not supported",
            "live detach of device 'video' is not supported",
            "cannot modify network device tap name",
            "cannot change listen socket setting on 'vnc' graphics",
            "'usb' controller cannot be hot plugged.",
            "'usb' controller cannot be hot unplugged.",
            "only virtiofs filesystems can be hotplugged",
        )
    ),
    (
        "INTERNAL_ERROR",
        "internal error: unable to execute QEMU command 'device_add': Bus 'isa.0' does not support "
        "hotplugging",
        "attach",
        errors.NotLive,
        "scope='persistent'",
    ),
    (
        "OPERATION_INVALID",
        "Requested operation is not valid: target vdb already exists",
        "attach",
        errors.AlreadyExists,
        "",
    ),
    (
        "XML_ERROR",
        "XML error: target 'vdb' duplicated for disk sources '/a' and '/b'",
        "attach",
        errors.AlreadyExists,
        "",
    ),
    (
        "OPERATION_INVALID",
        "Requested operation is not valid: domain is not running",
        "resize 'vda' of",
        errors.InvalidState,
        "StorageVolume.resize",
    ),
    (
        "INVALID_ARG",
        "invalid argument: disk vdb does not have an active block job",
        "end the job of",
        errors.InvalidState,
        "",
    ),
    *(
        ("INVALID_ARG", f"invalid argument: {words}", "read the size of", errors.DeviceNotFound, "")
        for words in (
            "disk 'vdz' not found in domain",
            "disk 'vdz' was not found in the domain config",
            "invalid path vdz not assigned to domain",
        )
    ),
    (
        "OPERATION_FAILED",
        "operation failed: domain moment before already exists",
        "create",
        errors.AlreadyExists,
        "",
    ),
    (
        "CONFIG_UNSUPPORTED",
        "unsupported configuration: external snapshot file for disk vda already exists and is not a block "
        "device: /images/web1.before",
        "create",
        errors.AlreadyExists,
        "",
    ),
    (
        "INVALID_ARG",
        "invalid argument: store '/backup/web1-vda-monday.qcow2' for backup of 'vda' exists",
        "back up",
        errors.AlreadyExists,
        "",
    ),
    (
        "OPERATION_TIMEOUT",
        "Timed out during operation: cannot acquire state change lock (held by "
        "monitor=remoteDispatchDomainBackupBegin)",
        "create",
        errors.ResourceBusy,
        "try again when that is done",
    ),
    (
        "CONFIG_UNSUPPORTED",
        "unsupported configuration: internal snapshot for disk vda unsupported for storage type raw",
        "create",
        errors.ConfigNotSupported,
        'kind="external"',
    ),
    (
        "OPERATION_UNSUPPORTED",
        "Operation not supported: cannot perform block operations while checkpoint exists",
        "create",
        errors.InvalidState,
        "delete its checkpoints first",
    ),
    (
        "OPERATION_UNSUPPORTED",
        "Operation not supported: cannot create checkpoint while snapshot exists",
        "create",
        errors.InvalidState,
        "delete its snapshots first",
    ),
    (
        "OPERATION_UNSUPPORTED",
        "Operation not supported: cannot perform disk backup for inactive domain",
        "back up",
        errors.InvalidState,
        "",
    ),
    (
        "SNAPSHOT_REVERT_RISKY",
        "revert requires force: snapshot 'before' lacks domain 'web1' rollback info",
        "revert to",
        errors.RevertRisky,
        "revert(force=True)",
    ),
    (
        "ARGUMENT_UNSUPPORTED",
        "argument unsupported: QEMU guest agent is not configured",
        "shut down",
        errors.AgentMissing,
        "add <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>",
    ),
    (
        "INVALID_SECRET",
        "Invalid secret: secret is private",
        "read the value of",
        errors.AccessDenied,
        "private=",
    ),
    (
        "INTERNAL_ERROR",
        "internal error: a secret with UUID 1-2 already defined for use with /no",
        "define",
        errors.AlreadyExists,
        "",
    ),
    (
        "INTERNAL_ERROR",
        "internal error: bridge name 'br-a' already in use.",
        "create",
        errors.AlreadyExists,
        "leave the bridge's name out",
    ),
    (
        "INTERNAL_ERROR",
        "internal error: Network is already in use by interface br-a",
        "start",
        errors.AlreadyExists,
        "give it other addresses",
    ),
    (
        "INTERNAL_ERROR",
        "internal error: Child process (qemu-img resize) unexpected exit status 1: Could not open 'd': "
        'Failed to get "write" lock',
        "resize",
        errors.ResourceBusy,
        "a running guest has it as a disk",
    ),
    ("OPERATION_INVALID", "domain with name 'h' already exists", "rename", errors.DomainExists, ""),
    ("OPERATION_FAILED", "Storage source conflict with pool: 'p'", "define", errors.AlreadyExists, ""),
    (
        "OPERATION_INVALID",
        "Refusing to undefine while domain managed save image exists",
        "undefine",
        errors.InvalidState,
        "undefine(managed_save=True)",
    ),
    (
        "OPERATION_INVALID",
        "cannot delete inactive domain with 2 snapshots",
        "undefine",
        errors.InvalidState,
        "undefine(snapshots=True)",
    ),
    (
        "OPERATION_INVALID",
        "cannot delete inactive domain with 1 checkpoints",
        "undefine",
        errors.InvalidState,
        "undefine(checkpoints=True)",
    ),
    (
        "OPERATION_INVALID",
        "cannot undefine domain with nvram",
        "undefine",
        errors.InvalidState,
        "undefine(nvram=True)",
    ),
    (
        "OPERATION_INVALID",
        "domain with a managed saved state can't be renamed",
        "rename",
        errors.InvalidState,
        "remove_managed_save()",
    ),
    (
        "OPERATION_INVALID",
        "cannot rename domain with snapshots",
        "rename",
        errors.InvalidState,
        "undefine(snapshots=True)",
    ),
    (
        "NO_SUPPORT",
        "this function is not supported",
        "start",
        errors.NotSupported,
        "the qemu driver does not do that",
    ),
]


@pytest.mark.parametrize(
    ("code", "words", "operation", "kind", "what_helps"), MEANT, ids=[f"{one[2]}: {one[1]}" for one in MEANT]
)
def test_an_error_that_can_be_acted_on_says_how(
    code: str, words: str, operation: str, kind: type[errors.VirtError], what_helps: str
) -> None:
    raw = libvirt.libvirtError("unused")
    raw.err = (getattr(libvirt, f"VIR_ERR_{code}"), 10, words, 2, words, None, None, -1, -1)
    error = translate(raw, operation, "domain 'g'", driver="qemu")
    assert type(error) is kind
    assert str(error).startswith(f"cannot {operation} domain 'g': {words}")
    assert what_helps in str(error)


def test_what_helps_with_one_verb_is_not_said_of_another() -> None:
    raw = libvirt.libvirtError("unused")
    words = "domain with a managed save"
    raw.err = (libvirt.VIR_ERR_OPERATION_INVALID, 10, words, 2, words, None, None, -1, -1)
    assert str(translate(raw, "start", "domain 'g'")) == f"cannot start domain 'g': {words}"
