"""The rows of a table of guests: a frame in, plain values for the page out; and what changed between two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from virtsdk.display.text import count, printable, size
from virtsdk.words import RUNS

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, object]

_KINDS = {**dict.fromkeys(RUNS, "good"), "paused": "wait", "pmsuspended": "wait", "crashed": "bad"}
LABELS = {"shutoff": "shut off", "shutdown": "shutting down", "pmsuspended": "asleep", "nostate": "unknown"}
"""States that are written in other words."""


def label_of(state: str) -> str:
    """Write a state of libvirt in the words of a person: ``shutoff`` is ``shut off``."""
    return LABELS.get(state, state)


def rows_of(frame: pd.DataFrame, number: int = 0, mark: str = "") -> dict[str, Row]:
    """Make the page's rows of a domains frame, by UUID with the mark of its host.

    A row has name, host, number (of its host), state, label, kind (good, wait, bad or off), vcpus,
    memory_bytes, memory (in words) and persistent (also where the host did not say). Names are printable:
    what would hide or reorder text is written as an escape.
    """
    rows: dict[str, Row] = {}
    columns = ["domain", "name", "host", "state", "vcpus", "memory_bytes", "persistent"]
    for uuid, name, host, state, vcpus, memory, persistent in frame[columns].itertuples(index=False):
        state_text = str(state)
        memory_bytes = _number(memory)
        rows[f"{uuid}{mark}"] = {
            "name": printable(str(name)),
            "host": printable(str(host)),
            "number": number,
            "state": state_text,
            "label": label_of(state_text),
            "kind": _KINDS.get(state_text, "off"),
            "vcpus": _number(vcpus),
            "memory_bytes": memory_bytes,
            "memory": size(memory_bytes),
            "persistent": _number(persistent) != 0,
        }
    return rows


def _number(value: object) -> int | None:
    import pandas as pd

    return None if pd.isna(value) else int(value)  # pyright: ignore


def difference(before: Mapping[str, Row], after: Mapping[str, Row]) -> tuple[dict[str, Row], list[str]]:
    """Return the rows that are new or changed, and the UUIDs of those that went."""
    changed = {uuid: row for uuid, row in after.items() if before.get(uuid) != row}
    return changed, [uuid for uuid in before if uuid not in after]


def story(before: Mapping[str, Row], after: Mapping[str, Row]) -> str:
    """Tell in a line what happened to the rows between two readings; empty where nothing did.

    Examples
    --------
    >>> row = {"name": "web1", "label": "shut off"}
    >>> story({"u": row}, {"u": row | {"label": "running"}})
    'web1: shut off → running'
    """
    lines = [
        f"{row['name']}: {before[uuid]['label']} → {row['label']}"
        for uuid, row in after.items()
        if uuid in before and before[uuid]["label"] != row["label"]
    ]
    lines += [f"{row['name']} is new: {row['label']}" for uuid, row in after.items() if uuid not in before]
    lines += [f"{row['name']} is gone" for uuid, row in before.items() if uuid not in after]
    shown = lines[:2]
    if len(lines) > len(shown):
        shown.append(f"and {count(len(lines) - len(shown), 'more change')}")
    return "; ".join(shown)
