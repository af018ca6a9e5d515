"""`from_records`: libvirt's records to tidy frames."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.budget import examples
from tests.unit.stats.records import DB, WEB, fleet, running
from virtsdk.stats import catalogue, from_records
from virtsdk.stats.columns.metric import GRAINS
from virtsdk.stats.samples.layout import every_column
from virtsdk.stats.samples.raw import raw_sample, source_of

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_a_guest_becomes_rows_in_base_units():
    stats = from_records([(WEB, "web1", running())], host="kvm7", time=NOON)
    domain = stats.domains.iloc[0]
    assert (domain["host"], domain["domain"], domain["name"]) == ("kvm7", WEB, "web1")
    assert domain["time"] == pd.Timestamp("2026-03-01 12:00", tz="UTC")
    assert (domain["state"], domain["state_reason"]) == ("running", "unpaused")
    assert domain["cpu_time_seconds_total"] == 22.002276
    assert domain["memory_current_bytes"] == 2 * 2**30
    assert domain["memory_bytes"] == 4 * 2**30
    assert domain["memory_last_update"] == pd.Timestamp(1_728_120_434, unit="s", tz="UTC")
    disk = stats.disks.set_index("disk").loc["vda"]
    assert disk["read_bytes_total"] == 126_719_488
    assert disk["read_time_seconds_total"] == 0.05688576
    nic = stats.nics.iloc[0]
    assert (nic["nic"], nic["rx_bytes_total"], nic["tx_drops_total"]) == ("vnet8", 95_541, 3)


def test_vcpu_numbers_with_gaps_stay_as_they_are():
    stats = from_records([(WEB, "web1", running())], host="kvm7")
    assert stats.vcpus["vcpu"].tolist() == [0, 2]
    assert stats.vcpus["state"].tolist() == ["running", "blocked"]
    assert stats.vcpus["halted"].tolist() == [True, pd.NA]
    assert stats.domains["vcpus"].tolist() == [2]
    assert stats.domains["vcpus_max"].tolist() == [4]


def test_missing_is_missing_and_not_zero():
    stats = from_records([(WEB, "web1", running()), (DB, "db1", {"state.state": 5})], host="kvm7")
    off = stats.domains.set_index("name").loc["db1"]
    assert off["state"] == "shutoff"
    for column in (
        "cpu_time_seconds_total",
        "memory_rss_bytes",
        "vcpus",
        "memory_last_update",
        "state_reason",
    ):
        assert pd.isna(off[column]), column
    assert pd.isna(stats.disks.set_index("disk").loc["sda", "read_bytes_total"])
    assert pd.isna(stats.disks.set_index("disk").loc["sda", "path"])
    assert stats.disks.set_index("disk").loc["sda", "capacity_bytes"] == 0
    assert set(stats.vcpus["domain"]) == {WEB}


def test_a_balloon_that_was_never_updated_has_no_time():
    stats = from_records([(WEB, "web1", running(**{"balloon.last-update": 0}))], host="kvm7")
    assert stats.domains["memory_last_update"].isna().all()


def test_every_frame_has_the_columns_and_types_that_the_catalogue_promises():
    table = catalogue()
    table = table[~table["frame"].str.contains(".", regex=False) & (table["frame"] != "other")]
    for records in ([], [(WEB, "web1", {})], [(WEB, "web1", running())], fleet(3)):
        stats = from_records(records, host="kvm7")
        for (frame, column), row in table.set_index(["frame", "column"]).iterrows():
            assert str(getattr(stats, frame)[column].dtype) == row["dtype"], (frame, column)
        for name, frame in stats.frames.items():
            assert frame.columns[:3].tolist() == ["host", "domain", "name"], name
            assert str(frame["time"].dtype) == "datetime64[us, UTC]"


def test_units_are_in_the_names_and_counters_end_in_total():
    table = catalogue()
    for row in table[table["frame"] != "other"].itertuples():
        assert row.column.endswith("_total") == (row.kind == "counter"), row.column
        if row.unit in ("bytes", "seconds"):
            assert row.unit in row.column, row.column


@pytest.mark.parametrize("time", [None, NOON])
def test_nothing_at_all(time):
    stats = from_records([], host="kvm7", time=time)
    assert all(frame.empty for frame in stats.frames.values())
    assert "0 domains" in repr(stats)


def test_what_the_catalogue_does_not_know_lands_in_other():
    more = {
        "vm.halt_poll_success_ns.sum": 17,
        "vcpu.0.halt_exits.sum": 994_911_212,
        "vcpu.0.blocking.cur": True,
        "net.0.vendor.ratio": 0.25,
        "block.0.newer.text": "ünïcode",
        "state.huge": 2**64 - 1,
    }
    stats = from_records([(DB, "db1", {"state.state": 5}), (WEB, "web1", running(**more))], host="kvm7")
    other = stats.other.set_index("key")
    assert set(other.index) == set(more)
    assert set(other["name"]) == {"web1"}
    assert other.loc["vcpu.0.halt_exits.sum", "value"] == 994_911_212
    assert other.loc["vcpu.0.blocking.cur", "value"] == 1
    assert other.loc["net.0.vendor.ratio", "value"] == 0.25
    assert other.loc["block.0.newer.text", "text"] == "ünïcode"
    assert other.loc["state.huge", "text"] == str(2**64 - 1)


@pytest.mark.parametrize(
    ("key", "value", "frame", "column"),
    [
        ("cpu.time", "many", "domains", "cpu_time_seconds_total"),
        ("balloon.rss", 1.5, "domains", "memory_rss_bytes"),
        ("balloon.rss", float("nan"), "domains", "memory_rss_bytes"),
        ("balloon.rss", 2**63, "domains", "memory_rss_bytes"),
        ("balloon.rss", 2**60, "domains", "memory_rss_bytes"),
        ("balloon.rss", True, "domains", "memory_rss_bytes"),
        ("state.state", 99, "domains", "state"),
        ("state.reason", 99, "domains", "state_reason"),
        ("vcpu.0.halted", 7, "vcpus", "halted"),
        ("block.0.path", 7, "disks", "path"),
    ],
)
def test_a_value_that_does_not_fit_is_missing_and_kept_in_other(key, value, frame, column):
    fine, odd = running(), running(**{key: value})
    stats = from_records([(WEB, "web1", odd), (DB, "db1", fine)], host="kvm7")
    column_values = getattr(stats, frame).groupby("name")[column].first()
    assert pd.isna(column_values["web1"])
    assert not pd.isna(column_values["db1"])
    lost_too = {"state.reason"} if key == "state.state" else set()  # a reason says nothing without its state
    assert set(stats.other["key"]) == {key} | lost_too
    assert set(stats.other["name"]) == {"web1"}


@pytest.mark.parametrize("value", [-1, 2**64 - 1, "-1"])
def test_a_figure_that_is_written_as_unknown_is_missing(value):
    keys = ["balloon.rss", "cpu.time", "net.0.rx.errs", "block.0.rd.reqs", "balloon.last-update"]
    stats = from_records([(WEB, "web1", running() | dict.fromkeys(keys, value))], host="kvm7")
    row = stats.domains.iloc[0]
    columns = ["memory_rss_bytes", "cpu_time_seconds_total", "memory_last_update"]
    assert row[columns].isna().all()
    assert stats.nics["rx_errors_total"].isna().all()
    assert stats.disks["read_requests_total"].isna().all()
    assert stats.other.empty


def test_numbers_that_were_written_as_text_count():
    written = {key: str(value) for key, value in running().items() if type(value) is int}
    read = from_records([(WEB, "web1", running() | written)], host="kvm7", time=NOON)
    right = from_records([(WEB, "web1", running())], host="kvm7", time=NOON)
    for name, frame in right.frames.items():
        pd.testing.assert_frame_equal(read.frames[name], frame)


@pytest.mark.parametrize(
    ("state", "run", "has"), [(5, {}, False), (6, {}, False), (6, {"domain.id": 4}, True)]
)
def test_a_domain_without_a_process_has_no_cpu_time(state, run, has):
    values = {"state.state": state, "cpu.time": 10**9, "cpu.user": 1, "cpu.system": 1, **run}
    row = from_records([(WEB, "web1", values)], host="kvm7").domains.iloc[0]
    for column in ("cpu_time_seconds_total", "cpu_user_seconds_total", "cpu_system_seconds_total"):
        assert pd.notna(row[column]) == has


def test_resctrl_names_are_on_every_row_of_their_monitor():
    prefix = "memory.bandwidth.monitor"
    values = {
        f"{prefix}.count": 2,
        f"{prefix}.0.name": "vcpus_0-3",
        f"{prefix}.0.vcpus": "0-3",
        f"{prefix}.0.node.count": 2,
        f"{prefix}.0.node.0.id": 4,
        f"{prefix}.0.node.0.bytes.local": 10,
        f"{prefix}.0.node.1.bytes.total": 20,
        f"{prefix}.1.vcpus": "4",
    }
    frame = from_records([(WEB, "web1", values)], host="kvm7").memory_bandwidth
    assert frame["monitor"].tolist() == ["vcpus_0-3", "vcpus_0-3", "1"]
    assert frame["node"].tolist() == [4, 1, pd.NA]
    assert frame["vcpus"].tolist() == ["0-3", "0-3", "4"]
    assert frame["bytes_total"].tolist() == [pd.NA, 20, pd.NA]


def test_a_vcpu_dirty_rate_belongs_to_the_vcpu():
    values = {"dirtyrate.calc_status": 2, "dirtyrate.megabytes_per_second": 3,
              "dirtyrate.vcpu.1.megabytes_per_second": 2}  # fmt: skip
    stats = from_records([(WEB, "web1", values)], host="kvm7")
    assert stats.dirty_rates["status"].tolist() == ["measured"]
    assert stats.dirty_rates["dirty_rate_bytes_per_second"].tolist() == [3 * 2**20]
    assert stats.vcpus["vcpu"].tolist() == [1]
    assert stats.vcpus["dirty_rate_bytes_per_second"].tolist() == [2 * 2**20]


def test_records_of_libvirt_python_are_taken_as_they_come():
    class Domain:
        def UUIDString(self):  # noqa: N802
            return WEB

        def name(self):
            return "web1"

    ours = from_records([(WEB, "web1", running())], host="kvm7", time=NOON)
    theirs = from_records([(Domain(), running())], host="kvm7", time=NOON)
    for name, frame in ours.frames.items():
        pd.testing.assert_frame_equal(frame, theirs.frames[name])


@pytest.mark.parametrize(
    "record", [(), (WEB, "web1"), (WEB, {}), ({},), (WEB, "web1", None), "abc", (1, 2, {})]
)
def test_a_record_of_another_form_is_named(record):
    with pytest.raises(TypeError, match="record 1 is"):
        from_records([(DB, "db1", {}), record], host="kvm7")


def test_a_domain_twice_and_a_time_without_zone_are_refused():
    with pytest.raises(ValueError, match=WEB):
        from_records([(WEB, "web1", {}), (WEB, "web1", {})], host="kvm7")
    with pytest.raises(ValueError, match="no time zone"):
        from_records([], host="kvm7", time=datetime(2026, 1, 1))  # noqa: DTZ001


def test_changing_a_frame_leaves_the_sample_alone():
    stats = from_records([(WEB, "web1", running())], host="kvm7")
    mine = stats.domains
    mine["memory_rss_bytes"] = 0
    mine.loc[0, "vcpus"] = 99
    assert stats.domains.loc[0, "memory_rss_bytes"] == 1_388_484 * 1024
    assert stats.domains.loc[0, "vcpus"] == 2


def test_changing_an_empty_frame_leaves_this_and_every_other_sample_alone():
    first = from_records([(WEB, "web1", running())], host="kvm7", time=NOON)
    columns = first.perf.columns.tolist()
    for frame in (first.perf, first.given["perf"], first.frames["perf"]):
        frame["mine"] = 1
        frame.loc[0, "host"] = "kvm8"
        assert len(frame) == 1
    second = from_records([(WEB, "web1", running())], host="kvm7", time=NOON)
    for stats in (first, second):
        assert stats.perf.empty
        assert stats.perf.columns.tolist() == columns


def test_frames_without_rows_are_those_that_would_have_been_made():
    samples = [[], [(WEB, "web1", {})], [(WEB, "web1", running()), (DB, "db1", {"odd": 1})]]
    quick = [from_records(records, host="kvm7", time=NOON) for records in samples]
    for records, stats in zip(samples, quick, strict=True):
        source = source_of([raw_sample(records, host="kvm7", time=NOON)])
        every = every_column(GRAINS, source._whose, source._flat)
        assert list(stats.given) == list(every)
        for name, columns in every.items():
            pd.testing.assert_frame_equal(stats.given[name], pd.DataFrame(columns))


SCALE = {"KiB": lambda v: v * 1024, "MiB/s": lambda v: v * 2**20, "ns": lambda v: v / 10**9}


def simple(records):
    """The same cells the slow and obvious way: a regular expression a column, a cell at a time."""
    table = catalogue()
    table = table[(table["key"] != "") & ~table["libvirt_unit"].str.startswith(("vir", "reason"))]
    table = table[table["frame"] != "other"]
    patterns = [
        (re.compile(re.sub(r"\\{\w+\\}", r"(\\d+)", re.escape(row.key))), row) for row in table.itertuples()
    ]
    frames = {}
    for uuid, _, values in records:
        for key, value in values.items():
            for pattern, row in patterns:
                if match := pattern.fullmatch(key):
                    place = (uuid, *map(int, match.groups()))
                    cell = SCALE.get(row.libvirt_unit, lambda v: v)(value)
                    frames.setdefault(row.frame, {}).setdefault(place, {})[row.column] = cell
    return frames


records_of_parts = st.lists(
    st.fixed_dictionaries(
        {"vcpus": st.integers(0, 3), "disks": st.integers(0, 3), "nics": st.integers(0, 2)}
    ),
    max_size=5,
).flatmap(
    lambda shapes: st.tuples(
        *(
            st.sets(st.sampled_from(sorted(fleet(1, **shape)[0][2])), max_size=6).map(
                lambda dropped, shape=shape: (shape, dropped)
            )
            for shape in shapes
        )
    )
)


@examples(15)
@given(records_of_parts)
def test_the_quick_way_gives_what_the_obvious_way_gives(parts):
    records = []
    for number, (shape, dropped) in enumerate(parts):
        _, _, values = fleet(1, **shape)[0]
        values = {key: value for key, value in values.items() if key not in dropped}
        records.append((f"uuid{number}", f"guest{number}", values))
    stats = from_records(records, host="kvm7")
    expected = simple(records)
    for frame in ("vcpus", "disks", "nics"):
        rows = expected.get(frame, {})
        got = getattr(stats, frame)
        assert len(got) == len(rows), frame
        for place, row in zip(sorted(rows), got.to_dict("records"), strict=True):
            assert row["domain"] == place[0]
            given = rows[place]
            assert {column: row[column] for column in given} == given, frame
            keys = {
                "host",
                "domain",
                "name",
                "time",
                "vcpu",
                "disk",
                "nic",
                "state",
                "thin_ratio",
                "device",
                "bus",
                "source",
                "mac",
            }
            assert all(pd.isna(row[column]) for column in set(row) - set(given) - keys), frame
    assert stats.domains["domain"].tolist() == [uuid for uuid, _, _ in records]
    assert set(stats.other["key"]) <= {"state.reason"}  # which says nothing without its state


def test_large_and_mixed_samples_are_cut_and_put_together_again(monkeypatch):
    records = [
        (f"uuid{number}", f"guest{number}", fleet(1, vcpus=number % 3, disks=number % 2)[0][2])
        for number in range(11)
    ]
    whole = from_records(records, host="kvm7", time=NOON)
    monkeypatch.setattr("virtsdk.stats.samples.flat.CHUNK", 2)
    cut = from_records(records, host="kvm7", time=NOON)
    assert whole.domains["name"].tolist() == sorted(f"guest{number}" for number in range(11))
    for name, frame in whole.frames.items():
        pd.testing.assert_frame_equal(frame, cut.frames[name])


@pytest.mark.parametrize(
    ("argument", "given"),
    [("records", None), ("host", None), ("host", 7), ("clock", 5.0), ("stale", "u1"), ("facts", [1])],
    ids=str,
)
def test_an_argument_of_another_kind_is_named(argument, given):
    arguments = {"records": [("u1", "web1", {"state.state": 1})], "host": "kvm7", argument: given}
    with pytest.raises(TypeError, match=f"{argument} must be .*, not {given!r}".replace("[", "\\[")):
        from_records(arguments.pop("records"), **arguments)


def test_a_key_that_is_no_text_is_named():
    with pytest.raises(TypeError, match="keys of a record must be libvirt's, as text, not 7"):
        from_records([("u1", "web1", {"state.state": 5, 7: 1})], host="kvm7")


def test_a_place_beyond_64_bits_is_no_place():
    key = f"block.{10**20}.name"
    other = from_records([("u1", "web1", {"block.count": 1, key: "vda"})], host="kvm7").other
    assert key in other["key"].tolist()
