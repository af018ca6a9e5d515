"""Samples as they are taken: what was read, not yet made frames of."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from virtsdk.history.columns import SAMPLES, own_frame
from virtsdk.stats.samples.node import RawNode, frames_of_nodes
from virtsdk.stats.samples.raw import RawSample, frames_of

_log = logging.getLogger(__name__)
Frames = dict[str, list[pd.DataFrame]]


@dataclass(frozen=True, slots=True)
class Sample:
    """What one sample of a host gave.

    Attributes
    ----------
    row
        Its row of ``samples``.
    domains, node
        The figures of the guests and of the machine; None where they were not read.
    frames
        What is read seldom, by the name of its frame.
    """

    row: Mapping[str, object]
    domains: RawSample | None = None
    node: RawNode | None = None
    frames: Mapping[str, pd.DataFrame] = field(default_factory=dict[str, pd.DataFrame])

    @property
    def values(self) -> int:
        """Number of values, about."""
        parts = (0 if one is None else one.values for one in (self.domains, self.node))
        return len(self.row) + sum(parts) + sum(frame.size for frame in self.frames.values())


def frames_of_samples(samples: Sequence[Sample]) -> Frames:
    """Make the frames of some samples, all at once; rows are in the order of the samples.

    A sample that no frame can be made of leaves its row, as one that was not taken, and the log says why.
    """
    try:
        return _frames(samples)
    except Exception as error:  # noqa: BLE001 - a recording of weeks outlives what nobody thought of
        if len(samples) > 1:
            middle = len(samples) // 2
            return joined([frames_of_samples(samples[:middle]), frames_of_samples(samples[middle:])])
        (one,) = samples
        _log.exception("sample of %s", one.row.get("host"))
        said = str(error) or type(error).__name__
        lost = {"taken": False, "missed": 1, "error": said, "domains": None, "node_time": None}
        return _frames([Sample({**one.row, **lost})])


def _frames(samples: Sequence[Sample]) -> Frames:
    found: Frames = {SAMPLES: [own_frame(SAMPLES, [one.row for one in samples])]}
    guests = [one.domains for one in samples if one.domains is not None]
    nodes = [one.node for one in samples if one.node is not None]
    made = {**(frames_of(guests) if guests else {}), **(frames_of_nodes(nodes) if nodes else {})}
    parts: list[Frames] = [found, {name: [frame] for name, frame in made.items() if len(frame)}]
    parts += [{name: [frame] for name, frame in one.frames.items() if len(frame)} for one in samples]
    return joined(parts)


def joined(parts: Iterable[Frames]) -> Frames:
    """Put the frames of the same names together."""
    found: Frames = {}
    for one in parts:
        for name, frames in one.items():
            found.setdefault(name, []).extend(frames)
    return found
