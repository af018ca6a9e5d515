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
    │   ├── ConfigNotSupported       a definition asks for what this host cannot do
    │   └── NotLive                  not while it runs; scope="persistent" does it for the next start
    ├── AccessDenied                 the host refuses it to this user
    │   └── ReadOnly                 the connection was opened read-only
    ├── InvalidState                 not now: the domain is off, is running, is being migrated ...
    │   └── StaleHandle              libvirt no longer accepts the handle
    ├── InvalidArgument              libvirt does not accept a value (also ValueError)
    ├── TimedOut                     (also TimeoutError); a console's has the text that came by then
    ├── ResourceBusy                 another job or client holds it
    ├── OperationFailed              libvirt tried and it did not work
    │   ├── OperationAborted         it was cancelled
    │   ├── NotApplied               libvirt said yes and did less; ``paths`` says what it left out
    │   ├── HookFailed               a hook script on the host said no
    │   ├── MigrationFailed
    │   │   └── MigrationUnsafe      it could corrupt data; libvirt wants that said explicitly
    │   ├── RevertRisky              a snapshot revert wants to be forced
    │   ├── CheckpointInconsistent
    │   ├── CpuIncompatible
    │   └── ProgramFailed            a program that was run in a guest
    ├── AgentError                   the guest agent
    │   ├── AgentMissing             the guest has no channel for one
    │   ├── AgentUnresponsive
    │   └── AgentUnsynced
    ├── StreamError                  a stream (console, upload, download, screenshot)
    ├── XmlError                     a document cannot be read, written or accepted; has line and column
    ├── InternalError                libvirt's catch-all code, and codes that nobody can act on
    ├── RecordingError               a recording on disk cannot be read or written
    ├── FleetError                   hosts of a fleet did not do it
    ├── LabError                     a throwaway host or guest did not come up
    └── MissingDependency            an extra is not installed (also ImportError)

What libvirt said stays on the error: ``code`` (an int of libvirt's ``virErrorNumber``), ``code_name``
(``"VIR_ERR_NO_DOMAIN"``), ``domain`` (the part of libvirt that raised it, ``virErrorDomain``) and
``libvirt_message``; its own exception is the ``__cause__``. A bad argument that never reaches libvirt is a
plain ``ValueError`` or ``TypeError``.
"""

from virtsdk.errors.base import (
    Details,
    VirtError,
)
from virtsdk.errors.connection import (
    AuthenticationFailed,
    ConnectError,
    ConnectionLost,
    HostClosed,
    HostNotTrusted,
)
from virtsdk.errors.existence import (
    AlreadyExists,
    BackupNotFound,
    CheckpointNotFound,
    DeviceNotFound,
    DomainExists,
    DomainNotFound,
    InterfaceNotFound,
    MetadataNotFound,
    NetworkExists,
    NetworkNotFound,
    NetworkPortExists,
    NetworkPortNotFound,
    NodeDeviceNotFound,
    NotFound,
    NwFilterBindingNotFound,
    NwFilterNotFound,
    SecretNotFound,
    SnapshotNotFound,
    StoragePoolBuilt,
    StoragePoolNotFound,
    StorageVolumeExists,
    StorageVolumeNotFound,
)
from virtsdk.errors.failure import (
    AgentError,
    AgentMissing,
    AgentUnresponsive,
    AgentUnsynced,
    CheckpointInconsistent,
    CpuIncompatible,
    HookFailed,
    InternalError,
    MigrationFailed,
    MigrationUnsafe,
    NotApplied,
    OperationAborted,
    OperationFailed,
    ProgramFailed,
    RevertRisky,
    StreamError,
)
from virtsdk.errors.local import (
    FleetError,
    LabError,
    MissingDependency,
    RecordingError,
    XmlError,
)
from virtsdk.errors.refusal import (
    AccessDenied,
    ConfigNotSupported,
    InvalidArgument,
    InvalidState,
    NotLive,
    NotSupported,
    ReadOnly,
    ResourceBusy,
    StaleHandle,
    TimedOut,
)

__all__ = [
    # base
    "Details",
    "VirtError",
    # connection
    "ConnectError",
    "AuthenticationFailed",
    "HostNotTrusted",
    "ConnectionLost",
    "HostClosed",
    # existence
    "NotFound",
    "DomainNotFound",
    "SnapshotNotFound",
    "CheckpointNotFound",
    "BackupNotFound",
    "MetadataNotFound",
    "DeviceNotFound",
    "NetworkNotFound",
    "NetworkPortNotFound",
    "InterfaceNotFound",
    "StoragePoolNotFound",
    "StorageVolumeNotFound",
    "NodeDeviceNotFound",
    "NwFilterNotFound",
    "NwFilterBindingNotFound",
    "SecretNotFound",
    "AlreadyExists",
    "DomainExists",
    "NetworkExists",
    "NetworkPortExists",
    "StoragePoolBuilt",
    "StorageVolumeExists",
    # refusal
    "NotSupported",
    "ConfigNotSupported",
    "NotLive",
    "AccessDenied",
    "ReadOnly",
    "InvalidState",
    "StaleHandle",
    "InvalidArgument",
    "TimedOut",
    "ResourceBusy",
    # failure
    "OperationFailed",
    "OperationAborted",
    "NotApplied",
    "HookFailed",
    "MigrationFailed",
    "MigrationUnsafe",
    "RevertRisky",
    "CheckpointInconsistent",
    "CpuIncompatible",
    "ProgramFailed",
    "AgentError",
    "AgentMissing",
    "AgentUnresponsive",
    "AgentUnsynced",
    "StreamError",
    "InternalError",
    # local
    "XmlError",
    "RecordingError",
    "FleetError",
    "LabError",
    "MissingDependency",
]

for _name in __all__:  # who prints, pickles or searches for one finds it where people import it from
    globals()[_name].__module__ = __name__


def __dir__() -> list[str]:
    return sorted(__all__)
