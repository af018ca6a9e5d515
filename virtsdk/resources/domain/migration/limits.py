"""How fast a guest may migrate, and how long it may stand still for that."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from virtsdk import errors
from virtsdk.binding.calls import answered
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirDomain
from virtsdk.display import html, text
from virtsdk.resources.domain.core import DomainCore
from virtsdk.resources.domain.migration.options import mebibytes, milliseconds
from virtsdk.units import MiB

UNLIMITED = 2**63 - 2**20  # bytes a second: libvirt's own number for no limit is about that


@dataclass(frozen=True, repr=False)
class MigrationLimits:
    """Limits for a guest's migrations; None where the driver has none of a kind.

    Attributes
    ----------
    bandwidth_bytes_per_second
        The most that is sent; None where there is no limit.
    postcopy_bandwidth_bytes_per_second
        The same once its memory is fetched by the destination; None where there is no limit.
    max_downtime_seconds
        How long it may stand still at the end.
    compression_cache_bytes
        Memory for pages that are sent as differences, in a compressed migration.
    """

    bandwidth_bytes_per_second: int | None
    postcopy_bandwidth_bytes_per_second: int | None
    max_downtime_seconds: float | None
    compression_cache_bytes: int | None

    def to_dict(self) -> dict[str, object]:
        """Give plain values: the attributes."""
        return asdict(self)

    def _facts(self) -> dict[str, str]:
        def rate(amount: int | None) -> str:
            return "no limit" if amount is None else f"{text.size(amount)}/s"

        downtime = self.max_downtime_seconds
        return {
            "bandwidth": rate(self.bandwidth_bytes_per_second),
            "post-copy": rate(self.postcopy_bandwidth_bytes_per_second),
            "downtime": "not known" if downtime is None else f"{downtime:g} s",
            "compression cache": text.size(self.compression_cache_bytes),
        }

    def __repr__(self) -> str:
        return f"<MigrationLimits {', '.join(f'{key} {value}' for key, value in self._facts().items())}>"

    def _repr_html_(self) -> str:
        return html.view(html.heading("limits of a migration"), html.outline(self._facts()))


class MigrationLimitVerbs(DomainCore):
    """Reading and setting the limits of a guest's migrations."""

    def migration_limits(self, *, timeout: float | None = None) -> MigrationLimits:
        """Read the limits for its migrations; of QEMU it has to run.

        Parameters
        ----------
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        MigrationLimits
            ``.bandwidth_bytes_per_second``, ``.max_downtime_seconds`` ...

        Raises
        ------
        InvalidState
            It is off.
        NotSupported
            The driver does not migrate (``host.supports("migration")``).
        ReadOnly
            The connection was opened read-only: libvirt tells the bandwidth to writers alone.
        """
        operation = "read the migration limits of"
        self._session.refuse_readonly(operation, self.subject)
        postcopy = flag("VIR_DOMAIN_MIGRATE_MAX_SPEED_POSTCOPY")

        def read(raw: VirDomain) -> MigrationLimits:
            return MigrationLimits(
                _bytes(raw.migrateGetMaxSpeed(0)),
                _bytes(raw.migrateGetMaxSpeed(postcopy)),
                answered(raw.migrateGetMaxDowntime, 0) / 1000,
                answered(raw.migrateGetCompressionCache, 0),
            )

        return self._call(operation, read, timeout=timeout)

    def set_migration_limits(
        self,
        *,
        bandwidth: int | None = None,
        postcopy_bandwidth: int | None = None,
        max_downtime_seconds: float | None = None,
        compression_cache: int | None = None,
        timeout: float | None = None,
    ) -> MigrationLimits:
        """Set limits for its migrations, also while one goes on.

        Parameters
        ----------
        bandwidth, postcopy_bandwidth
            Bytes a second, ``MiB(100)``; libvirt counts in whole MiB. None leaves it as it is.
        max_downtime_seconds
            How long it may stand still at the end: the longer, the sooner a migration of a busy guest ends.
        compression_cache
            Bytes; QEMU rounds it down to a power of two.
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        MigrationLimits
            The limits, read again.

        Raises
        ------
        InvalidState
            It is off.
        NotApplied
            A limit is another one afterwards.
        NotSupported
            The driver does not migrate (``host.supports("migration")``).
        """
        speed = None if bandwidth is None else mebibytes(bandwidth)
        later = None if postcopy_bandwidth is None else mebibytes(postcopy_bandwidth)
        downtime = None if max_downtime_seconds is None else milliseconds(max_downtime_seconds)
        if compression_cache is not None and (
            isinstance(compression_cache, bool)
            or not isinstance(compression_cache, int)  # pyright: ignore[reportUnnecessaryIsInstance]
            or compression_cache < 1
        ):
            raise ValueError(f"compression_cache must be a number of bytes, not {compression_cache!r}")
        if all(one is None for one in (speed, later, downtime, compression_cache)):
            raise ValueError("set_migration_limits must be given a limit at least")
        postcopy = flag("VIR_DOMAIN_MIGRATE_MAX_SPEED_POSTCOPY")
        operation = "set the migration limits of"

        def set_them(raw: VirDomain) -> None:
            if speed is not None:
                raw.migrateSetMaxSpeed(speed, 0)
            if later is not None:
                raw.migrateSetMaxSpeed(later, postcopy)
            if downtime is not None:
                raw.migrateSetMaxDowntime(downtime, 0)
            if compression_cache is not None:
                raw.migrateSetCompressionCache(compression_cache, 0)

        self._change(operation, set_them, timeout)
        found = self.migration_limits(timeout=timeout)
        wanted = {
            "bandwidth_bytes_per_second": None if speed is None else int(MiB(speed)),
            "postcopy_bandwidth_bytes_per_second": None if later is None else int(MiB(later)),
            "max_downtime_seconds": None if downtime is None else downtime / 1000,
        }
        not_taken = tuple(
            name
            for name, value in wanted.items()
            if value is not None and value < UNLIMITED and getattr(found, name) != value
        )
        if not_taken:
            raise errors.NotApplied(
                f"cannot {operation} {self.subject}: {', '.join(not_taken)} did not take: {found}",
                paths=not_taken,
                operation=operation,
                subject=self.subject,
            )
        return found


def _bytes(mebibytes_per_second: int) -> int | None:
    """Convert libvirt's whole MiB a second; 0, and what no number of bytes can be, are no limit."""
    amount = int(MiB(mebibytes_per_second))
    return amount if 0 < amount < UNLIMITED else None
