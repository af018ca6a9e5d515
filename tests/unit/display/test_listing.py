"""Every repr that lists shows as many rows in text as in HTML, and says how many more there are."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import pandas as pd
import pytest

import virtsdk
from tests.unit.capacity.past.sharing.fleets import usage
from tests.unit.history.recordings import sample, write
from tests.unit.resources.conftest import domain_xml
from virtsdk.capacity import Fleet, Policy, contention, forecast, headroom, idle, overlap, rightsizing
from virtsdk.display.html import table
from virtsdk.display.listing import LIMIT, cut, lines, names
from virtsdk.display.text import columns
from virtsdk.events import DomainReboot
from virtsdk.fleet.drift import Part, compare
from virtsdk.fleet.host_fleet import HostFleet
from virtsdk.fleet.member import Member
from virtsdk.fleet.node import FleetNodeInfo
from virtsdk.history.sampling.shown import rows
from virtsdk.models.domain import DomainDef
from virtsdk.resources.domain.rows import Rows
from virtsdk.resources.domain.snapshots.backup import Backup
from virtsdk.resources.domain.snapshots.server import BackupExport, BackupServer
from virtsdk.resources.domain.snapshots.tree import Tree
from virtsdk.resources.domain.values import Address
from virtsdk.resources.host.node import NodeInfo
from virtsdk.stats import FleetNodeStats, from_records, rates
from virtsdk.stats.samples.guests import guest_frames
from virtsdk.stats.samples.jobs import job_frames
from virtsdk.stats.samples.node import node_frames
from virtsdk.stats.samples.storage import storage_frames

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PACKAGE = Path(virtsdk.__file__).parent
Shown = tuple[str | None, str]


def called(count: int) -> list[str]:
    return [f"item{number:03}" for number in range(count)]


def both(thing: object) -> Shown:
    return str(thing), thing._repr_html_()  # type: ignore[attr-defined]


def bulk(count: int, seconds: int = 0) -> virtsdk.stats.Stats:
    values = {"state.state": 1, "cpu.time": seconds * 10**9}
    time = NOON + pd.Timedelta(seconds=seconds)
    return from_records([(name, name, values) for name in called(count)], host="kvm7", time=time)


def collection(count: int, folder: Path) -> Shown:
    node = folder / "node.xml"
    documents = (domain_xml(name, number) for number, name in enumerate(called(count), 1))
    node.write_text(f"<node>{''.join(documents)}</node>")
    with virtsdk.connect(f"test://{node}") as host:
        return both(host.domains)


def disks(count: int, folder: Path) -> Shown:
    node = folder / "disks.xml"
    each = "<disk type='file'><source file='/{0}'/><target dev='vd{1}' bus='virtio'/></disk>"
    letters = [f"{first}{second}" for first in "abc" for second in "abcdefghijklmnopqrstuvwxyz"]
    devices = "".join(each.format(*one) for one in zip(called(count), letters, strict=False))
    node.write_text(f"<node>{domain_xml('web1', 1, extra=f'<devices>{devices}</devices>')}</node>")
    with virtsdk.connect(f"test://{node}") as host:
        return both(host.domains["web1"].disks)


def events(count: int, _: Path) -> Shown:
    with virtsdk.connect("test:///default") as host, host.events() as stream:
        for name in called(count):
            stream._inbox.put(DomainReboot(host="kvm7", time=NOON, domain="u", name=name))
        return None, stream._repr_html_()  # in text it is one line


def jobs(count: int, _: Path) -> Shown:
    busy = [(name, name, {"type": 1, "operation": 2}) for name in called(count)]
    return both(job_frames(busy, {}, host="kvm7", time=NOON))


def guests(count: int, _: Path) -> Shown:
    rows = [{"domain": "u", "name": "web1", "mountpoint": name} for name in called(count)]
    return both(guest_frames(rows, {}, {"u": "web1"}, host="kvm7", time=NOON))


def rows_of_a_guest(count: int, _: Path) -> Shown:
    addresses = [Address(name, "52:54:00:00:00:01", "192.0.2.7", 24, "arp") for name in called(count)]
    about = {"host": "kvm7", "domain": "u", "name": "web1"}
    return None, Rows(addresses, Address, about)._repr_html_()  # in text it is a list


def storage(count: int, _: Path) -> Shown:
    rows = [{"storage_pool": name, "name": name, "type": "dir", "state": 2} for name in called(count)]
    return both(storage_frames({"storage.pools": rows}, host="kvm7", time=NOON))


def node(count: int, _: Path) -> Shown:
    rows = [{"cpu": cpu, "kernel": 10**9, "user": 0, "idle": 0, "iowait": 0} for cpu in range(count)]
    page = node_frames({"node.cpus": rows}, host="kvm7", time=NOON)._repr_html_()
    return None, re.sub(r'<th scope="row">', '<th scope="row">item', page)


def report(count: int, _: Path) -> Shown:
    hosts = pd.DataFrame({"host": called(count), "cpus": 8, "memory_bytes": 2**34})
    domains = pd.DataFrame({"host": called(count), "vcpus": 2, "memory_bytes": 2**30})
    return both(headroom(hosts, domains, Policy()))


def fleet(hosts: list[str], guests: list[str]) -> Fleet:
    one = pd.DataFrame({"host": hosts, "cpus": 8, "memory_bytes": 2**34})
    sizes = {"name": guests, "host": hosts[:1] * len(guests), "vcpus": 1, "memory_bytes": 2**20}
    return Fleet.from_frames(one, pd.DataFrame(sizes), Policy(vcpu_ratio=100))


def guests_left(count: int, _: Path) -> Shown:
    return both(fleet(called(count), []).headroom().guests_left({"vcpus": 1, "memory_bytes": 2**20}))


def difference(count: int, _: Path) -> Shown:
    return both(fleet(["kvm7"], []).diff(fleet(["kvm7"], called(count))))


def failures(count: int, _: Path) -> Shown:
    return both(fleet(called(count), ["web1"]).n_plus(1))


def placement(count: int, _: Path) -> Shown:
    guests = [f"web{number}" for number in range(count)]
    return both(fleet(called(count), guests).place(spread=True))


def moves(count: int, _: Path) -> Shown:
    return both(fleet(["kvm7", "kvm8"], called(count)).rebalance("empty", hosts=["kvm7"]))


def used(count: int) -> pd.DataFrame:
    figures = {"vcpus": 4, "cpu_used_vcpus": 1, "memory_bytes": 2**33, "memory_used_bytes": 2**31}
    times = pd.date_range("2026-03-01", periods=30, freq="1D", tz="UTC")
    guests = pd.MultiIndex.from_product([called(count), times], names=["domain", "time"]).to_frame(
        index=False
    )
    return guests.assign(host="kvm7", **figures)


def idle_guests(count: int, _: Path) -> Shown:
    return both(idle(used(count), Policy(idle_rules=["azure-2022"])))


def forecasts(count: int, _: Path) -> Shown:
    times = pd.date_range("2026-03-02", periods=4, freq="1h", tz="UTC")
    ahead = forecast(pd.DataFrame({name: [1.0, 2.0, 1.0, 2.0] for name in called(count)}, index=times), 1)
    return both(ahead)


def sizes(count: int, _: Path) -> Shown:
    return both(rightsizing(used(count)))


def definitions(count: int, _: Path) -> Shown:
    current = [DomainDef(name=name, vcpu=4, memory=8 * 2**20) for name in called(count)]
    return both(rightsizing(used(count)).definitions(current))


def migrations(count: int, _: Path) -> Shown:
    return both(fleet(["kvm7", "kvm8"], called(count)).drain("kvm7").migrations(2**30))


def overlapping(count: int, _: Path) -> Shown:
    guests = {f"guest{number}": [1.0, 2.0] for number in range(count)}
    return both(overlap(usage(guests, host=dict(zip(guests, called(count), strict=True)))))


def waiting(count: int, _: Path) -> Shown:
    names = called(count)
    delay = {"vcpu_delay_seconds_per_second": 0.5}
    return both(
        contention(usage({n: [1.0, 2.0] for n in names}, host={n: f"h-{n[4:]}" for n in names}, **delay))
    )


def recording(count: int, folder: Path) -> Shown:
    write(folder / "r", [sample(0, host=name) for name in called(count)], flush=count)
    return both(virtsdk.open_recording(folder / "r"))


def recorder(count: int, folder: Path) -> Shown:
    with virtsdk.connect("test:///default") as host, virtsdk.record(host, folder / "r") as running:
        row = rows(running._crew.samplers)[0]
        with patch(
            "virtsdk.history.sampling.shown.rows", lambda _: [[name, *row[1:]] for name in called(count)]
        ):
            return both(running)


def imported(count: int, folder: Path) -> Shown:
    lines = [
        f"2026-03-01T12:00:{second:02d}Z,{name},web,2,{second}"
        for name in called(count)
        for second in (0, 10)
    ]
    (folder / "usage.csv").write_text("\n".join(["time,host,domain,vcpus,cpu_time_seconds_total", *lines]))
    return both(virtsdk.import_csv(folder / "usage.csv"))


def drift(count: int, _: Path) -> Shown:
    hosts = {f"kvm{n}": {"": Part({"libvirt": name})} for n, name in enumerate(called(count))}
    return both(compare("versions", hosts))


def several_nodes(count: int, _: Path) -> Shown:
    nodes = {one: node_frames({}, host=one, time=NOON) for one in called(count)}
    return None, FleetNodeStats(nodes)._repr_html_()


def fleet_nodes(count: int, _: Path) -> Shown:
    info = NodeInfo("kvm7", 8, 4, 1, 2, 1, 2**34, "x86_64", 3000)
    return both(FleetNodeInfo(dict.fromkeys(called(count), info)))


def host_fleet(count: int, _: Path) -> Shown:
    members = [Member(name, "test:///none", {}, virtsdk.connect) for name in called(count)]  # type: ignore[arg-type]
    return None, HostFleet(members)._repr_html_()  # in text it is one line


def tree(count: int, _: Path) -> Shown:
    return both(Tree.of("snapshots", [{"name": name, "parent": None} for name in called(count)]))


def backup(count: int, _: Path) -> Shown:
    files = dict.fromkeys(called(count), "/backup")
    made = Backup("kvm7", "u", "web1", files, "qcow2", None, None, 0, None, NOON)
    return None, made._repr_html_()  # in text it is one line


def backup_server(count: int, _: Path) -> Shown:
    exports = {name: BackupExport(name, "export", "nbd://", None) for name in called(count)}
    with virtsdk.connect("test:///default") as host:
        return None, BackupServer(host.domains["test"], exports, None, None)._repr_html_()


REPRS: dict[str, Callable[[int, Path], Shown]] = {
    "Backup": backup,
    "BackupServer": backup_server,
    "Collection": collection,
    "Definitions": definitions,
    "Drift": drift,
    "FleetNodeInfo": fleet_nodes,
    "FleetNodeStats": several_nodes,
    "HostFleet": host_fleet,
    "Imported": imported,
    "ContentionReport": waiting,
    "EventStream": events,
    "GuestDisks": disks,
    "FleetDiff": difference,
    "GuestsLeft": guests_left,
    "GuestStats": guests,
    "HeadroomReport": report,
    "ForecastsReport": forecasts,
    "IdleReport": idle_guests,
    "JobStats": jobs,
    "MigrationsReport": migrations,
    "NPlusReport": failures,
    "NodeStats": node,
    "OverlapReport": overlapping,
    "PlacementReport": placement,
    "Rates": lambda count, _: both(rates(bulk(count), bulk(count, 10))),
    "RebalanceReport": moves,
    "Recorder": recorder,
    "Recording": recording,
    "RightsizingReport": sizes,
    "Rows": rows_of_a_guest,
    "Stats": lambda count, _: both(bulk(count)),
    "StorageStats": storage,
    "Tree": tree,
}


@pytest.mark.parametrize("left_out", [0, 1, 5])
@pytest.mark.parametrize("name", REPRS)
def test_a_repr_shows_as_many_in_text_and_html_and_counts_the_others(name, left_out, tmp_path):
    for shown in REPRS[name](LIMIT + left_out, tmp_path):
        if shown is None:
            continue
        rows = len(set(re.findall(r"item\d+", shown)))
        note = f"… {left_out} earlier" if name == "EventStream" else f"… and {left_out} more"
        assert (rows, note in shown) == (LIMIT, left_out > 0)
        assert shown.count("…") == (left_out > 0)


def test_the_last_events_are_shown_below_the_count_of_earlier_ones(tmp_path):
    _, page = events(LIMIT + 5, tmp_path)
    assert page.index("… 5 earlier") < page.index("item005") < page.index(f"item{LIMIT + 4:03}")


OTHERS = {
    "FleetReport",  # a row per rule, of which there are four
    "MigrationReport",  # a row per round, of which there are few
    "CapacityReport",  # a row per section
    "Holdings",  # the base of a Recording
    "Tabled",  # the base of samples, which are found by it
    "OvercommitReport",  # a row per share of steal, of which there are four
    "Backtest",  # a row per rival, of which there are four
    "ExhaustionReport",  # ten rows, spread over the horizon
    "ForecastReport",  # rows are times: tests/unit/capacity/past/test_forecast_report.py
}


def listing_classes() -> set[str]:
    """The classes whose repr calls a table."""
    found: set[str] = set()
    for part in ("stats", "resources", "history", "capacity", "fleet"):
        for path in (PACKAGE / part).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef) and any(
                    ast.unparse(base) == "Tabled" for base in node.bases
                ):
                    found.add(node.name)
                elif isinstance(node, ast.ClassDef) and re.search(
                    r"\bhtml\.table\(|\bcolumns\(", ast.unparse(node)
                ):
                    found |= {
                        node.name
                        for part in node.body
                        if getattr(part, "name", "") in {"_repr_html_", "_in_html"}
                    }
    return found


def test_no_repr_that_lists_is_left_out_here():
    elsewhere = {"Recording", "Recorder"}  # whose tables are made by Holdings and by Shown
    assert listing_classes() - OTHERS | elsewhere == set(REPRS)


# --- the helper itself ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "shown", "note"), [(0, 0, None), (3, 3, None), (4, 3, "… and 1 more")])
def test_a_list_is_cut_and_the_rest_is_counted(count, shown, note):
    found = cut(range(count), 3)
    assert (found.shown, found.note) == (list(range(shown)), note)
    assert lines(range(count), 3) == [*map(str, range(shown)), *([note] if note else [])]


def test_none_cuts_nothing_and_what_is_cut_is_not_cut_again():
    assert len(cut(range(1000), None).shown) == 1000
    found = cut(range(50), 30)
    assert cut(found) is found
    assert columns(["n"], found.map(lambda number: [number])).splitlines()[-1] == "… and 20 more"
    assert table(["n"], found.map(lambda number: [number])).count("<tr>") == 1 + 30 + 1


def test_what_is_left_out_costs_nothing():
    seen: list[int] = []
    cut(range(50), 2, last=True).map(seen.append)
    assert seen == [48, 49]


def test_a_message_names_some_and_counts_the_others():
    assert names([]) == "none"
    assert names("abc", 3) == "a, b, c"
    assert names("abcd", 3) == "a, b, c and 1 more"
