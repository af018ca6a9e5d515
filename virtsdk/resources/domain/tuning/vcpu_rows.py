"""A guest's vCPUs as rows: what its definition says, and what libvirt says of those that run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from virtsdk.resources.domain.pinning import vcpus_of
from virtsdk.resources.domain.tuning.cpu_sets import written_map
from virtsdk.words import VCPU_STATES, word_of

if TYPE_CHECKING:
    from virtsdk.models.domain import DomainDef

COLUMNS: Final = {
    "host": "str",
    "domain": "str",
    "name": "str",
    "vcpu": "Int64",
    "online": "boolean",
    "state": "str",
    "cpu": "Int64",
    "cpus": "str",
    "hotpluggable": "boolean",
    "cpu_seconds_total": "Float64",
}
"""The columns of `VcpuVerbs.vcpus`, with their types."""


class Running(NamedTuple):
    """A vCPU that is online, as libvirt tells of it.

    Attributes
    ----------
    number, state, nanoseconds, cpu
        Its number, libvirt's number of its state, CPU time of this run, the host's CPU that it was on last.
    cpumap
        A yes or no for each CPU of the host that it may run on.
    """

    number: int
    state: int
    nanoseconds: int
    cpu: int
    cpumap: tuple[bool, ...]


def vcpu_rows(definition: DomainDef, running: list[Running]) -> list[dict[str, object]]:
    """Give a row per vCPU that the guest may have.

    Parameters
    ----------
    definition
        The domain's.
    running
        Those that are online now; empty of a guest that is off.
    """
    online = {number for number, _ in vcpus_of(definition)}
    vcpu, tune = definition.vcpu, definition.cputune
    most = 1 if vcpu is None or vcpu.value is None else int(vcpu.value)
    plugs = {one.id: one for one in definition.vcpus.vcpus} if definition.vcpus is not None else {}
    pins: dict[Any, str | None] = {one.vcpu: one.cpuset for one in tune.vcpupins} if tune else {}
    whole = None if vcpu is None else vcpu.cpuset
    known = {one.number: one for one in running}
    rows: list[dict[str, object]] = []
    for number in range(most):
        now, plug = known.get(number), plugs.get(number)
        cpus = pins.get(number) or whole or None
        if now is not None:
            cpus = None if all(now.cpumap) else written_map(now.cpumap)
        rows.append(
            {
                "vcpu": number,
                "online": number in online,
                "state": word_of(VCPU_STATES, 0 if now is None else now.state) if running else None,
                "cpu": now.cpu if now is not None and now.cpu >= 0 else None,
                "cpus": cpus,
                "hotpluggable": None if plug is None else str(plug.hotpluggable) == "yes",
                "cpu_seconds_total": None if now is None else now.nanoseconds / 1e9,
            }
        )
    return rows
