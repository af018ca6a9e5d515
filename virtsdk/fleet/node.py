"""Processors and memory of all hosts of a fleet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields

import pandas as pd

from virtsdk.display import html, text
from virtsdk.resources.host.node import NodeInfo

_WHERE_TOLD = {"hugepages_bytes": "Int64", "cpu_model": "str"}  # of the hosts that tell


class FleetNodeInfo(Mapping[str, NodeInfo]):
    """The node info of each host of a fleet, by the host's name; made by `HostFleet.node_info`."""

    def __init__(self, found: Mapping[str, NodeInfo]) -> None:
        self._found = dict(found)

    def __getitem__(self, host: str) -> NodeInfo:
        return self._found[host]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def frame(self) -> pd.DataFrame:
        """Give the same as a frame: the hosts frame that `virtsdk.capacity` takes.

        Returns
        -------
        pandas.DataFrame
            One row per host that answered: host (its name in the fleet), cpus, cores, sockets, threads,
            numa_cells, memory_bytes, model, mhz; hugepages_bytes and cpu_model where any host tells them. Of
            one that does not, hugepages_bytes is 0, so that all of its memory counts as ordinary, as it does
            of such a host alone; its cpu_model is missing.
        """
        columns = [one.name for one in fields(NodeInfo)]
        rows = [asdict(one) for one in self._found.values()]
        frame = pd.DataFrame(rows, columns=pd.Index(columns))
        for column, kind in _WHERE_TOLD.items():
            told = any(row[column] is not None for row in rows)
            frame = frame.astype({column: kind}) if told else frame.drop(columns=column)
        if "hugepages_bytes" in frame:
            frame["hugepages_bytes"] = frame["hugepages_bytes"].fillna(0)
        if not rows:
            words = {"host": "str", "model": "str"}
            frame = frame.astype({name: words.get(name, "int64") for name in frame.columns})
        return frame

    def _headline(self) -> str:
        cpus = sum(one.cpus for one in self._found.values())
        memory = sum(one.memory_bytes for one in self._found.values())
        hosts = text.count(len(self._found), "host")
        return f"{hosts}, {text.count(cpus, 'CPU')}, {text.size(memory)}"

    def _rows(self) -> list[list[object]]:
        return [
            [name, one.cpus, one.cores, one.sockets, one.numa_cells, text.size(one.memory_bytes), one.model]
            for name, one in self._found.items()
        ]

    def __repr__(self) -> str:
        head = f"<NodeInfo of {self._headline()}>"
        return "\n".join([head, text.columns(_HEADER, self._rows())]) if self._found else head

    def _repr_html_(self) -> str:
        return html.view(html.heading("Nodes", self._headline()), html.table(_HEADER, self._rows()))


_HEADER = ["host", "CPUs", "cores", "sockets", "NUMA cells", "memory", "architecture"]
