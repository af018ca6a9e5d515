"""Facts of definitions as columns beside the figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from virtsdk.stats.samples.convert import Column, missing, text

Facts = Mapping[str, Any]
"""By UUID: something with ``autostart``, ``agent_seen``, ``disks``, ``nics``, as live hosts' facts have."""

_DISK = ("device", "bus", "source", "backing_path")
_NIC = ("mac", "source")
_PARTS = {"disks": ("disk", _DISK), "nics": ("nic", _NIC)}


def add_facts(frame: str, rows: dict[str, Column], facts: Sequence[Any]) -> None:
    """Add what is known to the columns of a frame; missing where nothing is.

    Parameters
    ----------
    frame, rows
        Its name and its columns.
    facts
        What is known of the domain of each row; None where nothing is.
    """
    if frame == "domains":
        rows["autostart"] = pd.array([None if one is None else one.autostart for one in facts], "boolean")
        rows["agent_seen"] = pd.array([getattr(one, "agent_seen", None) for one in facts], "boolean")
    if frame not in _PARTS:
        return
    part, columns = _PARTS[frame]
    if all(one is None for one in facts):
        rows |= {column: missing("str", len(facts)) for column in columns}
        return
    pairs = zip(facts, rows[part], strict=True)
    known = [None if one is None else getattr(one, frame).get(name) for one, name in pairs]
    kinds = {id(one): one for one in known}  # few, of many samples: what is known is kept
    number = {key: place for place, key in enumerate(kinds)}
    which = np.array([number[id(one)] for one in known], dtype=np.int64)
    for column in columns:
        rows[column] = text([getattr(one, column, None) for one in kinds.values()]).take(which)
