"""`import_csv` and `import_parquet`: long and wide, names, units, zones of others; bad rows by their line."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

import virtsdk
from tests.unit.history.importers.exporters import GIB, Guest, scrapes, truth
from virtsdk import capacity
from virtsdk.errors import RecordingError
from virtsdk.history.importers.tables.importer import import_csv, import_parquet
from virtsdk.stats.change.usage import COLUMNS

WEB, DB = Guest(), Guest("db1", uuid="6f1d7c62-0000-4000-8000-000000000002", cpu=1.5)
USAGE = truth([WEB, DB], scrapes()).usage()
NAMES = {
    "ts": "time",
    "hv": "host",
    "vm": "name",
    "n": "vcpus",
    "cpu": "cpu_used_vcpus",
    "mem": "memory_bytes",
    "used": "memory_used_bytes",
}
ROWS = """ts,hv,vm,n,cpu,mem,used
2026-03-01T12:00:00Z,kvm7,web1,2,0.5,4294967296,1073741824
2026-03-01T12:05:00Z,kvm7,web1,2,1.5,4294967296,1073741824
2026-03-01T12:10:00Z,kvm7,web1,2,1.0,4294967296,2147483648
"""


def taken(text=ROWS, columns=NAMES, **options):
    return import_csv(io.StringIO(text), columns=columns, **options)


# --- what is taken ------------------------------------------------------------


def test_a_usage_frame_comes_back_as_it_was():
    found = import_csv(io.StringIO(USAGE.to_csv(index=False)))
    pd.testing.assert_frame_equal(found.usage(every=None), USAGE)
    assert found.left_out["metric"].tolist() == ["interrupted"]
    buffer = io.BytesIO()
    USAGE.to_parquet(buffer)
    pd.testing.assert_frame_equal(import_parquet(io.BytesIO(buffer.getvalue())).usage(every=None), USAGE)


def test_rows_of_ones_own_names():
    usage = taken().usage(every=None)
    assert usage.columns.tolist() == list(COLUMNS)
    assert usage["cpu_used_vcpus"].tolist() == [0.5, 1.5, 1.0]
    assert usage["seconds"].tolist() == [300.0] * 3
    assert usage["domain"].tolist() == ["web1"] * 3
    assert usage.dtypes.to_dict() == USAGE.dtypes.to_dict()
    assert {"net_rx_bytes_per_second", "state"} <= set(taken().trust["column"])


def test_counters_become_rates_by_the_same_arithmetic():
    times = scrapes()
    frame = pd.DataFrame(
        [
            {
                "ts": at,
                "host": one.host,
                "name": one.name,
                "domain": one.uuid,
                "vcpus": one.vcpus,
                "cpu_ns": int(one.cpu_seconds(at) * 1e9),
                "mem": one.memory // 1024,
                "state": "shut off" if at == times[5] else "on",
            }
            for one in (WEB, DB)
            for at in times
        ]
    )
    columns = {name: name for name in ("host", "name", "domain", "vcpus", "state")}
    columns |= {"ts": "time", "cpu_ns": "cpu_time_seconds_total", "mem": "memory_bytes"}
    options = {"columns": columns, "units": {"cpu_ns": "ns", "mem": "KiB"}, "time_unit": "s"}
    usage = import_csv(io.StringIO(frame.to_csv()), **options).usage(every=None)
    same = ["domain", "time", "memory_bytes", "seconds", "vcpus"]
    pd.testing.assert_frame_equal(usage[same], USAGE[same])
    assert usage["interrupted"].fillna("").tolist()[:10] == ["", "", "", "", "reset", "reset", "", "", "", ""]
    assert usage["cpu_used_vcpus"].isna().tolist()[:10] == [False] * 4 + [True] * 2 + [False] * 4


def test_parts_of_domains_have_rows_of_their_own():
    text = "time,host,name,disk,wr,rd\n" + "".join(
        f"{at},kvm7,web1,{disk},{4096 * n * size},{100 * n}\n"
        for n, at in enumerate(scrapes(5))
        for disk, size in (("vda", 1), ("vdb", 2))
    )
    columns = {
        "time": "time",
        "host": "host",
        "name": "name",
        "disk": "disk",
        "wr": "disks.write_bytes_total",
        "rd": "disks.read_bytes_total",
    }
    found = import_csv(io.StringIO(text), columns=columns, time_unit="s")
    disks = import_csv(io.StringIO(text), columns=columns, time_unit="s").frames["disks"]
    assert len(disks) == 10 and disks["write_bytes_total"].dtype == "Int64"
    with pytest.raises(ValueError, match="no figures of domains; there are disks"):
        found.rates()


def test_names_of_figures_in_a_column():
    text = ROWS.replace("ts,hv", "time,hv").replace("\n", "\r\n")
    long = pd.read_csv(io.StringIO(text)).melt(["time", "hv", "vm"], var_name="what", value_name="v")
    columns = {
        "time": "time",
        "hv": "host",
        "vm": "name",
        "what": "metric",
        "v": "value",
        **{key: value for key, value in NAMES.items() if key not in ("ts", "hv", "vm")},
    }
    long = pd.concat([long, long.head(1).assign(what="humidity")])
    found = import_csv(io.StringIO(long.to_csv(index=False)), columns=columns)
    pd.testing.assert_frame_equal(found.usage(), taken().usage())
    assert found.left_out["metric"].tolist() == ["humidity"]
    shares = import_csv(
        io.StringIO(long.replace({"v": {0.5: 25, 1.5: 75, 1.0: 50}}).to_csv(index=False)),
        columns=columns,
        units={"cpu": "percent"},
    )
    pd.testing.assert_frame_equal(shares.usage(), found.usage())


def test_wide_files_by_figure():
    wide = USAGE.assign(time=USAGE["time"].dt.tz_convert("Europe/Berlin").dt.tz_localize(None))
    files = {
        column: io.StringIO(wide.pivot(index="time", columns="name", values=column).to_csv())
        for column in ("cpu_used_vcpus", "memory_used_bytes", "net_rx_bytes_per_second")
    }
    sizes = pd.DataFrame({"name": ["web1", "db1"], "vcpus": [2, 2], "memory_bytes": [4 * GIB] * 2})
    found = import_csv(files, tz="Europe/Berlin", host="kvm7", sizes=sizes)
    same = [
        "host",
        "name",
        "time",
        "vcpus",
        "cpu_used_vcpus",
        "memory_bytes",
        "memory_used_bytes",
        "seconds",
        "net_rx_bytes_per_second",
    ]
    pd.testing.assert_frame_equal(found.usage(every=None)[same], USAGE[same])


@pytest.mark.parametrize(
    ("head", "names", "whose"),
    [
        ('{domain="web1", instance="kvm7:9177"}', None, ("kvm7", "web1")),
        ('cpu{name="web1",node="kvm8"}', None, ("kvm8", "web1")),
        ("kvm9/web1 CPU", r"(?P<host>\w+)/(?P<name>\w+) CPU", ("kvm9", "web1")),
        ("web1", None, ("given", "web1")),
    ],
)
def test_heads_of_wide_columns(head, names, whose):
    quoted = head.replace('"', '""')
    text = f'Time,"{quoted}"\n2026-03-01 12:00:00,1\n2026-03-01 12:01:00,2\n'
    found = import_csv({"cpu_used_vcpus": io.StringIO(text)}, tz="UTC", host="given", names=names)
    frame = found.frames["domains"]
    assert (frame["host"].iloc[0], frame["name"].iloc[0]) == whose
    assert frame["cpu_time_seconds_per_second"].tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("unit", "value", "column"),
    [
        ("percent", 25, "cpu_used_vcpus"),
        ("percent of a CPU", 50, "cpu_used_vcpus"),
        ("vCPUs", 0.5, "cpu_used_vcpus"),
        ("MiB", 1024, "memory_used_bytes"),
        ("GB", 1.073741824, "memory_used_bytes"),
        ("percent", 25, "memory_used_bytes"),
        ("kbit/s", 8, "net_rx_bytes_per_second"),
        ("KB/s", 1, "net_rx_bytes_per_second"),
        ("ms", 5000, "seconds"),
    ],
)
def test_units(unit, value, column):
    expected = {
        "cpu_used_vcpus": 0.5,
        "memory_used_bytes": GIB,
        "net_rx_bytes_per_second": 1000,
        "seconds": 5,
    }
    text = f"time,host,name,vcpus,memory_bytes,x\n2026-03-01 12:00Z,h,a,2,{4 * GIB},{value}\n"
    text += f"2026-03-01 12:01Z,h,a,2,{4 * GIB},{value}\n"
    columns = {**{one: one for one in ("time", "host", "name", "vcpus", "memory_bytes")}, "x": column}
    extra = {} if column != "seconds" else {"vcpus": "cpu_used_vcpus"}
    usage = import_csv(io.StringIO(text), columns={**columns, **extra}, units={"x": unit}).usage(every=None)
    assert usage[column].astype(float).tolist() == [expected[column]] * 2


# --- times ------------------------------------------------------------


def test_a_rate_that_is_labelled_by_its_start():
    plain = taken().usage(every=None)["time"]
    early = taken(label="start").usage(every=None)["time"]
    assert (early - plain).unique().tolist() == [pd.Timedelta("5min")]
    pd.testing.assert_series_equal(taken(label="start").usage("5min")["time"], plain, check_names=False)


def test_a_pause_is_no_interval():
    rows = ROWS + "2026-03-01T18:00:00Z,kvm7,web1,2,1.0,4294967296,1073741824\n"
    assert taken(rows).usage(every=None)["seconds"].tolist() == [300.0] * 4
    assert taken(rows, interval="1min").usage(every=None)["seconds"].tolist() == [60.0] * 4


@pytest.mark.parametrize(
    ("before", "after", "options"),
    [
        ("2026-03-01T12:", "2026-03-01 13:", {"tz": "Europe/Berlin"}),
        ("2026-03-01T12:", "2026-03-01T07:", {"tz": "Etc/GMT+5"}),
        ("2026-03-01T12:", "01.03.2026 12:", {"tz": "UTC", "time_format": "%d.%m.%Y %H:%M:%S"}),
    ],
)
def test_times_of_a_zone(before, after, options):
    text = ROWS.replace(before, after).replace("Z,", ",")
    pd.testing.assert_frame_equal(taken(text, **options).usage(), taken().usage())


def test_offsets_may_differ_from_row_to_row():
    text = ROWS.replace("12:05:00Z", "13:05:00+01:00")
    pd.testing.assert_frame_equal(taken(text).usage(), taken().usage())


def test_unsorted_rows_and_copies_and_blank_lines_change_nothing():
    head, *rows = ROWS.splitlines()
    text = "\n".join([head, rows[2], "", rows[0], rows[1], rows[0], "", ""])
    pd.testing.assert_frame_equal(taken(text).usage(), taken().usage())


# --- what is refused ------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("12:05:00Z", "12:05:00", "line 2 and .*, line 3: one of the times names a zone"),
        ("2026-03-01T12:05:00Z", "03/04/2026 12:05", "line 3: '03/04/2026 12:05' is no .* give time_format="),
        ("2026-03-01T12:05:00Z", "2026-13-01T12:05:00Z", "line 3: '2026-13-01T12:05:00Z' is no time"),
        ("2026-03-01T12:05:00Z", "", "line 3: the time is missing"),
        ("web1,2,1.5", ",2,1.5", "line 3: name is missing"),
        ("web1,2,1.5", "web1,2,much", "line 3: 'much' in column 'cpu' is no number"),
        ("web1,2,1.5", 'web1,2,"1,5"', r"line 3: '1,5' in column 'cpu' is no number: give decimal="),
        ("web1,2,1.5", "web1,2,150 %", "line 3: '150 %' in column 'cpu' has its unit in it"),
        ("web1,2,1.5", "web1,2,75", "line 3: cpu_used_vcpus is 75.0 of 'web1' .* not percent"),
        ("4294967296,2147483648", "4194304,2097152", "line 4: memory_bytes is 4194304 .* is it KiB"),
        (
            "4294967296,2147483648",
            "4294967296,5368709120",
            "line 4: memory_used_bytes is .* at most the memory",
        ),
        ("12:05:00Z", "12:00:00Z", "line 2 and .*line 3 are of the same host, domain, name and time"),
        ("4294967296,2147483648", "4294967", "line 4: it has 6 columns of 7"),
        ("web1,2,1.5", "web1,2,1.5,7,8", "line 3: it has 9 columns of 7: is the file complete"),
    ],
)
def test_a_bad_row_is_named_by_its_line(old, new, says):
    assert old in ROWS
    with pytest.raises(RecordingError, match=says):
        taken(ROWS.replace(old, new, 1))


def test_infinite_and_negative_figures_are_left_out_and_said():
    found = taken(ROWS.replace("web1,2,1.5", "web1,2,inf").replace("web1,2,0.5", "web1,2,-1"))
    assert found.usage(every=None)["cpu_used_vcpus"].isna().tolist() == [True, True, False]
    assert found.trust["reason"].str.contains("infinite|below 0").sum() == 2


def test_a_guest_may_be_called_na():
    assert taken(ROWS.replace("web1", "NA")).usage()["name"].tolist() == ["NA"] * 3


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"columns": {**NAMES, "cpu": "cpu_usd_vcpus"}}, "did you mean 'cpu_used_vcpus'"),
        ({"columns": {**NAMES, "nope": "state"}}, "has no column 'nope'; it has 'ts'|has no column 'nope'"),
        ({"columns": {**NAMES, "used": "memory_bytes"}}, "two columns are 'memory_bytes'"),
        ({"units": {"mem": "MB/s"}}, "memory_bytes is in bytes: expected one of"),
        ({"units": {"mem": "elephants"}}, r"units\['mem'\] must be one of"),
        ({"units": {"memory": "MiB"}}, "units: .* has no column 'memory'"),
        ({"label": "middle"}, "label must be 'start' or 'end'"),
        ({"names": "x"}, "names is of wide files"),
        ({"sizes": pd.DataFrame({"x": [1]})}, "sizes must be a frame with name"),
        ({"tz": "Mars"}, "tz must be a time zone"),
        ({"columns": {"ts": "time", "hv": "host", "vm": "metric"}}, "both of 'metric' and 'value'"),
    ],
)
def test_arguments_are_checked(options, says):
    with pytest.raises((ValueError, TypeError), match=says):
        taken(**options)


@pytest.mark.parametrize(
    ("text", "columns", "says"),
    [
        ("", NAMES, "is empty, or has no line of names"),
        ("ts,hv,vm,n,cpu,mem,used\n", NAMES, "there are no rows"),
        (ROWS, {"vm": "name", "cpu": "cpu_used_vcpus"}, "no column is called the time"),
        (ROWS, {"ts": "time", "vm": "name"}, "no column is a figure"),
        (ROWS, {"ts": "time", "vm": "name", "cpu": "cpu_used_vcpus"}, "need host or host=NAME"),
        (ROWS.replace("T12", " 12").replace("Z,", ","), NAMES, "line 2: 2026-.* has no time zone: give tz="),
        (ROWS.replace("ts,hv", "cpu,hv"), {**NAMES, "cpu": "cpu_used_vcpus"}, "has no column 'ts'"),
        (
            ROWS.replace("mem,used", "cpu,used"),
            {k: v for k, v in NAMES.items() if k != "mem"},
            "the column 'cpu' twice",
        ),
    ],
)
def test_a_file_that_says_too_little_is_refused(text, columns, says):
    with pytest.raises((RecordingError, ValueError), match=says):
        taken(text, columns)


def test_times_that_a_clock_shows_twice_or_never_are_refused():
    text = ROWS.replace("Z,", ",").replace("2026-03-01T12", "2026-10-25T02")
    with pytest.raises(RecordingError, match="line 2: 2026-10-25 02:00:00 is shown never or twice"):
        taken(text, tz="Europe/Berlin")


def test_a_share_of_what_nobody_tells_is_refused():
    columns = {key: value for key, value in NAMES.items() if key != "n"}
    with pytest.raises(RecordingError, match="in percent of vcpus, which is not known: name its column"):
        taken(columns=columns, units={"cpu": "percent"})


def test_parquet_with_categories_and_times_without_a_zone():
    frame = USAGE.assign(name=USAGE["name"].astype("category"), time=USAGE["time"].dt.tz_localize(None))
    buffer = io.BytesIO()
    frame.drop(columns="interrupted").to_parquet(buffer)
    found = import_parquet(io.BytesIO(buffer.getvalue()), tz="UTC")
    pd.testing.assert_frame_equal(found.usage(every=None), USAGE)
    with pytest.raises(RecordingError, match="row 0: 2026-03-01 12:00:30 has no time zone: give tz="):
        import_parquet(io.BytesIO(buffer.getvalue()))


def test_what_is_no_parquet_is_named(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(RecordingError, match=r"a\.parquet: no Parquet file"):
        import_parquet(tmp_path / "a.parquet")


# --- going on with it ------------------------------------------------------------


def test_capacity_and_a_recording_take_it(tmp_path):
    times = pd.date_range("2026-03-01", periods=24 * 8, freq="1h", tz="UTC")
    frame = pd.DataFrame(
        {
            "time": times,
            "host": "kvm7",
            "name": "web1",
            "vcpus": 8,
            "memory_bytes": 8 * GIB,
            "cpu_used_vcpus": 1 + np.arange(len(times)) % 24 / 24,
            "memory_used_bytes": GIB,
        }
    )
    found = import_csv(io.StringIO(frame.to_csv(index=False)))
    usage = found.usage("1h")
    assert capacity.rightsizing(usage).frame()["name"].tolist()[0] == "web1"
    saved = found.save(tmp_path / "history")
    pd.testing.assert_frame_equal(
        virtsdk.open_recording(saved.directory).usage("1D", start="2026-03-02")[["time", "cpu_used_vcpus"]],
        found.usage("1D", start="2026-03-02")[["time", "cpu_used_vcpus"]],
    )
