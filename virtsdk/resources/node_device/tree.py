"""Devices of the node by what hangs on what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from virtsdk import errors
from virtsdk.binding.protocol import VirConnect, VirNodeDevice
from virtsdk.binding.session import Session
from virtsdk.binding.undecoded import decoded
from virtsdk.display import html, listing, text

if TYPE_CHECKING:
    import pandas as pd

_MOST_LINES: Final = 500


@dataclass(frozen=True, repr=False)
class DeviceTree:
    """What hangs on what, as it was when it was read.

    Attributes
    ----------
    host
        The host's name.
    rows
        (name, parent, depth) of each device, a parent before its children, those by name.
    """

    host: str
    rows: tuple[tuple[str, str | None, int], ...]

    def frame(self) -> pd.DataFrame:
        """Give the same as a frame.

        Returns
        -------
        pandas.DataFrame
            One row per device, a parent before its children: host, name, parent (its name; missing where it
            hangs on nothing that is here), depth.
        """
        import pandas as pd

        rows = [(self.host, *row) for row in self.rows]
        types = {"host": "str", "name": "str", "parent": "str", "depth": "Int64"}
        return pd.DataFrame(rows, columns=pd.Index(list(types))).astype(types)

    def _lines(self) -> list[str]:
        drawn: list[str] = []
        stems: list[bool] = []  # for each depth, whether another child follows
        for place, (name, _, depth) in enumerate(self.rows):
            following = self.rows[place + 1 :]
            later = next((other for _, _, other in following if other <= depth), -1)
            del stems[depth:]
            stems.append(later == depth)
            branch = "" if depth == 0 else "├── " if stems[depth] else "└── "
            before = "".join("│   " if more else "    " for more in stems[1:depth])
            drawn.append(f"{before}{branch}{text.printable(name)}")
        return drawn

    def __repr__(self) -> str:
        return "\n".join(listing.lines(self._lines(), _MOST_LINES)) or "<no node devices>"

    def _repr_html_(self) -> str:
        drawn = "\n".join(html.escape(one) for one in listing.lines(self._lines(), _MOST_LINES))
        heading = html.heading("node devices", f"{len(self.rows)} on {self.host}")
        return html.view(heading, html.Markup(f"<pre>{drawn}</pre>"))


def parents_of(session: Session, subject: str) -> dict[str, tuple[VirNodeDevice, str | None]]:
    """Read all devices of a node with the name of the parent of each: a call a device."""

    def ask(conn: VirConnect) -> dict[str, tuple[VirNodeDevice, str | None]]:
        found: dict[str, tuple[VirNodeDevice, str | None]] = {}
        for raw in conn.listAllDevices(0):
            name = decoded(raw.name)
            try:
                with session.translated(conn, "read the parent of", f"node device {name!r}"):
                    found[name] = raw, raw.parent()
            except errors.NodeDeviceNotFound:  # gone meanwhile
                continue
        return found

    return session.call("read the parents of the", subject, ask)


def tree_of(host: str, parents: Mapping[str, str | None], root: str | None) -> DeviceTree:
    """Make the tree of all devices, or of one and what hangs on it.

    Parameters
    ----------
    host
        The host's name.
    parents
        Names and their parents' names; a parent that is none of them hangs on nothing.
    root
        Whose tree; None for all.
    """
    children: dict[str | None, list[str]] = {}
    for name, parent in sorted(parents.items()):
        children.setdefault(parent if parent in parents else None, []).append(name)
    rows: list[tuple[str, str | None, int]] = []
    waiting = [(name, 0) for name in reversed([root] if root is not None else children.get(None, []))]
    while waiting:
        name, depth = waiting.pop()
        parent = parents.get(name)
        rows.append((name, parent if parent in parents else None, depth))
        waiting += [(child, depth + 1) for child in reversed(children.get(name, []))]
    return DeviceTree(host, tuple(rows))
