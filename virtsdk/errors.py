"""Every error that virtsdk raises on purpose.

Catch by meaning, from the leaf (one thing is missing) to the root (anything virtsdk says)::

    VirtError
    ├── ConnectError                 a connection could not be opened; the message says what to check
    │   └── AuthenticationFailed     the host was reached, the credentials were not accepted
    │       └── HostNotTrusted       the host's own: its certificate or key is not the one that was expected
    ├── ConnectionLost               an open connection broke, or the host stopped answering
    ├── HostClosed                   the handle belongs to a host that was closed here
    ├── NotFound                     (also LookupError)
    │   ├── DomainNotFound
    │   ├── SnapshotNotFound
    │   ├── CheckpointNotFound
    │   ├── BackupNotFound
    │   ├── MetadataNotFound
    │   ├── DeviceNotFound           a device of a domain
    │   ├── NetworkNotFound
    │   ├── NetworkPortNotFound
    │   ├── InterfaceNotFound
    │   ├── StoragePoolNotFound
    │   ├── StorageVolumeNotFound
    │   ├── NodeDeviceNotFound
    │   ├── NwFilterNotFound
    │   ├── NwFilterBindingNotFound
    │   └── SecretNotFound
    ├── AlreadyExists
    │   ├── DomainExists
    │   ├── NetworkExists
    │   ├── NetworkPortExists
    │   ├── StoragePoolBuilt
    │   └── StorageVolumeExists
    ├── NotSupported                 this driver or version does not do it
    │   └── ConfigNotSupported       a definition asks for what this host cannot do
    ├── AccessDenied                 the host refuses it to this user
    │   └── ReadOnly                 the connection was opened read-only
    ├── InvalidState                 not now: the domain is off, is running, is being migrated ...
    │   └── StaleHandle              libvirt no longer accepts the handle
    ├── InvalidArgument              libvirt does not accept a value (also ValueError)
    ├── TimedOut                     (also TimeoutError); a console's has the text that came by then
    ├── ResourceBusy                 another job or client holds it
    ├── OperationFailed              libvirt tried and it did not work
    │   ├── OperationAborted         it was cancelled
    │   ├── HookFailed               a hook script on the host said no
    │   ├── MigrationFailed
    │   │   └── MigrationUnsafe      it could corrupt data; libvirt wants that said explicitly
    │   ├── RevertRisky              a snapshot revert wants to be forced
    │   ├── CheckpointInconsistent
    │   └── CpuIncompatible
    ├── AgentError                   the guest agent
    │   ├── AgentUnresponsive
    │   └── AgentUnsynced
    ├── StreamError                  a stream (console, upload, download, screenshot)
    ├── XmlError                     a document cannot be read, written or accepted; has line and column
    ├── InternalError                libvirt's catch-all code, and codes that nobody can act on
    ├── RecordingError               a recording on disk cannot be read or written
    ├── LabError                     a throwaway host or guest did not come up
    └── MissingDependency            an extra is not installed (also ImportError)

What libvirt said stays on the error: ``code`` (an int of libvirt's ``virErrorNumber``), ``code_name``
(``"VIR_ERR_NO_DOMAIN"``), ``domain`` (the part of libvirt that raised it, ``virErrorDomain``) and
``libvirt_message``; its own exception is the ``__cause__``. A bad argument that never reaches libvirt is a
plain ``ValueError`` or ``TypeError``.
"""

from __future__ import annotations

from typing import TypedDict, Unpack


class Details(TypedDict, total=False):
    """What an error knows beside its message; `VirtError` says what each is."""

    code: int | None
    code_name: str | None
    domain: int | None
    libvirt_message: str | None
    operation: str | None
    subject: str | None


class VirtError(Exception):
    """Anything that virtsdk raises on purpose.

    Parameters
    ----------
    message
        What happened, to what, and what to do about it.
    code, code_name
        libvirt's ``virErrorNumber`` and its symbol, where libvirt raised it.
    domain
        libvirt's ``virErrorDomain``: the part of libvirt that raised it.
    libvirt_message
        libvirt's own words.
    operation
        The verb that failed, for example ``"start"``.
    subject
        What it failed on, for example ``"domain 'web1'"``.
    """

    def __init__(
        self,
        message: str = "",
        *,
        code: int | None = None,
        code_name: str | None = None,
        domain: int | None = None,
        libvirt_message: str | None = None,
        operation: str | None = None,
        subject: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.code_name = code_name
        self.domain = domain
        self.libvirt_message = libvirt_message
        self.operation = operation
        self.subject = subject

    def __str__(self) -> str:
        return self.message

    @property
    def details(self) -> Details:
        """What it knows beside the message, for an error that says more: ``kind(text, **error.details)``."""
        return Details(
            code=self.code,
            code_name=self.code_name,
            domain=self.domain,
            libvirt_message=self.libvirt_message,
            operation=self.operation,
            subject=self.subject,
        )


# --- the connection ------------------------------------------------------------------------------------


class ConnectError(VirtError):
    """A connection could not be opened; the message says what to check."""


class AuthenticationFailed(ConnectError):
    """The host was reached, but did not accept the credentials."""


class HostNotTrusted(AuthenticationFailed):
    """Whoever answered could not prove to be the host: its certificate or key is not the expected one."""


class ConnectionLost(VirtError):
    """An open connection broke, or the host stopped answering."""


class HostClosed(VirtError):
    """The handle belongs to a host that was closed in this process."""


# --- not there, there already --------------------------------------------------------------------------


class NotFound(VirtError, LookupError):
    """The host does not have it."""


class DomainNotFound(NotFound):
    """No domain of that name or UUID."""


class SnapshotNotFound(NotFound):
    """The domain has no such snapshot."""


class CheckpointNotFound(NotFound):
    """The domain has no such checkpoint."""


class BackupNotFound(NotFound):
    """The domain has no backup job."""


class MetadataNotFound(NotFound):
    """The domain or network has no such metadata."""


class DeviceNotFound(NotFound):
    """The domain has no such device."""


class NetworkNotFound(NotFound):
    """No network of that name or UUID."""


class NetworkPortNotFound(NotFound):
    """The network has no such port."""


class InterfaceNotFound(NotFound):
    """The host has no such interface."""


class StoragePoolNotFound(NotFound):
    """No storage pool of that name or UUID."""


class StorageVolumeNotFound(NotFound):
    """No storage volume of that name, key or path."""


class NodeDeviceNotFound(NotFound):
    """The node has no such device."""


class NwFilterNotFound(NotFound):
    """No network filter of that name or UUID."""


class NwFilterBindingNotFound(NotFound):
    """No network filter is bound to that port."""


class SecretNotFound(NotFound):
    """No secret of that UUID or usage."""


class AlreadyExists(VirtError):
    """The host has one of that name or UUID already."""


class DomainExists(AlreadyExists):
    """A domain of that name or UUID exists already."""


class NetworkExists(AlreadyExists):
    """A network of that name or UUID exists already."""


class NetworkPortExists(AlreadyExists):
    """A network port of that UUID exists already."""


class StoragePoolBuilt(AlreadyExists):
    """The storage pool is built already."""


class StorageVolumeExists(AlreadyExists):
    """A storage volume of that name exists already."""


# --- not here, not for you, not now --------------------------------------------------------------------


class NotSupported(VirtError):
    """The driver, or this version of it, does not do it."""


class ConfigNotSupported(NotSupported):
    """A definition asks for something that this host cannot do."""


class AccessDenied(VirtError):
    """The host refuses it to this user."""


class ReadOnly(AccessDenied):
    """The connection was opened read-only."""


class InvalidState(VirtError):
    """Not possible in the present state (the domain is off, is running, is being migrated ...)."""


class StaleHandle(InvalidState):
    """libvirt no longer accepts the handle."""


class InvalidArgument(VirtError, ValueError):
    """libvirt does not accept a value it was given."""


class TimedOut(VirtError, TimeoutError):
    """It took longer than it was given.

    Parameters
    ----------
    message
        What took how long.
    partial
        What had come by then, where that was text: of a console.
    """

    def __init__(
        self,
        message: str = "",
        *,
        partial: str = "",
        **details: Unpack[Details],
    ) -> None:
        super().__init__(message, **details)
        self.partial = partial


class ResourceBusy(VirtError):
    """Another job or client holds it."""


# --- tried and failed ----------------------------------------------------------------------------------


class OperationFailed(VirtError):
    """libvirt tried, and it did not work."""


class OperationAborted(OperationFailed):
    """It was cancelled before it was done."""


class HookFailed(OperationFailed):
    """A hook script on the host refused or failed."""


class MigrationFailed(OperationFailed):
    """A migration did not complete."""


class MigrationUnsafe(MigrationFailed):
    """The migration could corrupt data; libvirt does it only when told so explicitly."""


class RevertRisky(OperationFailed):
    """The snapshot revert could lose something; libvirt does it only when forced."""


class CheckpointInconsistent(OperationFailed):
    """The checkpoint cannot be used any more."""


class CpuIncompatible(OperationFailed):
    """The host's CPU cannot give the guest the CPU it asks for."""


class AgentError(VirtError):
    """The guest agent could not do it."""


class AgentUnresponsive(AgentError):
    """The guest agent is not connected or does not answer."""


class AgentUnsynced(AgentError):
    """The guest agent's channel is out of step; a second try usually works."""


class StreamError(VirtError):
    """A stream of data to or from the host failed."""


class InternalError(VirtError):
    """libvirt's catch-all: an internal error, or one that no caller can act on."""


# --- documents, recordings, the lab, extras ------------------------------------------------------------


class XmlError(VirtError):
    """A document cannot be read, cannot be written, or is not accepted by libvirt.

    Parameters
    ----------
    message
        What is wrong.
    line, column
        Where in the text, counted from 1, where that is known.
    """

    def __init__(
        self,
        message: str = "",
        *,
        line: int | None = None,
        column: int | None = None,
        **details: Unpack[Details],
    ) -> None:
        super().__init__(message, **details)
        self.line = line
        self.column = column


class RecordingError(VirtError):
    """A recording on disk cannot be read or written."""


class LabError(VirtError):
    """A throwaway host or guest of the lab did not come up, or not in time."""


class MissingDependency(VirtError, ImportError):
    """A part of virtsdk needs a package that is not installed.

    Parameters
    ----------
    message
        What needs it. Left out, it is made from the other two.
    extra
        The extra of virtsdk that brings it: ``pip install 'virtsdk[extra]'``.
    package
        The package that could not be imported.

    Examples
    --------
    >>> str(MissingDependency("charts need Altair", extra="plot", package="altair"))
    "charts need Altair: pip install 'virtsdk[plot]'"
    """

    def __init__(self, message: str = "", *, extra: str | None = None, package: str | None = None) -> None:
        what = message or f"{package or 'an optional package'} is not installed"
        if extra and not message.endswith(f"'virtsdk[{extra}]'"):  # unpickling passes the finished message
            what += f": pip install 'virtsdk[{extra}]'"
        super().__init__(what)
        self.extra = extra
        self.package = package
