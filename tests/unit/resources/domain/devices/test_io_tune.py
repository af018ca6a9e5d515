"""Limits of a disk: read, merged, checked."""

from __future__ import annotations

import pytest

from virtsdk.resources.domain.devices.io_tune import IoTune, check_limits, parameters, shortfalls
from virtsdk.units import MiB


def test_zero_is_no_limit_and_no_name_no_group() -> None:
    record = {"total_iops_sec": 0, "read_bytes_sec": 5, "read_bytes_sec_max_length": 1, "group_name": ""}
    tune = IoTune.of_record(record)
    assert tune == IoTune(read_bytes_per_second=5)  # the length of a burst that there is not is none
    assert (tune.is_limited, IoTune(group="a").is_limited) == (True, False)
    assert (
        IoTune.of_record({"total_iops_sec_max": 9, "total_iops_sec_max_length": 3}).total_iops_max_seconds
        == 3
    )


def test_limits_of_the_same_kind_stay_and_a_total_takes_the_place_of_both() -> None:
    now = IoTune(read_bytes_per_second=5, total_iops=100)
    assert now.with_limits({"write_bytes_per_second": 6}) == {"read_bytes_sec": 5, "write_bytes_sec": 6}
    assert now.with_limits({"total_bytes_per_second": 9}) == {"read_bytes_sec": 0, "total_bytes_sec": 9}
    assert now.with_limits({"write_iops": 7}) == {"total_iops_sec": 0, "write_iops_sec": 7}
    assert now.with_limits({"total_iops": 0}) == {"total_iops_sec": 0}
    assert now.with_limits({"total_iops_max": 200}) == {"total_iops_sec_max": 200}
    assert now.with_limits({"iops_size_bytes": 4096}) == {"size_iops_sec": 4096}


def test_with_a_limit_goes_its_burst_and_with_a_burst_its_length() -> None:
    now = IoTune(total_iops=100, total_iops_max=200, total_iops_max_seconds=5, read_bytes_per_second=7)
    none = {"total_iops_sec_max": 0, "total_iops_sec_max_length": 0}
    assert now.with_limits({"total_iops_max": 0}) == none
    assert now.with_limits({"total_iops": 0}) == {"total_iops_sec": 0, **none}
    assert now.with_limits({"read_iops": 9}) == {"read_iops_sec": 9, "total_iops_sec": 0, **none}
    assert now.with_limits({"total_iops": 90}) == {"total_iops_sec": 90}
    assert now.with_limits({"total_iops_max_seconds": 2}) == {"total_iops_sec_max_length": 2}
    each = IoTune(read_iops=1, read_iops_max=2, write_iops=3, write_iops_max=4)
    changed = each.with_limits({"read_iops_max": 5})  # libvirt would take the other one away
    assert changed == {"read_iops_sec_max": 5, "write_iops_sec_max": 4}


def test_the_group_that_qemu_gives_to_a_disk_alone_is_none() -> None:
    own = "/machine/peripheral/virtio-disk2/virtio-backend"
    assert IoTune.of_record({"total_iops_sec": 1, "group_name": own}).group is None
    assert IoTune.of_record({"total_iops_sec": 1, "group_name": "slow"}).group == "slow"


@pytest.mark.parametrize(
    ("limits", "error", "words"),
    [
        ({"total_iops": -1}, ValueError, r"total_iops must be 0 \(no limit\) or more, not -1"),
        ({"total_iops": 1.5}, TypeError, "total_iops must be a whole number, not 1.5"),
        ({"total_iops": True}, TypeError, "total_iops must be a whole number, not True"),
        (
            {"total_iops_sec": 5},
            TypeError,
            "unknown limit 'total_iops_sec'; limits are total_bytes",
        ),
        ({"total_iops": 5, "read_iops": 5}, ValueError, "total_iops must not be given with those of read"),
    ],
)
def test_wrong_limits_are_named(limits: dict[str, object], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        check_limits(limits)


def test_a_limit_that_is_not_as_it_was_to_be_is_named_as_it_was_given() -> None:
    tune = IoTune(total_iops=100)
    assert shortfalls(tune, {"total_iops_sec": 100, "read_bytes_sec": 0}) == ()
    assert shortfalls(tune, {"total_iops_sec": 50}) == ("total_iops",)
    burst = IoTune(total_iops_max=200, total_iops_max_seconds=1)
    assert shortfalls(burst, {"total_iops_sec_max_length": 5}) == ("total_iops_max_seconds",)
    assert shortfalls(tune, {"total_iops_sec_max_length": 5}) == ()  # of a burst that there is not
    assert parameters({"total_bytes_per_second_max_seconds": 2}) == {"total_bytes_sec_max_length": 2}


def test_it_shows_what_there_is() -> None:
    tune = IoTune(read_bytes_per_second=MiB(5), total_iops=100, group="<slow>")
    assert repr(tune) == "<IoTune 100 requests/s, read 5 MiB/s, group <slow>>"
    assert repr(IoTune()) == "<IoTune no limits>"
    assert "<slow>" not in tune._repr_html_()
    assert '<th scope="row">read</th><td>5 MiB/s</td>' in tune._repr_html_()
    burst = IoTune(read_bytes_per_second_max=MiB(9), read_bytes_per_second_max_seconds=5)._repr_html_()
    assert '<th scope="row">read max</th><td>9 MiB/s</td>' in burst
    assert "<td>5 s</td>" in burst
    frame = tune.frame()
    assert frame.set_index("limit")["value"].to_dict() == {"read_bytes_per_second": MiB(5), "total_iops": 100}
    assert tune.to_dict()["group"] == "<slow>"
