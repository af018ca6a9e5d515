"""Take a time, and report a figure beside its bar."""

import gc
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured figure; it holds where it is not over its bar."""

    name: str
    value: float
    unit: str
    bar: float | None

    @property
    def holds(self):
        return self.bar is None or self.value <= self.bar


REPORTED: list[Figure] = []


def report(name, value, unit, bar=None):
    """Print a figure and remember whether it holds."""
    figure = Figure(name, value, unit, bar)
    REPORTED.append(figure)
    against = "" if bar is None else f"   (bar {bar:g} {unit}{'' if figure.holds else ', OVER'})"
    print(f"  {name:52} {value:10.3g} {unit}{against}", flush=True)
    return figure


def best_of(function, *, repeat=5):
    """Return the shortest of `repeat` runs in seconds: the one least disturbed by the rest of the machine."""
    times = []
    for _ in range(repeat):
        gc.collect()
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)
