"""Figures of guests that contradict each other, or that are in another unit by their size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from virtsdk.display.text import size

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEAST: Final = 32 * 2**20
LEAST_PER_VCPU: Final = 16 * 2**20
"""Memory of a guest, and of each of its vCPUs, below which it is taken to be in another unit."""
LEAST_USED: Final = 64 * 2**20
LEAST_SHARE: Final = 1024
"""A guest that never used more than so many bytes, nor one part in so many of its memory: in another unit."""
MOST: Final = 2**52
MOST_VCPUS: Final = 2**20
"""Bytes, and vCPUs, from which on a figure is none of a guest; below them sums are exact."""
TOO_BUSY: Final = 2
"""Use above so many times the vCPUs, and 1, is no use of a guest."""


class Doubt(NamedTuple):
    """Rows of a usage frame that cannot be right, and what was expected there."""

    column: str
    rows: Flags
    expected: str


def doubts(vcpus: Values, cpu: Values, memory: Values, used: Values) -> Iterator[Doubt]:
    """Yield what cannot be right, the plainest first.

    Parameters
    ----------
    vcpus, cpu, memory, used
        vCPUs, vCPUs' worth of CPU, bytes that the guest may have, bytes that it uses; NaN where unknown.
    """
    with np.errstate(invalid="ignore"):
        yield from _of_cpu(vcpus, cpu)
        small = memory < np.fmax(LEAST, LEAST_PER_VCPU * vcpus)
        if small.any():
            yield Doubt("memory_bytes", small, "expected bytes; is it KiB?")
        for column, values in (("memory_bytes", memory), ("memory_used_bytes", used)):
            if (values >= MOST).any():
                yield Doubt(column, values >= MOST, f"expected less than {size(MOST)}")
        over = used > memory
        if over.any():
            of = size(float(memory[over.argmax()]))
            yield Doubt("memory_used_bytes", over, f"expected bytes, at most the memory of the guest ({of})")


def _of_cpu(vcpus: Values, cpu: Values) -> Iterator[Doubt]:
    nothing = np.isnan(vcpus) & ~np.isnan(cpu)
    if nothing.any():
        yield Doubt("vcpus", nothing, "it is needed where cpu_used_vcpus is known")
    if (vcpus < 1).any():
        yield Doubt("vcpus", vcpus < 1, "expected 1 or more; leave it out where it is not known")
    if (vcpus >= MOST_VCPUS).any():
        yield Doubt("vcpus", vcpus >= MOST_VCPUS, f"expected less than {MOST_VCPUS}")
    wrong = cpu > TOO_BUSY * vcpus + 1
    if wrong.any():
        of = vcpus_text(float(vcpus[wrong.argmax()]))
        yield Doubt("cpu_used_vcpus", wrong, f"expected vCPUs' worth of CPU, of {of}, not percent")


def tiny(used: Values, memory: Values) -> Flags:
    """Tell which guests never used as much memory as any system does.

    Parameters
    ----------
    used, memory
        The most of each guest.
    """
    with np.errstate(invalid="ignore"):
        return (used > 0) & (used < LEAST_USED) & (used * LEAST_SHARE <= memory)


TINY: Final = "it is the most that it used; expected bytes, is it KiB?"
"""What is expected of a guest that is `tiny`."""


def vcpus_text(number: float) -> str:
    """Write a number of vCPUs with its noun."""
    return f"{number:g} vCPU{'' if number == 1 else 's'}"
