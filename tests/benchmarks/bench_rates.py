"""How long `rates` takes over 10 million rows, beside the same window query in DuckDB (2 threads)."""

import sys

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from tests.benchmarks.figures import best_of, report
from virtsdk.stats import rates

ROWS, SERIES = 10_000_000, 2_000

QUERY = """
    SELECT host, domain, name, time, seconds, state, vcpus,
           CASE WHEN broken THEN NULL ELSE cpu / seconds END AS cpu_used,
           CASE WHEN broken THEN NULL ELSE user_ / seconds END AS cpu_user
    FROM (
        SELECT *, seconds > 2.5 * 10 OR cpu < 0 OR user_ < 0 AS broken
        FROM (
            SELECT host, domain, name, time, state, vcpus,
                   (epoch_us(time) - lag(epoch_us(time)) OVER w) / 1e6 AS seconds,
                   cpu_time_seconds_total - lag(cpu_time_seconds_total) OVER w AS cpu,
                   cpu_user_seconds_total - lag(cpu_user_seconds_total) OVER w AS user_
            FROM samples
            WINDOW w AS (PARTITION BY host, domain ORDER BY time)
        )
    )
    WHERE seconds IS NOT NULL
"""


def samples(rows, series):
    """A long frame of `series` domains on 40 hosts, sorted by host, domain and time."""
    each = rows // series
    draw = np.random.default_rng(1)
    number = np.repeat(np.arange(series), each)
    start = np.datetime64("2026-03-01T00:00:00", "us")
    cpu = draw.random((series, each)).cumsum(axis=1).ravel()
    words = {
        "host": [f"kvm{one * 40 // series:02}" for one in range(series)],
        "domain": [f"0d5c7a3e-0000-4000-8000-{one:012}" for one in range(series)],
        "name": [f"guest{one}" for one in range(series)],
    }
    frame = pd.DataFrame({key: pd.array(values, dtype="str").take(number) for key, values in words.items()})
    times = start + np.arange(each) * np.timedelta64(10, "s")
    frame["time"] = pd.DatetimeIndex(np.tile(times, series), tz="UTC")
    frame["state"] = pd.array(["running"], dtype="str").take(np.zeros(rows, dtype=int))
    frame["vcpus"] = pd.array(number % 8 + 1, dtype="Int64")
    frame["cpu_time_seconds_total"] = pd.array(cpu, dtype="Float64")
    frame["cpu_user_seconds_total"] = pd.array(cpu * 0.7, dtype="Float64")
    return frame


def main(rows=ROWS):
    frame = samples(rows, SERIES)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    connection = duckdb.connect(config={"threads": 2})
    connection.register("samples", table)
    theirs = best_of(lambda: connection.sql(QUERY).to_arrow_table(), repeat=2)
    ours = best_of(lambda: rates({"domains": frame}), repeat=2)
    found, expected = rates({"domains": frame}).domains, connection.sql(QUERY).to_arrow_table()
    assert len(found) == expected.num_rows
    total = pa.compute.sum(expected["cpu_used"]).as_py()
    assert np.isclose(found["cpu_used_vcpus"].sum(), total), "the two do not agree"
    report(f"rates, {rows:,} rows, sorted", ours, "s")
    report("the same query in DuckDB, 2 threads", theirs, "s")
    report("  ratio", ours / theirs, "x", bar=2)
    shuffled = frame.sample(frac=1, random_state=1)
    report(f"rates, {rows:,} rows, shuffled", best_of(lambda: rates({"domains": shuffled}), repeat=1), "s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
