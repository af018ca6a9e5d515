"""What exporters call our columns: ``presets.csv`` as rules, and the names of virtsdk's own exporter."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from virtsdk.display import listing
from virtsdk.history.columns import recorded
from virtsdk.stats.columns.metric import KEYS, LABELS

PRESETS: Final = {
    "inovex": "prometheus-libvirt-exporter of inovex",
    "tinkoff": "libvirt-exporter of Tinkoff, and AlexZzz's before it",
    "kumina": "libvirt_exporter of kumina",
    "kubevirt": "KubeVirt's virt-handler",
    "node": "Prometheus's node_exporter",
    "virtsdk": "virtsdk exporter",
}
"""The exporters that are known, by the names of their presets."""
OWN: Final = "virtsdk_"
"""What the names of virtsdk's own exporter begin with, before frame and column."""
FAMILIES: Final = ("libvirt_", "kubevirt_vmi_", OWN)
"""What names of figures begin with; of others nobody expects that they are taken."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that a metric says.

    Attributes
    ----------
    presets
        Exporters that have it.
    frame, column
        Ours; empty where it says something else.
    part
        Labels that tell parts apart, or ``=word`` for a word itself.
    where
        A label and the value that it is to have; empty for all.
    how
        Words: ``sum`` (several add up), ``joined:LABEL`` (alternate by a label), ``ns`` (was nanoseconds in
        some versions), ``state:LABEL`` (the label that is 1 is the state), ``uuid:LABEL``, ``boot``,
        ``nodename``, ``known`` (and not needed).
    remark
        Why it is not needed, or what to know.
    rank
        The place in the table: of two that say the same the first counts.
    """

    presets: frozenset[str]
    frame: str
    column: str
    part: tuple[str, ...]
    where: tuple[str, str] | None
    how: Mapping[str, str]
    remark: str
    rank: int


@dataclass(frozen=True, slots=True)
class Family:
    """Labels that say whose figures they are."""

    host: str
    domain: tuple[str, ...]
    uuid: str


_FAMILY: Final = {
    "kubevirt_": Family("node", ("namespace", "name"), ""),
    OWN: Family("host", ("name",), "domain"),
}
_USUAL: Final = Family("instance", ("domain",), "uuid")


def family_of(metric: str) -> Family:
    """Return which labels of a metric say whose it is."""
    return next((family for prefix, family in _FAMILY.items() if metric.startswith(prefix)), _USUAL)


@cache
def _table() -> dict[str, tuple[Rule, ...]]:
    text = (
        resources.files("virtsdk.history.importers.prometheus")
        .joinpath("presets.csv")
        .read_text(encoding="utf-8")
    )
    found: dict[str, list[Rule]] = {}
    for rank, row in enumerate(csv.DictReader(text.splitlines())):
        label, _, value = row["where"].partition("=")
        words = [word.partition(":") for word in row["how"].split()]
        how = {word: value for word, _, value in words}
        rule = Rule(
            frozenset(row["preset"].split()), row["frame"], row["column"], tuple(row["part"].split()),
            (label, value) if label else None, how, row["remark"], rank,
        )  # fmt: skip
        found.setdefault(row["metric"], []).append(rule)
    for frame, columns in recorded().items():
        if frame in KEYS:
            for column, rule in _own(frame, columns):
                timed = columns[column].startswith("datetime")
                found.setdefault(own_name(frame, column), [rule])
                found.setdefault(short_name(frame, column) + ("_timestamp_seconds" if timed else ""), [rule])
    return {name: tuple(rules) for name, rules in found.items()}


def _own(frame: str, columns: Mapping[str, str]) -> list[tuple[str, Rule]]:
    """Return the rules for virtsdk's own exporter: its names are those of the catalogue."""
    keys = KEYS[frame]
    parts = tuple(key for key in keys if key not in ("host", "domain", "storage_pool"))
    rules: list[tuple[str, Rule]] = []
    for column, dtype in columns.items():
        labels = (*keys, *LABELS.get(frame, ()), "time")
        if column in labels or (dtype == "str" and column != "state"):
            continue
        how = {"state": "state"} if column == "state" else {}
        rules.append((column, Rule(frozenset({"virtsdk"}), frame, column, parts, None, how, "", 0)))
    return rules


def own_name(frame: str, column: str) -> str:
    """Return what virtsdk's exporter calls a column.

    Examples
    --------
    >>> own_name("domains", "cpu_time_seconds_total"), own_name("node.total", "user_seconds_total")
    ('virtsdk_domains_cpu_time_seconds_total', 'virtsdk_node_total_user_seconds_total')
    """
    return f"{OWN}{frame.replace('.', '_')}_{column}"


def short_name(frame: str, column: str) -> str:
    """Return what a fleet's exporter calls a column: the frame in the singular.

    Examples
    --------
    >>> short_name("disks", "read_bytes_total"), short_name("node.memory", "memory_free_bytes")
    ('virtsdk_disk_read_bytes_total', 'virtsdk_node_memory_free_bytes')
    """
    return f"{OWN}{'node' if frame == 'node.memory' else frame.replace('.', '_').removesuffix('s')}_{column}"


def rules_for(presets: Collection[str] | str | None) -> dict[str, tuple[Rule, ...]]:
    """Return the rules of some exporters by metric.

    Raises
    ------
    ValueError
        There is none of that name.
    """
    if presets is None:
        return _table()
    wanted = {presets} if isinstance(presets, str) else set(presets)
    for name in sorted(wanted - PRESETS.keys()):
        raise ValueError(f"preset must be one of {listing.names(PRESETS, 10)}, not {name!r}")
    chosen = {
        metric: tuple(rule for rule in rules if rule.presets & wanted) for metric, rules in _table().items()
    }
    return {metric: rules for metric, rules in chosen.items() if rules}


def told(metrics: Mapping[str, str]) -> dict[str, tuple[Rule, ...]]:
    """Return the rules that a person gives: ``{"my_cpu_seconds": "domains.cpu_time_seconds_total"}``.

    Raises
    ------
    ValueError
        There is no such frame or column.
    """
    rules: dict[str, tuple[Rule, ...]] = {}
    for metric, place in metrics.items():
        frame, _, column = str(place).rpartition(".")
        if frame not in KEYS or frame not in recorded():
            raise ValueError(
                f"metrics[{metric!r}] must be 'frame.column' of the catalogue, for example "
                f"'domains.cpu_time_seconds_total', not {place!r}"
            )
        known = recorded()[frame]
        if column not in known:
            raise ValueError(f"metrics[{metric!r}]: frame {frame!r} has no column {column!r}")
        parts = tuple(key for key in KEYS[frame] if key not in ("host", "domain", "storage_pool"))
        how = {"state": "state"} if column == "state" else {}
        rules[metric] = (Rule(frozenset(), frame, column, parts, None, how, "", -1),)
    return rules
