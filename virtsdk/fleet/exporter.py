"""Figures of a fleet as Prometheus exposition, by the catalogue's names and help; a scrape waits for nobody.

Each scrape has all hosts asked, waits a moment for their answers, and gives the newest figures that there
are: those of a host that is slow are the ones that it gave for the scrape before, those of one that does not
answer are left out after a while. Format: https://prometheus.io/docs/instrumenting/exposition_formats/.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from virtsdk.errors import MissingDependency, NotSupported, VirtError
from virtsdk.fleet.host_fleet import HostFleet
from virtsdk.resources.host import Host
from virtsdk.stats import catalogue
from virtsdk.stats.columns.metric import GRAINS, KEYS

if TYPE_CHECKING:
    from prometheus_client.core import Metric

PREFIX = "virtsdk"
PATIENCE = 0.5  # seconds that a scrape waits for hosts
OLDEST = 60.0  # seconds after which the figures of a host that does not answer are left out
_FACTS = {  # what is text or a name about a part, on a metric of its own
    "disks": ("device", "bus", "source", "path"),
    "nics": ("mac", "network"),
}
_STATES = {"domains": "state", "vcpus": "state"}


class _Column(NamedTuple):
    """A column of a frame that is exported."""

    frame: str
    column: str
    name: str
    counter: bool
    help: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The frames of a host, and when they were read."""

    frames: Mapping[str, pd.DataFrame]
    at: float


class FleetExporter:
    """A collector for `prometheus_client`: register it, or `serve` it.

    Parameters
    ----------
    fleet
        The hosts; they stay the caller's.
    patience
        Seconds that a scrape waits for hosts.
    oldest
        Seconds after which figures of a host that does not answer are left out.

    Notes
    -----
    A metric is called ``virtsdk_``, the frame in the singular, and the column:
    ``virtsdk_domain_memory_bytes``, ``virtsdk_disk_read_bytes_total``, ``virtsdk_node_memory_free_bytes``.
    Labels are the frame's keys: host (the name in the fleet), domain (UUID), name, and disk, nic, vcpu ...
    What is missing has no sample. States are ``virtsdk_domain_state{state="running"} 1``; what a disk or nic
    is, ``virtsdk_disk_info``. ``virtsdk_host_up`` is 0 of a host that did not answer the last time,
    ``virtsdk_host_age_seconds`` how old its figures are.
    """

    def __init__(self, fleet: HostFleet, *, patience: float = PATIENCE, oldest: float = OLDEST) -> None:
        self._fleet = fleet.select()  # with errors of its own
        self._patience = patience
        self._oldest = oldest
        self._lock = threading.Lock()
        self._readings: dict[str, Reading] = {}
        self._up: dict[str, bool] = {}  # of those of which it is known yet
        self._round: threading.Event | None = None
        self._begin()  # the first scrape finds figures

    def collect(self) -> Iterator[Metric]:
        """Have all hosts asked, and yield the newest figures; `prometheus_client` calls it at a scrape."""
        self._begin().wait(self._patience)
        now = time.monotonic()
        with self._lock:
            readings = {name: one for name, one in self._readings.items() if now - one.at <= self._oldest}
            up = dict(self._up)
        yield from exposition(readings, up, now)

    def _begin(self) -> threading.Event:
        """Begin a round where none is under way; return what is set at its end."""
        with self._lock:
            if self._round is None:
                self._round = threading.Event()
                threading.Thread(
                    target=self._ask, args=(self._round,), name="virtsdk-exporter", daemon=True
                ).start()
            return self._round

    def _ask(self, ended: threading.Event) -> None:
        try:
            self._fleet.map(self._read)
            failed = set(self._fleet.errors["host"])
            with self._lock:
                self._up = {name: name not in failed for name in self._fleet}
        finally:
            with self._lock:
                self._round = None
            ended.set()

    def _read(self, host: Host) -> None:
        """Keep the figures of a host as soon as they are there."""
        frames = dict(host.stats().frames)
        with suppress(NotSupported):  # of a driver that does not count them
            frames |= host.node_stats().frames
        with self._lock:
            self._readings[host.name] = Reading(frames, time.monotonic())
            self._up[host.name] = True


def exposition(readings: Mapping[str, Reading], up: Mapping[str, bool], now: float) -> Iterator[Metric]:
    """Yield the metrics of what was read.

    Parameters
    ----------
    readings
        By host.
    up
        Which hosts answered the last time.
    now
        The time that ages are counted from, on the clock of the readings.

    Raises
    ------
    MissingDependency
        prometheus-client is not installed.
    """
    core = _core()
    alive = core.GaugeMetricFamily(
        f"{PREFIX}_host_up", "Whether the host answered the last time.", labels=["host"]
    )
    for name, answered in up.items():
        alive.add_metric([name], float(answered))
    yield alive
    age = core.GaugeMetricFamily(
        f"{PREFIX}_host_age_seconds", "How old the figures of the host are.", labels=["host"]
    )
    for name, one in readings.items():
        age.add_metric([name], now - one.at)
    yield age
    for frame in dict.fromkeys(column.frame for column in exported()):
        parts = [one.frames[frame] for one in readings.values() if len(one.frames.get(frame, ()))]
        if parts:
            yield from _of_frame(core, frame, pd.concat(parts, ignore_index=True))


def _of_frame(core: Any, frame: str, rows: pd.DataFrame) -> Iterator[Metric]:
    keys = _labels(frame, rows.columns)
    labels = [tuple(_label(one) for one in row) for row in rows[keys].itertuples(index=False)]
    for column in exported():
        if column.frame != frame or column.column not in rows.columns:
            continue
        family = core.CounterMetricFamily if column.counter else core.GaugeMetricFamily
        metric = family(column.name, column.help, labels=keys)
        values = _numbers(rows[column.column])
        known = values.notna().to_numpy(dtype=bool).nonzero()[0]
        for place, value in zip(known.tolist(), values.iloc[known].tolist(), strict=True):
            metric.add_metric(labels[place], value)
        if len(known):
            yield metric
    state = _STATES.get(frame)
    if state is not None and state in rows.columns:
        metric = core.GaugeMetricFamily(
            f"{PREFIX}_{_singular(frame)}_state",
            "The state that it is in, as a label; 1.",
            labels=[*keys, state],
        )
        for label, value in zip(labels, rows[state].tolist(), strict=True):
            if isinstance(value, str):
                metric.add_metric([*label, value], 1.0)
        yield metric
    facts = [one for one in _FACTS.get(frame, ()) if one in rows.columns]
    if facts:
        metric = core.GaugeMetricFamily(
            f"{PREFIX}_{_singular(frame)}_info", "What it is, as labels; 1.", labels=[*keys, *facts]
        )
        told = [tuple(_label(one) for one in row) for row in rows[facts].itertuples(index=False)]
        for label, values in zip(labels, told, strict=True):
            metric.add_metric([*label, *values], 1.0)
        yield metric


@cache
def exported() -> tuple[_Column, ...]:
    """Return the columns that become metrics: counters, gauges and flags of the live frames."""
    live = [*GRAINS, *(name for name in KEYS if name.startswith("node."))]
    found: list[_Column] = []
    for row in catalogue().to_dict("records"):
        frame, column = str(row["frame"]), str(row["column"])
        if frame not in live or row["kind"] not in {"counter", "gauge"} or column in KEYS[frame]:
            continue
        if row["dtype"] == "str":
            continue
        timed = str(row["dtype"]).startswith("datetime")
        name = f"{PREFIX}_{_singular(frame)}_{column}{'_timestamp_seconds' if timed else ''}"
        told = " ".join(filter(None, (row["meaning"], row["trust"])))
        found.append(_Column(frame, column, name, row["kind"] == "counter", told))
    return tuple(found)


def _singular(frame: str) -> str:
    """Return the frame's part of a metric's name; the columns of the node's memory say memory themselves."""
    return "node" if frame == "node.memory" else frame.replace(".", "_").removesuffix("s")


def _labels(frame: str, columns: Iterable[str]) -> list[str]:
    there = set(columns)
    return [one for one in dict.fromkeys(["host", *KEYS[frame], "name"]) if one in there]


def _label(value: object) -> str:
    missing: Any = pd.isna(value)  # pyright: ignore
    return "" if missing else str(value)


def _numbers(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column as floats; a time as seconds since 1970, a flag as 0 or 1."""
    if column.dtype.kind == "M":
        since = (column - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(1, unit="s")
        return since.astype("Float64")
    return column.astype("Float64")


def _core() -> Any:
    try:
        from prometheus_client import core
    except ImportError as error:
        raise MissingDependency(
            "the exporter needs prometheus-client", extra="fleet", package="prometheus_client"
        ) from error
    return core


class Server:
    """An HTTP server of a fleet's figures, for as long as it is not closed; a context manager.

    Attributes
    ----------
    address
        Where it listens: (host, port).
    """

    def __init__(self, collector: FleetExporter, host: str, port: int) -> None:
        _core()
        from prometheus_client import CollectorRegistry, start_http_server

        registry = CollectorRegistry()
        registry.register(_Undescribed(collector))
        try:
            self._server, self._thread = start_http_server(port, host, registry)
        except OSError as error:
            raise VirtError(
                f"cannot listen on {host}:{port}: {error.strerror or error}", operation="listen"
            ) from error
        self.address: tuple[str, int] = (host, int(self._server.server_port))

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Undescribed:
    """A collector that is not asked for its metrics before the first scrape."""

    def __init__(self, collector: FleetExporter) -> None:
        self._collector = collector

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        return self._collector.collect()


def serve(fleet: HostFleet, *, host: str = "127.0.0.1", port: int = 9177) -> Server:
    """Serve the figures of a fleet to Prometheus, in a thread of its own.

    Parameters
    ----------
    fleet
        The hosts; to be open for as long as it is served.
    host, port
        Where to listen. There are no passwords: on another address than this machine's own, anyone who
        reaches it can read names and figures of all guests. Port 0 is any that is free.

    Returns
    -------
    Server
        A context manager; ``.address`` is where it listens.

    Raises
    ------
    MissingDependency
        prometheus-client is not installed (extra ``[fleet]``).
    VirtError
        It cannot listen there.

    Examples
    --------
    >>> import urllib.request, virtsdk
    >>> with virtsdk.connect_fleet({"a": "test:///default"}) as fleet, serve(fleet, port=0) as server:
    ...     page = urllib.request.urlopen("http://{}:{}/metrics".format(*server.address)).read().decode()
    >>> [line for line in page.splitlines() if line.startswith("virtsdk_host_up")]
    ['virtsdk_host_up{host="a"} 1.0']
    """
    return Server(FleetExporter(fleet), host, port)
