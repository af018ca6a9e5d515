"""Drift: what one host of a fleet has and others have not, or have otherwise.

Documents are compared with that of the first host by `virtsdk.xml.diff`, so by meaning; a value that most
hosts share is the majority, whichever host was first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

import pandas as pd

from virtsdk import xml
from virtsdk.display import html, text
from virtsdk.display.listing import names
from virtsdk.model import Model
from virtsdk.resources.host import Host

if TYPE_CHECKING:
    from virtsdk.binding.protocol import VirConnect

Subject = Literal["versions", "capabilities", "networks", "storage_pools", "domains"]
"""Things of which hosts are compared."""
_SUBJECTS = get_args(Subject)
_OF_ITS_OWN: dict[str, frozenset[str]] = {
    "capabilities": frozenset({"uuid", "frequency"}),
    "networks": frozenset({"uuid", "mac", "connections"}),
    "storage_pools": frozenset({"uuid", "capacity", "allocation", "available"}),
    "domains": frozenset({"uuid", "id", "genid", "hwuuid", "mac", "alias", "address", "seclabels"}),
}
"""Fields that no two machines share, at whatever depth of a document: they are left out."""
_FEWEST = 3  # hosts that each have a value of their own before that is taken for its nature


@dataclass(frozen=True, slots=True)
class Part:
    """One thing of a host that is compared: a document, and facts beside it.

    Attributes
    ----------
    facts
        Plain values by path.
    document
        A model without what differs by its nature; None where there is none.
    """

    facts: Mapping[str, object]
    document: Model | None = None


Parts = Mapping[str, Part]
"""What is compared of a host, by label: ``"networks['default']"``; the empty label stands for the host."""


def check(what: object) -> None:
    """Refuse a subject that hosts are not compared by.

    Raises
    ------
    ValueError
        The message lists them.
    """
    if what not in _SUBJECTS:
        raise ValueError(f"what must be one of {', '.join(map(repr, _SUBJECTS))}, not {what!r}")


# --- reading a host -------------------------------------------------------------------------------------


def read(host: Host, what: Subject) -> Parts:
    """Read what of a host is compared, less what differs by its nature."""
    if what == "versions":
        return {"": Part(_versions(host))}
    if what == "capabilities":
        return {"": Part({}, _without_own(host.capabilities(), what))}
    if what == "domains":
        found = host.domains.definitions(persistent=True)
        return {f"domains[{one.name!r}]": Part({}, _without_own(one, what)) for one in found}
    collection: Any = host.networks if what == "networks" else host.storage_pools
    parts: dict[str, Part] = {}
    for one in collection:
        seen = one.last_seen
        active = seen["active"] if "active" in seen else seen.get("state") not in {"inactive", None}
        facts = {"active": bool(active), "autostart": seen.get("autostart")}
        parts[f"{what}[{one.name!r}]"] = Part(facts, _without_own(one.definition(), what))
    return parts


def _versions(host: Host) -> dict[str, object]:
    def hypervisor(conn: VirConnect) -> int:
        return conn.getVersion()

    number = host.session.call("read the hypervisor's version of", f"host {host.name!r}", hypervisor)
    return {
        "driver": host.driver,
        "libvirt": str(host.libvirt_version),
        "hypervisor": f"{number // 1_000_000}.{number // 1000 % 1000}.{number % 1000}",
    }


def _without_own(document: Model, what: str) -> Model:
    """Leave out of a document what no two machines share."""
    found = deepcopy(document)
    _strip(found, _OF_ITS_OWN[what])
    return found


def _strip(model: Model, own: frozenset[str]) -> None:
    for one in fields(cast("Any", model)):
        value = getattr(model, one.name)
        if one.name in own:
            setattr(model, one.name, [] if isinstance(value, list) else None)
            continue
        for item in cast("list[object]", value) if isinstance(value, list) else [value]:
            if isinstance(item, Model):
                _strip(item, own)


# --- comparing ------------------------------------------------------------------------------------------

Values = dict[str, dict[str, str | None]]
"""By path and host."""


def compare(what: Subject, hosts: Mapping[str, Parts]) -> Drift:
    """Compare what was read of hosts.

    Parameters
    ----------
    what
        The subject.
    hosts
        What was read of each.
    """
    values: Values = {}
    for label in dict.fromkeys(label for parts in hosts.values() for label in parts):
        having = {host: parts[label] for host, parts in hosts.items() if label in parts}
        if what != "domains" and len(having) < len(hosts):  # a guest is on one host, as a rule
            values[label] = {host: "there" if host in having else None for host in hosts}
        values |= _of_label(label, having)
    return Drift(what, list(hosts), _rows(values))


def _of_label(label: str, having: Mapping[str, Part]) -> Values:
    found: Values = {}
    for path in dict.fromkeys(path for part in having.values() for path in part.facts):
        found[_joined(label, path)] = {host: _word(part.facts.get(path)) for host, part in having.items()}
    documents = {host: part.document for host, part in having.items() if part.document is not None}
    if documents:
        found |= {_joined(label, path): told for path, told in _of_documents(documents).items()}
    return found


def _of_documents(documents: Mapping[str, Model]) -> Values:
    """Tell the values of all paths in which a document differs from the first."""
    first = next(iter(documents.values()))
    differing: dict[str, dict[str, str | None]] = {}
    before: Values = {}
    for host, one in documents.items():
        differing[host] = {}
        for change in xml.diff(first, one):
            path, _, old, new = change.cells()
            where = _by_identity(str(path), change.item)
            before.setdefault(where, {})[""] = _word(old)
            differing[host][where] = _word(new)
    return {
        path: {host: _value(path, told[""], own) for host, own in differing.items()}
        for path, told in before.items()
    }


def _value(path: str, first: str | None, own: Mapping[str, str | None]) -> str | None:
    """Return a host's value: its own; none where a part around it is not there; else the first host's."""
    if path in own:
        return own[path]
    around = any(path.startswith((f"{one}.", f"{one}[")) for one, value in own.items() if value is None)
    return None if around else first


def _by_identity(path: str, item: str) -> str:
    """Write what identifies a list's item in place of its number."""
    if not item:
        return path
    return re.sub(r"\[\d+\](?=[^\[]*$)", lambda _: f"[{item!r}]", path)


def _joined(label: str, path: str) -> str:
    return ".".join(filter(None, (label, path)))


def _word(value: object) -> str | None:
    return None if value is None else text.words(value)


@dataclass(frozen=True, slots=True)
class _Row:
    path: str
    value: str | None
    hosts: tuple[str, ...]
    own: bool
    majority: bool


def _rows(values: Values) -> list[_Row]:
    rows: list[_Row] = []
    for path, told in values.items():
        groups: dict[str | None, list[str]] = {}
        for host, value in told.items():
            groups.setdefault(value, []).append(host)
        if len(groups) < 2:
            continue
        own = len(told) >= _FEWEST and len(groups) == len(told) and None not in groups
        ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
        rows += [
            _Row(path, value, tuple(hosts), own, place == 0) for place, (value, hosts) in enumerate(ordered)
        ]
    return sorted(rows, key=lambda row: row.own)  # a stable order


class Drift:
    """What differs between hosts; made by `HostFleet.drift`.

    Attributes
    ----------
    what
        The subject: ``"networks"`` ...
    host_names
        The hosts that were compared: those that answered.
    """

    def __init__(self, what: str, hosts: Sequence[str], rows: Sequence[_Row]) -> None:
        self.what = what
        self.host_names = list(hosts)
        self._rows = tuple(rows)

    def __bool__(self) -> bool:
        """Tell whether anything differs, but for values that each host has its own of."""
        return any(not row.own for row in self._rows)

    def frame(self) -> pd.DataFrame:
        """Give what differs as a frame.

        Returns
        -------
        pandas.DataFrame
            One row per path and value, for paths of more than one value; the most frequent value of a path
            first: path (a list's item by what identifies it, else by its number), value (as text; missing
            where it is not there), count (of the hosts that have it), hosts (their names, a list), own (true
            where each of three or more hosts has a value of its own, which may be its nature: addresses,
            sizes; these rows come last).
        """
        rows = self._rows
        return pd.DataFrame(
            {
                "path": pd.array([row.path for row in rows], dtype="str"),
                "value": pd.array([row.value for row in rows], dtype="str"),
                "count": pd.array([len(row.hosts) for row in rows], dtype="Int64"),
                "hosts": pd.Series([list(row.hosts) for row in rows], dtype="object"),
                "own": pd.array([row.own for row in rows], dtype="boolean"),
            }
        )

    def hosts(self) -> pd.DataFrame:
        """Give how far each host is from the majority.

        Returns
        -------
        pandas.DataFrame
            One row per host that was compared, the farthest first: host, differs (the paths in which it has
            another value than most, without those that each host has its own of; where two values are as
            frequent, the first host's counts as that of most).
        """
        counts = dict.fromkeys(self.host_names, 0)
        for host in self._others():
            counts[host] += 1
        ordered = sorted(counts.items(), key=lambda one: -one[1])
        return pd.DataFrame(
            {
                "host": pd.array([host for host, _ in ordered], dtype="str"),
                "differs": pd.array([count for _, count in ordered], dtype="Int64"),
            }
        )

    def to_dict(self) -> dict[str, object]:
        """Give the same as plain values."""
        rows = [
            {
                "path": row.path,
                "value": row.value,
                "count": len(row.hosts),
                "hosts": list(row.hosts),
                "own": row.own,
            }
            for row in self._rows
        ]
        return {"what": self.what, "hosts": list(self.host_names), "rows": rows}

    def _others(self) -> Iterator[str]:
        for row in self._rows:
            if not row.majority and not row.own:
                yield from row.hosts

    def _headline(self) -> str:
        of = text.count(len(self.host_names), "host")
        others = dict.fromkeys(self._others())
        if not others:
            found = "no difference" if len(self.host_names) > 1 else "nothing to compare"
            return f"{self.what.replace('_', ' ')} of {of}: {found}"
        places = len({row.path for row in self._rows if not row.own})
        verb = "differs" if len(others) == 1 else "differ"
        return (
            f"{self.what.replace('_', ' ')} of {of}: {len(others)} {verb} from most "
            f"({names(others)}), in {text.count(places, 'place')}"
        )

    def _table(self) -> list[list[object]]:
        return [
            [
                row.path,
                "not there" if row.value is None else row.value,
                len(row.hosts),
                names(row.hosts, limit=3),
            ]
            for row in self._rows
        ]

    def __repr__(self) -> str:
        head = f"<Drift in {self._headline()}>"
        return "\n".join([head, text.columns(_HEADER, self._table(), width=60)]) if self._rows else head

    def _repr_html_(self) -> str:
        table = [html.table(_HEADER, self._table())] if self._rows else []
        return html.view(html.heading("Drift", self._headline()), *table, title=f"drift in {self.what}")


_HEADER = ["path", "value", "hosts", "which"]
