"""A guest's vCPUs as rows: what its definition says, and what libvirt says of those that run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from virtsdk.resources.domain.pinning import vcpus_of
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


def vcpu_rows(definition: DomainDef, running: list[tuple[int, int, int, int]]) -> list[dict[str, object]]:
    """Give a row per vCPU that the guest may have.

    Parameters
    ----------
    definition
        The domain's.
    running
        libvirt's number, state, nanoseconds and CPU of each that is online; empty of a guest that is off.
    """
    pins = dict(vcpus_of(definition))
    vcpu = definition.vcpu
    most = 1 if vcpu is None or vcpu.value is None else int(vcpu.value)
    plugs = {one.id: one for one in definition.vcpus.vcpus} if definition.vcpus is not None else {}
    tune = definition.cputune
    offline: dict[Any, str | None] = {one.vcpu: one.cpuset for one in tune.vcpupins} if tune else {}
    whole_set = None if vcpu is None else vcpu.cpuset
    known = {number: (state, time, cpu) for number, state, time, cpu in running}
    rows: list[dict[str, object]] = []
    for number in range(most):
        state, time, cpu = known.get(number, (0, None, None))
        plug = plugs.get(number)
        rows.append(
            {
                "vcpu": number,
                "online": number in pins,
                "state": word_of(VCPU_STATES, state) if running else None,
                "cpu": cpu if cpu is not None and cpu >= 0 else None,
                "cpus": pins.get(number) or offline.get(number) or whole_set or None,
                "hotpluggable": None if plug is None else str(plug.hotpluggable) == "yes",
                "cpu_seconds_total": None if time is None else time / 1e9,
            }
        )
    return rows
