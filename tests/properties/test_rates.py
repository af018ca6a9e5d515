"""Whatever happens to guests, clocks and samples: what counters show is conserved, and nothing is made up."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.budget import examples
from virtsdk.stats import from_records, rates
from virtsdk.stats.change.possible import SHARE, TICKS
from virtsdk.stats.samples.times import Clock

START = pd.Timestamp("2026-03-01 12:00", tz="UTC")
NS = 10**9
APART = 10  # seconds between samples
HAPPENINGS = (
    "nothing",
    "nothing",
    "restart",
    "reboot",
    "away",
    "back",
    "off",
    "on",
    "step",
    "missed",
    "vcpus",
)


@dataclass
class Guest:
    """A guest as it really is; CPU times in ns."""

    uuid: str
    run: int = 1
    vcpus: int = 2
    there: bool = True
    on: bool = True
    cpu: int = 0
    vcpu: list[int] = field(default_factory=lambda: [0] * 4)
    disk: int = 0
    swap: int = 0

    def begin(self, rng):
        """Begin another run, which may have used much already: it came from elsewhere, or was quick."""
        self.run += 1
        self.cpu, self.disk, self.swap = rng.choice([0, rng.randrange(10**12)]), rng.randrange(10**6), 0
        self.vcpu = [rng.randrange(10**11) for _ in range(4)]

    def spend(self, rng, seconds, emulator):
        """Let time pass: each vCPU runs for as long at the most; the emulator comes on top."""
        if not (self.there and self.on):
            return
        ran = [rng.choice([0, rng.randrange(seconds * NS + 1), seconds * NS]) for _ in range(self.vcpus)]
        self.vcpu = [one + grown for one, grown in zip(self.vcpu, [*ran, 0, 0, 0, 0], strict=False)]
        self.cpu += sum(ran) + (rng.randrange(seconds * NS) if emulator else 0)
        self.disk += rng.randrange(10**6)
        self.swap += rng.randrange(1000)

    def record(self, emulator):
        if not self.on:
            return self.uuid, self.uuid, {"state.state": 5, "vcpu.current": self.vcpus}
        values = {"state.state": 1, "domain.id": self.run, "vcpu.current": self.vcpus, "cpu.time": self.cpu,
                  "block.count": 1, "block.0.name": "vda", "block.0.rd.bytes": self.disk,
                  "balloon.swap_in": self.swap}  # fmt: skip
        if emulator:
            values |= {f"vcpu.{n}.time": self.vcpu[n] for n in range(self.vcpus)}
        return self.uuid, self.uuid, values


class World:
    """A host over time; `samples` is what was seen of it, `truth` what each guest was at each of them."""

    def __init__(self, seed, *, clock, emulator):
        rng = random.Random(seed)
        self.guests = [Guest(name) for name in ("a", "b")]
        self.samples, self.truth, self.offsets, self.beats = [], [], [], []
        offset = 0.0
        for beat in range(rng.randrange(2, 14)):
            missed = False
            for _ in range(rng.randrange(3)):
                guest, what = rng.choice(self.guests), rng.choice(HAPPENINGS)
                if what == "step":
                    offset += rng.choice([-1, 1]) * rng.choice([2, 7, 10, 45, 3600])
                elif what == "missed":
                    missed = True
                else:
                    happen(guest, what, rng)
            if not missed or not self.samples:
                seconds = beat * APART
                read = Clock("a", float(seconds)) if clock else None
                seen = [one.record(emulator) for one in self.guests if one.there]
                time = START + pd.Timedelta(seconds=seconds + offset)
                self.samples.append(from_records(seen, host="kvm7", time=time, clock=read))
                self.truth.append(
                    {one.uuid: (one.run, one.cpu, one.vcpus, one.on) for one in self.guests if one.there}
                )
                self.offsets.append(offset)
                self.beats.append(beat)
            for one in self.guests:
                one.spend(rng, APART, emulator)

    def certain(self):
        """CPU seconds of each guest that are sure: of one run, between neighbours that are as they should."""
        found = {}
        for place in range(1, len(self.samples)):
            before, after = self.truth[place - 1], self.truth[place]
            near = (self.beats[place] - self.beats[place - 1]) <= 2
            for uuid in before.keys() & after.keys():
                same = before[uuid][3] and after[uuid][3] and before[uuid][0] == after[uuid][0]
                if same and near and self.offsets[place] == self.offsets[place - 1]:
                    found[uuid] = found.get(uuid, 0) + (after[uuid][1] - before[uuid][1]) / NS
        return found


def happen(guest, what, rng):
    match what:
        case "restart" if guest.on and guest.there:
            guest.begin(rng)
        case "reboot":
            guest.swap = 0
        case "away":
            guest.there = False
        case "back" if not guest.there:
            guest.there = True
            guest.begin(rng)
        case "off":
            guest.on = False
        case "on" if not guest.on:
            guest.on = True
            guest.begin(rng)
        case "vcpus" if not guest.on:
            guest.vcpus = rng.randrange(1, 5)
        case _:
            pass


def totals(rated):
    frame = rated.domains
    frame = frame.assign(spent=frame["cpu_used_vcpus"] * frame["seconds"]).dropna(subset=["spent"])
    return {name: value for name, value in frame.groupby("domain")["spent"].sum().items() if value}


def nothing_impossible(rated):
    frames = rated.frames
    for frame in frames.values():
        figures = frame.filter(like="_per_second")
        assert not (figures < 0).any(axis=None)
        stopped = frame["interrupted"].isin(["reset", "gap"])
        assert figures[stopped.to_numpy()].isna().all(axis=None)
        assert (frame["seconds"].dropna() > 0).all()
    vcpus, domains = frames["vcpus"], frames["domains"]
    assert (vcpus["busy_percent"].dropna() <= 100 * (1 + SHARE + TICKS / vcpus["seconds"].min())).all()
    return domains


def check_with_a_clock(seed, *, emulator):
    world = World(seed, clock=True, emulator=emulator)
    rated = rates(world.samples, interval=APART) if len(world.samples) > 1 else None
    if rated is None:
        return
    nothing_impossible(rated)
    certain = {uuid: value for uuid, value in world.certain().items() if value}
    assert totals(rated) == pytest.approx(certain)
    assert totals(rated.resample("17s")) == pytest.approx(certain)
    shuffled = random.Random(seed).sample(world.samples, len(world.samples))
    pd.testing.assert_frame_equal(rates(shuffled, interval=APART).domains, rated.domains)


@examples(12)
@given(st.integers(0, 2**64), st.booleans())
def test_what_the_counters_show_is_conserved(seed, emulator):
    check_with_a_clock(seed, emulator=emulator)


def check_without_a_clock(seed, *, emulator):
    world = World(seed, clock=False, emulator=emulator)
    if len(world.samples) < 2:
        return
    rated = rates(world.samples, interval=APART)
    domains = nothing_impossible(rated)
    if not emulator:
        most = {uuid: max(one[uuid][2] for one in world.truth if uuid in one) for uuid in domains["domain"]}
        allowed = domains["domain"].map(most).astype(float) * (1 + SHARE + TICKS / domains["seconds"])
        assert (domains["cpu_used_vcpus"].fillna(0) <= allowed.fillna(0) + 1e-9).all()
    grown = {uuid: sum(max(0, after[uuid][1] - before[uuid][1]) / NS
                       for before, after in zip(world.truth, world.truth[1:], strict=False)
                       if uuid in before and uuid in after and before[uuid][0] == after[uuid][0])
             for uuid in domains["domain"].unique()}  # fmt: skip
    for uuid, spent in totals(rated).items():
        assert spent <= grown[uuid] + 1e-6
    assert totals(rated.resample("17s")) == pytest.approx(totals(rated))


@examples(12)
@given(st.integers(0, 2**64), st.booleans())
def test_without_a_clock_no_more_is_told_than_was_possible(seed, emulator):
    check_without_a_clock(seed, emulator=emulator)


@pytest.mark.soak
@settings(max_examples=5000)
@given(st.integers(0, 2**64), st.booleans())
def test_both_at_length(seed, emulator):
    check_with_a_clock(seed, emulator=emulator)
    check_without_a_clock(seed, emulator=emulator)
