"""The table of every figure that libvirt gives of domains, nodes and storage, and the frame made of it.

The table itself is ``catalogue.csv``, kept by hand: one line a column; ``derived.csv`` has the columns that
are worked out of others, ``other.csv`` the kinds of keys that have no column. ``trust`` says in our words
when a figure misleads. The facts were read from libvirt's sources and its public headers; for ``since`` these
are, in turn:

- of keys with a constant of their own (jobs, perf events, the node), its "Since" in the public headers;
- of other keys of a record, that of their group or of the memory statistic behind them in those headers;
- of ``vcpu.*.delay`` and the cache monitors, the release after the change (March 2021, November 2018);
- of what came after libvirt 9, the releases of libvirt's Go and Perl bindings, which follow the headers.

Where none of these tells, ``since`` is empty, and that only says that the release is not known. (libvirt 11.2
gave constants to the keys of a record: their "Since" is that of the constant, not of the figure.)
"""

from __future__ import annotations

import csv
from importlib import resources

import pandas as pd

from virtsdk.stats.columns.metric import GRAINS, KEYS, Kind, Metric, Unit


def _read(name: str) -> list[dict[str, str]]:
    text = resources.files("virtsdk.stats.columns").joinpath(name).read_text(encoding="utf-8")
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
        libvirt version; empty where that is not known), ``meaning``, ``definition`` (of what is worked out)
        and ``trust`` (when not to believe it; empty where no trap is known). All text. Of the long frame
        ``other`` it is one row a kind of key, and ``column`` is the key.

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
    rows += [_long(row) for row in _read("other.csv")]
    return pd.DataFrame(rows, dtype="str")


def _worked_out(row: dict[str, str]) -> dict[str, str]:
    source = row["frame"].removeprefix("rates.")
    keys = KEYS[{"node": "node.total", "pressure": "node.pressure"}.get(source, source)]
    empty = dict.fromkeys(("key", "libvirt_unit", "reset", "since"), "")
    return {**empty, **row, "grain": ", ".join(keys), "kind": Kind.GAUGE.value}


def _long(row: dict[str, str]) -> dict[str, str]:
    unit = row.pop("unit")
    place = {"frame": "other", "column": row["key"], "grain": "host, domain, key"}
    return {**place, "libvirt_unit": unit, "unit": unit, "dtype": "Float64", "definition": "", **row}
