"""Facts of definitions as columns beside the figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from virtsdk.stats.samples.convert import missing, text

Facts = Mapping[str, Any]
"""By UUID: something with ``autostart``, ``disks`` and ``nics``, as the live hosts' facts have."""

_DISK = ("device", "bus", "source")
_NIC = ("mac", "source")


def add_facts(frames: Mapping[str, pd.DataFrame], facts: Facts) -> None:
    """Add the columns of what is known to the frames of a sample; missing where nothing is."""
    domains = frames["domains"]
    found = [facts.get(uuid) for uuid in domains["domain"]] if facts else [None] * len(domains)
    autostart = [None if one is None else one.autostart for one in found]
    domains["autostart"] = pd.array(autostart, dtype="boolean")
    for frame, part, columns in (("disks", "disk", _DISK), ("nics", "nic", _NIC)):
        rows = frames[frame]
        if not facts:
            for column in columns:
                rows[column] = missing("str", len(rows))
            continue
        pairs = zip(rows["domain"], rows[part], strict=True)
        known = [getattr(facts[uuid], frame).get(name) if uuid in facts else None for uuid, name in pairs]
        for column in columns:
            rows[column] = text([None if one is None else getattr(one, column) for one in known])
