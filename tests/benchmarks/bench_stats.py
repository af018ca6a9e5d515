"""How long `from_records` takes, beside `pandas.DataFrame` on the same dictionaries, and how much memory."""

import gc
import time

import pandas as pd

from tests.benchmarks.figures import in_fresh_process, report
from tests.unit.stats.records import fleet
from virtsdk.stats import from_records
from virtsdk.stats.samples.shape import shape_of


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
    report("10,000 domains against 1,000, time a domain", times[10_000] / times[1_000] / 10, "x", bar=1.5)
    for count in times:
        peak = in_fresh_process(MEMORY.format(count=count))
        report(f"memory at the peak against the frames, {count:,} domains", peak, "x", bar=3)
    every_shape_its_own(records[:1000])
    one_guest()


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


# the peaks of Python's and of Arrow's allocations, as if they came together
MEMORY = """
import tracemalloc
import pyarrow as pa
from tests.unit.stats.records import fleet
from virtsdk.stats import from_records
from_records(fleet(10), host="kvm7")
records = fleet({count})
tracemalloc.start()
stats = from_records(records, host="kvm7")
peak = tracemalloc.get_traced_memory()[1] + pa.default_memory_pool().max_memory()
print(peak / sum(int(frame.memory_usage(deep=True).sum()) for frame in stats.frames.values()))
"""


def every_shape_its_own(records):
    """The worst case: no two domains give the same keys."""
    odd = [(uuid, name, {**values, f"vm.key{n}.sum": n}) for n, (uuid, name, values) in enumerate(records)]
    dicts = [record for _, _, record in odd]
    warm, plain = in_turn(lambda: from_records(odd, host="kvm7"), lambda: pd.DataFrame(dicts), 3)
    report("1,000 domains, each with keys of its own: ratio", warm / plain, "x")


def one_guest():
    """What a sample costs however small it is: pandas puts the frames together."""
    one = fleet(1)
    given = from_records(one, host="kvm7").given
    cells = [frame.to_dict("list") for frame in given.values() if len(frame)]
    ours, plain = in_turn(
        lambda: from_records(one, host="kvm7"), lambda: [pd.DataFrame(lists) for lists in cells], 40
    )
    report("from_records, 1 domain", ours * 1e3, "ms")
    report("  against pandas.DataFrame on lists of its cells", ours / plain, "x", bar=2.5)
