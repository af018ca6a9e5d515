"""Long tables: a row for each domain, or part of one, and time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from virtsdk.display import listing
from virtsdk.errors import RecordingError
from virtsdk.history.importers.notes import Notes
from virtsdk.history.importers.tables.clocks import times_of
from virtsdk.history.importers.tables.figures import (
    KEY_COLUMNS,
    METRIC,
    VALUE,
    Figure,
    figure_of,
    is_figure,
)
from virtsdk.history.importers.tables.files import File, numbers_of
from virtsdk.history.importers.tables.rows import Table
from virtsdk.history.importers.tables.wanted import Wanted, in_our_units, with_host


def long_tables(source: Any, wanted: Wanted, notes: Notes, percents: set[Figure]) -> list[Table]:
    """Make tables of a long file: one, or where the names of figures are in a column, one for each."""
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
        figures[figure] = in_our_units(frame[theirs], figure, theirs, file.at, wanted, percents)
    if not figures:
        raise RecordingError(
            f"{file.name}: no column is a figure: columns={{'THEIRS': 'cpu_used_vcpus'}}; there are "
            f"{listing.names(file.header, 12)}"
        )
    return [
        Table(
            with_host({"time": moments.array, **whose}, wanted, len(frame)), figures, file.lines, file.place
        )
    ]


def _by_metric(
    frame: pd.DataFrame, file: File, moments: Any, whose: dict[str, Any], pair: tuple[str, str],
    columns: Mapping[str, str], wanted: Wanted, notes: Notes, percents: set[Figure],
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
        values = in_our_units(values, figure, str(name), at, wanted, percents)
        own = {key: column.take(places) for key, column in {"time": moments.array, **whose}.items()}
        tables.append(
            Table(with_host(own, wanted, len(places)), {figure: values}, file.lines[places], file.place)
        )
    if not tables:
        raise RecordingError(
            f"{file.name}: no name in column {pair[0]!r} is a figure: columns={{'THEIRS': 'cpu_used_vcpus'}}"
        )
    return tables


def _columns(file: File, wanted: Wanted) -> dict[str, str]:
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
