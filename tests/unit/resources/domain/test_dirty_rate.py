"""Dirty rates: what a measurement says, and what cannot be asked for."""

from __future__ import annotations

import json
import time
from math import sqrt
from typing import Any, get_args

import pytest

from virtsdk import errors, words
from virtsdk.resources.domain.dirty_rate import SAMPLED_BYTES, DirtyRate, DirtyRateVerbs
from virtsdk.stats import from_records

MIB = 2**20
SAMPLED = {
    "dirtyrate.calc_status": 2, "dirtyrate.calc_start_time": 7, "dirtyrate.calc_period": 5,
    "dirtyrate.calc_mode": "page-sampling", "dirtyrate.megabytes_per_second": 10,
}  # fmt: skip
RING = SAMPLED | {
    "dirtyrate.calc_mode": "dirty-ring",
    **{f"dirtyrate.vcpu.{number}.megabytes_per_second": number for number in range(12)},
}


def measured(**values: Any) -> DirtyRate:
    return DirtyRate.of_record({**SAMPLED, **values}, host="kvm7", domain="u1", name="web1")


def test_a_rate_is_in_bytes_over_the_seconds_that_were_measured():
    rate = measured()
    assert (rate.bytes_per_second, rate.seconds, rate.mode) == (10 * MIB, 5.0, "page-sampling")
    assert rate.vcpu_bytes_per_second == ()
    assert rate.changed_bytes == 50 * MIB
    assert repr(rate) == "<DirtyRate of web1 10 MiB/s ± 2 MiB/s, over 5 s, page-sampling>"
    assert hash(rate) == hash(measured())


def test_the_rates_of_vcpus_are_by_their_number():
    rate = DirtyRate.of_record(RING, host="kvm7", domain="u1", name="web1")
    assert rate.vcpu_bytes_per_second == tuple(number * MIB for number in range(12))
    assert "; most 11 MiB/s by vCPU 11 of 12>" in repr(rate)
    assert rate.error_bytes_per_second == MIB  # all pages are counted; what is left is the rounding


def test_a_libvirt_without_modes_samples():
    old = {key: value for key, value in SAMPLED.items() if key != "dirtyrate.calc_mode"}
    assert DirtyRate.of_record(old, host="kvm7", domain="u1", name="web1").mode == "page-sampling"


def test_the_error_falls_with_the_time_and_a_rate_of_nothing_has_one():
    errors_ = {
        seconds: measured(**{"dirtyrate.calc_period": seconds}).error_bytes_per_second
        for seconds in (1, 4, 16)
    }
    assert [errors_[one] * sqrt(one) for one in (4, 16)] == pytest.approx([errors_[1]] * 2)
    nothing = measured(**{"dirtyrate.megabytes_per_second": 0})
    assert nothing.error_bytes_per_second == round(SAMPLED_BYTES / 5)
    assert "0 bytes/s ± 410 KiB/s" in repr(nothing)


def test_the_frame_has_the_columns_of_the_figures():
    frame = measured().frame()
    figures = from_records([("u1", "web1", {"state.state": 1, **SAMPLED})], host="kvm7").dirty_rates
    same = [column for column in frame if column in figures]
    assert len(same) == 6
    assert frame[same].iloc[0].tolist() == figures[same].iloc[0].tolist()
    assert frame["dirty_rate_error_bytes_per_second"].tolist() == [2 * MIB]
    assert json.loads(json.dumps(measured().to_dict()))["changed_bytes"] == 50 * MIB


def test_names_are_text_in_every_form():
    rate = DirtyRate.of_record(SAMPLED, host="kvm7", domain="u1", name="<b>x</b>\n")
    assert "<b>x</b>" not in rate._repr_html_()
    assert "\n" not in repr(rate)


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"seconds": 0}, ValueError, "seconds must be a whole number from 1 to 60, not 0"),
        ({"seconds": 61}, ValueError, "seconds must be a whole number from 1 to 60, not 61"),
        ({"seconds": 1.5}, ValueError, r"seconds must be a whole number from 1 to 60, not 1\.5"),
        ({"seconds": "1"}, TypeError, "seconds must be a whole number, not '1'"),
        ({"seconds": True}, TypeError, "seconds must be a whole number, not True"),
        (
            {"mode": "ring"},
            ValueError,
            "mode must be 'page-sampling', 'dirty-bitmap', 'dirty-ring', not 'ring'",
        ),
        ({"mode": ["x"]}, ValueError, "mode must be "),
        ({"seconds": 5, "timeout": 5}, ValueError, "timeout must be above the 5 s of the measuring, not 5"),
        ({"timeout": "1"}, TypeError, "timeout must be a number of seconds"),
    ],
)
def test_arguments_are_checked_before_anything_is_sent(arguments, error, said, host, monkeypatch):
    guest = host.domains["web1"]
    with monkeypatch.context() as patch:
        patch.setattr(type(host.session), "_current", lambda *_: pytest.fail("it asked for the connection"))
        with pytest.raises(error, match=said):
            guest.measure_dirty_rate(**arguments)


def test_what_does_not_run_writes_nothing(host):
    for name, state in (("web2", "shutoff"), ("db1", "paused")):
        with pytest.raises(errors.InvalidState, match=f"'{name}': it is {state} and writes nothing"):
            host.domains[name].measure_dirty_rate()


def test_a_driver_that_does_not_measure_says_so(host):
    assert not host.supports("dirty_rate")
    with pytest.raises(errors.NotSupported, match="measure the dirty rate of domain 'web1'"):
        host.domains["web1"].measure_dirty_rate()
    with pytest.raises(errors.NotSupported, match=r"it is of type 'test', and QEMU before 9\.1 crashes"):
        host.domains["web1"].measure_dirty_rate(mode="dirty-bitmap")


def test_the_modes_are_those_of_libvirt():
    from virtsdk.binding.library import constants

    assert {*constants("VIR_DOMAIN_DIRTYRATE_MODE_")} == {*get_args(words.DirtyRateMode)}


def test_what_does_not_end_is_given_up(host, monkeypatch):
    tries = []
    monkeypatch.setattr(DirtyRateVerbs, "_begin", lambda *_: None)
    monkeypatch.setattr(DirtyRateVerbs, "_measured", lambda *_: tries.append(time.monotonic()))
    began = time.monotonic()
    with pytest.raises(errors.TimedOut, match=r"not done in 2\.5 s; it ends by itself"):
        host.domains["web1"].measure_dirty_rate(timeout=2.5)
    assert tries[0] - began >= 1  # nobody is asked before it can be done
    assert len(tries) >= 2
