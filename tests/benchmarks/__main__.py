"""Run every benchmark: ``make bench``, or ``python -m tests.benchmarks codec imports`` for some.

A benchmark is a file ``bench_*.py`` here with a ``main()`` that prints its figures through `figures.report`,
each with the bar that it must stay under.
"""

import importlib
import sys
from pathlib import Path

from tests.benchmarks import figures


def names():
    return sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))


def main(wanted):
    unknown = set(wanted) - set(names())
    if unknown:
        sys.exit(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(names())}")
    for name in wanted or names():
        print(f"\n=== {name} ===", flush=True)
        importlib.import_module(f"tests.benchmarks.bench_{name}").main()
    over = [figure for figure in figures.REPORTED if not figure.holds]
    print(f"\n{len(figures.REPORTED) - len(over)} figures within their bars, {len(over)} over", flush=True)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
