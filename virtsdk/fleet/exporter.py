"""Figures of a fleet as Prometheus exposition, by the catalogue's names and help; a scrape waits for nobody.

Each scrape has all hosts asked, waits for their answers for a part of the time that Prometheus gives it, and
gives what there is: a host that did not answer has no figures, so that Prometheus ends its series. Samples
carry no times: Prometheus would not end series that do. Format:
https://prometheus.io/docs/instrumenting/exposition_formats/; what it wants of times and of failed reads:
https://prometheus.io/docs/instrumenting/writing_exporters/#scheduling, .../#failed-scrapes.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

from virtsdk.errors import MissingDependency, NotSupported, VirtError
from virtsdk.fleet.families import Family, Reading, families, page
from virtsdk.fleet.host_fleet import HostFleet
from virtsdk.resources.host import Host

if TYPE_CHECKING:
    from prometheus_client.core import Metric

_log = logging.getLogger(__name__)

PATIENCE = 0.5  # seconds that a scrape waits for hosts at the least
OLDEST = 60.0  # seconds after which figures are left out
_SHARE = 0.5  # of the time that a scrape has, for waiting
_LONGEST = 30.0  # seconds that it waits at the most, whatever it is told


class FleetExporter:
    """The figures of a fleet: `serve` it, or register it as a collector of prometheus-client.

    Parameters
    ----------
    fleet
        The hosts; they stay the caller's. Where they are of a file (of hosts, an inventory, ``ssh_config``),
        it is read again at each scrape, as of `HostFleet.reread`; the caller's fleet stays as it is. A file
        that cannot be read changes nothing, and the log says why, once.
    patience
        Seconds that a scrape waits for hosts, unless it says how long it has.
    oldest
        Seconds after which figures are left out: those of a host that is still asked.

    Notes
    -----
    A metric is called ``virtsdk_``, the frame in the singular, and the column:
    ``virtsdk_domain_memory_bytes``, ``virtsdk_disk_read_bytes_total``, ``virtsdk_node_memory_free_bytes``.
    Labels are the frame's keys: host (the name in the fleet), domain (UUID), name, and disk, nic, vcpu ...
    What is missing has no sample. States are ``virtsdk_domain_state{state="running"} 1``; what a disk or nic
    is, ``virtsdk_disk_info``. Parts that nothing tells apart (two nics without a name) have no samples.

    ``virtsdk_host_up`` is 0 of a host that did not answer the last time; then it has no figures.
    ``virtsdk_host_last_success_timestamp_seconds`` is when its newest figures were taken, whether or not it
    is up: ``time() - virtsdk_host_last_success_timestamp_seconds > 60`` is worth an alert.

    A scrape of Prometheus waits for half of its timeout at the most (it says it in a header), any other one
    for `patience`. Hosts that are known not to answer are not waited for. Of one that takes longer the
    figures of the round before are given, while they are younger than `oldest`.
    """

    def __init__(self, fleet: HostFleet, *, patience: float = PATIENCE, oldest: float = OLDEST) -> None:
        self._fleet = fleet.select()  # with errors of its own
        self._patience = patience
        self._oldest = oldest
        self._lock = threading.Lock()
        self._readings: dict[str, Reading] = {}
        self._up: dict[str, bool] = {}  # of those of which it is known yet
        self._round: threading.Event | None = None
        self._trouble: str | None = None  # why the hosts are those of before
        self._begin()  # the first scrape finds figures

    def collect(self) -> Iterator[Metric]:
        """Have all hosts asked, and yield the newest figures: for a registry of prometheus-client.

        Raises
        ------
        MissingDependency
            prometheus-client is not installed.
        """
        core = _core()
        for one in self.families():
            family = core.CounterMetricFamily if one.counter else core.GaugeMetricFamily
            metric = family(one.name, one.help, labels=one.labels.names)
            for place, value in zip(one.places, one.values, strict=True):
                metric.add_metric(one.labels.rows[place], value)
            yield metric

    def describe(self) -> list[Metric]:
        """Tell a registry nothing before the first scrape."""
        return []

    def families(self, patience: float | None = None) -> Iterator[Family]:
        """Have all hosts asked, and yield the newest figures.

        Parameters
        ----------
        patience
            Seconds to wait for hosts; None for the exporter's own.
        """
        self._begin().wait(self._patience if patience is None else patience)
        now = time.monotonic()
        with self._lock:
            up, readings = dict(self._up), dict(self._readings)
        yield from families(
            {name: one for name, one in readings.items() if up.get(name) and now - one.at <= self._oldest},
            up,
            {name: one.taken for name, one in readings.items() if name in up},
        )

    def _begin(self) -> threading.Event:
        """Begin a round where none is under way; return what is set at its end."""
        with self._lock:
            if self._round is None:
                self._round = threading.Event()
                threading.Thread(
                    target=self._ask, args=(self._round,), name="virtsdk-exporter", daemon=True
                ).start()
            return self._round

    def close(self) -> None:
        """Close the hosts that joined since; a second call does nothing."""
        self._fleet.close()

    def _reread(self) -> None:
        """See which hosts there are now."""
        try:
            self._fleet.reread()
        except Exception as error:  # noqa: BLE001 - of a file that is being edited
            if self._trouble != str(error):
                _log.warning("which hosts to ask is not told; it stays at those before: %s", error)
            self._trouble = str(error)
            return
        if self._trouble is not None:
            _log.warning("which hosts to ask is told again")
            self._trouble = None

    def _ask(self, ended: threading.Event) -> None:
        try:
            self._reread()
            with suppress(Exception):  # of a driver of which nobody thought; each host's is in errors
                self._fleet.map(self._read)
            failed = set(self._fleet.errors["host"])
            with self._lock:
                self._up = {name: name not in failed for name in self._fleet}
                self._readings = {name: one for name, one in self._readings.items() if name in self._up}
        finally:
            with self._lock:
                self._round = None
            ended.set()

    def _read(self, host: Host) -> None:
        """Keep the figures of a host as soon as they are there."""
        began = time.monotonic()
        stats = host.stats()
        frames = dict(stats.frames)
        with suppress(NotSupported):  # of a driver that does not count them
            frames |= host.node_stats().frames
        with self._lock:
            self._readings[host.name] = Reading(frames, began, stats.time.timestamp())
            self._up[host.name] = True


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
    exporter
        What it serves.
    """

    def __init__(self, exporter: FleetExporter, host: str, port: int) -> None:
        class Handler(_Handler):
            figures = exporter

        self.exporter = exporter
        kind = _Server6 if ":" in host else _Server
        try:
            self._server = kind((host, port), Handler)
        except OSError as error:
            raise VirtError(
                f"cannot listen on {host}:{port}: {error.strerror or error}", operation="listen"
            ) from error
        self.address: tuple[str, int] = (host, int(self._server.server_address[1]))
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="virtsdk-exporter", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
        self.exporter.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asked has gone, in the midst of the answer for example."""
        _log.debug("no answer to %s", client_address, exc_info=True)


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(BaseHTTPRequestHandler):
    figures: ClassVar[FleetExporter]
    timeout = 60  # seconds for a request that is never finished

    def do_GET(self) -> None:
        if self.path.partition("?")[0] not in {"/", "/metrics"}:
            self.send_error(404)
            return
        patience = _patience(self.headers.get("X-Prometheus-Scrape-Timeout-Seconds"))
        content = page(self.figures.families(patience)).encode("utf-8", errors="replace")
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base has it
        _log.debug(format, *args)


def _patience(timeout: str | None) -> float | None:
    """Return how long a scrape waits for hosts that says how long it has; None for the usual.

    Examples
    --------
    >>> _patience("10"), _patience("0.4"), _patience("1e9"), _patience(None), _patience("soon")
    (5.0, 0.2, 30.0, None, None)
    """
    try:
        seconds = float(timeout or "")
    except ValueError:
        return None
    return min(_SHARE * seconds, _LONGEST) if seconds > 0 else None


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
