"""Wide tables: a file for each figure, a column for each domain."""

from __future__ import annotations

import re
from typing import Any

from virtsdk.display import listing
from virtsdk.errors import RecordingError
from virtsdk.history.importers.prometheus.exposition import labels_of
from virtsdk.history.importers.prometheus.naming import without_port
from virtsdk.history.importers.tables.clocks import times_of
from virtsdk.history.importers.tables.figures import KEY_COLUMNS, Figure, figure_of
from virtsdk.history.importers.tables.rows import Table
from virtsdk.history.importers.tables.wanted import Wanted, in_our_units, with_host


def wide_tables(source: Any, said: str, wanted: Wanted, percents: set[Figure]) -> list[Table]:
    """Make a table of each column of a wide file, its head says whose."""
    figure = figure_of(said, said)
    file = wanted.form.open(source)
    if len(file.header) < 2:
        raise RecordingError(f"{file.name}: expected a column of times, and one for each domain")
    time = next((theirs for theirs, ours in (wanted.columns or {}).items() if ours == "time"), file.header[0])
    if time not in file.header:
        raise ValueError(
            f"columns: {file.name} has no column {time!r}; it has {listing.names(file.header, 12)}"
        )
    heads = [one for one in file.header if one != time]
    doubled = [one for one in heads if heads.count(one) > 1]
    if doubled:
        raise RecordingError(f"{file.name} has the column {doubled[0]!r} twice: leave one of them out")
    frame = file.read([time], heads, [])
    if not len(frame):
        raise RecordingError(f"{file.name}: there are no rows")
    moments = times_of(frame[time], file.at, zone=wanted.zone, unit=wanted.time_unit, form=wanted.time_format)
    tables: list[Table] = []
    for head in heads:
        values = in_our_units(frame[head], figure, said, file.at, wanted, percents)
        whose = {key: [word] * len(frame) for key, word in _head(head, wanted, file.name).items()}
        keys = with_host({"time": moments.array, **whose}, wanted, len(frame))
        tables.append(Table(keys, {figure: values}, file.lines, file.place))
    return tables


def _head(head: str, wanted: Wanted, name: str) -> dict[str, str]:
    """Read what heads a column: whose figures are in it."""
    if wanted.names is not None:
        match = re.fullmatch(wanted.names, head)
        if match is None:
            raise RecordingError(f"{name}: names= does not fit the column {head!r}")
        found = {key: value for key, value in match.groupdict().items() if value is not None}
        strange = [key for key in found if key not in KEY_COLUMNS]
        if strange or not found:
            raise ValueError(
                f"names must have groups of {', '.join(KEY_COLUMNS[1:])}, not {strange or 'none'}"
            )
        return found
    if head.rstrip().endswith("}") and "{" in head:
        before, _, rest = head.partition("{")
        labels = labels_of(f"{before.strip() or 'figure'}{{{rest}", f"{name}, column {head!r}")
        found = {
            key: labels[label]
            for key, label in (
                ("name", "domain"), ("name", "name"), ("host", "node"), ("host", "instance"),
                ("domain", "uuid"), ("disk", "target_device"), ("nic", "target_device"),
                ("vcpu", "vcpu"), ("host", "host"),
            )
            if label in labels
        }  # fmt: skip
        if "host" in found:
            found["host"] = without_port(found["host"])
        return found
    return {"name": head.strip()}
