"""Facts from the document of a snapshot or a checkpoint: what a list shows of it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class MomentFacts:
    """What the document says, without the definition of the guest that it holds as well.

    Attributes
    ----------
    name
        Its name.
    parent
        Name of the one that it follows; None of a root.
    kind
        Of a snapshot: ``"internal"``, ``"external"``, or ``"none"`` where it has neither disks nor memory.
    state
        Of a snapshot: the guest's state then; ``"disk-snapshot"`` where the memory is not part of it.
    time
        When it was made (UTC).
    memory_file
        Of an external snapshot with memory: the file.
    disks
        Targets of the disks that take part, with commas between them.
    size_bytes
        Of a checkpoint, where that was asked for: bytes of the disks that changed since.
    description
        Free text.
    """

    name: str
    parent: str | None
    kind: str
    state: str | None
    time: datetime | None
    memory_file: str | None
    disks: str
    size_bytes: int | None
    description: str | None

    @classmethod
    def of(cls, document: str) -> MomentFacts:
        """Read them.

        Examples
        --------
        >>> facts = MomentFacts.of(
        ...     "<domainsnapshot><name>b</name><parent><name>a</name></parent><state>running</state>"
        ...     "<memory snapshot='internal'/><disks><disk name='vda' snapshot='internal'/>"
        ...     "<disk name='vdb' snapshot='no'/></disks></domainsnapshot>"
        ... )
        >>> facts.name, facts.parent, facts.kind, facts.state, facts.disks
        ('b', 'a', 'internal', 'running', 'vda')
        """
        from virtsdk.xml import _reader

        root: Any = _reader.read(document)
        memory = root.find("memory")
        disks = [disk for disk in root.iterfind("disks/disk") if _takes_part(disk)]
        ways = {None if memory is None else memory.get("snapshot"), *(disk.get("snapshot") for disk in disks)}
        sizes = [int(size) for disk in disks if (size := disk.get("size")) is not None]
        return cls(
            name=root.findtext("name", ""),
            parent=root.findtext("parent/name"),
            kind=next((kind for kind in ("external", "internal") if kind in ways), "none"),
            state=root.findtext("state"),
            time=_time(root.findtext("creationTime")),
            memory_file=None if memory is None else memory.get("file"),
            disks=",".join(disk.get("name", "") for disk in disks),
            size_bytes=sum(sizes) if sizes else None,
            description=root.findtext("description"),
        )


def _takes_part(disk: Any) -> bool:
    return "no" not in {disk.get("snapshot"), disk.get("checkpoint")}


def _time(seconds: str | None) -> datetime | None:
    """Read seconds since 1970; None for what is no time of this calendar."""
    with suppress(TypeError, ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(int(seconds or ""), UTC)
    return None
