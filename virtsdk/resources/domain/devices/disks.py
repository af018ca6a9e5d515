"""The disks of a guest, as a collection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from virtsdk import errors
from virtsdk.binding.protocol import VirDomain
from virtsdk.binding.undecoded import decoded
from virtsdk.display import html, listing, text
from virtsdk.resources.domain.devices.block_jobs.job import BlockJob
from virtsdk.resources.domain.devices.chain import chain_of
from virtsdk.resources.domain.devices.disk import GuestDisk
from virtsdk.resources.domain.devices.disk_core import calling, read_errors
from virtsdk.resources.domain.devices.found import devices_of, kind_of, source_of, target_of
from virtsdk.resources.domain.devices.throttle import ThrottleVerbs
from virtsdk.resources.sight import LOOK_SECONDS, Look, Shown

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.models.domain import Disk
    from virtsdk.resources.domain import Domain

_COLUMNS = {
    "host": "str",
    "domain": "str",
    "name": "str",
    "target": "str",
    "source": "str",
    "format": "str",
    "bus": "str",
    "device": "str",
    "capacity_bytes": "Int64",
    "allocation_bytes": "Int64",
    "physical_bytes": "Int64",
    "backing_depth": "Int64",
    "job": "str",
}


class _Row(NamedTuple):
    """A disk as it was read: its definition, its sizes, its job."""

    disk: Disk
    sizes: Sequence[int] | None
    job: BlockJob | None


class GuestDisks(ThrottleVerbs, Shown):
    """All disks of a guest: ``guest.disks``.

    ``for disk in guest.disks``, ``len(guest.disks)``, ``guest.disks["vda"]`` by target, or by the file behind
    it. A notebook, and ``print``, show them as they are now.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.connect("test:///default") as host:
    ...     host.domains["test"].disks["vda"].source
    '/guest/diskimage1'
    """

    def __init__(self, domain: Domain) -> None:
        super().__init__(domain)
        self._rows: list[_Row] | None = None
        self._at: datetime | None = None

    def _definitions(self) -> list[Disk]:
        devices: Any = devices_of(self._domain.definition())
        return [one for one in devices if kind_of(one) == "disk" and target_of(one)]

    def __iter__(self) -> Iterator[GuestDisk]:
        return iter([GuestDisk(self._domain, str(target_of(one))) for one in self._definitions()])

    def __len__(self) -> int:
        return len(self._definitions())

    def __bool__(self) -> bool:
        return True

    def __contains__(self, key: object) -> bool:
        if isinstance(key, GuestDisk):
            return key in list(self)
        return isinstance(key, str) and self.find(key) is not None

    def __getitem__(self, key: str) -> GuestDisk:
        return self.get(key)

    def get(self, key: str) -> GuestDisk:
        """Look one up by its target (``"vda"``) or by the file behind it.

        Parameters
        ----------
        key
            The target, or the path.

        Returns
        -------
        GuestDisk
            A handle on it.

        Raises
        ------
        DeviceNotFound
            There is none; the message names those that there are.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.domains["test"].disks.get("vdb")
        Traceback (most recent call last):
          ...
        virtsdk.errors.DeviceNotFound: no disk 'vdb' in domain 'test'; there is 'vda'
        """
        if not isinstance(key, str):
            raise TypeError(f"the key of a disk must be its target or its file, not {type(key).__name__}")
        known = self._definitions()
        for name in (target_of, source_of):
            for one in known:
                if name(one) == key:
                    return GuestDisk(self._domain, str(target_of(one)))
        there_is = listing.there_is(key, [str(target_of(one)) for one in known])
        raise errors.DeviceNotFound(
            f"no disk {key!r} in {self._domain.subject}; {there_is}",
            operation="look up a disk of",
            subject=self._domain.subject,
        )

    def find(self, key: str) -> GuestDisk | None:
        """Look one up by its target or by the file behind it; None where there is none.

        Parameters
        ----------
        key
            As of `get`.

        Returns
        -------
        GuestDisk or None
            A handle on it. A host that does not answer is an error all the same.
        """
        try:
            return self.get(key)
        except errors.DeviceNotFound:
            return None

    def frame(self, *, timeout: float | None = None) -> pd.DataFrame:
        """Read all disks.

        Parameters
        ----------
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        pandas.DataFrame
            A row per disk: host, domain (UUID), name (the guest's), target, source (the file or device;
            missing for an empty drive and what is elsewhere), format, bus, device, capacity_bytes,
            allocation_bytes, physical_bytes (missing where they cannot be read), backing_depth (files below
            its own), job (kind of the block job on it; missing where there is none).

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.domains["test"].disks.frame()[["target", "backing_depth"]]
          target  backing_depth
        0    vda              0
        """
        import pandas as pd

        domain = self._domain
        rows = [
            (
                domain.host.name,
                domain.key,
                domain.name,
                target_of(row.disk),
                source_of(row.disk),
                _text(row.disk.driver and row.disk.driver.type),
                _text(row.disk.target and row.disk.target.bus),
                _text(row.disk.device) or "disk",
                *(row.sizes or (None, None, None)),
                max(len(chain_of(row.disk)) - 1, 0),
                None if row.job is None else row.job.kind,
            )
            for row in self._read(timeout)
        ]
        return pd.DataFrame(rows, columns=pd.Index(list(_COLUMNS))).astype(_COLUMNS)

    def _read(self, timeout: float | None = None) -> list[_Row]:
        from virtsdk import xml
        from virtsdk.models.domain import DomainDef

        def read(raw: VirDomain) -> list[_Row]:
            disks: Any = devices_of(xml.parse(decoded(raw.XMLDesc, 0), DomainDef))
            runs = bool(raw.isActive())
            return [
                _Row(one, self._sizes(raw, one), self._job(raw, one) if runs else None)
                for one in disks
                if kind_of(one) == "disk" and target_of(one)
            ]

        self._rows = calling(self._domain, "read the disks of", read, timeout=timeout)
        self._at = datetime.now(UTC)
        return self._rows

    def _sizes(self, raw: VirDomain, disk: Disk) -> Sequence[int] | None:
        target = str(target_of(disk))
        with (
            suppress(errors.VirtError),  # no medium, no file
            self._session.translated(raw.connect(), "read the size of", f"disk {target!r}"),
        ):
            return raw.blockInfo(target, 0)
        return None

    def _job(self, raw: VirDomain, disk: Disk) -> BlockJob | None:
        host, target = self._domain.host, str(target_of(disk))
        if not host.supports("block_jobs"):
            return None
        with (
            suppress(errors.VirtError),
            self._session.translated(raw.connect(), "read the job of", f"disk {target!r}"),
        ):
            record = raw.blockJobInfo(target, 1)
            whose = {"host": host.name, "domain": self._domain.key, "name": self._domain.name}
            return BlockJob.of_record(record, **whose, disk=target)
        return None

    def errors(self) -> dict[str, str]:
        """Read which disks stopped on an error.

        Returns
        -------
        dict
            By target: ``"no-space"`` or ``"unspecified"``; nothing where all are well.

        Raises
        ------
        InvalidState
            The guest is off.
        NotSupported
            The driver does not say (``host.supports("disk_errors")``).
        """
        return read_errors(self._domain)

    # --- how it shows itself ------------------------------------------------------------

    def _ipython_key_completions_(self) -> list[str]:
        with suppress(errors.VirtError):
            self._read(LOOK_SECONDS)
        return [str(target_of(row.disk)) for row in self._rows or []]

    @property
    def _read_at(self) -> datetime | None:
        return self._at

    @property
    def _reading(self) -> str:
        return f"read the disks of {self._domain.subject}"

    def _read_again(self, timeout: float) -> None:
        self._read(timeout)

    def _title(self) -> str:
        what = "disks" if self._rows is None else text.count(len(self._rows), "disk")
        return f"{what} of {self._domain.name}"

    def _glances(self) -> tuple[list[str], list[list[object]]]:
        rows: list[list[object]] = [
            [
                target_of(row.disk),
                _text(row.disk.driver and row.disk.driver.type),
                *(text.size(size) for size in (row.sizes or (None, None))[:2]),
                "" if row.job is None else row.job.kind,
                source_of(row.disk),
            ]
            for row in self._rows or []
        ]
        return ["target", "format", "capacity", "filled", "job", "source"], rows

    def _in_text(self, look: Look) -> str:
        lines = [
            f"<{text.printable(self._title())}, {look.words}>",
            *([look.trouble] if look.trouble else []),
        ]
        if self._rows:
            lines.append(text.columns(*self._glances()))
        return "\n".join(lines)

    def _in_html(self, look: Look) -> str:
        parts = [html.heading(self._title(), look.words)]
        if look.trouble:
            parts.append(html.paragraph(look.trouble))
        if self._rows:
            parts.append(html.table(*self._glances()))
        return html.view(*parts)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
