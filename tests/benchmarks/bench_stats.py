"""How long `from_records` takes, beside `pandas.DataFrame` on the same dictionaries."""

from __future__ import annotations

import time
from collections.abc import Callable

import pandas as pd

from tests.unit.stats.records import fleet
from virtsdk.stats import from_records
from virtsdk.stats.shape import shape_of

LIMIT = 1.5


def best(call: Callable[[], object], repeat: int = 9) -> float:
    """Return the shortest of some runs, in seconds."""
    times: list[float] = []
    for _ in range(repeat):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """Print the ratios; fail where one is above what is promised."""
    ratios: list[float] = []
    per_domain: list[float] = []
    for count, repeat in ((1_000, 15), (10_000, 3)):
        records = fleet(count)
        values = sum(len(record) for _, _, record in records)
        dicts = [record for _, _, record in records]
        shape_of.cache_clear()
        frames = best(lambda records=records: from_records(records, host="kvm7"), repeat)
        plain = best(lambda dicts=dicts: pd.DataFrame(dicts), repeat)
        ratios.append(frames / plain)
        per_domain.append(frames / count)
        print(
            f"{count:6} domains, {values:9,} values: from_records {frames * 1e3:7.1f} ms, "
            f"pandas.DataFrame {plain * 1e3:7.1f} ms, ratio {frames / plain:.2f} (at most {LIMIT})"
        )
    growth = per_domain[1] / per_domain[0]
    print(f"time a domain at 10,000 against 1,000: {growth:.2f}")
    if max(ratios) > LIMIT:
        raise SystemExit(f"from_records takes {max(ratios):.2f} times pandas.DataFrame, above {LIMIT}")


if __name__ == "__main__":
    main()
