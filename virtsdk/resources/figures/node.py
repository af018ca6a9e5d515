"""Figures of the machine itself: CPU times, memory, NUMA cells, pressure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from virtsdk import errors
from virtsdk.binding.calls import translated
from virtsdk.binding.protocol import VirConnect
from virtsdk.resources.figures.clock import timed
from virtsdk.resources.host.topology import known_topology
from virtsdk.stats.samples.node import NodeStats, RawNode, node_frames
from virtsdk.stats.samples.times import utc

if TYPE_CHECKING:
    from virtsdk.resources.host import Host

_ALL = -1  # all CPUs, all cells


@dataclass(frozen=True)
class NodeFigures:
    """Figures of a node: libvirt's keys (kernel, user, idle, iowait in ns; total, free ... in KiB)."""

    cpus: dict[int, dict[str, int]]
    total: dict[str, int]
    memory: dict[str, int]
    cells: dict[int, dict[str, int]]


def read_node_figures(conn: VirConnect) -> NodeFigures:
    """Read the CPU times of each online CPU and of all, and the memory of each NUMA cell and of all.

    What the driver does not have is empty.
    """
    online = _numbers(conn)
    return NodeFigures(
        cpus={cpu: given for cpu in online if (given := _ask(conn, "getCPUStats", cpu))},
        total=_ask(conn, "getCPUStats", _ALL),
        memory=_ask(conn, "getMemoryStats", _ALL),
        cells={cell: given for cell in _cells(conn) if (given := _ask(conn, "getMemoryStats", cell))},
    )


def _cells(conn: VirConnect) -> Iterable[int]:
    """Return the numbers of the NUMA cells: they can have gaps, which only the topology tells."""
    known = known_topology(conn)
    return range(int(conn.getInfo()[4])) if known is None else known.cells


def _numbers(conn: Any) -> list[int]:
    """Return the numbers of the CPUs that are online."""
    try:
        with translated("read the CPU map of", "the node"):
            _, online, _ = conn.getCPUMap(0)
    except errors.NotSupported:
        return list(range(int(conn.getInfo()[2])))
    return [number for number, on in enumerate(online) if on]


def _ask(conn: Any, call: str, number: int) -> dict[str, int]:
    try:
        with translated("read the figures of", "the node"):
            given: dict[str, int] = getattr(conn, call)(number, 0)
    except (errors.NotSupported, errors.InvalidArgument):  # a driver without them, a cell without memory
        return {}
    return given


def read_pressure(folder: Path = Path("/proc/pressure")) -> list[dict[str, object]]:
    """Read how long tasks on this machine waited for a resource: the kernel's pressure stall information.

    Empty where its kernel does not keep it.
    """
    rows: list[dict[str, object]] = []
    for resource in ("cpu", "memory", "io"):
        try:
            lines = (folder / resource).read_text(encoding="ascii").splitlines()
        except OSError:  # not built in, or switched off
            continue
        for line in lines:
            share, *fields = line.split()
            total = dict(one.split("=") for one in fields)["total"]
            rows.append({"resource": resource, "share": share, "total": int(total)})
    return rows


def collect_node(host: Host, *, timeout: float | None = None) -> NodeStats:
    """Read what a host itself counts; `Host.node_stats` is the same.

    Parameters
    ----------
    host
        An open host.
    timeout
        Seconds; None for the connection's own.
    """
    raw = read_node(host, timeout=timeout)
    return node_frames(raw.figures, host=raw.host, time=raw.time, clock=raw.clock)


def read_node(host: Host, *, timeout: float | None = None) -> RawNode:
    """Read the same, and make no frames of it yet.

    Parameters
    ----------
    host
        An open host.
    timeout
        Seconds; None for the connection's own.
    """
    node = f"node {host.name!r}"
    read, moment = timed(
        lambda: host.session.call("read the figures of", node, read_node_figures, timeout=timeout)
    )
    rows = {
        "node.cpus": [{"cpu": cpu, **given} for cpu, given in read.cpus.items()],
        "node.total": [read.total] if read.total else [],
        "node.memory": [read.memory] if read.memory else [],
        "node.cells": [{"cell": cell, **given} for cell, given in read.cells.items()],
        "node.pressure": read_pressure() if _is_here(host) else [],
    }
    return RawNode(rows, host.name, utc(moment.time), moment.clock)


def _is_here(host: Host) -> bool:
    """Whether the host is this machine, as far as its URI tells."""
    parts = urlsplit(host.uri)
    transport = parts.scheme.partition("+")[2]
    return not parts.hostname and transport in ("", "unix") and host.driver in ("qemu", "lxc", "xen", "ch")
