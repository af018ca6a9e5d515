"""A disk of a guest: `GuestDisk`, the live handle."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Unpack

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirDomain
from virtsdk.display import html, text
from virtsdk.resources.domain.devices.block_jobs.copying import CopyingVerbs
from virtsdk.resources.domain.devices.block_jobs.merging import MergingVerbs
from virtsdk.resources.domain.devices.disk_core import DiskSizes, read_errors
from virtsdk.resources.domain.devices.io_tune import IoTune, Limits, check_limits, shortfalls
from virtsdk.resources.scope import CONFIG, LIVE, Scope, affected, check_scope
from virtsdk.resources.sight import Look, Shown

if TYPE_CHECKING:
    from virtsdk.resources.domain import Domain

_PIECE = 2**20  # bytes that a daemon gives in one answer, and older ones too
_SECTOR = 512


class GuestDisk(MergingVerbs, CopyingVerbs, Shown):
    """A live handle on a disk of a guest; ``guest.disks["vda"]``.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.connect("test:///default") as host:
    ...     disk = host.domains["test"].disks["vda"]
    ...     disk.set_iotune(total_iops=500, total_iops_max=900, scope="live")
    ...     disk.set_iotune(total_iops=0, total_iops_max=0, scope="live")
    <IoTune 500 requests/s>
    <IoTune no limits>
    """

    def __init__(self, domain: Domain, target: str) -> None:
        super().__init__(domain, target)
        self._seen: DiskSizes | None = None
        self._at: datetime | None = None

    @property
    def capacity_bytes(self) -> int:
        """The size that the guest sees; asks the host."""
        return self.refresh().capacity_bytes

    @property
    def allocation_bytes(self) -> int:
        """How far the image is filled (see `DiskSizes`); asks the host."""
        return self.refresh().allocation_bytes

    @property
    def physical_bytes(self) -> int:
        """How large the file or device is; asks the host."""
        return self.refresh().physical_bytes

    @property
    def format(self) -> str | None:
        """Format of its image: ``"qcow2"``, ``"raw"`` ...; asks the host."""
        driver = self.definition().driver
        return None if driver is None or driver.type is None else str(driver.type)

    @property
    def bus(self) -> str | None:
        """How the guest sees it: ``"virtio"``, ``"scsi"``, ``"sata"`` ...; asks the host."""
        target = self.definition().target
        return None if target is None or target.bus is None else str(target.bus)

    def refresh(self, *, timeout: float | None = None) -> DiskSizes:
        """Read its sizes again: what the repr shows.

        Parameters
        ----------
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        DiskSizes
            Capacity, allocation and physical size, in bytes.

        Raises
        ------
        DeviceNotFound
            The guest does not have it any more.
        InvalidArgument, OperationFailed
            There is no medium in it; its file is not there.
        """
        found = self._call("read the size of", lambda raw: raw.blockInfo(self._target, 0), timeout=timeout)
        self._seen, self._at = DiskSizes(*found), datetime.now(UTC)
        return self._seen

    # --- its size ------------------------------------------------------------

    def resize(self, size: int, *, shrink: bool = False, timeout: float | None = None) -> None:
        """Give it another size while the guest uses it; the guest sees the new one at once.

        The partitions and file systems on it stay as they are until the guest grows them.

        Parameters
        ----------
        size
            Bytes: ``units.GiB(40)``.
        shrink
            Allow a smaller size: what the guest has beyond it is lost.
        timeout
            Seconds to wait for the call, which itself goes on after `TimedOut`; None for the connection's
            own.

        Raises
        ------
        InvalidArgument
            It is smaller than now, and `shrink` was not said. (Also a `ValueError`.)
        NotApplied
            libvirt accepted it, and the disk has another size.
        InvalidState
            The guest is off: its volume has a `StorageVolume.resize`.
        NotSupported, ReadOnly
            The driver does not do it (``host.supports("block_resize")``); the connection is read-only.
        """
        operation = "resize"
        if isinstance(size, bool) or not isinstance(size, int):
            raise TypeError(f"size must be a number of bytes, units.GiB(40), not {size!r}")
        if size <= 0:
            raise ValueError(f"size must be above 0 bytes, not {size}")
        self._session.refuse_readonly(operation, self.subject)
        self._require("block_resize", operation)
        flags = flag("VIR_DOMAIN_BLOCK_RESIZE_BYTES")

        def resize(raw: VirDomain) -> None:
            now = raw.blockInfo(self._target, 0)[0]
            if size < now and not shrink:
                raise errors.InvalidArgument(
                    f"cannot resize {self.subject}: size must be at least {text.size(now)}, as now, not "
                    f"{text.size(size)}; shrink=True cuts off what the guest has beyond",
                    operation=operation,
                    subject=self.subject,
                )
            raw.blockResize(self._target, int(size), flags)

        self._call(operation, resize, changes=True, timeout=timeout)
        now = self.refresh(timeout=timeout).capacity_bytes
        if not 0 <= now - size < _SECTOR:  # an image has whole sectors
            raise errors.NotApplied(
                f"cannot resize {self.subject}: the host accepted {text.size(size)}, and it "
                f"has {text.size(now)}",
                paths=("capacity",),
                operation=operation,
                subject=self.subject,
            )

    # --- its limits ------------------------------------------------------------

    @property
    def iotune(self) -> IoTune:
        """Limits that hold now, of a guest that is off those of its next start; asks the host."""
        return self._read_iotune(persistent=False)

    def _read_iotune(self, *, persistent: bool, timeout: float | None = None) -> IoTune:
        self._require("io_tune", "read the limits of")

        def read(raw: VirDomain) -> dict[str, Any]:
            flags = CONFIG if persistent or not raw.isActive() else LIVE
            return raw.blockIoTune(self._target, flags)

        return IoTune.of_record(self._call("read the limits of", read, timeout=timeout))

    def set_iotune(
        self,
        *,
        group: str | None = None,
        scope: Scope = "auto",
        timeout: float | None = None,
        **limits: Unpack[Limits],
    ) -> IoTune:
        """Limit what the guest reads from it and writes to it.

        Parameters
        ----------
        group
            Share the limits with the disks of this guest that name the same group.
        scope
            ``"auto"``: what runs, and the definition where it stays; ``"live"``, ``"persistent"``: one of
            them.
        timeout
            Seconds to wait; None for the connection's own.
        **limits
            By the names of `IoTune`: ``total_iops=500``, ``read_bytes_per_second=MiB(20)``; 0 takes one away.
            Those that are not given stay, but a limit of the total takes the place of those of reads and
            writes, and the other way round.

        Returns
        -------
        IoTune
            The limits as they are now.

        Raises
        ------
        TypeError, ValueError
            There is no such limit; it is no number; a total together with reads or writes.
        NotApplied
            libvirt accepted it, and a limit is not what it was to be.
        InvalidArgument, ConfigNotSupported
            A burst without a limit, or below it.
        NotSupported, InvalidState, ReadOnly
            The driver has none (``host.supports("io_tune")``); `scope` does not fit what the guest is; the
            connection is read-only.
        """
        operation, given = "limit", check_limits(limits)
        if group is not None and (not isinstance(group, str) or not group):
            raise ValueError(f"group must be a name, not {group!r}")
        if not given and group is None:
            raise ValueError("give a limit, such as total_iops=500, or a group")
        check_scope(scope)
        self._session.refuse_readonly(operation, self.subject)
        self._require("io_tune", operation)
        sent: dict[int, dict[str, Any]] = {}

        def limit(raw: VirDomain) -> None:
            flags = affected(raw, scope, operation=operation, subject=self.subject)
            for one in (LIVE, CONFIG):
                if flags & one:
                    now = IoTune.of_record(raw.blockIoTune(self._target, one))
                    sent[one] = now.with_limits(given)
            same = len({tuple(sorted(each.items())) for each in sent.values()}) == 1
            same = same and self._session.driver != "test"  # which takes one at a time
            name = {} if group is None else {"group_name": group}
            for one, parameters in ({flags: next(iter(sent.values()))} if same else sent).items():
                raw.setBlockIoTune(self._target, {**parameters, **name}, one)

        self._call(operation, limit, changes=True, timeout=timeout)
        found: dict[int, IoTune] = {}
        for one, parameters in sent.items():
            found[one] = self._read_iotune(persistent=one == CONFIG, timeout=timeout)
            missing = shortfalls(found[one], parameters)
            if group is not None and found[one].group != group and found[one].is_limited:
                missing += ("group",)
            if missing:
                raise errors.NotApplied(
                    f"cannot limit {self.subject}: the host accepted it and left "
                    f"{', '.join(missing)} as it was",
                    paths=missing,
                    operation=operation,
                    subject=self.subject,
                )
        return next(iter(found.values()))

    def set_threshold(self, size: int, *, timeout: float | None = None) -> None:
        """Ask for an event once its image is filled beyond a size: time to give it more room.

        The event is ``domain_block_threshold`` (`virtsdk.events.DomainBlockThreshold`), once.

        Parameters
        ----------
        size
            Bytes of the image, as `allocation_bytes` counts them; 0 for no event.
        timeout
            Seconds to wait; None for the connection's own.

        Raises
        ------
        InvalidState
            The guest is off.
        NotSupported, ReadOnly
            The driver has no such event (``host.supports("block_threshold")``); the connection is read-only.
        """
        operation = "set the threshold of"
        if isinstance(size, bool) or not isinstance(size, int):
            raise TypeError(f"size must be a number of bytes, units.GiB(40), not {size!r}")
        if size < 0:
            raise ValueError(f"size must be 0 (no event) or more bytes, not {size}")
        self._session.refuse_readonly(operation, self.subject)
        self._require("block_threshold", operation)
        self._call(
            operation,
            lambda raw: raw.setBlockThreshold(self._target, int(size), 0),
            changes=True,
            timeout=timeout,
        )

    # --- what is on it ------------------------------------------------------------

    @property
    def error(self) -> str | None:
        """Why it stopped: ``"no-space"``, ``"unspecified"``; None where it has not. Asks the host."""
        return read_errors(self._domain).get(self._target)

    def peek(self, offset: int, size: int, *, timeout: float | None = None) -> bytes:
        """Read what is on it, past the guest: a boot sector, a header.

        Parameters
        ----------
        offset
            Where to begin, in bytes.
        size
            How many bytes.
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        bytes
            Just as many.

        Raises
        ------
        ValueError
            There is no such place on it.
        NotSupported
            Its image is not raw: those of other formats have no places that mean something; or the driver
            does not do it (``host.supports("block_peek")``).
        ReadOnly
            libvirt refuses it to connections that are read-only.
        """
        operation = "peek into"
        for name, value, least in (("offset", offset, 0), ("size", size, 1)):
            if isinstance(value, bool) or not isinstance(value, int):
                raise TypeError(f"{name} must be a number of bytes, not {value!r}")
            if value < least:
                raise ValueError(f"{name} must be at least {least}, not {value}")
        self._session.refuse_readonly(operation, self.subject)
        self._require("block_peek", operation)

        def read(raw: VirDomain) -> bytes:
            driver = self._disk_of(raw).driver
            if driver is not None and driver.type not in {None, "raw"}:
                raise errors.NotSupported(
                    f"cannot peek into {self.subject}: its image is {driver.type}; only in a raw one "
                    "things lie where the guest sees them",
                    operation=operation,
                    subject=self.subject,
                )
            capacity = raw.blockInfo(self._target, 0)[0]
            if offset + size > capacity:
                raise ValueError(
                    f"offset and size must be within {self.subject}, which has {capacity} bytes, not end at "
                    f"{offset + size}"
                )
            places = range(offset, offset + size, _PIECE)
            ends = [min(place + _PIECE, offset + size) for place in places]
            return b"".join(
                raw.blockPeek(self._target, place, end - place, 0)
                for place, end in zip(places, ends, strict=True)
            )

        return self._call(operation, read, timeout=timeout)

    # --- how it shows itself ------------------------------------------------------------

    @property
    def _read_at(self) -> datetime | None:
        return self._at

    @property
    def _reading(self) -> str:
        return f"read the size of {self.subject}"

    def _read_again(self, timeout: float) -> None:
        self.refresh(timeout=timeout)

    def _in_text(self, look: Look) -> str:
        parts = [text.printable(f"{self._target} of {self._domain.name}")]
        if self._seen is not None:
            parts.append(text.size(self._seen.capacity_bytes))
            parts.append(f"{text.size(self._seen.allocation_bytes)} filled")
        return look.marked(f"<GuestDisk {', '.join(parts)}>")

    def _in_html(self, look: Look) -> str:
        seen = self._seen
        said = {} if seen is None else {
            "capacity": text.size(seen.capacity_bytes),
            "filled": text.size(seen.allocation_bytes),
            "physical": text.size(seen.physical_bytes),
        }  # fmt: skip
        return html.view(
            html.heading(f"{self._target} of {self._domain.name}", look.words),
            *([html.paragraph(look.trouble)] if look.trouble else []),
            html.outline({**said, "host": self._domain.host.name}),
        )
