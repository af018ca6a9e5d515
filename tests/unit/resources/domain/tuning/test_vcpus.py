"""A guest's vCPUs, on the test driver."""

from __future__ import annotations

import pytest

import virtsdk
from virtsdk import errors, xml
from virtsdk.models.domain import DomainDef
from virtsdk.resources.domain.tuning.vcpu_rows import Running, vcpu_rows

PLUGGED = """<domain type='kvm'><name>web9</name><vcpu cpuset='0-7' current='2'>4</vcpu><vcpus>
<vcpu id='0' enabled='yes' hotpluggable='no'/><vcpu id='1' enabled='no' hotpluggable='yes'/>
<vcpu id='2' enabled='yes' hotpluggable='yes'/><vcpu id='3' enabled='no' hotpluggable='yes'/></vcpus>
<cputune><vcpupin vcpu='1' cpuset='5'/><vcpupin vcpu='2' cpuset='2-3'/></cputune></domain>"""


def counts(guest: virtsdk.Domain) -> tuple[int, int, int, int]:
    now, later = guest.vcpus(), guest.vcpus(persistent=True)
    return int(now["online"].sum()), len(now), int(later["online"].sum()), len(later)


def test_vcpus_go_to_what_runs_and_to_the_definition(host: virtsdk.Host) -> None:
    guest = host.domains["db1"]
    assert counts(guest) == (3, 3, 3, 3)
    guest.set_vcpus(2)
    assert counts(guest) == (2, 3, 2, 3)
    guest.set_vcpus(1, scope="live")
    assert counts(guest) == (1, 3, 2, 3)
    guest.set_vcpus(3, scope="persistent")
    assert counts(guest) == (1, 3, 3, 3)
    guest.set_vcpus(4, maximum=True, scope="persistent")
    assert counts(guest) == (1, 3, 3, 4)


def test_the_maximum_is_for_a_guest_that_is_off_or_its_next_start(host: virtsdk.Host) -> None:
    with pytest.raises(errors.NotLive, match="scope='persistent'"):
        host.domains["db1"].set_vcpus(4, maximum=True)
    host.domains["web2"].set_vcpus(4, maximum=True)
    assert len(host.domains["web2"].vcpus()) == 4
    with pytest.raises(errors.InvalidArgument):
        host.domains["db1"].set_vcpus(9)


@pytest.mark.parametrize(
    ("given", "options", "match"),
    [
        (0, {}, "vcpus must be 1"),
        ([1, 2], {}, "must have vCPU 0"),
        ([], {}, "vcpus must name at least one"),
        ({0, 1}, {"maximum": True}, "vcpus must be a number with maximum"),
        (1, {"guest": True, "maximum": True}, "guest must be False"),
        (1, {"guest": True, "scope": "persistent"}, "guest must be False"),
        (1, {"scope": "all"}, "scope must be"),
    ],
)
def test_what_does_not_go_together_is_refused_before_a_call(
    given: object, options: dict[str, object], match: str, host: virtsdk.Host
) -> None:
    with pytest.raises(ValueError, match=match):
        host.domains["db1"].set_vcpus(given, **options)  # type: ignore[arg-type]
    assert counts(host.domains["db1"]) == (3, 3, 3, 3)


@pytest.mark.parametrize("wrong", ["2", 1.5, True, None])
def test_what_is_no_number_is_a_type_error(wrong: object, host: virtsdk.Host) -> None:
    with pytest.raises(TypeError, match="vcpus must be"):
        host.domains["db1"].set_vcpus(wrong)  # type: ignore[arg-type]


def test_single_vcpus_and_the_agent_are_not_supported_here(host: virtsdk.Host) -> None:
    with pytest.raises(errors.NotSupported, match="the test driver does not do that"):
        host.domains["db1"].set_vcpus({0, 2})
    with pytest.raises(errors.NotSupported):
        host.domains["db1"].set_vcpus({0, 2}, guest=True)


@pytest.mark.parametrize("options", [{}, {"maximum": True, "scope": "persistent"}])
def test_what_libvirt_accepts_and_ignores_is_an_error(
    options: dict[str, object], host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    import libvirt

    monkeypatch.setattr(libvirt.virDomain, "setVcpusFlags", lambda *_: 0)
    with pytest.raises(errors.NotApplied, match="it has 3, not 2") as caught:
        host.domains["db1"].set_vcpus(2, **options)  # type: ignore[arg-type]
    assert caught.value.paths == ("vcpus",)


def test_pins_are_of_cpus_that_the_host_has(host: virtsdk.Host) -> None:
    guest = host.domains["db1"]
    guest.pin_vcpu(1, "0-1,3")
    assert guest.vcpus()["cpus"].tolist()[1] == "0-1,3"
    assert guest.vcpus()["cpus"].isna().tolist() == [True, False, True]
    with pytest.raises(errors.InvalidArgument, match="the host has CPUs 0 to 7, and not 8"):
        guest.pin_vcpu(1, [0, 8])
    with pytest.raises(errors.InvalidArgument):
        guest.pin_vcpu(9, "0")
    with pytest.raises(ValueError, match="cpus must name at least one"):
        guest.pin_vcpu(1, [])
    with pytest.raises(errors.NotSupported, match="scope='auto'"):
        guest.pin_vcpu(1, "0", scope="persistent")
    with pytest.raises(errors.InvalidState):  # of this driver: QEMU pins one that is off
        host.domains["web2"].pin_vcpu(0, "2", scope="persistent")


def test_the_emulator_is_pinned_live_and_for_the_next_start(host: virtsdk.Host) -> None:
    guest = host.domains["db1"]
    guest.pin_emulator([0, 1])
    guest.pin_emulator("3", scope="persistent")
    assert (guest.emulator_cpus(), guest.emulator_cpus(scope="persistent")) == ("0-1", "3")
    guest.pin_emulator(None)
    assert guest.emulator_cpus() == "0-7"


def test_rows_tell_what_is_offline_pinned_and_hotpluggable() -> None:
    running = [
        Running(0, 1, 2_000_000_000, 6, (True,) * 8),
        Running(2, 2, 0, -1, (False, False, True, True, *[False] * 4)),
    ]
    rows = vcpu_rows(xml.parse(PLUGGED, DomainDef), running)
    assert [one["online"] for one in rows] == [True, False, True, False]
    assert [one["state"] for one in rows] == ["running", "offline", "blocked", "offline"]
    assert [one["cpus"] for one in rows] == [None, "5", "2-3", "0-7"]
    assert [one["cpu"] for one in rows] == [6, None, None, None]
    assert [one["hotpluggable"] for one in rows] == [False, True, True, True]
    assert [one["cpu_seconds_total"] for one in rows] == [2.0, None, 0.0, None]


def test_one_that_is_off_has_no_states(host: virtsdk.Host) -> None:
    frame = host.domains["web2"].vcpus()
    assert frame["online"].tolist() == [True, True]
    assert frame[["state", "cpu", "cpu_seconds_total"]].isna().all(axis=None)
