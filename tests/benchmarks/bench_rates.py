"""How long `rates` takes over 10 million rows, beside the same window query in DuckDB (2 threads)."""

import sys

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from tests.benchmarks.figures import best_of, in_fresh_process, report
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
    against_duckdb(frame)
    for order, mixed in (
        ("shuffled", frame.sample(frac=1, random_state=1)),
        ("sample by sample", frame.sort_values("time", kind="stable")),
    ):
        seconds = best_of(lambda f=mixed: rates({"domains": f}), repeat=2)
        report(f"rates, {rows:,} rows, {order}", seconds, "s")
        report("the same query in DuckDB, 2 threads", best_of(in_duckdb(mixed), repeat=2), "s")
    del frame, mixed
    for order in ("sorted", "shuffled"):
        memory(rows, order)


def against_duckdb(frame):
    """Sorted rows, beside the same window query."""
    query = in_duckdb(frame)
    theirs = best_of(query, repeat=2)
    ours = best_of(lambda: rates({"domains": frame}), repeat=2)
    found, expected = rates({"domains": frame}).domains, query()
    assert len(found) == expected.num_rows
    total = pa.compute.sum(expected["cpu_used"]).as_py()
    assert np.isclose(found["cpu_used_vcpus"].sum(), total), "the two do not agree"
    report(f"rates, {len(frame):,} rows, sorted", ours, "s")
    report("the same query in DuckDB, 2 threads", theirs, "s")
    report("  ratio", ours / theirs, "x", bar=2)


def in_duckdb(frame):
    """The query on a frame, Arrow in and Arrow out."""
    connection = duckdb.connect(config={"threads": 2})
    connection.register("samples", pa.Table.from_pandas(frame, preserve_index=False))
    return lambda: connection.sql(QUERY).to_arrow_table()


MEMORY = """
from tests.benchmarks.bench_rates import samples
from tests.benchmarks.figures import peak_memory
from virtsdk.stats import rates
import pyarrow as pa
rates({{"domains": samples(4_000, 2)}})
frame = samples({rows}, {series})
if {order!r} == "shuffled":
    frame = frame.sample(frac=1, random_state=1)
pa.default_memory_pool().release_unused()
print(peak_memory(lambda: rates({{"domains": frame}})))
"""


def memory(rows, order):
    """How the peak of memory grows with the rows, each size in a process of its own."""
    a_row = {}
    for part in (10, 5, 2, 1):
        count = rows // part
        code = MEMORY.format(rows=count, series=SERIES, order=order)
        a_row[part] = in_fresh_process(code) / count
        report(f"memory at the peak, {count:,} rows, {order}", a_row[part], "bytes a row")
    report("  a row of the largest against one of the smallest", a_row[1] / a_row[10], "x", bar=1.25)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
