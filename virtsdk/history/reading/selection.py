"""Which rows a question is about, and which row groups can have some of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from virtsdk.history.parquet.arrow import Table, pa, pc

BOUNDED = ("host", "domain", "time")  # columns whose least and largest value each row group tells
Place = tuple[str, str]
"""A host and the UUID of a domain: where its rows are in the order of files."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Selection of rows; None is no limit.

    Attributes
    ----------
    start, end
        µs since 1970; the end itself is not in it.
    hosts
        Names.
    domains
        UUIDs or names, for frames that have domains.
    after, until
        Host and UUID: only what comes after the one, and nothing that comes after the other, in the order of
        hosts and then of domains; for frames that have domains.
    """

    start: int | None = None
    end: int | None = None
    hosts: frozenset[str] | None = None
    domains: frozenset[str] | None = None
    after: Place | None = None
    until: Place | None = None

    @property
    def _is_bounded(self) -> bool:
        return self.after is not None or self.until is not None

    def columns(self, there: Iterable[str]) -> list[str]:
        """Return the columns that it takes to tell, of those that there are."""
        wanted = {
            "time": self.start is not None or self.end is not None,
            "host": self.hosts is not None or self._is_bounded,
            "domain": self.domains is not None or self._is_bounded,
            "name": self.domains is not None,
        }
        return [name for name in there if wanted.get(name)]

    def may_be_in(self, group: Group) -> bool:
        """Tell whether a row group can hold such rows."""
        hosts, domains, times = (group.bounds.get(key) for key in BOUNDED)
        if times and self.start is not None and times[1] < self.start:
            return False
        if times and self.end is not None and times[0] >= self.end:
            return False
        if hosts and self.hosts is not None and not any(hosts[0] <= one <= hosts[1] for one in self.hosts):
            return False
        if not (hosts and domains and hosts[0] == hosts[1]):  # domains of several hosts are in no order
            if hosts and self.after is not None and hosts[1] < self.after[0]:
                return False
            return not (hosts and self.until is not None and hosts[0] > self.until[0])
        if self.after is not None and (hosts[1], domains[1]) <= self.after:
            return False
        return self.until is None or (hosts[0], domains[0]) <= self.until

    def filter(self, table: Table) -> Table:
        """Return the rows of a table that are asked for."""
        there = set(table.column_names)
        parts: list[Any] = []
        if self.start is not None:
            parts.append(pc.field("time") >= _moment(self.start))
        if self.end is not None:
            parts.append(pc.field("time") < _moment(self.end))
        if self.hosts is not None:
            parts.append(pc.field("host").isin(pa.array(sorted(self.hosts), pa.string())))
        if "domain" in there:
            if self.after is not None:
                parts.append(_beyond(self.after))
            if self.until is not None:
                parts.append(~_beyond(self.until))
            if self.domains is not None:
                wanted = pa.array(sorted(self.domains), pa.string())
                parts.append(pc.field("domain").isin(wanted) | pc.field("name").isin(wanted))
        if not parts:
            return table
        whole = parts[0]
        for part in parts[1:]:
            whole &= part
        return table.filter(whole)


@dataclass(frozen=True, slots=True)
class Group:
    """A row group: how many rows, and the least and largest value of the columns that rows are chosen by."""

    rows: int
    bounds: dict[str, tuple[Any, Any]] = field(default_factory=dict[str, tuple[Any, Any]])


def _beyond(place: Place) -> Any:
    host, domain = place
    return (pc.field("host") > host) | ((pc.field("host") == host) & (pc.field("domain") > domain))


def _moment(microseconds: int) -> Any:
    return pa.scalar(microseconds, pa.timestamp("us", "UTC"))


def group_of(found: Any) -> Group:
    """Read what a footer says of a row group."""
    bounds: dict[str, tuple[Any, Any]] = {}
    for place in range(found.num_columns):
        column = found.column(place)
        if column.path_in_schema not in BOUNDED:
            continue
        told = column.statistics
        if told is not None and told.has_min_max:
            bounds[column.path_in_schema] = (_plain(told.min), _plain(told.max))
    return Group(found.num_rows, bounds)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value
    return int(np.datetime64(value.replace(tzinfo=None), "us").astype(np.int64))
