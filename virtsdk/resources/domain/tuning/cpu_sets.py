"""Sets of CPUs and NUMA cells: libvirt's text, numbers, and the maps that its calls take."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from numbers import Integral
from typing import Final

from virtsdk import errors
from virtsdk.binding.calls import translated
from virtsdk.binding.protocol import VirConnect, VirDomain

_PART: Final = re.compile(r"(\^?)([0-9]{1,6})(?:-([0-9]{1,6}))?")
_MOST: Final = 100_000  # more than any machine has: a slip of the finger is no list of millions


def numbers_of(cpus: str | Iterable[int], name: str = "cpus") -> frozenset[int]:
    """Read a set of numbers.

    Parameters
    ----------
    cpus
        ``"0-3,^2,8"`` as libvirt writes it, or numbers.
    name
        The argument's name, for messages.

    Raises
    ------
    TypeError, ValueError
        It is no such set, or it is empty.

    Examples
    --------
    >>> sorted(numbers_of("0-3,^2,8")), sorted(numbers_of([1, 0]))
    ([0, 1, 3, 8], [0, 1])
    >>> numbers_of("0-")
    Traceback (most recent call last):
      ...
    ValueError: cpus must be numbers like '0-3,8', not '0-'
    """
    if isinstance(cpus, str):
        found = _read(cpus, name)
    elif isinstance(cpus, Iterable) and not isinstance(cpus, bytes):
        given = list(cpus)
        for one in given:
            if isinstance(one, bool) or not isinstance(one, Integral) or not 0 <= one <= _MOST:
                raise ValueError(f"{name} must be numbers of 0 or more, not {one!r}")
        found = {int(one) for one in given}
    else:
        raise TypeError(f"{name} must be numbers like '0-3,8', or a list of them, not {cpus!r}")
    if not found:
        raise ValueError(f"{name} must name at least one, not {cpus!r}")
    return frozenset(found)


def _read(text: str, name: str) -> set[int]:
    found: set[int] = set()
    left_out: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part.strip())
        first, last = (int(match[2]), int(match[3] or match[2])) if match else (1, 0)
        if match is None or first > last or last > _MOST:
            raise ValueError(f"{name} must be numbers like '0-3,8', not {text!r}")
        (left_out if match[1] else found).update(range(first, last + 1))
    return found - left_out


def written(numbers: Iterable[int]) -> str:
    """Write numbers as libvirt does.

    Examples
    --------
    >>> written([8, 0, 1, 2])
    '0-2,8'
    """
    runs: list[list[int]] = []
    for one in sorted(set(numbers)):
        if runs and one == runs[-1][1] + 1:
            runs[-1][1] = one
        else:
            runs.append([one, one])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def written_map(cpumap: Sequence[bool]) -> str:
    """Write one of libvirt's maps, which has a yes or no for each CPU.

    Examples
    --------
    >>> written_map((True, True, False, True))
    '0-1,3'
    """
    return written(number for number, on in enumerate(cpumap) if on)


def cpu_count(conn: VirConnect) -> int:
    """Count the CPUs of a host, those that are offline included."""
    try:
        with translated("count the CPUs of", "the node"):
            return int(conn.getCPUMap(0)[0])
    except errors.NotSupported:  # a driver without that call
        cells, sockets, cores, threads = (int(one) for one in conn.getInfo()[4:8])
        return cells * sockets * cores * threads


def map_of(
    conn: VirConnect, numbers: frozenset[int] | None, operation: str, subject: str
) -> tuple[bool, ...]:
    """Give libvirt's map of some CPUs of a host; None for all.

    libvirt-python cuts what the host does not have off a map: that would pin to other CPUs than were meant.

    Raises
    ------
    InvalidArgument
        The host does not have one of them.
    """
    count = cpu_count(conn)
    chosen = frozenset(range(count)) if numbers is None else numbers
    beyond = sorted(one for one in chosen if one >= count)
    if beyond:
        raise errors.InvalidArgument(
            f"cannot {operation} {subject}: the host has CPUs 0 to {count - 1}, and not {written(beyond)}",
            operation=operation,
            subject=subject,
        )
    return tuple(one in chosen for one in range(count))


def pinning(
    cpus: str | Iterable[int] | None,
    pin: Callable[[VirDomain, tuple[bool, ...], int], object],
    operation: str,
    subject: str,
) -> Callable[[VirDomain, int], object]:
    """Check a set of CPUs, and give what pins to them.

    Parameters
    ----------
    cpus
        As of `numbers_of`; None for all of the host.
    pin
        The call: takes libvirt's domain, the map and where it is changed (`virtsdk.resources.scope`).
    operation, subject
        For messages, as those of ``Session.call``.

    Returns
    -------
    Callable
        Takes libvirt's domain and where; raises as `map_of`.

    Raises
    ------
    TypeError, ValueError
        `cpus` is no such set.
    """
    chosen = None if cpus is None else numbers_of(cpus)
    return lambda raw, to: pin(raw, map_of(raw.connect(), chosen, operation, subject), to)
