"""The base of a handle on a guest's disk: whose it is, and calls about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import methodcaller
from typing import TYPE_CHECKING, Any, TypeVar

from virtsdk import errors
from virtsdk.binding.live import Live
from virtsdk.binding.protocol import VirDomain
from virtsdk.binding.session import Session
from virtsdk.binding.undecoded import decoded
from virtsdk.resources.domain.devices.block_jobs.job import BlockJob
from virtsdk.resources.domain.devices.chain import Layer, chain_of
from virtsdk.resources.domain.devices.found import devices_of, source_of, target_of
from virtsdk.words import DISK_ERRORS, word_of

if TYPE_CHECKING:
    from virtsdk.models.domain import Disk, DomainDef
    from virtsdk.resources.domain import Domain

T = TypeVar("T")


@dataclass(frozen=True)
class DiskSizes:
    """Sizes of a disk, in bytes.

    Attributes
    ----------
    capacity_bytes
        What the guest sees.
    allocation_bytes
        How far the image is filled: the highest offset written while the guest runs, the blocks in use else.
    physical_bytes
        How large the file or device is.
    """

    capacity_bytes: int
    allocation_bytes: int
    physical_bytes: int


class DiskCore(Live):
    """A disk of a guest, without its verbs; what people use is `GuestDisk`."""

    def __init__(self, domain: Domain, target: str) -> None:
        self._domain = domain
        self._target = target
        self._session: Session = domain.host.session

    @property
    def domain(self) -> Domain:
        """The guest that has it."""
        return self._domain

    @property
    def target(self) -> str:
        """Its name: ``"vda"``."""
        return self._target

    @property
    def subject(self) -> str:
        """Its name in messages."""
        return f"disk {self._target!r} of {self._domain.subject}"

    def definition(self, *, persistent: bool = False) -> Disk:
        """Read its definition; asks the host, not the guest.

        Parameters
        ----------
        persistent
            As the guest's next start has it.

        Returns
        -------
        Disk
            The part of the guest's definition.

        Raises
        ------
        DeviceNotFound
            The guest does not have it any more.
        """
        return self._among(self._domain.definition(persistent=persistent))

    def _disk_of(self, raw: VirDomain) -> Disk:
        """Read its definition in a call."""
        from virtsdk import xml
        from virtsdk.models.domain import DomainDef

        return self._among(xml.parse(decoded(raw.XMLDesc, 0), DomainDef))

    def _among(self, definition: DomainDef) -> Disk:
        from virtsdk.models.domain import Disk

        for one in devices_of(definition):
            if isinstance(one, Disk) and target_of(one) == self._target:
                return one
        raise errors.DeviceNotFound(
            f"{self.subject} is not there any more", operation="read", subject=self.subject
        )

    @property
    def chain(self) -> tuple[Layer, ...]:
        """The files behind it, the one that the guest writes to first; asks the host."""
        return chain_of(self.definition())

    @property
    def source(self) -> str | None:
        """The file or device that the guest writes to; None for an empty drive, or what is elsewhere."""
        return source_of(self.definition())

    def job(self, *, timeout: float | None = None) -> BlockJob | None:
        """Read the block job on it: a commit, a pull, a copy.

        Parameters
        ----------
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        BlockJob or None
            None where there is none.

        Raises
        ------
        NotSupported
            The driver has no block jobs (see ``host.supports("block_jobs")``).
        DeviceNotFound
            The guest does not have the disk any more.
        InvalidState
            The guest is off.
        """
        self._require("block_jobs", "read the job of")
        flags = 1  # VIR_DOMAIN_BLOCK_JOB_INFO_BANDWIDTH_BYTES
        record = self._call(
            "read the job of", lambda raw: raw.blockJobInfo(self._target, flags), timeout=timeout
        )
        return BlockJob.of_record(
            record,
            host=self._domain.host.name,
            domain=self._domain.key,
            name=self._domain.name,
            disk=self._target,
        )

    def _call(
        self,
        operation: str,
        function: Callable[[VirDomain], T],
        *,
        changes: bool = False,
        timeout: float | None = None,
    ) -> T:
        """Make a call on the guest; in messages it is about the disk."""
        return calling(self._domain, f"{operation} {self._target!r} of", function, changes, timeout)

    def _require(self, feature: str, operation: str) -> None:
        methodcaller("_require", feature, f"{operation} {self._target!r} of")(self._domain)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DiskCore):
            return NotImplemented
        return (self._domain, self._target) == (other._domain, other._target)

    def __hash__(self) -> int:
        return hash((self._domain, self._target))


def calling(
    domain: Domain,
    operation: str,
    function: Callable[[VirDomain], T],
    changes: bool = False,
    timeout: float | None = None,
) -> T:
    """Make a call on a guest, by one of its parts."""
    call: Any = methodcaller("_call", operation, function, changes=changes, timeout=timeout)
    return call(domain)  # by name: a handle shows it to nobody else


def read_errors(domain: Domain) -> dict[str, str]:
    """Read which disks of a guest have an error, by target."""
    found = calling(domain, "read the disk errors of", lambda raw: raw.diskErrors(0))
    return {target: word_of(DISK_ERRORS, number) for target, number in found.items() if number}
