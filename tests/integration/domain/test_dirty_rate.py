"""How fast real guests write to their memory, and when that cannot be measured."""

from __future__ import annotations

import contextlib
import os
import signal
import time

import pytest

import virtsdk
from tests.integration.figures.test_truth import qemu
from tests.waiting import SLOW, until
from virtsdk import errors


@pytest.fixture
def guest(lab_daemon: virtsdk.lab.LabHost) -> virtsdk.Domain:
    """A guest that runs, and goes on doing so."""
    found = lab_daemon.domains["web1"]
    assert found.state == "running"
    return found


def test_a_measurement_is_what_the_figures_say_then(guest: virtsdk.Domain) -> None:
    began = time.monotonic()
    rate = guest.measure_dirty_rate(2)
    assert 2 <= time.monotonic() - began < 2 + 2 * SLOW
    assert (rate.host, rate.domain, rate.name) == (guest.host.name, guest.uuid, "web1")
    assert (rate.seconds, rate.mode, rate.vcpu_bytes_per_second) == (2.0, "page-sampling", ())
    until(lambda: statuses(guest) == ["measured"])
    figures = guest.host.stats().dirty_rates.set_index("name").loc["web1"]
    row = rate.frame().iloc[0]
    for column in ("mode", "period_seconds", "dirty_rate_bytes_per_second"):
        assert figures[column] == row[column], column


def statuses(guest: virtsdk.Domain) -> list[str]:
    """What is said of its measurement: nothing where a job has the guest in that moment."""
    rates = guest.host.stats().dirty_rates
    return rates.loc[rates["name"] == guest.name, "status"].tolist()


def test_a_measurement_goes_on_behind(guest: virtsdk.Domain) -> None:
    with guest.measure_dirty_rate(2, wait=False) as measuring:
        seconds = [amount.done for amount in measuring]
    assert measuring.result.seconds == 2
    assert (seconds, seconds[-1]) == (sorted(seconds), 2)
    told: list[tuple[int, int | None]] = []
    guest.measure_dirty_rate(1, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (1, 1)


def test_what_crashes_an_emulated_guest_is_refused(guest: virtsdk.Domain) -> None:
    with pytest.raises(
        errors.NotSupported, match=r"type 'qemu', and QEMU before 9\.1 crashes .*page-sampling"
    ):
        guest.measure_dirty_rate(mode="dirty-bitmap")
    with pytest.raises(errors.NotSupported, match="dirty-ring"):  # libvirt's own word
        guest.measure_dirty_rate(mode="dirty-ring")
    assert guest.state == "running"


def test_only_one_measures_at_a_time(guest: virtsdk.Domain) -> None:
    with guest.measure_dirty_rate(4, wait=False) as first:
        until(lambda: first.figures is not None)  # it has begun
        with pytest.raises(errors.ResourceBusy, match="somebody measures it already") as caught:
            guest.measure_dirty_rate()
        assert caught.value.code is not None
    assert first.result.seconds == 4.0


def test_a_guest_that_does_not_run_has_no_rate(guest: virtsdk.Domain) -> None:
    measuring = guest.measure_dirty_rate(4, wait=False)
    until(lambda: measuring.figures is not None)  # it has begun
    guest.suspend()
    try:
        with pytest.raises(errors.InvalidState, match="it is paused and writes nothing"):
            measuring.wait()
        with pytest.raises(errors.InvalidState, match="it is paused and writes nothing"):
            guest.measure_dirty_rate()
    finally:
        guest.resume()


def test_a_guest_that_goes_meanwhile_is_not_found(lab_daemon: virtsdk.lab.LabHost) -> None:
    guest = lab_daemon.domains.create(
        "<domain type='qemu'><name>brief</name><memory unit='MiB'>16</memory>"
        "<os><type arch='x86_64'>hvm</type></os></domain>"
    )
    measuring = guest.measure_dirty_rate(4, wait=False)
    until(lambda: measuring.figures is not None)  # it has begun
    guest.destroy()
    with pytest.raises(errors.DomainNotFound, match="brief"):
        measuring.wait()


def test_a_frozen_guest_is_given_up_in_time(guest: virtsdk.Domain) -> None:
    process = int(qemu(guest.host, "web1").name)
    os.kill(process, signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(errors.TimedOut, match=r"measure the dirty rate of domain 'web1'.* in 1\.5 s"):
            guest.measure_dirty_rate(timeout=1.5)
        assert 1.5 <= time.monotonic() - began < 1.5 + SLOW
    finally:
        os.kill(process, signal.SIGCONT)
    until(lambda: not guest.host.parked_calls)
    measured: list[float] = []

    def measures() -> bool:
        with contextlib.suppress(errors.ResourceBusy):  # what was begun goes on to its end
            measured.append(guest.measure_dirty_rate().seconds)
        return bool(measured)

    until(measures)
    assert measured == [1]


def test_a_reader_does_not_measure(guest: virtsdk.Domain) -> None:
    with virtsdk.connect(guest.host.uri, readonly=True) as reader, pytest.raises(errors.ReadOnly):
        reader.domains["web1"].measure_dirty_rate()
