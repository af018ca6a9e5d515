"""How fast a guest's nics may go."""

from __future__ import annotations

from virtsdk.binding.protocol import Record, VirDomain
from virtsdk.resources.domain.tuning.checks import Unlimited, something
from virtsdk.resources.domain.tuning.parameters import Parameters
from virtsdk.resources.domain.tuning.part import TuningPart
from virtsdk.resources.domain.tuning.rates import rates_of, wanted_rates
from virtsdk.resources.domain.tuning.values import Bandwidth
from virtsdk.resources.scope import Scope


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
        return Bandwidth(**facts, nic=nic, **rates_of(record))

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
        given = dict(locals())  # by keyword
        group = _of_nic(nic)
        wanted = wanted_rates(given)
        something("set_bandwidth()", wanted)
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
