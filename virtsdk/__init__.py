"""Jupyter-friendly SDK over libvirt: typed XML definitions, stats frames and capacity answers.

Start with a connection::

    import virtsdk

    with virtsdk.connect("test:///default") as host:
        host.domains.frame()

The names below are loaded when they are first used: ``import virtsdk`` itself is quick and needs neither
libvirt nor pandas.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from virtsdk import binding, capacity, display, errors, lab, models, resources, stats, units, widgets, xml
    from virtsdk.errors import (
        ConnectError,
        ConnectionLost,
        DomainNotFound,
        MissingDependency,
        NotFound,
        NotSupported,
        ReadOnly,
        TimedOut,
        VirtError,
        XmlError,
    )
    from virtsdk.history.recorder import record
    from virtsdk.history.recording import Recording, open_recording
    from virtsdk.resources.connect import connect
    from virtsdk.resources.domain import Domain
    from virtsdk.resources.host import Host

__version__ = "0.1.0.dev0"

_MODULES = (
    "binding",
    "capacity",
    "display",
    "errors",
    "lab",
    "models",
    "resources",
    "stats",
    "units",
    "widgets",
    "xml",
)
_NAMES = {
    "connect": "virtsdk.resources.connect",
    "Host": "virtsdk.resources.host",
    "Domain": "virtsdk.resources.domain",
    "record": "virtsdk.history.recorder",
    "Recording": "virtsdk.history.recording",
    "open_recording": "virtsdk.history.recording",
    "VirtError": "virtsdk.errors",
    "ConnectError": "virtsdk.errors",
    "ConnectionLost": "virtsdk.errors",
    "DomainNotFound": "virtsdk.errors",
    "MissingDependency": "virtsdk.errors",
    "NotFound": "virtsdk.errors",
    "NotSupported": "virtsdk.errors",
    "ReadOnly": "virtsdk.errors",
    "TimedOut": "virtsdk.errors",
    "XmlError": "virtsdk.errors",
}

__all__ = [
    # a host
    "connect",
    "Host",
    "Domain",
    # history
    "record",
    "open_recording",
    "Recording",
    # documents, figures, answers
    "xml",
    "models",
    "units",
    "stats",
    "capacity",
    # a hypervisor to play with, views
    "lab",
    "widgets",
    # the rest of the house
    "binding",
    "display",
    "errors",
    "resources",
    # the errors that are caught most
    "VirtError",
    "ConnectError",
    "ConnectionLost",
    "DomainNotFound",
    "MissingDependency",
    "NotFound",
    "NotSupported",
    "ReadOnly",
    "TimedOut",
    "XmlError",
    "__version__",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"virtsdk.{name}")
    if name in _NAMES:
        value = getattr(import_module(_NAMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'virtsdk' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
