"""Values read of a domain: its state, a glance at it, its addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from virtsdk.display import text
from virtsdk.words import DomainState

__all__ = ["Address", "DomainState", "Glance"]


@dataclass(frozen=True, repr=False)
class Glance:
    """State and sizes of a domain, as last read."""

    state: DomainState
    vcpus: int | None
    memory_bytes: int | None
    memory_current_bytes: int | None
    time: datetime

    @classmethod
    def of_info(cls, info: Sequence[int], driver: str, time: datetime) -> Glance:
        """Make one of libvirt's info: state, most memory and memory in KiB, vCPUs ..."""
        number, maximum, memory, vcpus = info[:4]
        if driver == "lxc":  # that is what the container uses; nothing takes memory away from it
            memory = maximum
        return cls(DomainState.of(number), vcpus, maximum * 1024, memory * 1024, time)

    def __repr__(self) -> str:
        sizes = f"{text.size(self.memory_bytes)}, {text.size(self.memory_current_bytes)} of it now"
        return f"<Glance {self.state.value}, {self.vcpus} vCPU, {sizes}, read {self.time:%H:%M:%S} UTC>"


@dataclass(frozen=True)
class Address:
    """A network address of a guest: of which nic, and who said so (``lease``, ``agent``, ``arp``)."""

    nic: str
    mac: str
    address: str
    prefix: int
    source: str
