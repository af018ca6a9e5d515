"""Run every benchmark: ``make bench``, or ``python -m tests.benchmarks codec imports`` for some.

A benchmark is a file ``bench_*.py`` here, or in a folder of here, with a ``main()`` that prints its figures
through `figures.report`, each with the bar that it must stay under.
"""

import importlib
import sys
from pathlib import Path

from tests.benchmarks import figures

HERE = Path(__file__).parent


def modules():
    """The modules of benchmarks by the benchmarks' names, in their order."""
    files = {path.stem.removeprefix("bench_"): path.relative_to(HERE) for path in HERE.rglob("bench_*.py")}
    return {name: ".".join(files[name].with_suffix("").parts) for name in sorted(files)}


def main(wanted):
    known = modules()
    unknown = set(wanted) - set(known)
    if unknown:
        sys.exit(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    for name in wanted or known:
        print(f"\n=== {name} ===", flush=True)
        importlib.import_module(f"tests.benchmarks.{known[name]}").main()
    over = [figure for figure in figures.REPORTED if not figure.holds]
    print(f"\n{len(figures.REPORTED) - len(over)} figures within their bars, {len(over)} over", flush=True)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
