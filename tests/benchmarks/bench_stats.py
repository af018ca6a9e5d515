"""How long `from_records` takes, beside `pandas.DataFrame` on the same dictionaries, and how much memory."""

import gc
import time
import tracemalloc

import pandas as pd

from tests.benchmarks.figures import report
from tests.unit.stats.records import fleet
from virtsdk.stats import from_records
from virtsdk.stats.shape import shape_of


def main():
    times = {}
    for count, repeat in ((1_000, 15), (10_000, 6)):
        records = fleet(count)
        dicts = [record for _, _, record in records]
        values = sum(map(len, dicts))
        shape_of.cache_clear()
        ours, plain = in_turn(
            lambda records=records: from_records(records, host="kvm7"),
            lambda dicts=dicts: pd.DataFrame(dicts),
            repeat,
        )
        times[count] = ours
        report(f"from_records, {count:,} domains, {values:,} values", ours * 1e3, "ms")
        report(f"pandas.DataFrame(list_of_dicts), {count:,} domains", plain * 1e3, "ms")
        report("  ratio", ours / plain, "x", bar=1.5)
    report("10,000 domains against 1,000, time a domain", times[10_000] / times[1_000] / 10, "x", bar=3)
    report("memory at the peak against the frames, 10,000 domains", memory(records), "x", bar=3)
    every_shape_its_own(records[:1000])


def in_turn(ours, theirs, repeat):
    """Run two things in turn; return the least CPU time of each, which a busy machine disturbs least."""
    best = [float("inf"), float("inf")]
    for _ in range(repeat):
        for place, function in enumerate((ours, theirs)):
            gc.collect()
            start = time.process_time()
            function()
            best[place] = min(best[place], time.process_time() - start)
    return best


def memory(records):
    tracemalloc.start()
    stats = from_records(records, host="kvm7")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    frames = sum(int(frame.memory_usage(deep=True).sum()) for frame in stats.frames.values())
    return peak / frames


def every_shape_its_own(records):
    """The worst case: no two domains give the same keys."""
    odd = [(uuid, name, {**values, f"vm.key{n}.sum": n}) for n, (uuid, name, values) in enumerate(records)]
    dicts = [record for _, _, record in odd]
    warm, plain = in_turn(lambda: from_records(odd, host="kvm7"), lambda: pd.DataFrame(dicts), 3)
    report("1,000 domains, each with keys of its own: ratio", warm / plain, "x")
