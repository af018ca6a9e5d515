"""Series with labels to readings: by the rules of the presets, with hosts and domains named alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from virtsdk.display.text import shorten
from virtsdk.history.importers.notes import UNKNOWN, Notes
from virtsdk.history.importers.prometheus.answers import Raw
from virtsdk.history.importers.prometheus.naming import Hosts, Naming
from virtsdk.history.importers.prometheus.presets import FAMILIES, Rule
from virtsdk.history.importers.readings import Key, Lives, Part, Reading, Times
from virtsdk.words import DOMAIN_STATES

_OFF: Final = ("succeeded", "failed", "stopped")
_NOT_YET: Final = ("pending", "scheduling", "scheduled", "unset", "waitingforsync")
_QUEER: Final = 20_000.0
"""Seconds that a vCPU ran in a second, above which the counter is in nanoseconds: above what a jump after
repeated samples can be."""


@dataclass(slots=True)
class Translated:
    """What series say: readings, and facts beside them."""

    readings: list[Reading] = field(default_factory=list[Reading])
    lives: Lives = field(default_factory=Lives)
    boots: dict[str, Times] = field(default_factory=dict[str, Times])  #: by host, when it booted (µs)


def merged(series: Iterable[Raw]) -> list[Raw]:
    """Put series with the same labels together: a source may be several files."""
    found: dict[tuple[tuple[str, str], ...], list[Raw]] = {}
    for one in series:
        found.setdefault(tuple(sorted(one.labels.items())), []).append(one)
    return [
        group[0]
        if len(group) == 1
        else Raw(
            group[0].labels,
            np.concatenate([one.times for one in group]),
            np.concatenate([one.values for one in group]),
        )
        for group in found.values()
    ]


def translate(
    series: Iterable[Raw], rules: Mapping[str, tuple[Rule, ...]], naming: Naming, notes: Notes, source: str
) -> Translated:
    """Make readings of series.

    Parameters
    ----------
    series
        Each set of labels once.
    rules
        By metric.
    naming
        Of hosts and domains.
    notes
        What is not taken is told there.
    source
        What messages call it.

    Raises
    ------
    RecordingError
        A series does not say which host it is of.
    """
    series = [one for one in series if len(one.times)]
    work = _Translator(Hosts(series, naming, notes), notes, source)
    for one in series:
        metric = one.labels.get("__name__", "")
        known = rules.get(metric)
        if known is None:
            if metric:
                ours = metric.startswith(FAMILIES)
                notes.leave_out(metric, UNKNOWN if ours else "not a figure of a preset", 1, len(one.times))
            continue
        fitting = [
            rule for rule in known if rule.where is None or one.labels.get(rule.where[0]) == rule.where[1]
        ]
        if not fitting:
            notes.leave_out(metric, "no preset knows these labels of it", 1, len(one.times))
        elif "known" in fitting[0].how:
            notes.leave_out(metric, fitting[0].remark, 1, len(one.times))
        else:
            for rule in fitting:
                work.take(one, metric, rule)
    return work.done()


class _Translator:
    def __init__(self, hosts: Hosts, notes: Notes, source: str) -> None:
        self.found = Translated()
        self._doubtful: dict[str, list[Reading]] = {}
        self._hosts = hosts
        self._notes = notes
        self._source = source

    def take(self, one: Raw, metric: str, rule: Rule) -> None:
        """Take what a rule says of a series."""
        if "nodename" in rule.how:
            return
        host = self._hosts.of(one, said(one.labels), self._source)
        if "boot" in rule.how:
            booted = np.unique(np.rint(one.values[np.isfinite(one.values)] * 1e6).astype(np.int64))
            self.found.boots[host] = np.union1d(self.found.boots.get(host, booted), booted)
            return
        name, uuid = self._hosts.domain(one, metric, rule)
        if name is None:
            lack = f"it has no label {self._hosts.domain_labels(metric)}"
            self._notes.leave_out(metric, lack, 1, len(one.times))
            return
        uuid = one.labels.get(rule.how["uuid"], "") if "uuid" in rule.how else uuid
        if uuid:
            self.found.lives.setdefault((host, name), []).append((int(one.times.min()), uuid))
        if rule.column:
            self._figure(one, metric, rule, host, name)

    def done(self) -> Translated:
        """Return what was taken; seconds of a host that are nanoseconds are divided, all of them."""
        for host, readings in self._doubtful.items():
            if any(_nanoseconds(one) for one in readings):
                for one in readings:
                    one.values = one.values / 1e9
                    said = "nanoseconds under a name that says seconds, as of older KubeVirt: divided"
                    self._notes.add(said, one.key.frame, one.key.column, host=host)
        return self.found

    def _figure(self, one: Raw, metric: str, rule: Rule, host: str, name: str) -> None:
        part = _part(rule, one.labels, self._hosts.naming)
        if part is None:
            lack = f"it has no label {' '.join(rule.part)}, or none of its kind"
            self._notes.leave_out(metric, lack, 1, len(one.times))
            return
        times, values = one.times, one.values
        state = rule.how.get("state")
        if state:
            code = _state(one.labels.get(state, ""))
            times = times[values == 1]
            values = np.full(len(times), code, dtype=np.float64)
        reading = Reading(
            Key(rule.frame, rule.column, host, name, part), times, values, said(one.labels),
            "sum" in rule.how, "joined" in rule.how or bool(state), rule.rank, one.labels,
        )  # fmt: skip
        if "ns" in rule.how:
            self._doubtful.setdefault(host, []).append(reading)
        if rule.remark:
            self._notes.add(f"{metric}: {rule.remark}", rule.frame, rule.column)
        self.found.readings.append(reading)


def said(labels: Mapping[str, str]) -> str:
    """Write labels as Prometheus does, shortened."""
    inner = ", ".join(f'{key}="{value}"' for key, value in labels.items() if key != "__name__")
    return shorten(f"{labels.get('__name__', '')}{{{inner}}}", 200)


def _part(rule: Rule, labels: Mapping[str, str], naming: Naming) -> Part | None:
    """Return what tells the part apart; None where its label is missing."""
    found: list[Any] = []
    for label in rule.part:
        if label.startswith("="):
            found.append(label[1:])
            continue
        value: Any = labels.get(naming.labels.get(label, label))
        if value is None:
            return None
        found.append(value)
    if rule.frame in ("vcpus", "node.cpus", "node.cells"):
        if not found[0].isdecimal() or len(found[0]) > 9:
            return None
        return (int(found[0]),)
    return tuple(found) if rule.frame != "storage.pools" else ()


def _state(phase: str) -> float:
    """Return libvirt's number of a state, by its name or KubeVirt's phase; NaN where that says nothing."""
    word = phase.lower()
    if word in DOMAIN_STATES:
        return float(DOMAIN_STATES.index(word))
    if word in _OFF or word in _NOT_YET:
        return float(DOMAIN_STATES.index("shutoff"))
    return float("nan")


def _nanoseconds(reading: Reading) -> bool:
    """Tell whether a vCPU's seconds grow as nanoseconds do."""
    order = np.argsort(reading.times, kind="stable")
    grown, apart = np.diff(reading.values[order]), np.diff(reading.times[order]) / 1e6
    rates = grown[(grown > 0) & (apart > 0)] / apart[(grown > 0) & (apart > 0)]
    return bool(len(rates)) and float(np.median(rates)) > _QUEER
