"""How much memory of its host a guest may take, and how much of its disks."""

from __future__ import annotations

from typing import Any, Final

from virtsdk.resources.domain.tuning.checks import (
    UNLIMITED,
    Unlimited,
    kibibytes,
    something,
    whole,
)
from virtsdk.resources.domain.tuning.parameters import Parameters
from virtsdk.resources.domain.tuning.part import TuningPart
from virtsdk.resources.domain.tuning.values import BlockDevice, BlockWeights, MemoryLimits
from virtsdk.resources.scope import Scope

NO_LIMIT: Final = 9_007_199_254_740_991  # VIR_DOMAIN_MEMORY_PARAM_UNLIMITED, in KiB
_MEMORY: Final = Parameters(
    "memory limits",
    lambda raw, flags: raw.memoryParameters(flags),
    lambda raw, record, flags: raw.setMemoryParameters(record, flags),
    no_flags=frozenset({"esx"}),
)
_BLOCK: Final = Parameters(
    "block weights",
    lambda raw, flags: raw.blkioParameters(flags),
    lambda raw, record, flags: raw.setBlkioParameters(record, flags),
)
_MEMORY_KEYS: Final = {
    "hard_bytes": "hard_limit",
    "soft_bytes": "soft_limit",
    "swap_hard_bytes": "swap_hard_limit",
    "min_guarantee_bytes": "min_guarantee",
}
_DEVICE_KEYS: Final = {
    "weight": "device_weight",
    "read_bytes_per_second": "device_read_bytes_sec",
    "write_bytes_per_second": "device_write_bytes_sec",
    "read_requests_per_second": "device_read_iops_sec",
    "write_requests_per_second": "device_write_iops_sec",
}


class LimitVerbs(TuningPart):
    """Limits on memory and disks."""

    def memory_limits(self, *, scope: Scope = "auto", timeout: float | None = None) -> MemoryLimits:
        """Read how much of the host's memory its process may take; asks the host, not the guest.

        Parameters
        ----------
        scope
            ``"auto"``: what holds now. ``"persistent"``: what its next start takes.
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        MemoryLimits
            In bytes; None for no limit.

        Raises
        ------
        NotSupported
            The driver has none (``host.supports("memory_limits")``), or guests have no control group there.
        InvalidState
            ``"live"`` of a guest that is off.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.domains["test"].tuning.memory_limits(scope="persistent")
        <MemoryLimits of test, persistent: no limits>
        """
        record, facts = self._parameters(_MEMORY, scope, timeout)
        values = {
            field: record[key] * 1024
            for field, key in _MEMORY_KEYS.items()
            if 0 < record.get(key, 0) < NO_LIMIT
        }
        return MemoryLimits(**facts, **values)

    def set_memory_limits(
        self,
        *,
        hard_bytes: int | Unlimited | None = None,
        soft_bytes: int | Unlimited | None = None,
        swap_hard_bytes: int | Unlimited | None = None,
        min_guarantee_bytes: int | Unlimited | None = None,
        scope: Scope = "auto",
        timeout: float | None = None,
    ) -> MemoryLimits:
        """Set how much of the host's memory its process may take; what is not given stays as it is.

        Parameters
        ----------
        hard_bytes, soft_bytes, swap_hard_bytes, min_guarantee_bytes
            A `Size` or bytes, in whole KiB; ``"unlimited"`` takes the limit away. A guest's process takes
            more than its memory: a hard limit close to that ends it when it is busy.
        scope, timeout
            ``"auto"``: what runs, and its definition; ``"live"``, ``"persistent"``: one of the two.

        Returns
        -------
        MemoryLimits
            As it is now.

        Raises
        ------
        ValueError, TypeError
            A value is none; nothing is sent.
        NotSupported
            The driver has no such limit, or guests have no control group there.
        NotApplied
            libvirt said yes, and it is as before.
        InvalidState
            The scope does not fit its state.

        Examples
        --------
        >>> import virtsdk
        >>> from virtsdk.units import GiB
        >>> with virtsdk.connect("test:///default") as host:
        ...     tuning = host.domains["test"].tuning
        ...     tuning.set_memory_limits(soft_bytes=GiB(4))
        ...     tuning.set_memory_limits(soft_bytes="unlimited").soft_bytes
        <MemoryLimits of test, live: soft 4 GiB>
        """
        given = {
            "hard_bytes": hard_bytes,
            "soft_bytes": soft_bytes,
            "swap_hard_bytes": swap_hard_bytes,
            "min_guarantee_bytes": min_guarantee_bytes,
        }
        wanted = {
            _MEMORY_KEYS[name]: NO_LIMIT if value == UNLIMITED else kibibytes(name, value)
            for name, value in given.items()
            if value is not None
        }
        something("set_memory_limits()", wanted)
        self._set(_MEMORY, wanted, scope, timeout)
        return self.memory_limits(scope=scope, timeout=timeout)

    def block_weights(self, *, scope: Scope = "auto", timeout: float | None = None) -> BlockWeights:
        """Read its weight where the host's disks are busy, and its limits on single block devices.

        Limits of one disk of the guest are those of its ``iotune``; these are of the whole guest, on a block
        device of the host.

        Parameters
        ----------
        scope, timeout
            As of `memory_limits`.

        Returns
        -------
        BlockWeights
            ``.weight``, and ``.devices``.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.domains["test"].tuning.block_weights(scope="persistent")
        <BlockWeights of test, persistent: nothing is set>
        """
        record, facts = self._parameters(_BLOCK, scope, timeout)
        devices: dict[str, dict[str, int]] = {}
        for field, key in _DEVICE_KEYS.items():
            for path, number in pairs(record.get(key, "")):
                devices.setdefault(path, {})[field] = number
        found = tuple(BlockDevice(path, **values) for path, values in sorted(devices.items()))
        return BlockWeights(**facts, weight=record.get("weight") or None, devices=found)

    def set_block_weights(
        self,
        weight: int | None = None,
        *,
        device: str | None = None,
        device_weight: int | None = None,
        read_bytes_per_second: int | Unlimited | None = None,
        write_bytes_per_second: int | Unlimited | None = None,
        read_requests_per_second: int | Unlimited | None = None,
        write_requests_per_second: int | Unlimited | None = None,
        scope: Scope = "auto",
        timeout: float | None = None,
    ) -> BlockWeights:
        """Set its weight where the host's disks are busy, or its limits on one block device.

        Parameters
        ----------
        weight
            Against other guests, 10 to 1000; 1 to 10000 where the host has cgroups v2.
        device
            Path of a block device of the host, which the others are about; other devices stay as they are.
        device_weight
            Its weight on that device; 0 takes it away.
        read_bytes_per_second, write_bytes_per_second, read_requests_per_second, write_requests_per_second
            The most; ``"unlimited"`` takes the limit away.
        scope, timeout
            As of `set_memory_limits`.

        Returns
        -------
        BlockWeights
            As it is now.

        Raises
        ------
        ValueError, TypeError
            A value is none; nothing is sent.
        NotSupported
            The driver has no such weight, or guests have no control group there.
        NotApplied
            libvirt said yes, and it is as before.
        InvalidState
            The scope does not fit its state; the device's scheduler has no weights.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.domains["test"].tuning.set_block_weights(500, scope="persistent").weight
        500
        """
        wanted: dict[str, Any] = {} if weight is None else {"weight": whole("weight", weight, 1, 10_000)}
        of_device = {
            "weight": device_weight,
            "read_bytes_per_second": read_bytes_per_second,
            "write_bytes_per_second": write_bytes_per_second,
            "read_requests_per_second": read_requests_per_second,
            "write_requests_per_second": write_requests_per_second,
        }
        numbers = {
            field: _device_number(field, value) for field, value in of_device.items() if value is not None
        }
        if bool(numbers) != (device is not None):
            raise ValueError(f"device must be given with what it gets, not device={device!r} and {numbers}")
        if device is not None:
            path = block_path(device)
            wanted |= {_DEVICE_KEYS[field]: f"{path},{number}" for field, number in numbers.items()}
        something("set_block_weights()", wanted)
        self._set(_BLOCK, wanted, scope, timeout)
        return self.block_weights(scope=scope, timeout=timeout)


def _device_number(field: str, value: object) -> int:
    if value == UNLIMITED and field != "weight":
        return 0
    return whole("device_weight" if field == "weight" else field, value, 0 if field == "weight" else 1)


def block_path(device: object) -> str:
    """Take the path of a block device, as libvirt's lists of pairs can hold it.

    Examples
    --------
    >>> block_path("sda")
    Traceback (most recent call last):
      ...
    ValueError: device must be an absolute path on the host without a comma, not 'sda'
    """
    if not isinstance(device, str) or not device.startswith("/") or "," in device or "\0" in device:
        raise ValueError(f"device must be an absolute path on the host without a comma, not {device!r}")
    return device


def pairs(text: str) -> list[tuple[str, int]]:
    """Read libvirt's list of devices with a number each.

    Examples
    --------
    >>> pairs("/dev/sda,100,/dev/sdb,0"), pairs("")
    ([('/dev/sda', 100)], [])
    """
    words = text.split(",")
    found = zip(words[::2], words[1::2], strict=False)
    return [(path, int(number)) for path, number in found if number.isdigit() and int(number)]
