"""A guest's memory: how much it has now and may have, and the devices that bring more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirDomain
from virtsdk.resources.domain.core import DomainCore
from virtsdk.resources.domain.tuning.checks import kibibytes, whole
from virtsdk.resources.domain.tuning.parameters import each_place
from virtsdk.resources.scope import Scope, affected, check_scope
from virtsdk.units import B, KiB, Size

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.models.domain import MemoryDevice

_NO_FLAGS: Final = frozenset({"esx", "vbox"})  # their calls take no scope
_PAGE_TABLES: Final = 64  # Linux keeps 64 bytes for each page of 4 KiB that a guest may come to have
_DEVICES: Final = {
    "host": "str",
    "domain": "str",
    "name": "str",
    "model": "str",
    "alias": "str",
    "size_bytes": "Int64",
    "requested_bytes": "Int64",
    "current_bytes": "Int64",
    "cell": "Int64",
    "slot": "Int64",
    "base": "str",
    "source": "str",
}


class MemoryVerbs(DomainCore):
    """The verbs about a guest's memory."""

    def set_memory(self, size: Size | int, *, scope: Scope = "auto", timeout: float | None = None) -> None:
        """Set how much memory it has, up to its maximum.

        A guest that runs is asked by its balloon, and gives memory back as its driver gets to it, or not at
        all where it has no such driver: ``refresh().memory_current_bytes`` says what it has.

        Parameters
        ----------
        size
            A `Size` or bytes, in whole KiB. A bare number below a 64th of the maximum is refused: it is KiB
            by mistake, since a system needs that much for its page tables alone. A `Size` is taken as it is.
        scope
            ``"auto"``: what runs, where it runs, and its definition, where it has one that stays; ``"live"``,
            ``"persistent"``: one of the two.
        timeout
            Seconds to wait for the call, which itself goes on after `TimedOut`; None for the connection's
            own.

        Raises
        ------
        ValueError, TypeError
            `size` is none; nothing is sent.
        InvalidArgument
            It is more than the maximum: `set_memory_maximum`; or a bare number so small that it is KiB.
        InvalidState
            It runs and has no balloon; the scope does not fit its state.

        Examples
        --------
        >>> import virtsdk
        >>> from virtsdk.units import GiB
        >>> with virtsdk.connect("test:///default") as host:
        ...     guest = host.domains["test"]
        ...     guest.set_memory(GiB(1))
        ...     guest.refresh().memory_current_bytes == GiB(1)
        ...     guest.set_memory(GiB(2))
        True
        """
        amount = kibibytes("size", size)
        check_scope(scope)
        operation = "set the memory of"

        def send(raw: VirDomain) -> None:
            flags = affected(raw, scope, operation=operation)
            self._refuse_kibibytes(raw, size, operation)
            if self._session.driver in _NO_FLAGS and scope == "auto":
                raw.setMemory(amount)
                return
            each_place(raw, flags, self._session.driver, operation, lambda to: raw.setMemoryFlags(amount, to))

        self._change(operation, send, timeout)

    def set_memory_maximum(
        self, size: Size | int, *, scope: Scope = "auto", timeout: float | None = None
    ) -> None:
        """Set how much memory it may have at most; of one that is off, or for its next start.

        Parameters
        ----------
        size
            As of `set_memory`. Where the guest has more now, it has that much at its next start.
        scope, timeout
            As of `set_memory`; no hypervisor changes it of a guest that runs.

        Raises
        ------
        NotLive
            It runs; ``scope="persistent"`` is for its next start.
        InvalidArgument
            It is a bare number below a 64th of what it is now.
        ValueError, TypeError
            `size` is none; nothing is sent.

        Examples
        --------
        >>> import virtsdk
        >>> from virtsdk.units import GiB
        >>> with virtsdk.connect("test:///default") as host:
        ...     guest = host.domains["test"]
        ...     guest.set_memory_maximum(GiB(8), scope="persistent")
        ...     int(guest.definition(persistent=True).memory.bytes) == GiB(8)
        True
        """
        amount = kibibytes("size", size)
        check_scope(scope)
        operation = "set the most memory of"

        def send(raw: VirDomain) -> None:
            flags = affected(raw, scope, live=False, operation=operation)
            self._refuse_kibibytes(raw, size, operation)
            if self._session.driver in _NO_FLAGS:
                raw.setMaxMemory(amount)
                return
            raw.setMemoryFlags(amount, flags | flag("VIR_DOMAIN_MEM_MAXIMUM"))

        self._change(operation, send, timeout)

    def _refuse_kibibytes(self, raw: VirDomain, size: Size | int, operation: str) -> None:
        """Refuse a bare number that is so small that it is KiB, as libvirt's own calls take it."""
        most = KiB(raw.info()[1])
        if isinstance(size, Size) or size * _PAGE_TABLES >= most:
            return
        raise errors.InvalidArgument(
            f"cannot {operation} {self.subject}: size must be bytes, and {size} of them are {B(size)}, less "
            f"than a {_PAGE_TABLES}th of its {most}; {KiB(size)!r} is {KiB(size)}, and {B(size)!r} that "
            "little",
            operation=operation,
            subject=self.subject,
        )

    def set_balloon_period(
        self, seconds: int, *, scope: Scope = "auto", timeout: float | None = None
    ) -> None:
        """Set how often its balloon driver reports what the guest does with its memory.

        Without it the figures of memory in use are those of the guest's last start, or none.

        Parameters
        ----------
        seconds
            Whole; 0 for never.
        scope, timeout
            As of `set_memory`.

        Raises
        ------
        ValueError, TypeError
            `seconds` are none; nothing is sent.
        InvalidState, InvalidArgument
            It has no balloon.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.domains["test"].set_balloon_period(5)
        """
        period = whole("seconds", seconds, 0, 2**31 - 1)
        check_scope(scope)
        operation = "set the balloon's period of"

        def send(raw: VirDomain) -> None:
            flags = affected(raw, scope, operation=operation)
            each_place(
                raw, flags, self._session.driver, operation, lambda to: raw.setMemoryStatsPeriod(period, to)
            )

        self._change(operation, send, timeout)

    def memory_devices(self, *, persistent: bool = False) -> pd.DataFrame:
        """Give the devices that bring memory beside what it starts with: DIMMs, NVDIMMs, virtio-mem.

        Parameters
        ----------
        persistent
            Those of its next start, rather than those that it runs with.

        Returns
        -------
        pandas.DataFrame
            One row per device: host, domain (UUID), name, model (``"dimm"``, ``"virtio-mem"`` ...), alias,
            size_bytes, requested_bytes and current_bytes (of virtio-mem), cell (NUMA cell of the guest),
            slot, base (its address in the guest), source (path of the host that holds it); missing where the
            definition has none.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.domains["test"].memory_devices().empty
        True
        """
        import pandas as pd

        devices = self.definition(persistent=persistent).devices
        facts = {"host": self._host.name, "domain": self.key, "name": self.name}
        rows = [{**facts, **_row(one)} for one in (devices.memories if devices is not None else [])]
        return pd.DataFrame(rows, columns=pd.Index(list(_DEVICES))).astype(_DEVICES)


def _row(device: MemoryDevice) -> dict[str, object]:
    target, address = device.target, device.address
    base = target.address.base if target is not None and target.address is not None else None
    return {
        "model": None if device.model is None else str(device.model),
        "alias": device.alias.name if device.alias is not None else None,
        "size_bytes": None if target is None else _bytes(target.size),
        "requested_bytes": None if target is None else _bytes(target.requested),
        "current_bytes": None if target is None else _bytes(target.current),
        "cell": None if target is None else target.node,
        "slot": _number(getattr(address, "slot", None)),
        "base": base or getattr(address, "base", None),
        "source": device.source.path if device.source is not None else None,
    }


def _bytes(amount: object) -> int | None:
    found = getattr(amount, "bytes", None)
    return None if found is None else int(found)


def _number(written: object) -> int | None:
    return None if written is None else int(str(written), 0)
