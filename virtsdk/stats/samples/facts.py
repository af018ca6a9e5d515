"""Facts of definitions as columns beside the figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from virtsdk.stats.samples.convert import Column, missing, text

Facts = Mapping[str, Any]
"""By UUID: something with ``autostart``, ``agent_seen``, ``disks``, ``nics``, as live hosts' facts have."""

_DISK = ("device", "bus", "source", "backing_path")
_NIC = ("mac", "source")


def add_facts(frames: Mapping[str, dict[str, Column]], facts: Facts) -> None:
    """Add what is known to the columns of a sample's frames; missing where nothing is."""
    if "domains" in frames:
        domains = frames["domains"]
        found = [facts.get(uuid) for uuid in domains["domain"]]
        autostart = [None if one is None else one.autostart for one in found]
        domains["autostart"] = pd.array(autostart, dtype="boolean")
        seen = [getattr(one, "agent_seen", None) for one in found]
        domains["agent_seen"] = pd.array(seen, dtype="boolean")
    for frame, part, columns in (("disks", "disk", _DISK), ("nics", "nic", _NIC)):
        rows = frames.get(frame)
        if rows is None:
            continue
        if not facts:
            rows |= {column: missing("str", len(rows["domain"])) for column in columns}
            continue
        pairs = zip(rows["domain"], rows[part], strict=True)
        known = [getattr(facts[uuid], frame).get(name) if uuid in facts else None for uuid, name in pairs]
        for column in columns:
            rows[column] = text([None if one is None else getattr(one, column, None) for one in known])
