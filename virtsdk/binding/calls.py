"""libvirt's errors by meaning, at the one place where calls cross into C.

`CODES` says which class stands for which code of libvirt's ``virErrorNumber``; `NO_ADVICE` lists the codes
that no caller can act upon, which become `InternalError`. Together they name every code that libvirt has (a
test holds it).
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache
from typing import Any, ParamSpec, TypeVar

from virtsdk import errors
from virtsdk.binding.hints import hint
from virtsdk.binding.library import library
from virtsdk.binding.undecoded import Undecoded
from virtsdk.errors import VirtError

P = ParamSpec("P")
T = TypeVar("T")

CODES: dict[str, type[VirtError]] = {
    # the connection
    "VIR_ERR_NO_CONNECT": errors.ConnectError,
    "VIR_ERR_UNKNOWN_HOST": errors.ConnectError,
    "VIR_ERR_OPEN_FAILED": errors.ConnectError,
    "VIR_ERR_NO_SERVER": errors.ConnectError,
    "VIR_ERR_NO_CLIENT": errors.ConnectError,
    "VIR_ERR_LIBSSH": errors.ConnectError,
    "VIR_ERR_SSH": errors.ConnectError,
    "VIR_ERR_GNUTLS_ERROR": errors.ConnectError,
    "VIR_ERR_AUTH_FAILED": errors.AuthenticationFailed,
    "VIR_ERR_AUTH_CANCELLED": errors.AuthenticationFailed,
    "VIR_ERR_AUTH_UNAVAILABLE": errors.AuthenticationFailed,
    "VIR_ERR_INVALID_CONN": errors.ConnectionLost,
    # not there
    "VIR_ERR_NO_DOMAIN": errors.DomainNotFound,
    "VIR_ERR_NO_DOMAIN_SNAPSHOT": errors.SnapshotNotFound,
    "VIR_ERR_NO_DOMAIN_CHECKPOINT": errors.CheckpointNotFound,
    "VIR_ERR_NO_DOMAIN_BACKUP": errors.BackupNotFound,
    "VIR_ERR_NO_DOMAIN_METADATA": errors.MetadataNotFound,
    "VIR_ERR_NO_NETWORK_METADATA": errors.MetadataNotFound,
    "VIR_ERR_NO_NETWORK": errors.NetworkNotFound,
    "VIR_ERR_NO_NETWORK_PORT": errors.NetworkPortNotFound,
    "VIR_ERR_NO_INTERFACE": errors.InterfaceNotFound,
    "VIR_ERR_NO_STORAGE_POOL": errors.StoragePoolNotFound,
    "VIR_ERR_NO_STORAGE_VOL": errors.StorageVolumeNotFound,
    "VIR_ERR_NO_NODE_DEVICE": errors.NodeDeviceNotFound,
    "VIR_ERR_NO_NWFILTER": errors.NwFilterNotFound,
    "VIR_ERR_NO_NWFILTER_BINDING": errors.NwFilterBindingNotFound,
    "VIR_ERR_NO_SECRET": errors.SecretNotFound,
    "VIR_ERR_NO_DEVICE": errors.DeviceNotFound,
    "VIR_ERR_DEVICE_MISSING": errors.DeviceNotFound,
    "VIR_ERR_NO_HOSTNAME": errors.NotFound,
    "VIR_ERR_NO_SECURITY_MODEL": errors.NotSupported,
    # there already
    "VIR_ERR_DOM_EXIST": errors.DomainExists,
    "VIR_ERR_MULTIPLE_DOMAINS": errors.DomainExists,
    "VIR_ERR_NETWORK_EXIST": errors.NetworkExists,
    "VIR_ERR_NETWORK_PORT_EXIST": errors.NetworkPortExists,
    "VIR_ERR_STORAGE_VOL_EXIST": errors.StorageVolumeExists,
    "VIR_ERR_STORAGE_POOL_BUILT": errors.StoragePoolBuilt,
    "VIR_ERR_MULTIPLE_INTERFACES": errors.AlreadyExists,
    # not here, not for you, not now
    "VIR_ERR_NO_SUPPORT": errors.NotSupported,
    "VIR_ERR_OPERATION_UNSUPPORTED": errors.NotSupported,
    "VIR_ERR_ARGUMENT_UNSUPPORTED": errors.NotSupported,
    "VIR_ERR_CONFIG_UNSUPPORTED": errors.ConfigNotSupported,
    "VIR_ERR_OS_TYPE": errors.ConfigNotSupported,
    "VIR_ERR_NO_OS": errors.ConfigNotSupported,
    "VIR_ERR_NO_KERNEL": errors.ConfigNotSupported,
    "VIR_ERR_OPERATION_DENIED": errors.AccessDenied,
    "VIR_ERR_ACCESS_DENIED": errors.AccessDenied,
    "VIR_ERR_NO_ROOT": errors.AccessDenied,
    "VIR_ERR_OPERATION_INVALID": errors.InvalidState,
    "VIR_ERR_INVALID_DOMAIN": errors.StaleHandle,
    "VIR_ERR_INVALID_DOMAIN_SNAPSHOT": errors.StaleHandle,
    "VIR_ERR_INVALID_DOMAIN_CHECKPOINT": errors.StaleHandle,
    "VIR_ERR_INVALID_NETWORK": errors.StaleHandle,
    "VIR_ERR_INVALID_NETWORK_PORT": errors.StaleHandle,
    "VIR_ERR_INVALID_INTERFACE": errors.StaleHandle,
    "VIR_ERR_INVALID_STORAGE_POOL": errors.StaleHandle,
    "VIR_ERR_INVALID_STORAGE_VOL": errors.StaleHandle,
    "VIR_ERR_INVALID_NODE_DEVICE": errors.StaleHandle,
    "VIR_ERR_INVALID_NWFILTER": errors.StaleHandle,
    "VIR_ERR_INVALID_NWFILTER_BINDING": errors.StaleHandle,
    "VIR_ERR_INVALID_SECRET": errors.StaleHandle,
    "VIR_ERR_INVALID_ARG": errors.InvalidArgument,
    "VIR_ERR_INVALID_MAC": errors.InvalidArgument,
    "VIR_ERR_OVERFLOW": errors.InvalidArgument,
    "VIR_ERR_OPERATION_TIMEOUT": errors.TimedOut,
    "VIR_ERR_RESOURCE_BUSY": errors.ResourceBusy,
    "VIR_ERR_BLOCK_COPY_ACTIVE": errors.ResourceBusy,
    # tried and failed
    "VIR_ERR_OPERATION_FAILED": errors.OperationFailed,
    "VIR_ERR_OPERATION_ABORTED": errors.OperationAborted,
    "VIR_ERR_HOOK_SCRIPT_FAILED": errors.HookFailed,
    "VIR_ERR_MIGRATE_UNSAFE": errors.MigrationUnsafe,
    "VIR_ERR_MIGRATE_PERSIST_FAILED": errors.MigrationFailed,
    "VIR_ERR_MIGRATE_FINISH_OK": errors.MigrationFailed,
    "VIR_ERR_SNAPSHOT_REVERT_RISKY": errors.RevertRisky,
    "VIR_ERR_CHECKPOINT_INCONSISTENT": errors.CheckpointInconsistent,
    "VIR_ERR_CPU_INCOMPATIBLE": errors.CpuIncompatible,
    "VIR_ERR_STORAGE_PROBE_FAILED": errors.OperationFailed,
    "VIR_ERR_BUILD_FIREWALL": errors.OperationFailed,
    "VIR_ERR_CALL_FAILED": errors.OperationFailed,
    "VIR_ERR_DRIVER_FULL": errors.OperationFailed,
    "VIR_ERR_NO_SOURCE": errors.OperationFailed,
    "VIR_ERR_NO_TARGET": errors.OperationFailed,
    "VIR_ERR_SYSTEM_ERROR": errors.OperationFailed,
    "VIR_ERR_AGENT_UNRESPONSIVE": errors.AgentUnresponsive,
    "VIR_ERR_AGENT_COMMAND_TIMEOUT": errors.AgentUnresponsive,
    "VIR_ERR_AGENT_COMMAND_FAILED": errors.AgentError,
    "VIR_ERR_AGENT_UNSYNCED": errors.AgentUnsynced,
    "VIR_ERR_INVALID_STREAM": errors.StreamError,
    # documents
    "VIR_ERR_XML_ERROR": errors.XmlError,
    "VIR_ERR_XML_DETAIL": errors.XmlError,
    "VIR_ERR_XML_INVALID_SCHEMA": errors.XmlError,
    "VIR_ERR_NO_NAME": errors.XmlError,
}

NO_ADVICE = frozenset(
    {
        "VIR_ERR_OK",
        "VIR_ERR_INTERNAL_ERROR",
        "VIR_ERR_NO_MEMORY",
        "VIR_ERR_HTTP_ERROR",
        "VIR_ERR_SEXPR_SERIAL",
        "VIR_ERR_NO_XEN",
        "VIR_ERR_XEN_CALL",
        "VIR_ERR_NO_XENSTORE",
        "VIR_ERR_POST_FAILED",
        "VIR_ERR_GET_FAILED",
        "VIR_ERR_CONF_SYNTAX",
        "VIR_ERR_PARSE_FAILED",
        "VIR_ERR_READ_FAILED",
        "VIR_ERR_WRITE_FAILED",
        "VIR_ERR_RPC",
        "VIR_ERR_DBUS_SERVICE",
    }
)

# On a dead connection libvirt reports one of these rather than a code of its own.
_VAGUE = frozenset(
    {
        "VIR_ERR_INTERNAL_ERROR",
        "VIR_ERR_SYSTEM_ERROR",
        "VIR_ERR_RPC",
        "VIR_ERR_INVALID_CONN",
        "VIR_ERR_OPERATION_FAILED",
        "VIR_ERR_GNUTLS_ERROR",
        "VIR_ERR_LIBSSH",
        "VIR_ERR_SSH",
        "VIR_ERR_NO_CLIENT",
        "VIR_ERR_NO_SERVER",
    }
)

_OF_DOCUMENTS = frozenset({"VIR_ERR_XML_ERROR", "VIR_ERR_XML_DETAIL", "VIR_ERR_XML_INVALID_SCHEMA"})

# Where libvirt uses a broad code for something that it tells apart only in its (English) words.
_REFINED: tuple[tuple[str, str, type[VirtError]], ...] = (
    ("VIR_ERR_OPERATION_DENIED", "read only", errors.ReadOnly),
    ("VIR_ERR_INVALID_ARG", "unsupported flags", errors.NotSupported),
    ("VIR_ERR_INTERNAL_ERROR", "migrate guest to the same host", errors.InvalidArgument),
    ("VIR_ERR_INTERNAL_ERROR", "not supported for embedded drivers", errors.NotSupported),
    ("VIR_ERR_OPERATION_UNSUPPORTED", "only on the source host", errors.InvalidState),
    (
        "VIR_ERR_OPERATION_UNSUPPORTED",
        "for inactive domain|while (checkpoint|snapshot) exists",
        errors.InvalidState,
    ),
    ("VIR_ERR_ARGUMENT_UNSUPPORTED", "guest agent is not configured", errors.AgentMissing),
    ("VIR_ERR_INVALID_SECRET", "secret is private", errors.AccessDenied),
    ("VIR_ERR_INTERNAL_ERROR", "secret with UUID .* already defined for use", errors.AlreadyExists),
    ("VIR_ERR_INTERNAL_ERROR", "bridge name '.*' already in use", errors.AlreadyExists),
    ("VIR_ERR_INTERNAL_ERROR", "Network is already in use by interface", errors.AlreadyExists),
    ("VIR_ERR_INTERNAL_ERROR", "Failed to get .*lock", errors.ResourceBusy),
    ("VIR_ERR_OPERATION_INVALID", "cgroup.* (is not|isn't) mounted", errors.NotSupported),
    ("VIR_ERR_OPERATION_INVALID", "domain with name '.*' already exists", errors.DomainExists),
    ("VIR_ERR_OPERATION_TIMEOUT", "cannot acquire (state change|job) (lock|mutex)", errors.ResourceBusy),
    ("VIR_ERR_CONFIG_UNSUPPORTED", "external snapshot file .* already exists", errors.AlreadyExists),
    ("VIR_ERR_INVALID_ARG", "store '.*' for backup of '.*' exists", errors.AlreadyExists),
    ("VIR_ERR_OPERATION_FAILED", "domain moment .* already exists", errors.AlreadyExists),
    ("VIR_ERR_OPERATION_FAILED", "Storage source conflict with pool", errors.AlreadyExists),
    ("VIR_ERR_OPERATION_FAILED", "domain '.*' (is )?already (exists|defined) with uuid", errors.DomainExists),
    (
        "VIR_ERR_OPERATION_FAILED",
        "network '.*' (is )?already (exists|defined) with uuid",
        errors.NetworkExists,
    ),
    ("VIR_ERR_OPERATION_FAILED", "already (exists|defined) with uuid", errors.AlreadyExists),
    ("VIR_ERR_OPERATION_FAILED", "storage vol already exists", errors.StorageVolumeExists),  # test driver
    ("VIR_ERR_OPERATION_FAILED", "[Aa]ctive (console session|channel stream)", errors.ResourceBusy),
    (
        "VIR_ERR_INTERNAL_ERROR",
        "cannot find ((character|console|serial) device|channel)",
        errors.DeviceNotFound,
    ),
    ("VIR_ERR_INTERNAL_ERROR", "no device found with alias", errors.DeviceNotFound),
    ("VIR_ERR_INTERNAL_ERROR", "No graphics backend with index", errors.DeviceNotFound),
    ("VIR_ERR_INTERNAL_ERROR", "guest is not in suspended state", errors.InvalidState),
    (  # the test driver: what is tried on it first is to fail as on a host
        "VIR_ERR_INTERNAL_ERROR",
        "omain '.*' (is already running|not paused|not running)",
        errors.InvalidState,
    ),
    ("VIR_ERR_INTERNAL_ERROR", "S[34] state is disabled", errors.NotSupported),
    ("VIR_ERR_INTERNAL_ERROR", "unable to execute QEMU agent command", errors.AgentError),
    ("VIR_ERR_INTERNAL_ERROR", "already in the process of unplug", errors.ResourceBusy),
    ("VIR_ERR_OPERATION_FAILED", "already in the process of unplug", errors.ResourceBusy),
    ("VIR_ERR_INTERNAL_ERROR", "does not support hotplugging", errors.NotLive),
    (
        "VIR_ERR_OPERATION_UNSUPPORTED",
        "cannot (modify|change) |cannot be hot (un)?plugged|can be hotplugged|hotplug isn't supported",
        errors.NotLive,
    ),
    ("VIR_ERR_OPERATION_INVALID", "target .* already exists", errors.AlreadyExists),
    ("VIR_ERR_XML_ERROR", "target '.*' duplicated", errors.AlreadyExists),
    ("VIR_ERR_INVALID_ARG", "does not have an active block job", errors.InvalidState),
    (
        "VIR_ERR_INVALID_ARG",
        "disk '.*' (was )?not found in|path .* not assigned to domain",
        errors.DeviceNotFound,
    ),
    *(
        (code, "cannot modify (field|memory)|live (update|attach|detach) of device", errors.NotLive)
        for code in ("VIR_ERR_OPERATION_UNSUPPORTED", "VIR_ERR_CONFIG_UNSUPPORTED")
    ),
)

# virErrorLevel, which libvirt's Python module keeps beside the error numbers
_LEVELS = frozenset({"VIR_ERR_NONE", "VIR_ERR_WARNING", "VIR_ERR_ERROR"})


@cache
def code_names() -> dict[int, str]:
    """Return libvirt's error numbers and their symbols, as this version has them."""
    return {
        value: name
        for name, value in vars(library()).items()
        if name.startswith("VIR_ERR_") and name not in _LEVELS and isinstance(value, int)
    }


def translate(
    error: Exception,
    operation: str,
    subject: str,
    *,
    alive: Callable[[], bool] | None = None,
    driver: str | None = None,
) -> VirtError:
    """Make one of our errors of one of libvirt's.

    Parameters
    ----------
    error
        A ``libvirt.libvirtError``, or one that stands for it.
    operation, subject
        What was tried on what, in the words of the message: ``"start"``, ``"domain 'web1'"``.
    alive
        Asks whether the connection still works, where the code alone does not tell.
    driver
        The hypervisor's driver, which may be what does not do it.
    """
    raw: Any = error
    code: int | None = raw.get_error_code()
    name = code_names().get(code) if code is not None else None
    if name in _OF_DOCUMENTS:
        without_quotation(raw)
    text = one_line((raw.get_error_message() or str(error)).strip())
    # without a code it is libvirt-python that refuses an argument, before it calls libvirt
    kind = errors.InvalidArgument if code is None else CODES.get(name or "", errors.InternalError)
    message = f"cannot {operation} {subject}: {text}"
    if (code is None or name in _VAGUE) and alive is not None and not alive():
        kind = errors.ConnectionLost
        message = f"the connection was lost while trying to {operation} {subject}: {text}"
    else:
        kind = next(
            (to for code_name, words, to in _REFINED if code_name == name and re.search(words, text)), kind
        )
        what_helps = hint(kind, operation, text, driver)
        message += f"; {what_helps}" if what_helps else ""
    return kind(
        message,
        code=code,
        code_name=name,
        domain=raw.get_error_domain(),
        libvirt_message=text,
        operation=operation,
        subject=subject,
    )


def answered(call: Callable[P, T | None], *args: P.args, **kwargs: P.kwargs) -> T:
    """Make a call whose wrapper in libvirt-python gives None where it fails, rather than to raise.

    ``guestVcpus``, ``migrateGetMaxDowntime`` and ``migrateGetCompressionCache`` do.

    Raises
    ------
    libvirt.libvirtError
        libvirt's error; `translated` makes one of ours of it.

    Examples
    --------
    >>> answered(int, "7")
    7
    """
    found = call(*args, **kwargs)
    if found is None:
        raise library().libvirtError(f"{getattr(call, '__name__', call)}() failed")
    return found


def without_quotation(error: Any) -> None:
    """Leave out of an error of libvirt's the line of a document that it repeats: it may have a password.

    The number of the line, and what is wrong in it, stay.
    """
    message = str(error.get_error_message() or "")
    first = message.partition("\n")[0]
    if first != message:
        error.args = (first,)
        error.err = tuple(first if isinstance(one, str) and "\n" in one else one for one in error.err)


def one_line(text: str) -> str:
    """Keep a guest's name or a URI that is repeated from breaking or reordering the message."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


_NUL = "embedded null character"  # Python's words, where a text goes to C


@contextmanager
def translated(
    operation: str, subject: str, *, alive: Callable[[], bool] | None = None, driver: str | None = None
) -> Generator[None]:
    """Raise libvirt's errors in the block as ours, with libvirt's own as the cause.

    Parameters
    ----------
    operation, subject, alive, driver
        As for `translate`.

    Raises
    ------
    VirtError
        The class that `CODES` has for libvirt's code.
    """
    try:
        yield
    except library().libvirtError as error:
        raise translate(error, operation, subject, alive=alive, driver=driver) from error
    except (UnicodeDecodeError, SystemError) as error:
        unread = error if isinstance(error, UnicodeDecodeError) else error.__cause__
        if not isinstance(unread, UnicodeDecodeError):
            raise
        raise translate(Undecoded(unread), operation, subject, alive=alive, driver=driver) from error
    except ValueError as error:
        if not isinstance(error, UnicodeEncodeError) and str(error) != _NUL:
            raise
        raise errors.InvalidArgument(
            f"cannot {operation} {subject}: a text that was given has a NUL character or is no Unicode, and "
            "libvirt takes neither",
            operation=operation,
            subject=subject,
        ) from None


@contextmanager
def nothing_kept() -> Generator[None]:
    """Empty the frames of what raises in the block.

    A notebook keeps its last error and so its traceback and their frames; those would keep libvirt's objects,
    each of which holds its connection open.
    """
    try:
        yield
    except BaseException as error:
        traceback.clear_frames(error.__traceback__)
        raise
