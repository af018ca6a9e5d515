"""`import_csv` and `import_parquet`: tables of one's own, long or wide."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Literal, cast

import numpy as np
import pandas as pd

from virtsdk.display import listing
from virtsdk.errors import RecordingError
from virtsdk.history.importers.imported import Imported
from virtsdk.history.importers.notes import Notes
from virtsdk.history.importers.prometheus.exposition import labels_of
from virtsdk.history.importers.prometheus.naming import without_port
from virtsdk.history.importers.sources import Source, name_of, sources_of
from virtsdk.history.importers.tables.clocks import times_of
from virtsdk.history.importers.tables.figures import (
    KEY_COLUMNS,
    METRIC,
    PERCENT,
    VALUE,
    Figure,
    factor_of,
    figure_of,
    is_figure,
)
from virtsdk.history.importers.tables.files import Csv, File, Parquet, Where, numbers_of
from virtsdk.history.importers.tables.finishing import Ending, finished
from virtsdk.history.importers.tables.rows import Table, states
from virtsdk.stats.change.bins import zone_of
from virtsdk.stats.change.spacing import Interval
from virtsdk.stats.samples.times import TimeUnit


def import_csv(
    source: Source | Iterable[Source] | Mapping[str, Source],
    *,
    columns: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    tz: str | tzinfo | None = None,
    time_unit: TimeUnit | None = None,
    time_format: str | None = None,
    host: str | None = None,
    names: str | None = None,
    sizes: pd.DataFrame | None = None,
    label: Literal["start", "end"] = "end",
    interval: Interval | None = None,
    separator: str = ",",
    decimal: str = ".",
) -> Imported:
    r"""Take figures out of CSV files.

    Parameters
    ----------
    source
        A file or several, also compressed by gzip, with a row for each domain (or part of one) and time; or
        with the name of a figure and its value in columns. Or wide files by figure, with a column for each
        domain: ``{"cpu_used_vcpus": "cpu.csv", "memory_used_bytes": "memory.csv"}``.
    columns
        What their columns are: ``{"ts": "time", "vm": "name", "hv": "host", "cpu": "cpu_used_vcpus"}``. Keys
        are ``time``, ``host``, ``name``, ``domain`` (the UUID), and ``vcpu``, ``disk``, ``nic``, ``cpu``.
        Figures are columns of a usage frame, or ``"frame.column"`` of the catalogue
        (``"disks.read_bytes_total"``; ``..._per_second`` where it is a rate already). ``metric`` and
        ``value`` stand for the columns that have the name of a figure, and the figure. None where the columns
        are called so already.
    units
        Units of their columns where they are not ours: ``{"mem": "MiB", "cpu": "percent"}``; ``percent`` is
        of the guest's vCPUs or memory, ``percent of a CPU`` as top has it.
    tz
        The zone of times that name none.
    time_unit
        Of times that are numbers since 1970: ``"s"``, ``"ms"``, ``"us"`` or ``"ns"``.
    time_format
        Of texts that are not like ``2026-03-01 12:00:00``, as ``strptime`` has it.
    host
        The host, where no column tells it.
    names
        Of wide files: a regular expression with groups ``host``, ``name``, ``domain``, ``vcpu``, ``disk``,
        ``nic`` for what heads a column. None where that is a domain's name, or labels as Prometheus writes
        them (``{domain="web1", instance="kvm7:9177"}``).
    sizes
        What the domains have, where the files do not say: ``name``, ``vcpus``, ``memory_bytes``, as
        ``host.stats().domains``.
    label
        Whether the time of a rate is the start or the end of the interval that it is of.
    interval
        How far apart rows are meant to be; the median where it is left out.
    separator, decimal
        Between columns, and in numbers.

    Returns
    -------
    Imported
        ``.usage()``, ``.rates()``, ``.trust``, ``.left_out`` (columns that were not taken),
        ``.save(directory)``.

    Raises
    ------
    RecordingError
        A file cannot be read, or a row has what cannot be; the message names file, line and what to do.
    ValueError
        `columns`, `units` or another argument says what there is not.

    Examples
    --------
    >>> import io
    >>> text = "ts,vm,cpu,mem\n2026-03-01 12:00,web1,25,2048\n2026-03-01 12:05,web1,75,2048\n"
    >>> found = import_csv(
    ...     io.StringIO(text), tz="UTC", host="kvm7",
    ...     columns={"ts": "time", "vm": "name", "cpu": "cpu_used_vcpus", "mem": "memory_used_bytes"},
    ...     units={"cpu": "percent", "mem": "MiB"},
    ...     sizes=pd.DataFrame({"name": ["web1"], "vcpus": [4], "memory_bytes": [8 * 2**30]}),
    ... )
    >>> found.usage(every=None)[["name", "seconds", "vcpus", "cpu_used_vcpus", "memory_used_bytes"]]
       name  seconds  vcpus  cpu_used_vcpus  memory_used_bytes
    0  web1    300.0      4             1.0         2147483648
    1  web1    300.0      4             3.0         2147483648
    """
    form = Csv(separator, decimal)
    wanted = _Wanted(columns, units or {}, zone_of(tz), time_unit, time_format, host, names, form)
    return _imported(source, wanted, Ending(sizes, label, interval))


def import_parquet(
    source: Source | Iterable[Source] | Mapping[str, Source],
    *,
    columns: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    tz: str | tzinfo | None = None,
    time_unit: TimeUnit | None = None,
    host: str | None = None,
    names: str | None = None,
    sizes: pd.DataFrame | None = None,
    label: Literal["start", "end"] = "end",
    interval: Interval | None = None,
) -> Imported:
    """Take figures out of Parquet files; parameters, result and errors as of `import_csv`.

    Parameters
    ----------
    source, columns, units, tz, time_unit, host, names, sizes, label, interval
        As of `import_csv`.

    Returns
    -------
    Imported
        As of `import_csv`.

    Raises
    ------
    RecordingError, ValueError
        As of `import_csv`; rows are counted from 0.
    """
    wanted = _Wanted(columns, units or {}, zone_of(tz), time_unit, None, host, names, Parquet())
    return _imported(source, wanted, Ending(sizes, label, interval))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be taken, and how."""

    columns: Mapping[str, str] | None
    units: Mapping[str, str]
    zone: tzinfo | None
    time_unit: TimeUnit | None
    time_format: str | None
    host: str | None
    names: str | None
    form: Csv | Parquet


def _imported(source: Any, wanted: _Wanted, ending: Ending) -> Imported:
    notes, tables, percents = Notes(), list[Table](), set[Figure]()
    if isinstance(source, Mapping):
        files = list(cast("Mapping[Any, Any]", source).items())
        if not files:
            raise ValueError("source must be files by figure, {'cpu_used_vcpus': 'cpu.csv'}, not nothing")
        for figure, one in files:
            tables += _wide(one, str(figure), wanted, percents)
        named = listing.names([name_of(one) for _, one in files], 3)
    else:
        if wanted.names is not None:
            raise TypeError("names is of wide files: give them by figure, {'cpu_used_vcpus': 'cpu.csv'}")
        given = sources_of(source)
        for one in given:
            tables += _long(one, wanted, notes, percents)
        named = listing.names([name_of(one) for one in given], 3)
    return finished(tables, ending, notes, named, percents)


# --- long ------------------------------------------------------------


def _long(source: Any, wanted: _Wanted, notes: Notes, percents: set[Figure]) -> list[Table]:
    file = wanted.form.open(source)
    columns = _columns(file, wanted)
    unknown = [one for one in file.header if one not in columns]
    for one in unknown:
        notes.leave_out(one, "columns= does not name it", 1, 0)
    keys = {ours: theirs for theirs, ours in columns.items() if ours in KEY_COLUMNS}
    if "time" not in keys:
        raise RecordingError(
            f"{file.name}: no column is called the time: columns={{'THEIRS': 'time'}}; there are "
            f"{listing.names(file.header, 12)}"
        )
    metric = next((theirs for theirs, ours in columns.items() if ours == METRIC), None)
    value = next((theirs for theirs, ours in columns.items() if ours == VALUE), None)
    if (metric is None) != (value is None):
        raise ValueError("columns must name both of 'metric' and 'value', or neither")
    texts = [*keys.values(), *([metric] if metric else [])]
    own = {theirs: figure_of(ours, theirs) for theirs, ours in columns.items()
           if theirs in file.header and ours not in (*KEY_COLUMNS, METRIC, VALUE)}  # fmt: skip
    frame = file.read(texts, [theirs for theirs, one in own.items() if one.column != "state"], [
        *(theirs for theirs, one in own.items() if one.column == "state"), *([value] if value else []),
    ])  # fmt: skip
    if not len(frame):
        raise RecordingError(f"{file.name}: there are no rows")
    moments = times_of(
        frame[keys["time"]], file.at, zone=wanted.zone, unit=wanted.time_unit, form=wanted.time_format
    )
    whose = {key: frame[theirs].array for key, theirs in keys.items() if key != "time"}
    if metric is not None and value is not None:
        return _by_metric(frame, file, moments, whose, (metric, value), columns, wanted, notes, percents)
    figures: dict[Figure, Any] = {}
    for theirs, figure in own.items():
        figures[figure] = _figure(frame[theirs], figure, theirs, file.at, wanted, percents)
    if not figures:
        raise RecordingError(
            f"{file.name}: no column is a figure: columns={{'THEIRS': 'cpu_used_vcpus'}}; there are "
            f"{listing.names(file.header, 12)}"
        )
    return [
        Table(
            _with_host({"time": moments.array, **whose}, wanted, len(frame)), figures, file.lines, file.place
        )
    ]


def _by_metric(
    frame: pd.DataFrame, file: File, moments: Any, whose: dict[str, Any], pair: tuple[str, str],
    columns: Mapping[str, str], wanted: _Wanted, notes: Notes, percents: set[Figure],
) -> list[Table]:  # fmt: skip
    """Make a table of each figure whose name is in a column."""
    tables: list[Table] = []
    for name, rows in frame.groupby(pair[0], sort=True).indices.items():
        said = columns.get(str(name), str(name))
        if not is_figure(said):
            notes.leave_out(str(name), "columns= does not name it", 1, len(rows))
            continue
        figure, places = figure_of(said, name), np.asarray(rows)

        def at(row: int, places: Any = places) -> str:
            return file.at(int(places[row]))

        values = frame[pair[1]].iloc[places].reset_index(drop=True)
        if figure.column != "state":
            values = numbers_of(values, pair[1], at)
        values = _figure(values, figure, str(name), at, wanted, percents)
        own = {key: column.take(places) for key, column in {"time": moments.array, **whose}.items()}
        tables.append(
            Table(_with_host(own, wanted, len(places)), {figure: values}, file.lines[places], file.place)
        )
    if not tables:
        raise RecordingError(
            f"{file.name}: no name in column {pair[0]!r} is a figure: columns={{'THEIRS': 'cpu_used_vcpus'}}"
        )
    return tables


def _columns(file: File, wanted: _Wanted) -> dict[str, str]:
    """Return what their columns are, checked."""
    if wanted.columns is None:
        known = {one: one for one in file.header if one in KEY_COLUMNS or is_figure(one)}
    else:
        known = {str(theirs): ours for theirs, ours in wanted.columns.items()}
        lacking = [one for one in known if one not in file.header]
        if lacking and METRIC not in known.values():
            raise ValueError(
                f"columns: {file.name} has no column {lacking[0]!r}; it has {listing.names(file.header, 12)}"
            )
        for theirs, ours in known.items():
            if ours not in (*KEY_COLUMNS, METRIC, VALUE):
                figure_of(ours, theirs)
    twice = [ours for ours in known.values() if list(known.values()).count(ours) > 1]
    if twice and METRIC not in known.values():
        raise ValueError(f"columns: two columns are {twice[0]!r}; leave one out")
    named = [*known, *(() if wanted.columns is None else wanted.columns.values())]
    for theirs in wanted.units:
        if theirs not in named and theirs not in file.header and METRIC not in known.values():
            raise ValueError(
                f"units: {file.name} has no column {theirs!r}; it has {listing.names(file.header, 12)}"
            )
    doubled = [one for one in file.header if file.header.count(one) > 1 and one in known]
    if doubled:
        raise RecordingError(f"{file.name} has the column {doubled[0]!r} twice: leave one of them out")
    return known


# --- wide ------------------------------------------------------------


def _wide(source: Any, said: str, wanted: _Wanted, percents: set[Figure]) -> list[Table]:
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
        values = _figure(frame[head], figure, said, file.at, wanted, percents)
        whose = {key: [word] * len(frame) for key, word in _head(head, wanted, file.name).items()}
        keys = _with_host({"time": moments.array, **whose}, wanted, len(frame))
        tables.append(Table(keys, {figure: values}, file.lines, file.place))
    return tables


def _head(head: str, wanted: _Wanted, name: str) -> dict[str, str]:
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


# --- values ------------------------------------------------------------


def _with_host(keys: dict[str, Any], wanted: _Wanted, rows: int) -> dict[str, Any]:
    if "host" not in keys and wanted.host is not None:
        return {**keys, "host": pd.array([wanted.host], dtype="str").take(np.zeros(rows, dtype=np.int64))}
    return keys


def _figure(
    values: pd.Series[Any],
    figure: Figure,
    theirs: str,
    where: Where,
    wanted: _Wanted,
    percents: set[Figure],
) -> Any:
    """Return a figure's values in our units."""
    if figure.column == "state":
        return states(values.reset_index(drop=True), where)
    unit = wanted.units.get(theirs, wanted.units.get(figure.said))
    plain = values.to_numpy(dtype=np.float64, na_value=np.nan)
    if unit is None:
        return plain
    if unit == PERCENT:
        percents.add(figure)
    return plain * factor_of(unit, figure, theirs)
