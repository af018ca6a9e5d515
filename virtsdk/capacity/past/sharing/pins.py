"""Which vCPUs can be in each other's way: the CPUs that each may use."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.past.series import Bools, Floats

MAKER = "host.domains.vcpus_frame()"
MOST_CPUS = 2**16
"""More than any host has: a larger number is something else."""
_PART = re.compile(r"(\^?)(\d+)(?:-(\d+))?")


def cpus_in(words: object) -> frozenset[int] | None:
    """Read which CPUs are meant; None for any.

    Parameters
    ----------
    words
        ``"0-3,^2,8"`` as libvirt writes it, a list of numbers, or missing for any.

    Raises
    ------
    ValueError
        They are no CPUs: other words, a range that ends before it begins (``"3-1"``), a number that no host
        has, or none at all is left (``"1,^1"``, ``[]``).

    Examples
    --------
    >>> sorted(cpus_in("0-3,^2,8"))
    [0, 1, 3, 8]
    """
    if words is None or words is pd.NA or (isinstance(words, float) and np.isnan(words)):
        return None
    found = _written(words) if isinstance(words, str) else _listed(words)
    if not found:
        raise ValueError(f"expected one CPU at least, such as '0-3,8', not {words!r}, which leaves none")
    return found


def _listed(numbers: Any) -> frozenset[int]:
    try:
        each = [np.asarray(one).item() for one in numbers]
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"expected CPUs such as '0-3,8' or a list of numbers, not {checks.plain(numbers)!r}"
        ) from error
    for one in each:
        if isinstance(one, bool) or not isinstance(one, int) or not 0 <= one < MOST_CPUS:
            raise ValueError(
                f"expected CPUs as whole numbers from 0 to {MOST_CPUS - 1}, not {one!r} of {each!r}"
            )
    return frozenset(each)


def _written(words: str) -> frozenset[int]:
    found: set[int] = set()
    for part in words.replace(" ", "").split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(f"expected CPUs such as '0-3,8', not {words!r}")
        first, last = int(match[2]), int(match[3] or match[2])
        if last < first:
            raise ValueError(
                f"expected CPUs such as '0-3,8', not {words!r}: the range {part!r} ends before it begins"
            )
        if last >= MOST_CPUS:
            raise ValueError(f"expected CPUs from 0 to {MOST_CPUS - 1}, not {last} of {words!r}")
        these = range(first, last + 1)
        found = found.difference(these) if match[1] else found.union(these)
    return frozenset(found)


class Pins:
    """Where the vCPUs of guests may run.

    Parameters
    ----------
    vcpus
        One row per vCPU: ``host``, ``domain``, ``vcpu``, ``cpus``.

    Raises
    ------
    ValueError, TypeError
        A column is missing, a vCPU is there twice, or CPUs cannot be read; the message names the row.
    """

    def __init__(self, vcpus: pd.DataFrame) -> None:
        checks.require(vcpus, "vcpus", ["host", "domain", "vcpu", "cpus"], maker=MAKER)
        vcpus = vcpus.reset_index(drop=True)
        checks.figures(vcpus, "vcpus", "vcpu", "domain")
        checks.once(vcpus, "vcpus", ["host", "domain", "vcpu"])
        self._of: dict[tuple[str, str], list[frozenset[int] | None]] = {}
        known: dict[Any, frozenset[int] | None] = {}
        rows = zip(vcpus["host"], vcpus["domain"], vcpus["cpus"], strict=True)
        for row, (host, domain, words) in enumerate(rows):
            key = words if isinstance(words, str) else row
            if key not in known:
                try:
                    known[key] = cpus_in(words)
                except ValueError as error:
                    raise ValueError(
                        f"column 'cpus' of the vcpus frame in row {row} (domain {domain!r}): {error}"
                    ) from error
            self._of.setdefault((str(host), str(domain)), []).append(known[key])

    def unknown(self, host: str, domains: list[str]) -> int:
        """Count the guests of a host that have no row."""
        return sum((host, one) not in self._of for one in domains)

    def shares(self, host: str, domains: list[str]) -> tuple[Floats, Bools]:
        """Return how much of each guest's use falls on the CPUs that each other may use.

        A vCPU is taken to be spread evenly over the CPUs that it may use. One without a row may use any.

        Returns
        -------
        float64 array, victims x suspects
            From 0, they never meet, to 1.
        bool array
            Guests with more vCPUs than CPUs that they may use: they are in their own way.
        """
        sets = [self._of.get((host, one)) or [None] for one in domains]
        allowed = [one for guest in sets for one in guest if one is not None]
        whole = frozenset[int]().union(*allowed)
        columns = {cpu: place for place, cpu in enumerate(sorted(whole))}
        # the last column is all CPUs that no pin names: who may use any is there, too
        width = len(columns) + 1
        spread, reach = np.zeros((len(sets), width)), np.zeros((len(sets), width), dtype=bool)
        for guest, vcpus in enumerate(sets):
            for one in vcpus:
                row = np.zeros(width)
                places = list(range(width)) if one is None else [columns[cpu] for cpu in one]
                row[places] = 1 / max(len(places), 1)
                spread[guest] += row / len(vcpus)
                reach[guest, places] = True
        crowded = np.array(
            [None not in guest and len(guest) > len(frozenset[int]().union(*guest)) for guest in sets]  # type: ignore[arg-type]
        )
        return reach.astype(np.float64) @ spread.T, crowded
