"""Values read of a domain: its state, a glance at it, its addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import ClassVar

from virtsdk.display import text
from virtsdk.words import STATE_REASONS, DomainState, word_of

__all__ = ["Address", "DomainState", "Glance"]


@dataclass(frozen=True, repr=False)
class Glance:
    """State and sizes of a domain, as last read."""

    state: DomainState
    vcpus: int | None
    memory_bytes: int | None
    memory_current_bytes: int | None
    time: datetime
    run_id: int | None = None

    @classmethod
    def of_info(cls, info: Sequence[int], driver: str, time: datetime, run: int = -1) -> Glance:
        """Make one of libvirt's info (state, most memory and memory in KiB, vCPUs ...) and the run."""
        number, maximum, memory, vcpus = info[:4]
        if driver == "lxc":  # that is what the container uses; nothing takes memory away from it
            memory = maximum
        run_id = run if run >= 0 else None
        return cls(DomainState.of(number), vcpus, maximum * 1024, memory * 1024, time, run_id)

    def __repr__(self) -> str:
        sizes = f"{text.size(self.memory_bytes)}, {text.size(self.memory_current_bytes)} of it now"
        return f"<Glance {self.state.value}, {self.vcpus} vCPU, {sizes}, read {self.time:%H:%M:%S} UTC>"


def reason_in_words(state: int, reason: int) -> str:
    """Say how a domain came into its state, of libvirt's numbers.

    Examples
    --------
    >>> reason_in_words(1, 1), reason_in_words(5, 2)
    ('booted', 'destroyed')
    """
    return word_of(STATE_REASONS[DomainState.of(state).value], reason)


@dataclass(frozen=True, eq=False)
class Address:
    """A network address of a guest; ``str(address)`` is what is dialled, and equal to it.

    Attributes
    ----------
    nic, mac
        Of which nic, as the source calls it.
    address
        The address as text, without its prefix.
    prefix
        How many of its bits are the network's.
    source
        Who said so: ``lease``, ``agent`` or ``arp``.
    """

    columns: ClassVar[Mapping[str, str]] = {
        "nic": "str",
        "mac": "str",
        "address": "str",
        "prefix": "Int64",
        "family": "Int64",
        "source": "str",
    }

    nic: str
    mac: str
    address: str
    prefix: int
    source: str

    @classmethod
    def of(cls, nic: str, mac: object, said: Mapping[str, object], source: str) -> Address | None:
        """Take what a source says; None for what is no address of a host.

        A guest's agent says what it likes, and libvirt hands it on.
        """
        text, prefix = said.get("addr"), said.get("prefix")
        try:
            address = ip_address(text if isinstance(text, str) else "")
        except ValueError:
            return None
        if address.is_loopback or address.is_unspecified or address.is_multicast:
            return None
        bits = prefix if isinstance(prefix, int) and 0 <= prefix <= address.max_prefixlen else None
        return cls(nic, str(mac or ""), str(text), address.max_prefixlen if bits is None else bits, source)

    @property
    def family(self) -> int:
        """4 or 6."""
        return ip_address(self.address).version

    @property
    def is_usable(self) -> bool:
        """False for fe80::, which each nic gives itself and which means nothing without the name of a nic."""
        return self.family == 4 or not ip_address(self.address).is_link_local

    @property
    def is_routable(self) -> bool:
        """False for link-local ones (169.254, fe80::) as well."""
        return not ip_address(self.address).is_link_local

    def row(self) -> dict[str, object]:
        """Give its values by column."""
        return {column: getattr(self, column) for column in self.columns}

    def __str__(self) -> str:
        return self.address

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            return self.address == other
        if not isinstance(other, Address):
            return NotImplemented
        return vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(self.address)
