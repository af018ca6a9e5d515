"""What a site allows: how much more is promised than there is, and what is kept back."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The rules that capacity answers are worked out by.

    Parameters
    ----------
    vcpu_ratio
        How many vCPUs may be committed for each CPU that is not reserved. 4 is a common start for general
        servers, and what OpenStack's nova gives a new host (``initial_cpu_allocation_ratio``).
    memory_ratio
        How many bytes of guest memory may be committed for each byte that is not reserved. 1 commits no more
        than there is; above it, guests rely on the balloon, on page sharing or on swap.
    reserve_cpus
        CPUs of each host kept for the host itself.
    reserve_memory_bytes
        Memory of each host kept for the host itself; 512 MiB unless given, as nova's
        ``reserved_host_memory_mb``.
    cpu_column
        What counts as a CPU: ``"cpus"`` are logical processors (hyper-threads), ``"cores"`` physical cores.
    count_inactive
        Count guests that are off as committed too, as nova does. Left out, only guests that hold resources
        now count, and the others are shown beside.

    Raises
    ------
    ValueError
        A ratio that is not above 0, a reserve below 0, or a figure that is not finite.
    TypeError
        Not a number.

    Examples
    --------
    >>> Policy(vcpu_ratio=2, reserve_cpus=1)
    Policy(vcpu_ratio=2, memory_ratio=1.0, reserve_cpus=1, reserve_memory_bytes=536870912, cpu_column='cpus',
           count_inactive=False)
    """

    vcpu_ratio: float = 4.0
    memory_ratio: float = 1.0
    reserve_cpus: float = 0.0
    reserve_memory_bytes: int = 512 * 2**20
    cpu_column: Literal["cpus", "cores"] = "cpus"
    count_inactive: bool = False

    def __post_init__(self) -> None:
        for field in fields(self):
            value: object = getattr(self, field.name)
            if field.name in ("cpu_column", "count_inactive"):
                continue
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise TypeError(f"Policy.{field.name} is {value!r}; expected a number")
            if not math.isfinite(value):
                raise ValueError(f"Policy.{field.name} is {value!r}; expected a finite number")
            if field.name.endswith("_ratio") and value <= 0:
                raise ValueError(f"Policy.{field.name} is {value!r}; expected a number above 0")
            if value < 0:
                raise ValueError(f"Policy.{field.name} is {value!r}; expected 0 or more")
        if self.cpu_column not in ("cpus", "cores"):
            raise ValueError(f"Policy.cpu_column is {self.cpu_column!r}; expected 'cpus' or 'cores'")
        if not isinstance(self.count_inactive, bool):
            raise TypeError(f"Policy.count_inactive is {self.count_inactive!r}; expected True or False")
