"""A recording's rates worked out elsewhere, for example on many machines, by the function that works here.

The work is divided by hosts, as the files are; where there are few hosts, by their guests, too. Whoever has a
series has all of its days, so that there is no sample to bring along from the day before, and a bin over
midnight is where both of its halves are. Stretches of time are those of one process: sums are added in the
same order, and the answer is the same to the last bit.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path
from typing import Any, Final

import pandas as pd

from virtsdk.errors import RecordingError
from virtsdk.history import files
from virtsdk.history.reader import Reader, Selection
from virtsdk.history.reading.parts import domain_sizes
from virtsdk.history.reading.pieces import Pieces
from virtsdk.history.reading.selection import Place
from virtsdk.history.replay import Apart, Replay
from virtsdk.stats.change.spacing import Spacing
from virtsdk.stats.change.taking import Taking

TASKS: Final = 16
"""So many at the least, where there are rows for them: few workers are done at about one time."""

Over = Callable[[Callable[[Any], Any], Sequence[Any]], list[Any]]
"""Calls a function with each of some arguments, wherever it likes, and returns the answers in their order."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker is told.

    Attributes
    ----------
    directory
        Of the recording; as this machine calls it.
    first, last, dropped_until
        What it is to find there: the first time of a sample, the last segment at the least, and until when
        samples are not kept.
    name
        The frame; None for usage.
    selection, stretches
        Its hosts or guests, and how their time is divided.
    spacing, taking
        Of these hosts.
    every, zone, chunk, window, sums
        As of `Replay`.
    """

    directory: Path
    first: int | None
    last: int
    dropped_until: int | None
    name: str | None
    selection: Selection
    stretches: list[Selection]
    spacing: Spacing
    taking: Taking
    every: pd.Timedelta | None
    zone: tzinfo | None
    chunk: int
    window: int
    sums: bool


def apart(over: Over, tasks: int = TASKS) -> Apart:
    """Return what does the work of a `Replay` elsewhere.

    Parameters
    ----------
    over
        Calls a function with each of some tasks.
    tasks
        How many there are at the least, where there are rows for them.
    """

    def work(replay: Replay, name: str | None) -> tuple[Pieces, set[str]]:
        given = list(_tasks(replay, name, tasks))
        if len(given) < 2:  # nothing to divide
            return replay.work(name)
        (pieces, counted), *others = over(answer, given)
        for more, hosts in others:
            pieces.extend(more)
            counted |= hosts
        return pieces, counted

    return work


def answer(task: Task) -> tuple[Pieces, set[str]]:
    """Do a part of the work, on the machine of a worker.

    Raises
    ------
    RecordingError
        The worker does not see the recording, or sees another one, or an older state of it.
    """
    reader = _reader(task)
    replay = Replay(
        reader, task.selection, None, task.every, task.zone, task.chunk, task.window, sums=task.sums,
        order=(task.spacing, task.taking),
    )  # fmt: skip
    return replay.work(task.name, [task.stretches])


def _reader(task: Task) -> Reader:
    where = f"the worker on {platform.node()}"
    if not (task.directory / files.MARK).is_file():
        raise RecordingError(
            f"{where} does not see {task.directory}: all workers need it under this name, for example on "
            "storage that they share"
        )
    reader = Reader(task.directory)
    if _first(reader) != task.first:
        raise RecordingError(f"{where} has another recording in {task.directory}: all workers need this one")
    if reader.listing.last < task.last:
        raise RecordingError(
            f"{where} sees an older state of {task.directory}: its storage lags behind, try again"
        )
    if reader.dropped_until != task.dropped_until:
        raise RecordingError(f"samples of {task.directory} were removed while it was read: try again")
    return reader


def _first(reader: Reader) -> int | None:
    bounds = reader.bounds(files.SAMPLES)
    return None if bounds is None else bounds[0]


def _tasks(replay: Replay, name: str | None, least: int) -> Iterator[Task]:
    reader = replay.reader
    directory = reader.directory.resolve()
    first = _first(reader)
    groups = list(replay.division(name).groups())
    for stretches in groups:
        for after, until in _places(reader, stretches, -(-least // len(groups)), replay.chunk):
            own = [replace(one, after=after, until=until) for one in stretches]
            selection = replace(own[0], start=replay.selection.start, end=replay.selection.end)
            spacing, taking = _of_hosts(replay, selection.hosts)
            yield Task(
                directory, first, reader.listing.last, reader.dropped_until, name, selection, own, spacing,
                taking, replay.every, replay.zone, replay.chunk, replay.window, replay.sums,
            )  # fmt: skip


def _places(
    reader: Reader, stretches: Sequence[Selection], wanted: int, chunk: int
) -> list[tuple[Place | None, Place | None]]:
    """Divide the guests of a group into about so many ranges of as many rows, where there are enough."""
    if wanted < 2 or sum(reader.rows("domains", one) for one in stretches) < chunk:
        return [(None, None)]
    sizes = domain_sizes(reader, stretches[len(stretches) // 2])  # others have a place between two of these
    share, held = sum(rows for _, rows in sizes) / wanted, 0.0
    cuts: list[Place | None] = []
    for place, rows in sizes[:-1]:
        held += rows
        if held >= share * (len(cuts) + 1):
            cuts.append(place)
    return list(zip([None, *cuts], [*cuts, None], strict=True))


def _of_hosts(replay: Replay, hosts: frozenset[str] | None) -> tuple[Spacing, Taking]:
    """Return what some hosts need of what is known of all."""
    spacing, taking = replay.spacing, replay.taking
    if hosts is None:
        return spacing, taking

    def own(known: Any) -> Any:
        return {host: one for host, one in known.items() if host in hosts}

    return replace(spacing, hosts=own(spacing.hosts)), Taking(
        own(taking.moments),
        own(taking.steps),
        own(taking.unsure),
        own(taking.numbers),
        taking.partial & hosts,
    )
