"""A block job: a disk's content on its way to another file, while the guest uses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from virtsdk.display import html, text
from virtsdk.words import BLOCK_JOB_KINDS, word_of

if TYPE_CHECKING:
    import pandas as pd

_TYPES: Final = {
    "str": "str",
    "int | None": "Int64",
    "bool": "boolean",
    "float": "Float64",
}


@dataclass(frozen=True, repr=False)
class BlockJob:
    """A block job as it was when it was read.

    Attributes
    ----------
    host, domain, name
        Whose it is: the host's name, the domain's UUID and name.
    disk
        The disk's target.
    kind
        ``"pull"``, ``"copy"``, ``"commit"`` (of files below the one that the guest writes to),
        ``"active-commit"``, ``"backup"``.
    processed_bytes_total, total_bytes
        How much is done, and of how much; what the guest writes meanwhile is added to both. QEMU counts in
        its own measure, which of a short job may be 1 of 1.
    bandwidth_bytes_per_second
        The limit that it was given; None for none.
    is_ready
        A copy or an active commit that has caught up with the guest, and waits to be told how it ends.
    """

    host: str
    domain: str
    name: str
    disk: str
    kind: str
    processed_bytes_total: int | None
    total_bytes: int | None
    bandwidth_bytes_per_second: int | None
    is_ready: bool

    @classmethod
    def of_record(
        cls, record: Mapping[str, Any] | None, *, host: str, domain: str, name: str, disk: str
    ) -> Self | None:
        """Make one of libvirt's figures; None where they say that there is no job."""
        if not record:
            return None
        kind = word_of(BLOCK_JOB_KINDS, record["type"])
        done, total = int(record["cur"]), int(record["end"])
        # libvirt says "all of it" of these two only once QEMU has said that they are ready
        ready = kind in WAITING and done == total and total > 0
        speed = int(record.get("bandwidth") or 0) or None
        return cls(host, domain, name, disk, kind, done, total, speed, ready)

    @property
    def progress(self) -> float | None:
        """The share that is done, 0 to 1; None before QEMU knows how much there is."""
        if not self.total_bytes or self.processed_bytes_total is None:
            return None
        return min(max(self.processed_bytes_total / self.total_bytes, 0.0), 1.0)

    @property
    def amount(self) -> tuple[int, int | None] | None:
        """How much is done, and of how much."""
        return None if self.processed_bytes_total is None else (self.processed_bytes_total, self.total_bytes)

    def frame(self) -> pd.DataFrame:
        """Give the same as a frame.

        Returns
        -------
        pandas.DataFrame
            One row, the job: the attributes as columns, in bytes and bytes per second.
        """
        return _frame(self)

    def to_dict(self) -> dict[str, Any]:
        """Give the attributes as a dict."""
        return asdict(self)

    def _facts(self) -> dict[str, str]:
        said = {"done": text.percent(self.progress)} if self.progress is not None else {}
        if self.bandwidth_bytes_per_second:
            said["at most"] = f"{text.size(self.bandwidth_bytes_per_second)}/s"
        return said

    def __repr__(self) -> str:
        facts = ", ".join(f"{name} {value}" for name, value in self._facts().items())
        state = "ready" if self.is_ready else "running"
        what = text.printable(f"{self.kind} of {self.disk} of {self.name}")
        return f"<BlockJob {what} {state}: {facts}>"

    def _repr_html_(self) -> str:
        state = "ready" if self.is_ready else "running"
        return html.view(
            html.heading(f"{self.kind} of {self.disk} of {self.name}", f"{state}, on {self.host}"),
            html.meter(self.progress, 1, label="done"),
            html.outline(self._facts()),
        )


WAITING: Final = frozenset({"copy", "active-commit"})
"""Kinds that go on following the guest's writes until they are told how they end."""

Ending = Literal["pivoted", "done", "left", "ready"]


@dataclass(frozen=True, repr=False)
class BlockJobResult:
    """What came of a block job.

    Attributes
    ----------
    host, domain, name, disk
        As of `BlockJob`.
    kind
        ``"commit"``, ``"active-commit"``, ``"pull"``, ``"copy"``.
    ending
        ``"pivoted"``: the guest goes on with the other file. ``"done"``: a pull, or a commit of files below
        the guest's own. ``"left"``: all was copied, and the guest stays with its file. ``"ready"``: all is
        copied, and it waits to be told.
    seconds
        How long it took.
    chain
        The files that the guest has now, its own first.
    destination
        Where a copy is.
    removed
        The files that the guest has no more; they are still there, unless `delete` was said.
    stale_snapshots
        External snapshots whose files are among those: nobody can go back to them.
    tidied
        Whether libvirt's records of those were removed.
    """

    host: str
    domain: str
    name: str
    disk: str
    kind: str
    ending: Ending
    seconds: float
    chain: tuple[str, ...]
    destination: str | None = None
    removed: tuple[str, ...] = ()
    stale_snapshots: tuple[str, ...] = ()
    tidied: bool = False

    def frame(self) -> pd.DataFrame:
        """Give the files as a frame.

        Returns
        -------
        pandas.DataFrame
            A row per file: host, domain (UUID), name (the guest's), disk, path, depth (0: the one that the
            guest writes to; missing where it has it no more), in_use.
        """
        import pandas as pd

        whose = (self.host, self.domain, self.name, self.disk)
        rows = [(*whose, path, depth, True) for depth, path in enumerate(self.chain)]
        rows += [(*whose, path, None, False) for path in self.removed]
        columns = {
            "host": "str",
            "domain": "str",
            "name": "str",
            "disk": "str",
            "path": "str",
            "depth": "Int64",
            "in_use": "boolean",
        }
        return pd.DataFrame(rows, columns=pd.Index(list(columns))).astype(columns)

    def to_dict(self) -> dict[str, Any]:
        """Give the attributes as a dict."""
        return asdict(self)

    def _facts(self) -> dict[str, object]:
        said: dict[str, object] = {
            "took": f"{self.seconds:.1f} s",
            "now": self.chain[0] if self.chain else "?",
        }
        if self.destination is not None and self.ending != "pivoted":
            said["copied to"] = self.destination
        if self.removed:
            said["not used any more"] = ", ".join(self.removed)
        if self.stale_snapshots:
            word = "snapshots removed" if self.tidied else "stale snapshots"
            said[word] = ", ".join(self.stale_snapshots)
        return said

    def __repr__(self) -> str:
        facts = ", ".join(f"{name} {value}" for name, value in self._facts().items())
        what = f"{self.kind} of {self.disk} of {self.name} {self.ending}"
        return f"<BlockJobResult {text.printable(f'{what}: {facts}')}>"

    def _repr_html_(self) -> str:
        return html.view(
            html.heading(f"{self.kind} of {self.disk} of {self.name}", f"{self.ending}, on {self.host}"),
            html.outline(self._facts()),
        )


def _frame(value: BlockJob) -> pd.DataFrame:
    import pandas as pd

    types = {field.name: _TYPES[str(field.type)] for field in fields(value)}
    return pd.DataFrame([asdict(value)]).astype(types)
