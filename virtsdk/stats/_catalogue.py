"""The table of every figure that libvirt gives of domains, nodes and storage, and the frame made of it.

The table itself is ``catalogue.csv``, kept by hand: one line a column; ``derived.csv`` has the columns that
are worked out of others. The facts were read from libvirt's sources and its public header; ``trust`` says in
our words when a figure misleads.
"""

from __future__ import annotations

import csv
from importlib import resources

import pandas as pd

from virtsdk.stats.metric import GRAINS, KEYS, Kind, Metric, Unit


def _read(name: str) -> list[dict[str, str]]:
    text = resources.files("virtsdk.stats").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _metrics() -> tuple[Metric, ...]:
    rows = _read("catalogue.csv")
    return tuple(Metric(unit=Unit(row.pop("unit")), kind=Kind(row.pop("kind")), **row) for row in rows)


METRICS: tuple[Metric, ...] = _metrics()
BY_TEMPLATE: dict[str, Metric] = {metric.template: metric for metric in METRICS if metric.frame in GRAINS}
COLUMNS: dict[str, dict[str, Metric]] = {
    frame: {metric.column: metric for metric in METRICS if metric.frame == frame} for frame in KEYS
}


def counters(frame: str) -> tuple[str, ...]:
    """Return the columns of a frame that only grow: ``("read_requests_total", ...)``."""
    return tuple(name for name, metric in COLUMNS[frame].items() if metric.kind is Kind.COUNTER)


def catalogue() -> pd.DataFrame:
    """Tell what every column of the stats frames is, and when not to trust it.

    Returns
    -------
    pandas.DataFrame
        One row a column, in the order of the frames: ``frame``, ``column``, ``key`` (libvirt's, with the
        varying numbers in braces; empty for what is worked out), ``grain`` (what one row of the frame is),
        ``libvirt_unit`` and ``unit`` (before and after), ``dtype``, ``kind`` (counter, gauge or label),
        ``reset`` (what makes a counter start again), ``present`` (when libvirt gives it), ``since`` (the
        libvirt version, where known), ``meaning``, ``definition`` (of what is worked out) and ``trust``
        (when not to believe it; empty where no trap is known). All text.

    Examples
    --------
    >>> from virtsdk.stats import catalogue
    >>> table = catalogue().set_index(["frame", "column"])
    >>> print(table.loc[("disks", "read_bytes_total"), "key"])
    block.{disk}.rd.bytes
    """
    rows = [
        {
            "frame": metric.frame,
            "column": metric.column,
            "key": metric.key,
            "grain": ", ".join(KEYS[metric.frame]),
            "libvirt_unit": metric.unit.value,
            "unit": metric.conversion.unit,
            "dtype": metric.conversion.dtype,
            "kind": metric.kind.value,
            "reset": metric.reset,
            "present": metric.present,
            "since": metric.since,
            "meaning": metric.meaning,
            "definition": "",
            "trust": metric.trust,
        }
        for metric in METRICS
    ]
    rows += [_worked_out(row) for row in _read("derived.csv")]
    return pd.DataFrame(rows, dtype="str")


def _worked_out(row: dict[str, str]) -> dict[str, str]:
    source = row["frame"].removeprefix("rates.")
    keys = KEYS[{"node": "node.total", "pressure": "node.pressure"}.get(source, source)]
    empty = dict.fromkeys(("key", "libvirt_unit", "reset", "since"), "")
    return {**empty, **row, "grain": ", ".join(keys), "kind": Kind.GAUGE.value}
