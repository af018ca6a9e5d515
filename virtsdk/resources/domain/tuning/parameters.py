"""libvirt's groups of typed parameters of a domain: read for a scope, changed and read back.

libvirt-python looks up the types of parameters with the same flags that it sets them with, and no driver
answers that for the running definition and the persistent one at once. So a change of both is two calls: what
runs goes first, where more can go wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from virtsdk import errors
from virtsdk.binding.calls import translated
from virtsdk.binding.protocol import Record, VirDomain
from virtsdk.resources.domain.part import Call
from virtsdk.resources.scope import CONFIG, LIVE, Scope, affected, check_scope


@dataclass(frozen=True)
class Parameters:
    """A group of parameters.

    Attributes
    ----------
    words
        Its name in messages.
    read, write
        libvirt's calls.
    no_flags
        Drivers whose calls take no flags: they change what runs, or the definition of what is off.
    refuse
        Raises where a change cannot be made, of the domain, the parameters before and those that are wanted,
        the flags and the operation.
    """

    words: str
    read: Callable[[VirDomain, int], Record]
    write: Callable[[VirDomain, Record, int], object]
    no_flags: frozenset[str] = frozenset()
    refuse: Callable[[VirDomain, Record, Record, int, str], None] | None = None


def flags_of(raw: VirDomain, scope: Scope, driver: str, operation: str, no_flags: frozenset[str]) -> int:
    """Give the flags with which a definition is read: 0 for what holds now."""
    check_scope(scope)
    if scope == "auto":
        return 0
    wrong = None
    if scope == "live" and not raw.isActive():
        wrong = "it is off; scope='persistent' is of its definition"
    elif scope == "persistent" and not raw.isPersistent():
        wrong = "it is transient, and has no next start; scope='live' is of what runs"
    if wrong is not None:
        subject = f"domain {raw.name()!r}"
        raise errors.InvalidState(
            f"cannot {operation} {subject}: {wrong}", operation=operation, subject=subject
        )
    flags = LIVE if scope == "live" else CONFIG
    return _current(raw, flags, driver, operation) if driver in no_flags else flags


def places(raw: VirDomain, scope: Scope, driver: str, operation: str, no_flags: frozenset[str]) -> list[int]:
    """Give the flags of the calls that a change takes, one a definition."""
    flags = affected(raw, scope, operation=operation)
    if driver in no_flags:
        if scope == "auto":
            return [0]
        return [_current(raw, flags, driver, operation)]
    return [one for one in (LIVE, CONFIG) if flags & one]


def _current(raw: VirDomain, flags: int, driver: str, operation: str) -> int:
    """Give no flags where they would mean what holds now, for a driver that has no others."""
    if flags & CONFIG and raw.isActive():
        raise errors.NotSupported(
            f"cannot {operation} domain {raw.name()!r} for its next start while it runs: the {driver} driver "
            "does not do that; scope='auto' is what runs",
            operation=operation,
            subject=f"domain {raw.name()!r}",
        )
    return 0


@contextmanager
def after(done: list[int], operation: str, raw: VirDomain) -> Generator[None]:
    """Say, where the block fails, that what runs is changed already."""
    try:
        with translated(operation, f"domain {raw.name()!r}"):
            yield
    except errors.VirtError as error:
        if done:
            error.message += "; what runs is changed already, its definition is not"
            error.args = (error.message,)
        raise


def each_place(
    raw: VirDomain,
    flags: int,
    driver: str,
    operation: str,
    change: Callable[[int], object],
    *,
    apart: frozenset[str] = frozenset({"test"}),
) -> None:
    """Change what runs and the definition in one call; in two where a driver does not take both at once."""
    if driver not in apart:
        change(flags)
        return
    done: list[int] = []
    for one in (LIVE, CONFIG):
        if flags & one:
            with after(done, operation, raw):
                change(one)
            done.append(one)


def read(
    call: Call, driver: str, group: Parameters, scope: Scope, timeout: float | None
) -> tuple[Record, str]:
    """Read a group; also tells whose it is: ``"live"`` or ``"persistent"``."""
    operation = f"read the {group.words} of"
    check_scope(scope)

    def ask(raw: VirDomain) -> tuple[Record, str]:
        flags = flags_of(raw, scope, driver, operation, group.no_flags)
        whose = "persistent" if flags & CONFIG or not raw.isActive() else "live"
        return group.read(raw, flags), whose

    return call(operation, ask, timeout=timeout)


def change(
    call: Call, driver: str, group: Parameters, wanted: Mapping[str, Any], scope: Scope, timeout: float | None
) -> None:
    """Set some parameters of a group, and read them back.

    Raises
    ------
    NotSupported
        The driver has no such parameter, or not for that scope.
    NotApplied
        libvirt said yes, and one has the value that it had before.
    """
    operation = f"set the {group.words} of"
    check_scope(scope)

    def send(raw: VirDomain) -> None:
        done: list[int] = []
        for flags in places(raw, scope, driver, operation, group.no_flags):
            with after(done, operation, raw):
                _change_one(raw, group, dict(wanted), flags, driver, operation)
            done.append(flags)

    call(operation, send, changes=True, timeout=timeout)


def _change_one(
    raw: VirDomain, group: Parameters, wanted: Record, flags: int, driver: str, operation: str
) -> None:
    subject = f"domain {raw.name()!r}"
    before = group.read(raw, flags)
    unknown = sorted(wanted.keys() - before.keys())
    if unknown:
        raise errors.NotSupported(
            f"cannot {operation} {subject}: the {driver} driver has no {', '.join(unknown)} there; it has "
            f"{', '.join(sorted(before))}",
            operation=operation,
            subject=subject,
        )
    if group.refuse is not None:
        group.refuse(raw, before, wanted, flags, operation)
    group.write(raw, wanted, flags)
    found = group.read(raw, flags)
    ignored = [
        key
        for key, value in wanted.items()
        if found.get(key) == before[key] and not _same(before[key], value)
    ]
    if ignored:
        place = "its definition" if flags & CONFIG else "it"
        raise errors.NotApplied(
            f"libvirt did not refuse to {operation} {subject}, and {place} has {', '.join(ignored)} as "
            "before",
            paths=tuple(ignored),
            operation=operation,
            subject=subject,
        )


def _same(before: object, wanted: object) -> bool:
    """Tell whether a parameter had the value already; lists of devices say more than what is changed."""
    if isinstance(before, str) and isinstance(wanted, str) and "," in wanted:
        path, _, value = wanted.partition(",")
        words = before.split(",")
        pairs = dict(zip(words[::2], words[1::2], strict=False))
        return pairs.get(path, "0") == value
    return before == wanted
