"""How fast a guest's nics may go."""

from __future__ import annotations

from typing import Final

from virtsdk.binding.protocol import Record, VirDomain
from virtsdk.resources.domain.tuning.checks import UNLIMITED, Unlimited, kibibytes, something, thousands
from virtsdk.resources.domain.tuning.parameters import Parameters
from virtsdk.resources.domain.tuning.part import TuningPart
from virtsdk.resources.domain.tuning.values import Bandwidth
from virtsdk.resources.scope import Scope

_RATES: Final = {
    "inbound_bytes_per_second": "inbound.average",
    "inbound_peak_bytes_per_second": "inbound.peak",
    "inbound_floor_bytes_per_second": "inbound.floor",
    "outbound_bytes_per_second": "outbound.average",
    "outbound_peak_bytes_per_second": "outbound.peak",
}
_BURSTS: Final = {"inbound_burst_bytes": "inbound.burst", "outbound_burst_bytes": "outbound.burst"}


class NicVerbs(TuningPart):
    """Limits on nics."""

    def bandwidth(self, nic: str, *, scope: Scope = "auto", timeout: float | None = None) -> Bandwidth:
        """Read how fast a nic may go; asks the host, not the guest.

        Parameters
        ----------
        nic
            Its target on the host (``"vnet0"``), or its MAC.
        scope, timeout
            ``"auto"``: what holds now. ``"persistent"``: what its next start takes. Seconds; None for the
            connection's own.

        Returns
        -------
        Bandwidth
            In bytes per second; None for no limit.

        Raises
        ------
        InvalidArgument
            It has no such nic.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.domains["test"].tuning.bandwidth("testnet0")
        <Bandwidth of test, live: nic testnet0>
        """
        group = _of_nic(nic)
        record, facts = self._parameters(group, scope, timeout)
        values = {field: record[key] * 1000 for field, key in _RATES.items() if record.get(key)}
        values |= {field: record[key] * 1024 for field, key in _BURSTS.items() if record.get(key)}
        return Bandwidth(**facts, nic=nic, **values)

    def set_bandwidth(
        self,
        nic: str,
        *,
        inbound_bytes_per_second: int | Unlimited | None = None,
        inbound_peak_bytes_per_second: int | Unlimited | None = None,
        inbound_burst_bytes: int | Unlimited | None = None,
        inbound_floor_bytes_per_second: int | Unlimited | None = None,
        outbound_bytes_per_second: int | Unlimited | None = None,
        outbound_peak_bytes_per_second: int | Unlimited | None = None,
        outbound_burst_bytes: int | Unlimited | None = None,
        scope: Scope = "auto",
        timeout: float | None = None,
    ) -> Bandwidth:
        """Set how fast a nic may go; inbound is what the guest receives.

        libvirt forgets peak and burst of a direction whose average it is not given, so give them together.

        Parameters
        ----------
        nic
            Its target on the host (``"vnet0"``), or its MAC.
        inbound_bytes_per_second, outbound_bytes_per_second
            On average, in whole kB/s (a multiple of 1000); ``"unlimited"`` takes the limit away, with its
            peak and burst.
        inbound_peak_bytes_per_second, outbound_peak_bytes_per_second, inbound_floor_bytes_per_second
            In whole kB/s.
        inbound_burst_bytes, outbound_burst_bytes
            A `Size` or bytes, in whole KiB.
        scope, timeout
            ``"auto"``: what runs, and its definition; ``"live"``, ``"persistent"``: one of the two.

        Returns
        -------
        Bandwidth
            As it is now.

        Raises
        ------
        ValueError, TypeError
            A value is none; nothing is sent.
        InvalidArgument
            It has no such nic.
        NotApplied
            libvirt said yes, and it is as before.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.domains["test"].tuning.set_bandwidth("testnet0", inbound_bytes_per_second=2_000_000)
        <Bandwidth of test, live: nic testnet0, inbound 1.91 MiB/s>
        """
        given = {key: value for key, value in locals().items() if value is not None}  # by keyword
        group = _of_nic(nic)
        wanted = {
            key: 0 if given[field] == UNLIMITED else thousands(field, given[field])
            for field, key in _RATES.items()
            if field in given
        }
        wanted |= {
            key: 0 if given[field] == UNLIMITED else kibibytes(field, given[field])
            for field, key in _BURSTS.items()
            if field in given
        }
        something("set_bandwidth()", wanted)
        for way in ("inbound", "outbound"):
            others = [key for key in wanted if key in {f"{way}.peak", f"{way}.burst"} and wanted[key]]
            if others and not wanted.get(f"{way}.average"):
                raise ValueError(
                    f"{way}_bytes_per_second must be given with a peak or a burst: libvirt drops those "
                    "without it"
                )
        self._set(group, wanted, scope, timeout)
        return self.bandwidth(nic, scope=scope, timeout=timeout)


def _of_nic(nic: str) -> Parameters:
    if not isinstance(nic, str) or not nic:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"nic must be a target or a MAC, not {nic!r}")

    def read(raw: VirDomain, flags: int) -> Record:
        return raw.interfaceParameters(nic, flags)

    def write(raw: VirDomain, record: Record, flags: int) -> object:
        return raw.setInterfaceParameters(nic, record, flags)

    return Parameters(f"bandwidth of nic {nic!r}", read, write)
