"""Frames that are worked out when they are first read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import pandas as pd


class LazyFrames(Mapping[str, pd.DataFrame]):
    """Frames by name, made one by one on demand and kept.

    Parameters
    ----------
    names
        The frames that there are.
    make
        Makes one.
    about
        What they are of, in words.
    """

    def __init__(self, names: Iterable[str], make: Callable[[str], pd.DataFrame], about: str) -> None:
        self._made: dict[str, pd.DataFrame | None] = dict.fromkeys(names)
        self._make = make
        self.about = about

    @property
    def made(self) -> list[str]:
        """Names of those that were read already."""
        return [name for name, frame in self._made.items() if frame is not None]

    def __getitem__(self, name: str) -> pd.DataFrame:
        frame = self._made[name]
        if frame is None:
            frame = self._made[name] = self._make(name)
        return frame

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)

    def __reduce__(self) -> tuple[type[dict[str, pd.DataFrame]], tuple[dict[str, pd.DataFrame]]]:
        return dict, (dict(self),)  # what is sent elsewhere is worked out before
