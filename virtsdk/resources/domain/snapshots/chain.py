"""Backups on top of each other: whether they follow, and the definition of a guest that boots from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from virtsdk.resources.domain.snapshots.document import check_there, disks_of

if TYPE_CHECKING:
    from virtsdk.models.domain import BackingStore, DomainDef


Format: TypeAlias = Literal["qcow2", "raw"]


class Link(Protocol):
    """A backup, as far as it matters to those above and below."""

    @property
    def domain(self) -> str:
        """The UUID of the guest."""
        ...

    @property
    def files(self) -> Mapping[str, str]:
        """The file of each disk."""
        ...

    @property
    def format(self) -> Format:
        """The format of the files."""
        ...

    @property
    def incremental(self) -> str | None:
        """The checkpoint that it is since."""
        ...

    @property
    def checkpoint(self) -> str | None:
        """The checkpoint that was made with it."""
        ...


def check_chain(chain: Sequence[Link]) -> None:
    """Refuse backups that do not make a whole: data would be missing, and nobody would notice.

    Raises
    ------
    ValueError
        The message says where.
    """
    for above, under in pairwise(chain):
        if above.domain != under.domain:
            raise ValueError("backups of different guests do not follow each other")
        if above.incremental is None:
            raise ValueError("nothing goes below a full backup")
        if above.incremental != under.checkpoint:
            raise ValueError(
                f"what has the changes since {above.incremental!r} goes on top of the backup that made that "
                f"checkpoint, not of one with {under.checkpoint!r}"
            )
        missing = sorted(above.files.keys() - under.files.keys())
        if missing:
            raise ValueError(f"the backup below has no {', '.join(missing)}")
    if chain[-1].incremental is not None:
        raise ValueError(
            f"the last one has the changes since {chain[-1].incremental!r} alone: a full backup goes below"
        )


def restored(definition: DomainDef, chain: Sequence[Link]) -> DomainDef:
    """Put the files of backups, the newest first, into a copy of a definition.

    Raises
    ------
    ValueError, NotFound
        As for `Backup.restored`.
    """
    from virtsdk.models.domain import DiskDriver, DiskSource

    check_chain(chain)
    newest = chain[0]
    made = deepcopy(definition)
    check_there(newest.files, made, "restore", f"domain {definition.name!r}")
    for disk in disks_of(made):
        target = None if disk.target is None else disk.target.dev
        if target is None or target not in newest.files:
            continue
        disk.type = "file"
        disk.source = DiskSource(file=newest.files[target])
        disk.driver = disk.driver or DiskDriver(name="qemu")
        disk.driver.type = newest.format
        disk.backing_store = _backing([one.files[target] for one in chain[1:]], [*chain[1:]])
    return made


def _backing(files: list[str], links: list[Link]) -> BackingStore:
    """Write what lies below an image; the last one says that nothing does."""
    from virtsdk.models.domain import BackingStore, DiskFormat, DiskSource

    store = BackingStore()
    for file, link in reversed(list(zip(files, links, strict=True))):
        store = BackingStore(
            type="file",
            format=DiskFormat(type=link.format),
            source=DiskSource(file=file),
            backing_store=store,
        )
    return store
