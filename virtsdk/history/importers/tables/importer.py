"""`import_csv` and `import_parquet`: tables of one's own, long or wide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any, Literal, cast

import pandas as pd

from virtsdk.display import listing
from virtsdk.history.importers.imported import Imported
from virtsdk.history.importers.notes import Notes
from virtsdk.history.importers.sources import Source, name_of, sources_of
from virtsdk.history.importers.tables.figures import Figure
from virtsdk.history.importers.tables.files import Csv, Parquet
from virtsdk.history.importers.tables.finishing import Ending, finished
from virtsdk.history.importers.tables.long import long_tables
from virtsdk.history.importers.tables.rows import Table
from virtsdk.history.importers.tables.wanted import Wanted
from virtsdk.history.importers.tables.wide import wide_tables
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
    wanted = Wanted(columns, units or {}, zone_of(tz), time_unit, time_format, host, names, form)
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
    wanted = Wanted(columns, units or {}, zone_of(tz), time_unit, None, host, names, Parquet())
    return _imported(source, wanted, Ending(sizes, label, interval))


def _imported(source: Any, wanted: Wanted, ending: Ending) -> Imported:
    notes, tables, percents = Notes(), list[Table](), set[Figure]()
    if isinstance(source, Mapping):
        files = list(cast("Mapping[Any, Any]", source).items())
        if not files:
            raise ValueError("source must be files by figure, {'cpu_used_vcpus': 'cpu.csv'}, not nothing")
        for figure, one in files:
            tables += wide_tables(one, str(figure), wanted, percents)
        named = listing.names([name_of(one) for _, one in files], 3)
    else:
        if wanted.names is not None:
            raise TypeError("names is of wide files: give them by figure, {'cpu_used_vcpus': 'cpu.csv'}")
        given = sources_of(source)
        for one in given:
            tables += long_tables(one, wanted, notes, percents)
        named = listing.names([name_of(one) for one in given], 3)
    return finished(tables, ending, notes, named, percents)
