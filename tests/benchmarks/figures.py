"""Take a time, and report a figure beside its bar."""

import gc
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path


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


BYTECODE = tempfile.TemporaryDirectory(prefix="virtsdk-bytecode-")


def in_fresh_process(code):
    """Run Python code that prints one number in a process of its own; return the number.

    Bytecode is kept, as it is of an installed package, wherever this process was told to keep none.
    """
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env=environment | {"PYTHONPYCACHEPREFIX": BYTECODE.name},
    )
    return float(done.stdout)


def peak_memory(function):
    """Return the bytes that a function needed at its peak above what this process had (Linux)."""
    gc.collect()
    before = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    kept = function()
    peak = _status("VmHWM")
    del kept
    return peak - before


def _status(key):
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key + ":"))
