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
from virtsdk.history.reading.parts import domain_sizes
from virtsdk.history.reading.pieces import Pieces
from virtsdk.history.reading.reader import Reader, Selection
from virtsdk.history.reading.replay import Apart, Replay
from virtsdk.history.reading.selection import Place
from virtsdk.stats.change.spacing import Spacing
from virtsdk.stats.change.taking import Taking

TASKS: Final = 16
"""So many at the least, where there are rows for them: few workers are done at about one time."""
CHUNKS: Final = 5
"""Of `Replay`, that a task is of at the most: what a worker holds does not grow with the recording."""

Over = Callable[[Callable[[Any], Any], Sequence[Any]], list[Any]]
"""Calls a function with each of some arguments, wherever it likes, and returns the answers in their order."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A recording as it is here, for a machine that is to find it likewise.

    Attributes
    ----------
    directory
        As this machine calls it.
    first, last, dropped_until
        What is to be there: the first time of a sample, the last segment at the least, and until when samples
        are not kept.
    """

    directory: Path
    first: int | None
    last: int
    dropped_until: int | None

    def reader(self) -> Reader:
        """Open it there.

        Raises
        ------
        RecordingError
            It is not there, or another one is, or an older state of it.
        """
        where = f"the worker on {platform.node()}"
        if not (self.directory / files.MARK).is_file():
            raise RecordingError(
                f"{where} does not see {self.directory}: all workers need it under this name, for example on "
                "storage that they share"
            )
        reader = Reader(self.directory)
        if _first(reader) != self.first:
            raise RecordingError(
                f"{where} has another recording in {self.directory}: all workers need this one"
            )
        if reader.listing.last < self.last:
            raise RecordingError(
                f"{where} sees an older state of {self.directory}: its storage lags behind, try again"
            )
        if reader.dropped_until != self.dropped_until:
            raise RecordingError(f"samples of {self.directory} were removed while it was read: try again")
        return reader


def seen(reader: Reader) -> Seen:
    """Return the recording of a reader, as it is now."""
    return Seen(reader.directory, _first(reader), reader.listing.last, reader.dropped_until)


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker is told.

    Attributes
    ----------
    recording
        What it is to find.
    name
        The frame; None for usage.
    selection, stretches
        Its hosts or guests, and how their time is divided.
    spacing, taking
        Of these hosts.
    every, zone, chunk, window, sums
        As of `Replay`.
    """

    recording: Seen
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


def apart(over: Over) -> Apart:
    """Return what does the work of a `Replay` elsewhere.

    Parameters
    ----------
    over
        Calls a function with each of some tasks.
    """

    def work(replay: Replay, name: str | None) -> tuple[Pieces, set[str]]:
        given = list(_tasks(replay, name))
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
    reader = task.recording.reader()
    replay = Replay(
        reader, task.selection, None, task.every, task.zone, task.chunk, task.window, sums=task.sums,
        order=(task.spacing, task.taking),
    )  # fmt: skip
    return replay.work(task.name, [task.stretches])


def _first(reader: Reader) -> int | None:
    bounds = reader.bounds(files.SAMPLES)
    return None if bounds is None else bounds[0]


def _tasks(replay: Replay, name: str | None) -> Iterator[Task]:
    """Yield the tasks, the largest first: small ones fill the gaps at the end."""
    reader = replay.reader
    recording = seen(reader)
    groups = list(replay.division(name).groups())
    rows = [sum(reader.rows("domains", one) for one in stretches) for stretches in groups]
    share = min(max(sum(rows) / TASKS, replay.chunk / 2), CHUNKS * replay.chunk)
    divided = [
        (size, stretches, *place)
        for stretches, whole in zip(groups, rows, strict=True)
        for size, *place in _places(reader, stretches, whole, share)
    ]
    for _, stretches, after, until in sorted(divided, key=lambda one: -one[0]):
        own = [replace(one, after=after, until=until) for one in stretches]
        selection = replace(own[0], start=replay.selection.start, end=replay.selection.end)
        spacing, taking = of_hosts(replay.spacing, replay.taking, selection.hosts)
        yield Task(
            recording, name, selection, own, spacing, taking, replay.every, replay.zone, replay.chunk,
            replay.window, replay.sums,
        )  # fmt: skip


def _places(
    reader: Reader, stretches: Sequence[Selection], rows: int, share: float
) -> list[tuple[float, Place | None, Place | None]]:
    """Divide the guests of a group into ranges of about so many rows; return the rows of each, too."""
    wanted = round(rows / share)
    if wanted < 2:
        return [(rows, None, None)]
    sizes = domain_sizes(reader, stretches[len(stretches) // 2])  # others have a place between two of these
    counted = sum(size for _, size in sizes)
    held, cuts = 0.0, list[Place | None]()
    for place, size in sizes[:-1]:
        held += size
        if held * wanted >= counted * (len(cuts) + 1):
            cuts.append(place)
    own = rows / (len(cuts) + 1)
    return [(own, *one) for one in zip([None, *cuts], [*cuts, None], strict=True)]


def of_hosts(spacing: Spacing, taking: Taking, hosts: frozenset[str] | None) -> tuple[Spacing, Taking]:
    """Return what some hosts need of what is known of all."""
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
