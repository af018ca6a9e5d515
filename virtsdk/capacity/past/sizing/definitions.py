"""Definitions with the sizes that are recommended, as far as topology, pinning and NUMA cells allow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

import pandas as pd

from virtsdk.capacity.past.sizing.reshape import Stays, set_memory, set_vcpus
from virtsdk.display import html, listing
from virtsdk.display.text import count, size

if TYPE_CHECKING:
    from virtsdk.models.domain import DomainDef

_CHANGES: Final = frozenset({"shrink", "grow"})
_HEADER: Final = ["guest", "vCPUs", "then", "memory", "then", "stays, because"]


@dataclass(frozen=True, repr=False, eq=False)
class Definitions(Mapping[str, "DomainDef"]):
    """Changed definitions by the keys under which the present ones were given.

    Attributes
    ----------
    unchangeable
        Guests that a change is recommended for and whose definition does not allow it, and why. One that may
        change in its memory, not in its vCPUs, is here and among the changed ones.
    unseen
        Keys of definitions of which there are no samples.
    """

    unchangeable: Mapping[str, str]
    unseen: tuple[str, ...]
    _changed: Mapping[str, DomainDef] = field(repr=False)
    _rows: tuple[dict[str, Any], ...] = field(repr=False)

    def __getitem__(self, key: str) -> DomainDef:
        return self._changed[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._changed)

    def __len__(self) -> int:
        return len(self._changed)

    def frame(self) -> pd.DataFrame:
        """Give the changes.

        Returns
        -------
        pandas.DataFrame
            One row per guest that changes or cannot: ``key``, ``vcpus``, ``vcpus_after``, ``memory_bytes``,
            ``memory_after_bytes`` (Int64; as before where it stays), ``because`` (why something stays;
            missing where nothing does).
        """
        types = {
            "key": "str", "vcpus": "Int64", "vcpus_after": "Int64", "memory_bytes": "Int64",
            "memory_after_bytes": "Int64", "because": "str",
        }  # fmt: skip
        return pd.DataFrame(list(self._rows), columns=list(types)).astype(types)

    def to_dict(self) -> dict[str, Any]:
        """Give plain values: ``changes`` (one dict a row of the frame), ``unseen``."""
        return {"changes": [dict(row) for row in self._rows], "unseen": list(self.unseen)}

    def _headline(self) -> str:
        cannot = (
            f"{len(self.unchangeable)} that cannot change" if self.unchangeable else "none that cannot change"
        )
        unseen = f", {count(len(self.unseen), 'guest')} without samples" if self.unseen else ""
        return f"{len(self)} changed, {cannot}{unseen}"

    def __repr__(self) -> str:
        lines = [
            f"{row['key']}  "
            + (
                f"{row['vcpus']} to {count(row['vcpus_after'], 'vCPU')}, "
                f"{size(row['memory_bytes'])} to {size(row['memory_after_bytes'])}"
                if row["key"] in self._changed
                else "stays"
            )
            + (f" ({row['because']})" if row["because"] else "")
            for row in self._rows
        ]
        return "\n".join([f"<Definitions {self._headline()}>", *listing.lines(lines)])

    def _repr_html_(self) -> str:
        rows = [
            [
                row["key"], row["vcpus"], row["vcpus_after"], size(row["memory_bytes"]),
                size(row["memory_after_bytes"]), row["because"],
            ]
            for row in self._rows
        ]  # fmt: skip
        table = html.table(_HEADER, rows) if rows else html.paragraph("nothing changes")
        return html.view(html.heading("Definitions", self._headline()), table, title="definitions")

    __str__ = __repr__


def recommended(frame: pd.DataFrame, current: Mapping[str, DomainDef] | Iterable[DomainDef]) -> Definitions:
    """Change definitions to what is recommended.

    Parameters
    ----------
    frame
        Of `RightsizingReport`.
    current
        Present definitions: a list, or a mapping by any key.
    """
    by_domain = {str(row["domain"]).lower(): row for row in listing.records(frame)}
    by_name: dict[str, list[dict[str, Any]]] = {}
    for row in by_domain.values():
        by_name.setdefault(str(row["name"]), []).append(row)
    changed: dict[str, DomainDef] = {}
    cannot: dict[str, str] = {}
    rows: list[dict[str, Any]] = []
    unseen: list[str] = []
    for key, definition in _given(current):
        row = _row_of(definition, by_domain, by_name)
        if row is None:
            unseen.append(key)
            continue
        new, reasons = _resized(definition, row)
        if new is not None:
            changed[key] = new
        if reasons:
            cannot[key] = "; ".join(reasons)
        if new is not None or reasons:
            after = definition if new is None else new
            rows.append(
                {
                    "key": key,
                    "vcpus": _vcpus(definition),
                    "vcpus_after": _vcpus(after),
                    "memory_bytes": _memory(definition),
                    "memory_after_bytes": _memory(after),
                    "because": cannot.get(key),
                }
            )
    return Definitions(cannot, tuple(unseen), changed, tuple(rows))


def _given(current: Mapping[str, DomainDef] | Iterable[DomainDef]) -> list[tuple[str, DomainDef]]:
    if not isinstance(current, Mapping):
        if isinstance(current, str) or not isinstance(current, Iterable):
            raise TypeError(f"current must be a list or mapping of DomainDef, not {current!r}")
        found = list(current)
        for one in found:
            _definition(one)
        keys = [one.name or one.uuid or "" for one in found]
        twice = next((key for number, key in enumerate(keys) if key in keys[:number]), None)
        if twice is not None:
            raise ValueError(f"current has {twice!r} twice; give a mapping, by keys of your own")
        return list(zip(keys, found, strict=True))
    pairs = list(cast("Mapping[str, DomainDef]", current).items())
    for _, one in pairs:
        _definition(one)
    return pairs


def _definition(value: object) -> None:
    from virtsdk.models.domain import DomainDef

    if not isinstance(value, DomainDef):
        raise TypeError(f"current must be definitions, as of domain.definition(), not {type(value).__name__}")


def _row_of(
    definition: DomainDef,
    by_domain: Mapping[str, dict[str, Any]],
    by_name: Mapping[str, list[dict[str, Any]]],
) -> dict[str, Any] | None:
    """The row of a guest: by its UUID; by its name where one of the two has no UUID."""
    if definition.uuid is not None and definition.uuid.lower() in by_domain:
        return by_domain[definition.uuid.lower()]
    rows = by_name.get(definition.name or "", [])
    if definition.uuid is not None:
        rows = [row for row in rows if len(str(row["domain"])) != len(definition.uuid)]
    if len(rows) > 1:
        where = listing.names(repr(str(row["host"])) for row in rows)
        raise ValueError(f"there are samples of several guests {definition.name!r}, on {where}; give UUIDs")
    return rows[0] if rows else None


def _resized(definition: DomainDef, row: dict[str, Any]) -> tuple[DomainDef | None, list[str]]:
    """The changed definition, None where nothing changes; and why something stays."""
    new, reasons, changed = deepcopy(definition), list[str](), False
    if row["cpu_action"] in _CHANGES:
        try:
            changed |= set_vcpus(new, row["vcpus"], row["recommended_vcpus"])
        except Stays as stays:
            reasons.append(f"vCPUs: {stays}")
    if row["memory_action"] in _CHANGES:
        try:
            changed |= set_memory(new, row["memory_bytes"], row["recommended_memory_bytes"])
        except Stays as stays:
            reasons.append(f"memory: {stays}")
    return (new if changed else None), reasons


def _vcpus(definition: DomainDef) -> int | None:
    found = None if definition.vcpu is None else definition.vcpu.current or definition.vcpu.value
    return found if isinstance(found, int) else None


def _memory(definition: DomainDef) -> int | None:
    return None if definition.memory is None else int(definition.memory.bytes)
