"""Whatever is recorded, and however it is cut: what is read back is what was there."""

from __future__ import annotations

import tempfile

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import virtsdk
from tests.budget import examples
from tests.unit.history.recordings import NS, at, equal_rates, write
from tests.unit.stats.records import DB, WEB
from virtsdk.history.reading.parts import DAY
from virtsdk.history.reading.reader import Selection
from virtsdk.history.reading.replay import rates_of
from virtsdk.stats import from_records, rates

walks = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["go", "go", "go", "restart", "off", "absent", "miss"])),
    min_size=4,
    max_size=16,
)


@examples(3)
@given(walks, st.integers(1, 60), st.integers(1, 7), st.integers(3, 90))
@example([(0, "go"), (0, "restart"), (1, "off"), (2, "absent"), (1, "miss"), (2, "go"), (1, "go")], 2, 3, 25)
def test_whatever_happens_and_however_it_is_cut_the_rates_are_those_of_the_samples(walk, chunk, flush, every):
    counters = dict.fromkeys((WEB, DB, "c" * 36), 0)
    runs = dict.fromkeys(counters, 1)
    samples = []
    for number, (which, what) in enumerate(walk):
        if what == "miss":
            continue
        uuid = list(counters)[which]
        for one in counters:
            counters[one] += 7 * NS
        if what == "restart":
            counters[uuid], runs[uuid] = 0, runs[uuid] + 1
        records = {one: {"cpu.time": value, "domain.id": runs[one], "state.state": 1, "vcpu.current": 1,
                         "block.0.name": "vda", "block.0.rd.bytes": value // 3, "block.0.wr.bytes": 0,
                         "vcpu.0.time": value, "vcpu.0.delay": value // 9, "net.count": 1,
                         "net.0.name": "vnet0", "net.0.rx.bytes": value // 5, "net.0.tx.bytes": value // 7,
                         "balloon.swap_in": value // NS}
                   for one, value in counters.items()}  # fmt: skip
        if what == "off":
            records[uuid] = {"state.state": 5, "vcpu.current": 1}
        if what == "absent":
            del records[uuid]
        for host, own in (("kvm7", list(records)[:2]), ("kvm8", list(records)[2:])):
            given_ = [(one, one[:3], records[one]) for one in own]
            samples.append(from_records(given_, host=host, time=at(10 * number)))
    with tempfile.TemporaryDirectory() as folder:
        write(f"{folder}/r", samples, flush=flush, only=None)
        recording = virtsdk.open_recording(f"{folder}/r")
        try:
            expected = rates(samples)
        except ValueError:
            with pytest.raises(ValueError, match="two points in time"):
                recording.rates()
            return
        whole = Selection(end=2**60)
        found = rates_of(recording._reader, whole, chunk=chunk)
        pd.testing.assert_frame_equal(found.usage(), expected.usage())
        equal_rates(found, expected)
        length = pd.Timedelta(seconds=every)
        binned = expected.resample(length)
        for window in (DAY, 20_000_000, 30_000_000):  # one stretch, and several of two or three samples
            how = {"chunk": chunk, "window": window}
            cut = rates_of(recording._reader, whole, every=length, **how)
            pd.testing.assert_frame_equal(cut.usage(), binned.usage())
            equal_rates(cut, binned)
            in_stretches = rates_of(recording._reader, whole, **how)
            pd.testing.assert_frame_equal(in_stretches.usage(), expected.usage())
            equal_rates(in_stretches, expected)
