"""Jobs of a guest: `Job`, what it is busy with, and how to end that."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Self

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import Record
from virtsdk.display import html, text
from virtsdk.resources.base import raw_of
from virtsdk.resources.domain.core import DomainCore
from virtsdk.words import JOB_KINDS, JOB_OPERATIONS, JOB_RUNS, word_of

if TYPE_CHECKING:
    import pandas as pd

_BYTES = {
    f"{what}_{column}": f"{what}_{key}"
    for what in ("data", "memory", "disk")
    for column, key in (
        ("total_bytes", "total"),
        ("processed_bytes_total", "processed"),
        ("remaining_bytes", "remaining"),
    )
}
_MILLISECONDS = {
    "elapsed_seconds": "time_elapsed",
    "remaining_seconds": "time_remaining",
    "downtime_seconds": "downtime",
    "setup_seconds": "setup_time",
}
_PLAIN = {
    "memory_bytes_per_second": "memory_bps",
    "disk_bytes_per_second": "disk_bps",
    "memory_iteration": "memory_iteration",
    "postcopy_requests_total": "memory_postcopy_requests",
    "auto_converge_percent": "auto_converge_throttle",
    "error": "errmsg",
}


@dataclass(frozen=True, repr=False)
class Job:
    """A job of a guest as it was when it was read; a part that libvirt does not tell is None.

    Attributes
    ----------
    host, domain, name
        Whose job it is: the host's name, the domain's UUID and name.
    operation
        ``"migration-out"``, ``"migration-in"``, ``"save"``, ``"dump"``, ``"backup"`` ..., libvirt's words.
    kind
        ``"bounded"`` (libvirt estimates its end) or ``"unbounded"`` while it runs; then ``"completed"``,
        ``"failed"`` or ``"cancelled"``.
    elapsed_seconds, remaining_seconds
        Since it began; until its end, as libvirt estimates.
    data_total_bytes, data_processed_bytes_total, data_remaining_bytes
        Memory and disks together. What a guest writes meanwhile is processed again, so more may be processed
        than there is.
    memory_total_bytes, memory_processed_bytes_total, memory_remaining_bytes
        Memory alone.
    disk_total_bytes, disk_processed_bytes_total, disk_remaining_bytes
        Disks alone.
    memory_bytes_per_second, disk_bytes_per_second
        How fast they go now.
    memory_dirty_bytes_per_second
        How fast the guest writes to its memory: a live migration whose memory goes slower does not end.
    memory_iteration
        How often the memory was gone over.
    downtime_seconds
        How long the guest stands still at the end; while it runs, as libvirt expects.
    setup_seconds
        How long the preparation took.
    postcopy_requests_total
        How often the guest waited for memory that was still at the source.
    auto_converge_percent
        How much the guest's vCPUs are slowed down to let the migration end.
    error
        libvirt's message, of one that failed.
    """

    host: str
    domain: str
    name: str
    operation: str
    kind: str
    elapsed_seconds: float | None = None
    remaining_seconds: float | None = None
    data_total_bytes: int | None = None
    data_processed_bytes_total: int | None = None
    data_remaining_bytes: int | None = None
    memory_total_bytes: int | None = None
    memory_processed_bytes_total: int | None = None
    memory_remaining_bytes: int | None = None
    memory_bytes_per_second: int | None = None
    memory_dirty_bytes_per_second: int | None = None
    memory_iteration: int | None = None
    disk_total_bytes: int | None = None
    disk_processed_bytes_total: int | None = None
    disk_remaining_bytes: int | None = None
    disk_bytes_per_second: int | None = None
    downtime_seconds: float | None = None
    setup_seconds: float | None = None
    postcopy_requests_total: int | None = None
    auto_converge_percent: int | None = None
    error: str | None = None

    @classmethod
    def of_record(cls, record: Record, *, host: str, domain: str, name: str) -> Self | None:
        """Make one of libvirt's figures; None where they say that there is no job."""
        kind = word_of(JOB_KINDS, record["type"])
        if kind == "none":
            return None
        if "data_total" not in record:  # a backup: libvirt counts the disks alone
            parts = ("total", "processed", "remaining")
            record = {
                f"data_{part}": record[f"disk_{part}"] for part in parts if f"disk_{part}" in record
            } | record
        values = {field: record[key] for field, key in (_BYTES | _PLAIN).items() if key in record}
        values |= {field: record[key] / 1000 for field, key in _MILLISECONDS.items() if key in record}
        if {"memory_dirty_rate", "memory_page_size"} <= record.keys():  # the rate is in pages
            pages = record["memory_dirty_rate"]
            values["memory_dirty_bytes_per_second"] = pages * record["memory_page_size"]
        operation = word_of(JOB_OPERATIONS, record.get("operation", 0))
        return cls(host=host, domain=domain, name=name, operation=operation, kind=kind, **values)

    @property
    def is_running(self) -> bool:
        """True while it goes on."""
        return self.kind in JOB_RUNS

    @property
    def progress(self) -> float | None:
        """The share that is done, 0 to 1; it may fall back while a guest writes faster than it is copied."""
        if not self.data_total_bytes or self.data_remaining_bytes is None:
            return None
        return min(max(1 - self.data_remaining_bytes / self.data_total_bytes, 0.0), 1.0)

    @property
    def amount(self) -> tuple[int, int] | None:
        """Bytes that are done, and of how many, as they are now; None where libvirt does not tell."""
        if not self.data_total_bytes or self.data_remaining_bytes is None:
            return None
        return max(self.data_total_bytes - self.data_remaining_bytes, 0), self.data_total_bytes

    def frame(self) -> pd.DataFrame:
        """Give the same as a frame.

        Returns
        -------
        pandas.DataFrame
            One row, the job: host, domain (its UUID), name, operation, kind, then the figures in seconds,
            bytes, bytes per second and counts, as in the attributes; what libvirt does not tell is missing.
        """
        import pandas as pd

        dtypes = {field.name: _DTYPES[str(field.type)] for field in fields(self)}
        return pd.DataFrame([asdict(self)]).astype(dtypes)

    def _facts(self) -> dict[str, str]:
        """Give the facts that a reader wants first, as far as they are known."""
        facts: dict[str, str] = {}
        if self.is_running:
            if self.progress is not None:
                facts["done"] = f"{text.percent(self.progress)} of {text.size(self.data_total_bytes)}"
            if self.memory_bytes_per_second:
                facts["memory"] = f"{text.size(self.memory_bytes_per_second)}/s"
            if self.memory_dirty_bytes_per_second:
                facts["written by the guest"] = f"{text.size(self.memory_dirty_bytes_per_second)}/s"
        elif self.data_processed_bytes_total is not None:
            facts["moved"] = text.size(self.data_processed_bytes_total)
        if self.elapsed_seconds is not None:
            facts["elapsed"] = f"{self.elapsed_seconds:.1f} s"
        if self.downtime_seconds is not None:
            what = "expected downtime" if self.is_running else "downtime"
            facts[what] = f"{self.downtime_seconds * 1000:.0f} ms"
        if self.error is not None:
            facts["error"] = text.shorten(self.error, 200)
        return facts

    def __repr__(self) -> str:
        words = "running" if self.is_running else self.kind
        facts = ", ".join(f"{name} {value}" for name, value in self._facts().items())
        return f"<Job {self.operation} of {text.printable(self.name)} {words}{': ' if facts else ''}{facts}>"

    def _repr_html_(self) -> str:
        words = "running" if self.is_running else self.kind
        return html.view(
            html.heading(f"{self.operation} of {self.name}", f"{words}, on {self.host}"),
            html.outline(self._facts()),
        )


_DTYPES = {
    "str": "str",
    "str | None": "str",
    "int | None": "Int64",
    "float | None": "Float64",
}


def read_job(domain: DomainCore, *, completed: bool = False, timeout: float | None = None) -> Record:
    """Read the job of a domain with libvirt's keys and units; a completed one can be read again."""
    names = ("COMPLETED", "KEEP_COMPLETED") if completed else ()
    flags = sum(flag(f"VIR_DOMAIN_JOB_STATS_{name}") for name in names)
    return domain.host.session.call(
        "read the job of", domain.subject, lambda conn: raw_of(domain, conn).jobStats(flags), timeout=timeout
    )


class JobVerbs(DomainCore):
    """Verbs on the job of a guest: a migration, a save, a dump, a backup."""

    def job(self, *, completed: bool = False, timeout: float | None = None) -> Job | None:
        """Read what it is busy with; while that goes on its QEMU is asked.

        Parameters
        ----------
        completed
            The last job that ended instead, where libvirt still knows it. After a migration that is asked of
            the domain at its destination.
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        Job or None
            None where there is no such job, or the domain is off.

        Raises
        ------
        NotSupported
            The driver has no such figures; see ``host.supports("job_stats")``.
        InvalidState
            It is the destination's half of a migration, of which only the source knows.
        """
        try:
            record = read_job(self, completed=completed, timeout=timeout)
        except errors.InvalidState:
            if self.is_active:
                raise
            return None
        return Job.of_record(record, host=self._host.name, domain=self.key, name=self._name)

    def abort_job(self, *, postcopy: bool = False, timeout: float | None = None) -> None:
        """End the job that it is busy with, a migration, a save, a dump; the call for it raises then.

        Parameters
        ----------
        postcopy
            End a migration also in its post-copy phase: the guest is left paused, half here and half there.
        timeout
            Seconds; None for the connection's own.

        Raises
        ------
        InvalidState
            There is no job, or one that cannot be ended.
        """
        flags = flag("VIR_DOMAIN_ABORT_JOB_POSTCOPY") if postcopy else 0
        self._change(
            "abort the job of",
            lambda raw: raw.abortJobFlags(flags) if flags else raw.abortJob(),
            timeout,
        )
