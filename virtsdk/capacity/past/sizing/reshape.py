"""Set the vCPUs or the memory of one definition, within what the rest of it allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from virtsdk.display.text import size
from virtsdk.units import KiB, factor

if TYPE_CHECKING:
    from virtsdk.models.domain import DomainDef

_HUGE: Final = 2 * 2**20
_CLOSE: Final = 0.01  # memory in samples is what libvirt reports, in KiB


class Stays(Exception):  # no error: an answer
    """A definition does not allow a change; the words say why."""


def set_vcpus(definition: DomainDef, had: int, wanted: int) -> bool:
    """Set the number of vCPUs, or the next above it that the definition allows.

    Where only some of the vCPUs are plugged in (``current``), only that number changes, and the topology
    stays as it is.

    Parameters
    ----------
    definition
        Changed in place.
    had, wanted
        vCPUs in the samples, and those that are recommended.

    Returns
    -------
    bool
        Whether it changed.

    Raises
    ------
    Stays
        It cannot.
    """
    vcpu = definition.vcpu
    most = 1 if vcpu is None else vcpu.value
    present = most if vcpu is None or vcpu.current is None else vcpu.current
    if not isinstance(most, int) or not isinstance(present, int):
        raise Stays(f"{present!r} is no number")
    if present != had:
        raise Stays(f"the samples have {had}, the definition {present}: it was changed in between")
    if definition.vcpus is not None and definition.vcpus.vcpus:
        raise Stays("vCPUs are plugged in one by one (<vcpus>)")
    if definition.cpu is not None and definition.cpu.numa is not None and definition.cpu.numa.cells:
        raise Stays("NUMA cells of the guest name its vCPUs")
    if vcpu is not None and vcpu.current is not None and wanted <= most:
        _check_pins(definition, wanted, present)
        vcpu.current = wanted
        return True
    number, topology = _arranged(definition, most, wanted)
    if number == most or (wanted < present <= number):
        raise Stays(f"the topology allows no number from {wanted} to {present - 1}")
    _check_pins(definition, number, present)
    if definition.cputune is not None:
        pins = definition.cputune.vcpupins
        definition.cputune.vcpupins = [pin for pin in pins if not _beyond(pin.vcpu, number)]
    for name, value in topology.items():
        setattr(_topology(definition), name, value)
    definition.vcpu = number  # keeps placement and cpuset
    now = definition.vcpu
    if now is not None and now.current is not None:
        now.current = min(wanted, number)
    return True


def _topology(definition: DomainDef) -> Any:
    return None if definition.cpu is None else definition.cpu.topology


def _arranged(definition: DomainDef, most: int, wanted: int) -> tuple[int, dict[str, int]]:
    """The least number from `wanted` that the topology can be made of, and the parts of it that change.

    Threads, clusters and dies stay; sockets change rather than cores, and both where neither is enough alone.
    """
    topology = _topology(definition)
    if topology is None:
        return wanted, {}
    parts = {name: getattr(topology, name) for name in ("sockets", "dies", "clusters", "cores", "threads")}
    numbers = {name: 1 if value is None else value for name, value in parts.items()}
    if not all(isinstance(value, int) for value in numbers.values()):
        raise Stays("its topology is not in numbers")
    fixed = numbers["dies"] * numbers["clusters"] * numbers["threads"]
    if fixed * numbers["sockets"] * numbers["cores"] != most:
        raise Stays(f"its topology is not of {most} vCPUs")
    number = -(-wanted // fixed) * fixed
    if number % (fixed * numbers["cores"]) == 0:
        return number, {"sockets": number // (fixed * numbers["cores"])}
    if number % (fixed * numbers["sockets"]) == 0:
        return number, {"cores": number // (fixed * numbers["sockets"])}
    return number, {"sockets": 1, "cores": number // fixed}


def _check_pins(definition: DomainDef, number: int, present: int) -> None:
    """Refuse a number of vCPUs that settings of single vCPUs are at odds with."""
    tune = definition.cputune
    if tune is None:
        return
    pinned = {pin.vcpu for pin in tune.vcpupins}
    if number > present and any(one not in pinned for one in range(present, number)) and pinned:
        raise Stays("vCPUs are pinned one by one, and a new one would have no CPUs of its own")
    for what, settings in (
        ("scheduler", tune.vcpuscheds),
        ("cache", tune.cachetunes),
        ("memory bandwidth", tune.memorytunes),
        ("energy", tune.energytunes),
    ):
        if any(_highest(one.vcpus) >= number for one in settings):
            raise Stays(f"{what} settings name a vCPU that would be gone")


def _beyond(vcpu: object, number: int) -> bool:
    return isinstance(vcpu, int) and vcpu >= number


def _highest(vcpus: str | None) -> int:
    """The highest number in a list such as ``0-3,^2,7``."""
    parts = [one.strip().lstrip("^").split("-")[-1] for one in (vcpus or "").split(",")]
    return max((int(one) for one in parts if one.isdecimal()), default=-1)


def set_memory(definition: DomainDef, had: int, wanted: int) -> bool:
    """Set the memory; return whether it changed.

    Raises
    ------
    Stays
        It cannot.
    """
    memory = definition.memory
    if memory is None:
        raise Stays("the definition says none")
    present = int(memory.bytes)
    if abs(present - had) > _CLOSE * had:
        raise Stays(
            f"the samples have {size(had)}, the definition {size(present)}: it was changed in between"
        )
    if definition.cpu is not None and definition.cpu.numa is not None and definition.cpu.numa.cells:
        raise Stays("NUMA cells of the guest share it out")
    if definition.max_memory is not None or (definition.devices is not None and definition.devices.memories):
        raise Stays("part of it is memory modules")
    page = _page(definition)
    number = -(-wanted // page) * page
    if number == present or (wanted < present <= number):
        raise Stays(f"huge pages of {size(page)} allow no size from {size(wanted)}")
    _check_limits(definition, number)
    now = definition.current_memory
    whole = now is None or int(now.bytes) >= present
    definition.memory = KiB(number // 1024)
    if now is not None and (whole or int(now.bytes) > number):
        definition.current_memory = KiB(number // 1024)
    return True


def _page(definition: DomainDef) -> int:
    """The size that memory must be a whole multiple of."""
    backing = definition.memory_backing
    if backing is None or backing.hugepages is None:
        return 2**20
    sizes = [
        page.size * factor(page.unit or "KiB")
        for page in backing.hugepages.pages
        if isinstance(page.size, int)
    ]
    return max([_HUGE, *sizes])


def _check_limits(definition: DomainDef, number: int) -> None:
    tune = definition.memtune
    if tune is None:
        return
    if tune.hard_limit is not None and number > tune.hard_limit.bytes:
        raise Stays(f"its process may use {size(tune.hard_limit.bytes)} at most (hard_limit)")
    if tune.min_guarantee is not None and number < tune.min_guarantee.bytes:
        raise Stays(f"it is guaranteed {size(tune.min_guarantee.bytes)} (min_guarantee)")
