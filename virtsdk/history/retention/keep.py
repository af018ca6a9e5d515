"""`keep`: how long samples are kept, and how long what they were rolled up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import pandas as pd

from virtsdk.stats.change.differences import RATED
from virtsdk.stats.change.spacing import Interval, seconds_of

ROLLED: Final = pd.Timedelta("5min")
RAW: Final = "raw"
USAGE: Final = "rollup.usage"
LEAST_RAW: Final = 7200.0
"""Seconds that samples are kept at the least: what is rolled up is read once more than it lasts."""


def rolled_name(frame: str) -> str:
    """Return the frame that has the sums of a frame's rates."""
    return f"rollup.{frame}"


ROLLED_FRAMES: Final = {USAGE: "domains", **{rolled_name(one): one for one in RATED}}
"""The frames of sums, and whose series they have."""


@dataclass(frozen=True, slots=True)
class Keep:
    """How long to keep what, in seconds; None for ever.

    Attributes
    ----------
    raw
        Samples.
    rolled
        Sums of 5 minutes.
    """

    raw: float | None = None
    rolled: float | None = None


def keep_of(given: Any) -> Keep | None:
    """Return what a caller gives, for example ``{"raw": "14d", "5min": "2y"}``; None for None: all for ever.

    Raises
    ------
    TypeError, ValueError
        It is no such mapping, or a length is too short.

    Examples
    --------
    >>> keep_of({"raw": "14d", "5min": "2y"})
    Keep(raw=1209600.0, rolled=63115200.0)
    """
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise TypeError(f"keep must be a mapping, {{'raw': '14d', '5min': '2y'}}, not {given!r}")
    lengths = dict(cast("Mapping[Any, Any]", given))
    unknown = [one for one in lengths if one not in (RAW, "5min")]
    if unknown or not lengths:
        raise ValueError(f"keep must have 'raw' and '5min', not {unknown[0] if unknown else 'nothing'!r}")
    raw, rolled = (_length(lengths.get(one), one) for one in (RAW, "5min"))
    if raw is not None and raw < LEAST_RAW:
        raise ValueError(f"keep must have samples for 2 hours at the least, not raw={lengths[RAW]!r}")
    if rolled is not None and (raw is None or rolled < raw):
        raise ValueError("keep must have 5min for longer than raw, which is what it is made of")
    return Keep(raw, rolled)


def _length(given: Interval | None, what: str) -> float | None:
    if given is None:
        return None
    if isinstance(given, str) and given.strip().endswith("y") and given.strip()[:-1].strip().isdecimal():
        return int(given.strip()[:-1]) * 365.25 * 86_400
    return seconds_of(given, f"keep[{what!r}]")
