"""Figures of hosts as metric families: the catalogue's names and help, labels and values, for any writer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, NamedTuple

import pandas as pd

from virtsdk.stats import catalogue
from virtsdk.stats.columns.metric import GRAINS, KEYS

PREFIX = "virtsdk"
_FACTS = {  # what is text or a name about a part, on a metric of its own
    "disks": ("device", "bus", "source", "path"),
    "nics": ("mac", "network"),
}
_STATES = {"domains": "state", "vcpus": "state"}


class Column(NamedTuple):
    """A column of a frame that is exported."""

    frame: str
    column: str
    name: str
    counter: bool
    help: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The frames of a host, when they were asked for (monotonic seconds), and their time (since 1970)."""

    frames: Mapping[str, pd.DataFrame]
    at: float
    taken: float


@dataclass(frozen=True)
class Labels:
    """The labels of many samples: their names, and a row of values for each."""

    names: Sequence[str]
    rows: Sequence[tuple[str, ...]]

    @cached_property
    def texts(self) -> list[str]:
        """The labels as they stand in a page; made once for all columns of a frame."""
        begins = [f'{name}="' for name in self.names]
        return [
            "{"
            + ",".join([f'{begin}{_escaped(value)}"' for begin, value in zip(begins, row, strict=True)])
            + "}"
            for row in self.rows
        ]


class Family(NamedTuple):
    """A metric and its samples: `values` are those of the rows `places` of the labels."""

    name: str
    counter: bool
    help: str
    labels: Labels
    places: Sequence[int]
    values: Sequence[float]


def families(
    readings: Mapping[str, Reading], up: Mapping[str, bool], taken: Mapping[str, float]
) -> Iterator[Family]:
    """Yield the metrics of what was read.

    Parameters
    ----------
    readings
        By host.
    up
        Which hosts answered the last time.
    taken
        When the newest figures of hosts were taken (since 1970), also of those that do not answer any more.
    """
    yield _of_hosts(
        "host_up", "Whether the host answered the last time.", {k: float(v) for k, v in up.items()}
    )
    told = "When the newest figures of the host were taken; a host that is not up has none here."
    yield _of_hosts("host_last_success_timestamp_seconds", told, taken)
    for frame in dict.fromkeys(column.frame for column in exported()):
        parts = [one.frames[frame] for one in readings.values() if len(one.frames.get(frame, ()))]
        if parts:
            yield from _of_frame(frame, pd.concat(parts, ignore_index=True))


def page(found: Iterable[Family]) -> str:
    """Write families in Prometheus's text format; as prometheus-client does, and faster by its size."""
    parts: list[str] = []
    for one in found:
        told = one.help.replace("\\", r"\\").replace("\n", r"\n")
        parts.append(f"# HELP {one.name} {told}")
        parts.append(f"# TYPE {one.name} {'counter' if one.counter else 'gauge'}")
        texts, name = one.labels.texts, one.name
        parts += [
            f"{name}{texts[place]} {value!r}" for place, value in zip(one.places, one.values, strict=True)
        ]
    return "\n".join([*parts, ""])


def _of_hosts(name: str, told: str, values: Mapping[str, float]) -> Family:
    labels = Labels(["host"], [(one,) for one in values])
    return Family(f"{PREFIX}_{name}", False, told, labels, range(len(values)), list(values.values()))


def _of_frame(frame: str, rows: pd.DataFrame) -> Iterator[Family]:
    keys = _keys(frame, rows.columns)
    rows = rows[~rows.duplicated(keys, keep=False)]  # of series that are alike Prometheus takes any
    labels = Labels(keys, _texts(rows, keys))
    for column in exported():
        if column.frame != frame or column.column not in rows.columns:
            continue
        values = _numbers(rows[column.column])
        known = values.notna().to_numpy(dtype=bool).nonzero()[0]
        if len(known):
            figures: list[float] = values.iloc[known].tolist()
            yield Family(column.name, column.counter, column.help, labels, known.tolist(), figures)
    stem = f"{PREFIX}_{_singular(frame)}"
    state = _STATES.get(frame)
    if state is not None and state in rows.columns:
        told = rows[rows[state].notna()]
        named = Labels([*keys, state], _texts(told, [*keys, state]))
        yield _ones(f"{stem}_state", "The state that it is in, as a label; 1.", named)
    facts = [one for one in _FACTS.get(frame, ()) if one in rows.columns]
    if facts:
        named = Labels([*keys, *facts], _texts(rows, [*keys, *facts]))
        yield _ones(f"{stem}_info", "What it is, as labels; 1.", named)


def _ones(name: str, told: str, labels: Labels) -> Family:
    return Family(name, False, told, labels, range(len(labels.rows)), [1.0] * len(labels.rows))


def _texts(rows: pd.DataFrame, columns: Sequence[str]) -> list[tuple[str, ...]]:
    texts: list[list[str]] = [
        rows[one].astype("object").where(rows[one].notna(), "").astype("str").tolist() for one in columns
    ]
    return list(zip(*texts, strict=True))


def _escaped(value: str) -> str:
    if "\\" in value or '"' in value or "\n" in value:
        return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
    return value


@cache
def exported() -> tuple[Column, ...]:
    """Return the columns that become metrics: counters, gauges and flags of the live frames."""
    live = [*GRAINS, *(name for name in KEYS if name.startswith("node."))]
    found: list[Column] = []
    for row in catalogue().to_dict("records"):
        frame, column = str(row["frame"]), str(row["column"])
        if frame not in live or row["kind"] not in {"counter", "gauge"} or column in KEYS[frame]:
            continue
        if row["dtype"] == "str":
            continue
        timed = str(row["dtype"]).startswith("datetime")
        name = f"{PREFIX}_{_singular(frame)}_{column}{'_timestamp_seconds' if timed else ''}"
        told = " ".join(filter(None, (row["meaning"], row["trust"])))
        found.append(Column(frame, column, name, row["kind"] == "counter", told))
    return tuple(found)


def _singular(frame: str) -> str:
    """Return the frame's part of a metric's name; the columns of the node's memory say memory themselves."""
    return "node" if frame == "node.memory" else frame.replace(".", "_").removesuffix("s")


def _keys(frame: str, columns: Iterable[str]) -> list[str]:
    there = set(columns)
    return [one for one in dict.fromkeys(["host", *KEYS[frame], "name"]) if one in there]


def _numbers(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column as floats; a time as seconds since 1970, a flag as 0 or 1."""
    if column.dtype.kind == "M":
        since = (column - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(1, unit="s")
        return since.astype("Float64")
    return column.astype("Float64")
