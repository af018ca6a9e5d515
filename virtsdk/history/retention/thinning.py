"""Rows of ``samples`` that stay when the samples are not kept: what could not be taken, and the ends."""

from __future__ import annotations

from virtsdk.history.parquet.arrow import Table, pa


def thinned(table: Table, until: int) -> Table:
    """Leave out samples before a time that were taken without trouble, but the first and last of each host.

    Parameters
    ----------
    table
        Rows of ``samples``.
    until
        The time (µs since 1970).
    """
    rows = table.select(["host", "time", "taken", "missed", "error"]).to_pandas()
    well = rows["taken"].fillna(False).astype(bool) & rows["error"].isna() & rows["missed"].fillna(0).eq(0)
    old = rows["time"].astype("datetime64[us, UTC]").astype("int64") < until
    times = rows.groupby("host", observed=True)["time"]
    ends = rows.index.isin([*times.idxmin(), *times.idxmax()])
    return table.filter(pa.array(~(well & old) | ends))
