"""A guest's tuning, on the test driver: what is set is read, for the scope that it was set for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import virtsdk
from tests.unit.resources.conftest import NodeFile, domain_xml
from virtsdk import errors
from virtsdk.resources.domain.tuning.tuning import Tuning
from virtsdk.resources.domain.tuning.values import TuningValue, in_words
from virtsdk.units import GiB, KiB, MiB

NIC = """<devices><interface type='network'><mac address='52:54:00:00:00:07'/><source network='none'/>
<target dev='tap7'/></interface></devices>"""


@pytest.fixture
def guest(node_file: NodeFile) -> Any:
    with virtsdk.connect(node_file(domain_xml("web1", 1, extra=NIC), domain_xml("web2", 2, state=5))) as host:
        yield host.domains["web1"]


READS: dict[str, Callable[..., TuningValue]] = {
    "scheduler": Tuning.scheduler,
    "memory_limits": Tuning.memory_limits,
    "block_weights": Tuning.block_weights,
    "numa": Tuning.numa,
    "perf_events": Tuning.perf_events,
    "iothreads": Tuning.iothreads,
    "bandwidth": lambda tuning, **more: tuning.bandwidth("tap7", **more),
}
# what is set, and the attribute that has it then; not of the scheduler, whose calls take no scope here
SETS: dict[str, tuple[Callable[..., TuningValue], dict[str, Any], str, Any, Any]] = {
    "memory": (Tuning.set_memory_limits, {"hard_bytes": GiB(2)}, "hard_bytes", GiB(2), None),
    "weight": (Tuning.set_block_weights, {"weight": 300}, "weight", 300, None),
    "perf": (Tuning.set_perf_events, {"enable": ["cmt"]}, "enabled", ("cmt",), ()),
    "bandwidth": (
        lambda tuning, **more: tuning.set_bandwidth("tap7", **more),
        {"inbound_bytes_per_second": 2_000_000},
        "inbound_bytes_per_second",
        2_000_000,
        None,
    ),
    "numa": (Tuning.set_numa, {"cells": [0]}, "cells", "0", None),
}
READ_BY = {"memory": "memory_limits", "weight": "block_weights", "perf": "perf_events"}


@pytest.mark.parametrize("what", SETS)
def test_what_is_set_is_read_and_a_scope_leaves_the_other_alone(what: str, guest: virtsdk.Domain) -> None:
    set_it, given, attribute, value, before = SETS[what]
    read = READS[READ_BY.get(what, what)]
    done = set_it(guest.tuning, **given, scope="persistent")
    assert (done.scope, getattr(done, attribute)) == ("persistent", value)
    assert getattr(read(guest.tuning), attribute) == before, "what runs was changed too"
    done = set_it(guest.tuning, **given)
    assert (done.scope, getattr(done, attribute)) == ("live", value)
    assert getattr(read(guest.tuning, scope="persistent"), attribute) == value


@pytest.mark.parametrize("what", READS)
def test_a_value_says_whose_it_is_and_is_a_frame(what: str, guest: virtsdk.Domain) -> None:
    value = READS[what](guest.tuning)
    assert (value.host, value.domain, value.name) == (guest.host.name, guest.uuid, "web1")
    assert value.scope == "live"
    frame = value.frame()
    assert isinstance(frame, pd.DataFrame)
    assert list(frame)[:4] == ["host", "domain", "name", "scope"]
    assert repr(value).startswith(f"<{type(value).__name__} of web1, live: ")
    assert "web1" in value._repr_html_()  # type: ignore[operator]
    assert value.to_dict()["name"] == "web1"
    off = guest.host.domains["web2"].tuning
    if what != "bandwidth":
        assert READS[what](off).scope == "persistent"


def test_the_scheduler_of_this_driver_takes_no_scope(guest: virtsdk.Domain) -> None:
    assert guest.tuning.scheduler().kind == "fair"
    assert guest.tuning.set_scheduler(weight=50).weight == 50
    for scope in ("live", "auto"):
        assert guest.tuning.scheduler(scope=scope).scope == "live"
    with pytest.raises(errors.NotSupported, match="scope='auto'"):
        guest.tuning.set_scheduler(weight=50, scope="persistent")
    with pytest.raises(errors.NotSupported, match="the test driver has no cpu_shares there; it has weight"):
        guest.tuning.set_scheduler(cpu_shares=1024)


def test_what_libvirt_accepts_and_ignores_is_an_error(guest: virtsdk.Domain) -> None:
    with pytest.raises(errors.NotApplied, match="has weight as before") as caught:
        guest.tuning.set_scheduler(weight=70)  # this driver keeps nothing of it
    assert caught.value.paths == ("weight",)


def test_of_a_list_of_devices_the_one_that_is_meant_is_read_back(
    guest: virtsdk.Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    import libvirt

    guest.tuning.set_block_weights(device="/dev/sda", device_weight=200)
    monkeypatch.setattr(libvirt.virDomain, "setBlkioParameters", lambda *_: 0)
    guest.tuning.set_block_weights(device="/dev/sda", device_weight=200)  # it has that already
    guest.tuning.set_block_weights(device="/dev/sdb", device_weight=0)  # nor has it another
    for device, weight in (("/dev/sda", 300), ("/dev/sda", 0), ("/dev/sdb", 200)):
        with pytest.raises(errors.NotApplied, match="device_weight"):
            guest.tuning.set_block_weights(device=device, device_weight=weight)


def test_what_runs_is_said_to_be_changed_where_the_definition_fails(
    guest: virtsdk.Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    import libvirt

    right = libvirt.virDomain.setBlkioParameters

    def fails_for_the_next_start(raw: Any, record: Any, flags: int) -> int:
        if flags == libvirt.VIR_DOMAIN_AFFECT_CONFIG:
            return int(right(raw, {"device_weight": "none,a"}, flags))
        return int(right(raw, record, flags))

    monkeypatch.setattr(libvirt.virDomain, "setBlkioParameters", fails_for_the_next_start)
    with pytest.raises(errors.VirtError, match="what runs is changed already, its definition is not"):
        guest.tuning.set_block_weights(400)
    assert guest.tuning.block_weights().weight == 400


def test_limits_are_taken_away_by_a_word(guest: virtsdk.Domain) -> None:
    tuning = guest.tuning
    tuning.set_memory_limits(hard_bytes=GiB(2), soft_bytes=GiB(1))
    left = tuning.set_memory_limits(hard_bytes="unlimited")
    assert (left.hard_bytes, left.soft_bytes) == (None, GiB(1))
    tuning.set_bandwidth("tap7", inbound_bytes_per_second=1000, outbound_bytes_per_second=2000)
    less = tuning.set_bandwidth("tap7", inbound_bytes_per_second="unlimited")
    assert (less.inbound_bytes_per_second, less.outbound_bytes_per_second) == (None, 2000)


def test_one_block_device_leaves_the_others_alone(guest: virtsdk.Domain) -> None:
    tuning = guest.tuning
    tuning.set_block_weights(500, device="/dev/sda", device_weight=200, read_bytes_per_second=MiB(4))
    both = tuning.set_block_weights(device="/dev/sdb", write_requests_per_second=50)
    assert [(one.device, one.weight, one.read_bytes_per_second) for one in both.devices] == [
        ("/dev/sda", 200, MiB(4)),
        ("/dev/sdb", None, None),
    ]
    assert "read 4 MiB/s" in repr(both)
    frame = both.frame()
    assert frame["device"].isna().tolist() == [True, False, False]
    assert frame["weight"].dropna().tolist() == [500, 200]
    less = tuning.set_block_weights(device="/dev/sda", device_weight=0, read_bytes_per_second="unlimited")
    assert [one.device for one in less.devices] == ["/dev/sdb"]


def test_a_burst_is_counted_in_kib_and_a_rate_in_kilobytes(guest: virtsdk.Domain) -> None:
    guest.tuning.set_bandwidth(
        "52:54:00:00:00:07", inbound_bytes_per_second=1_000_000, inbound_burst_bytes=KiB(128)
    )
    nic = guest.definition().devices.interfaces[0]
    assert (nic.bandwidth.inbound.average, nic.bandwidth.inbound.burst) == (1000, 128)


def test_iothreads_come_go_and_are_pinned(guest: virtsdk.Domain) -> None:
    tuning = guest.tuning
    assert [one.number for one in tuning.add_iothread(2).threads] == [2]
    assert [one.number for one in tuning.iothreads(scope="persistent").threads] == [2]
    assert tuning.pin_iothread(2, "0").threads[0].cpus == "0"
    with pytest.raises(errors.InvalidArgument, match=r"cannot pin iothread 2 of .*, and not 4095"):
        tuning.pin_iothread(2, [0, 4095])
    assert tuning.pin_iothread(2, None).threads[0].cpus.startswith("0-")
    polls = tuning.set_iothread(2, poll_max_seconds=0.00005, scope="live")
    assert polls.frame()["iothread"].tolist() == [2]
    with pytest.raises(errors.InvalidArgument):
        tuning.add_iothread(2)
    assert tuning.remove_iothread(2, scope="live").threads == ()
    assert [one.number for one in tuning.iothreads(scope="persistent").threads] == [2]
    tuning.remove_iothread(2, scope="persistent")
    with pytest.raises(errors.InvalidArgument):
        tuning.remove_iothread(2)


def test_another_numa_mode_is_not_for_what_runs(guest: virtsdk.Domain) -> None:
    with pytest.raises(errors.NotLive, match="scope='persistent'"):
        guest.tuning.set_numa(mode="interleave")
    assert guest.tuning.set_numa(mode="interleave", cells="0", scope="persistent").mode == "interleave"
    assert guest.tuning.numa().mode == "strict"


WRONG: list[tuple[str, tuple[Any, ...], dict[str, Any], str]] = [
    ("set_scheduler", (), {}, "changes nothing"),
    (
        "set_scheduler",
        (),
        {"vcpu_period_seconds": 5},
        "vcpu_period_seconds must be 0.001 to 1 seconds, not 5",
    ),
    ("set_scheduler", (), {"vcpu_quota_seconds": 0}, "vcpu_quota_seconds must be"),
    ("set_scheduler", (), {"vcpu_quota_seconds": float("nan")}, "vcpu_quota_seconds must be"),
    ("set_scheduler", (), {"cpu_shares": -3}, "cpu_shares must be 0 or more, not -3"),
    ("set_memory_limits", (), {}, "changes nothing"),
    ("set_memory_limits", (), {"hard_bytes": 0}, "hard_bytes must be 1024 bytes or more"),
    ("set_memory_limits", (), {"soft_bytes": 1000}, "soft_bytes must be bytes in whole KiB"),
    ("set_block_weights", (), {}, "changes nothing"),
    ("set_block_weights", (0,), {}, "weight must be 1 to 10000, not 0"),
    ("set_block_weights", (), {"device": "/dev/sda"}, "device must be given with"),
    ("set_block_weights", (), {"device_weight": 100}, "device must be given with"),
    ("set_block_weights", (), {"device": "sda", "device_weight": 100}, "device must be an absolute path"),
    ("set_numa", (), {}, "changes nothing"),
    ("set_numa", (), {"mode": "odd"}, "mode must be 'strict'"),
    ("set_numa", (), {"cells": "a"}, "cells must be"),
    ("set_bandwidth", ("tap7",), {}, "changes nothing"),
    ("set_bandwidth", ("tap7",), {"inbound_bytes_per_second": 1500}, "whole kB/s"),
    (
        "set_bandwidth",
        ("tap7",),
        {"inbound_peak_bytes_per_second": 1000},
        "inbound_bytes_per_second must be given",
    ),
    ("set_perf_events", (), {}, "changes nothing"),
    ("set_perf_events", (), {"enable": ["cmt"], "disable": ["cmt"]}, "must not both have cmt"),
    ("add_iothread", (0,), {}, "number must be 1"),
    ("set_iothread", (1,), {}, "changes nothing"),
    ("set_iothread", (1,), {"poll_max_seconds": 9}, "poll_max_seconds must be 0 to 2 seconds, not 9"),
    ("pin_iothread", (1, "x"), {}, "cpus must be"),
]


@pytest.mark.parametrize(("verb", "positional", "given", "match"), WRONG)
def test_a_wrong_value_is_refused_before_a_call(
    verb: str, positional: tuple[Any, ...], given: dict[str, Any], match: str, guest: virtsdk.Domain
) -> None:
    tuning = guest.tuning
    guest.host.close()  # whatever is sent would raise HostClosed
    with pytest.raises(ValueError, match=match):
        getattr(tuning, verb)(*positional, **given)


def test_a_wrong_scope_is_refused_everywhere(guest: virtsdk.Domain) -> None:
    for read in READS.values():
        with pytest.raises(ValueError, match="scope must be"):
            read(guest.tuning, scope="config")
    for set_it, given, *_ in SETS.values():
        with pytest.raises(ValueError, match="scope must be"):
            set_it(guest.tuning, **given, scope="config")


def test_a_scope_that_does_not_fit_says_which_does(host: virtsdk.Host) -> None:
    off = host.domains["web2"].tuning
    passing = host.domains.create(domain_xml("web9", 9)).tuning
    for read in (Tuning.memory_limits, Tuning.iothreads):
        with pytest.raises(errors.InvalidState, match="scope='persistent' is of its definition"):
            read(off, scope="live")
        with pytest.raises(errors.InvalidState, match="scope='live' is of what runs"):
            read(passing, scope="persistent")
    with pytest.raises(errors.InvalidState, match="scope='persistent' changes its definition"):
        off.set_memory_limits(soft_bytes=GiB(1), scope="live")


def test_a_string_is_no_list_of_events(guest: virtsdk.Domain) -> None:
    with pytest.raises(TypeError, match="enable must be a list"):
        guest.tuning.set_perf_events(enable="cmt")
    with pytest.raises(errors.NotSupported, match="no cycles there; it has"):
        guest.tuning.set_perf_events(enable=["cycles"])


def test_a_name_that_is_markup_is_escaped() -> None:
    from virtsdk.resources.domain.tuning.values import BlockDevice, BlockWeights

    device = BlockDevice("/dev/<i>", weight=100)
    value = BlockWeights(host="<b>h</b>", domain="u1", name="<b>x</b>\n", scope="live", devices=(device,))
    assert "\n" not in repr(value)
    page = value._repr_html_()
    assert "<b>" not in page
    assert "<i>" not in page


def test_a_quota_is_told_as_cpus() -> None:
    from virtsdk.resources.domain.tuning.values import Scheduler

    whose: dict[str, Any] = {"host": "kvm7", "domain": "u1", "name": "web1", "scope": "live"}
    half = Scheduler(**whose, vcpu_period_seconds=0.1, vcpu_quota_seconds=0.05)
    assert half.vcpu_limit == 0.5
    assert repr(half) == "<Scheduler of web1, live: kind , vcpu period 0.1 s, vcpu quota 0.05 s>"
    assert Scheduler(**whose, vcpu_period_seconds=0.1).vcpu_limit is None
    assert half.frame()["vcpu_quota_seconds"].tolist() == [0.05]
    assert in_words("enabled", True) == "yes"
