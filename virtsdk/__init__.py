"""Jupyter-friendly SDK over libvirt: typed XML definitions, stats frames and capacity answers.

Start with a connection::

    import virtsdk

    with virtsdk.connect("test:///default") as host:
        host.domains.frame()

The names below are loaded when they are first used: ``import virtsdk`` itself is quick and needs neither
libvirt nor pandas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from virtsdk import capacity, errors, events, fleet, lab, models, stats, units, widgets, xml
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
    from virtsdk.events import Event
    from virtsdk.fleet.connect import connect_fleet
    from virtsdk.fleet.host_fleet import HostFleet
    from virtsdk.history.example import example_recording
    from virtsdk.history.importers.collectd import import_collectd
    from virtsdk.history.importers.imported import Imported
    from virtsdk.history.importers.prometheus.importer import import_prometheus
    from virtsdk.history.importers.sadf import import_sadf
    from virtsdk.history.importers.tables.importer import import_csv, import_parquet
    from virtsdk.history.importers.telegraf import import_telegraf
    from virtsdk.history.recorder import Recorder, record
    from virtsdk.history.recording import Recording, open_recording
    from virtsdk.resources.connect import connect
    from virtsdk.resources.domain import Domain
    from virtsdk.resources.domain.agent.agent import Agent
    from virtsdk.resources.domain.agent.values import AgentResult
    from virtsdk.resources.domain.console.channel import Channel
    from virtsdk.resources.domain.console.console import Console
    from virtsdk.resources.domain.console.screenshot import Screenshot
    from virtsdk.resources.domain.devices.block_jobs.job import BlockJob, BlockJobResult
    from virtsdk.resources.domain.devices.disk import GuestDisk
    from virtsdk.resources.domain.devices.io_tune import IoTune
    from virtsdk.resources.domain.dirty_rate import DirtyRate
    from virtsdk.resources.domain.job import Job
    from virtsdk.resources.domain.snapshots.backup import Backup
    from virtsdk.resources.domain.snapshots.checkpoint import Checkpoint
    from virtsdk.resources.domain.snapshots.server import BackupServer
    from virtsdk.resources.domain.snapshots.snapshot import Snapshot
    from virtsdk.resources.events import EventStream
    from virtsdk.resources.host import Host
    from virtsdk.resources.host.node import NodeInfo
    from virtsdk.resources.interface import HostInterface
    from virtsdk.resources.network import Network
    from virtsdk.resources.node_device import NodeDevice
    from virtsdk.resources.nwfilter import NWFilter
    from virtsdk.resources.nwfilter_binding import NWFilterBinding
    from virtsdk.resources.operation import Operation
    from virtsdk.resources.secret import Secret
    from virtsdk.resources.storage_pool import StoragePool
    from virtsdk.resources.storage_volume import StorageVolume
    from virtsdk.widgets.explorer import explore
    from virtsdk.words import DomainState

__version__ = "0.1.0"

__all__ = [
    # a host
    "connect",
    "Host",
    "NodeInfo",
    # many hosts
    "connect_fleet",
    "HostFleet",
    "fleet",
    # what it has
    "Domain",
    "GuestDisk",
    "Snapshot",
    "Checkpoint",
    "Network",
    "StoragePool",
    "StorageVolume",
    "NodeDevice",
    "HostInterface",
    "NWFilter",
    "NWFilterBinding",
    "Secret",
    # what they give
    "BlockJob",
    "BlockJobResult",
    "Backup",
    "BackupServer",
    "Agent",
    "AgentResult",
    "Channel",
    "Console",
    "DirtyRate",
    "DomainState",
    "Event",
    "EventStream",
    "IoTune",
    "Job",
    "Operation",
    "Screenshot",
    # history
    "record",
    "Recorder",
    "open_recording",
    "example_recording",
    "Recording",
    # other people's history
    "import_prometheus",
    "import_csv",
    "import_parquet",
    "import_collectd",
    "import_telegraf",
    "import_sadf",
    "Imported",
    # documents, figures, answers
    "xml",
    "models",
    "units",
    "events",
    "stats",
    "capacity",
    # a hypervisor to play with, views
    "lab",
    "widgets",
    "explore",
    # errors, and those that are caught most
    "errors",
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

# where each is at home; a module is at home in itself
_HOMES = {
    **dict.fromkeys(
        ("capacity", "errors", "events", "fleet", "lab", "models", "stats", "units", "widgets", "xml"),
        "virtsdk",
    ),
    "connect": "virtsdk.resources.connect",
    "Host": "virtsdk.resources.host",
    "NodeInfo": "virtsdk.resources.host.node",
    "connect_fleet": "virtsdk.fleet.connect",
    "HostFleet": "virtsdk.fleet.host_fleet",
    "Domain": "virtsdk.resources.domain",
    "Network": "virtsdk.resources.network",
    "StoragePool": "virtsdk.resources.storage_pool",
    "StorageVolume": "virtsdk.resources.storage_volume",
    "NodeDevice": "virtsdk.resources.node_device",
    "HostInterface": "virtsdk.resources.interface",
    "NWFilter": "virtsdk.resources.nwfilter",
    "NWFilterBinding": "virtsdk.resources.nwfilter_binding",
    "Secret": "virtsdk.resources.secret",
    "Agent": "virtsdk.resources.domain.agent.agent",
    "AgentResult": "virtsdk.resources.domain.agent.values",
    "Channel": "virtsdk.resources.domain.console.channel",
    "Console": "virtsdk.resources.domain.console.console",
    "DirtyRate": "virtsdk.resources.domain.dirty_rate",
    "DomainState": "virtsdk.words",
    "Event": "virtsdk.events",
    "EventStream": "virtsdk.resources.events",
    "BlockJob": "virtsdk.resources.domain.devices.block_jobs.job",
    "BlockJobResult": "virtsdk.resources.domain.devices.block_jobs.job",
    "GuestDisk": "virtsdk.resources.domain.devices.disk",
    "IoTune": "virtsdk.resources.domain.devices.io_tune",
    "Job": "virtsdk.resources.domain.job",
    "Backup": "virtsdk.resources.domain.snapshots.backup",
    "BackupServer": "virtsdk.resources.domain.snapshots.server",
    "Checkpoint": "virtsdk.resources.domain.snapshots.checkpoint",
    "Snapshot": "virtsdk.resources.domain.snapshots.snapshot",
    "Operation": "virtsdk.resources.operation",
    "Screenshot": "virtsdk.resources.domain.console.screenshot",
    "record": "virtsdk.history.recorder",
    "Recorder": "virtsdk.history.recorder",
    "open_recording": "virtsdk.history.recording",
    "example_recording": "virtsdk.history.example",
    "Recording": "virtsdk.history.recording",
    "import_prometheus": "virtsdk.history.importers.prometheus.importer",
    **dict.fromkeys(("import_csv", "import_parquet"), "virtsdk.history.importers.tables.importer"),
    "import_collectd": "virtsdk.history.importers.collectd",
    "import_telegraf": "virtsdk.history.importers.telegraf",
    "import_sadf": "virtsdk.history.importers.sadf",
    "Imported": "virtsdk.history.importers.imported",
    "explore": "virtsdk.widgets.explorer",
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

if not TYPE_CHECKING:  # a type checker takes a name that is not imported above for a mistake

    def __getattr__(name):
        import importlib

        home = _HOMES.get(name)
        if home == __name__:
            return importlib.import_module(f"{home}.{name}")
        if home is not None:
            value = globals()[name] = getattr(importlib.import_module(home), name)
            return value
        message = f"module {__name__!r} has no attribute {name!r}"
        if not name.startswith("_"):  # which others ask for: an unpickler, a notebook, a test runner
            import difflib

            near = difflib.get_close_matches(name, _HOMES, n=1)
            message += f"; did you mean {near[0]!r}?" if near else ""
        raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted(__all__)
