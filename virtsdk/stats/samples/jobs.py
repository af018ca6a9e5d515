"""Jobs of guests (a migration, a save, a backup), as tidy frames in base units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from virtsdk.display.text import count, size
from virtsdk.stats.columns.catalogue import COLUMNS
from virtsdk.stats.columns.metric import CONVERSIONS, Metric
from virtsdk.stats.samples.convert import anything, text
from virtsdk.stats.samples.plain import Tabled, known, plain_frame
from virtsdk.stats.samples.times import utc

_METRICS: dict[str, Metric] = {
    metric.key.partition(".")[2]: metric for metric in COLUMNS["domain.jobs"].values()
}
_LARGEST = 2**63 - 1


class JobStats(Tabled):
    """Jobs of the guests of a host at one moment; made by `Host.job_stats`."""

    _header = ("name", "operation", "for", "done", "remaining", "at")

    def __init__(
        self, jobs: pd.DataFrame, other: pd.DataFrame, trust: pd.DataFrame, *, host: str, time: pd.Timestamp
    ) -> None:
        self._frames = {"jobs": jobs, "other": other}
        self._trust = trust
        self.host = host
        self.time = time

    @property
    def jobs(self) -> pd.DataFrame:
        """One row per domain with a job: host, domain, name, time, kind, operation, then its figures.

        Seconds since it began, bytes and pages transferred and remaining, rates, downtime; `catalogue` tells
        each of them. ``progress_percent`` and ``memory_dirty_bytes_per_second`` are worked out. A domain that
        is not busy has no row.
        """
        frame = self._frames["jobs"].copy(deep=False)
        total = frame["data_total_bytes"].astype("Float64")
        frame["progress_percent"] = 100 * (1 - frame["data_remaining_bytes"] / total.where(total > 0))
        pages = frame["memory_dirty_pages_per_second"]
        frame["memory_dirty_bytes_per_second"] = pages * frame["memory_page_bytes"]
        return frame

    @property
    def other(self) -> pd.DataFrame:
        """One row per value that `jobs` has no column for: key (libvirt's), time, value (Float64), text."""
        return self._frames["other"].copy(deep=False)

    @property
    def trust(self) -> pd.DataFrame:
        """One row per domain that did not answer: host, domain, name, frame, part, column, reason.

        Whether such a domain has a job is not known.
        """
        return self._trust.copy(deep=False)

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """All frames by name."""
        return {"jobs": self.jobs, "other": self.other}

    def _headline(self) -> str:
        silent = f", {len(self._trust)} without an answer" if len(self._trust) else ""
        return f"{count(len(self._frames['jobs']), 'job')}{silent}"

    def _rows(self) -> list[list[object]]:
        return [
            [
                row["name"],
                known(row["operation"]),
                _words(row["elapsed_seconds"], "{:.1f} s"),
                _words(row["progress_percent"], "{:.0f} %"),
                size(known(row["data_remaining_bytes"])),
                _per_second(row["memory_bytes_per_second"]),
            ]
            for row in self.jobs.to_dict("records")
        ]


def job_frames(
    records: Sequence[tuple[str, str, Mapping[str, object]]],
    reasons: Mapping[str, tuple[str, str]],
    *,
    host: str,
    time: datetime | None = None,
) -> JobStats:
    """Make frames of libvirt's figures of jobs.

    Parameters
    ----------
    records
        One a domain: (uuid, name, what libvirt-python's ``jobStats`` gives). Type 0 is no job.
    reasons
        By UUID the name of a domain that did not answer, and why.
    host, time
        As for `from_records`.
    """
    taken = utc(time)
    ordered = sorted(records, key=lambda record: (record[1], record[0]))
    busy = [(uuid, name, values) for uuid, name, values in ordered if values.get("type")]
    rows: list[dict[str, object]] = []
    rest: list[tuple[str, str, str, object]] = []
    for uuid, name, values in busy:
        fitting = {key: value for key, value in values.items() if _fits(key, value)}
        rows.append({"domain": uuid, "name": name, **fitting})
        rest += [(uuid, name, key, value) for key, value in values.items() if key not in fitting]
    jobs = plain_frame("domain.jobs", rows, host, taken)
    told = [(uuid, name, "domain.jobs", None, "kind", reason) for uuid, (name, reason) in reasons.items()]
    told.sort(key=lambda one: (one[1], one[0]))
    trust = _texts(host, told, ("domain", "name", "frame", "part", "column", "reason"))
    other = _texts(host, [one[:3] for one in rest], ("domain", "name", "key"))
    times = pd.DatetimeIndex([taken] * len(rest), tz="UTC").as_unit("us")
    other = other.assign(time=times, **anything([value for *_, value in rest]))
    return JobStats(jobs, other, trust, host=host, time=taken)


def _fits(key: str, value: object) -> bool:
    """Whether there is a column that can hold it."""
    metric = _METRICS.get(key)
    if metric is None:
        return False
    conversion = CONVERSIONS[metric.unit]
    if conversion.names:
        return isinstance(value, int) and 0 <= value < len(conversion.names)
    if metric.is_figure:
        return isinstance(value, int) and -_LARGEST <= value <= _LARGEST
    return isinstance(value, bool if conversion.dtype == "boolean" else str)


def _texts(host: str, rows: Sequence[tuple[str | None, ...]], names: Sequence[str]) -> pd.DataFrame:
    data = {name: text([row[place] for row in rows]) for place, name in enumerate(names)}
    return pd.DataFrame({"host": text([host] * len(rows)), **data})


def _per_second(value: Any) -> str | None:
    return None if pd.isna(value) else f"{size(value)}/s"


def _words(value: Any, form: str) -> str | None:
    return None if pd.isna(value) else form.format(value)
