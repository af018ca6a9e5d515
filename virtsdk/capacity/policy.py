"""Rules of a site: how much more is promised than there is, what is kept back, who must survive."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal, cast

import numpy as np

from virtsdk.capacity import policy_text, presets
from virtsdk.display import listing

_RATIOS = ("vcpu_ratio", "memory_ratio", "disk_ratio")
_NUMBERS = (
    *_RATIOS, "reserve_cpus", "reserve_memory_bytes", "reserve_hugepages", "fault_tolerance",
    "demand_quantile", "vcpu_price", "gib_price",
)  # fmt: skip
TYING: Final = ("pinned", "host_devices", "local_disk_bytes")
"""Columns of a domains frame that tie a guest to its host."""


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
    disk_ratio
        How many bytes of disks may be promised for each byte of storage (``disk_bytes`` of both frames).
    reserve_cpus
        CPUs of each host kept for the host itself.
    reserve_memory_bytes
        Memory of each host kept for the host itself; 512 MiB unless given, as nova's
        ``reserved_host_memory_mb``.
    reserve_hugepages
        Bytes of each host's hugepages kept for what is no guest.
    cpu_column
        What counts as a CPU: ``"cpus"`` are logical processors (hyper-threads), ``"cores"`` physical cores.
    count_inactive
        Count guests that are off as committed too, as nova does. Left out, only guests that hold resources
        now count, and the others are shown beside.
    fault_tolerance
        How many hosts may fail at once: what `Fleet.report` and ``Fleet.n_plus()`` ask for.
    anti_affinity
        Groups of guests, by name or UUID, of which no two share a host.
    affinity
        Groups of guests that share a host, and move together.
    protected
        Guests that must survive a failure; None for all.
    movable
        What does not hold a guest on its host, of ``"pinned"``, ``"host_devices"``, ``"local_disk_bytes"``
        (columns of a domains frame). Left out, each of them does.
    demand_quantile
        The quantile of measured use that `headroom` shows as demand.
    vcpu_price, gib_price
        Price of a vCPU and of a GiB of memory, in any currency and for any time; None for no figures in
        money.
    name, version, source
        Where the rules are from; `Policy.preset` fills them in.

    Raises
    ------
    ValueError
        A ratio that is not above 0, a reserve below 0, a figure that is not finite, or groups that contradict
        each other.
    TypeError
        Not a number, or not groups of names.

    Examples
    --------
    >>> Policy(vcpu_ratio=2, reserve_cpus=1)
    Policy(vcpu_ratio=2, reserve_cpus=1)
    >>> Policy.preset("conservative")
    Policy(vcpu_ratio=1.0, name='conservative', version='virtsdk 0.1', source='nothing is promised twice')
    """

    vcpu_ratio: float = 4.0
    memory_ratio: float = 1.0
    reserve_cpus: float = 0.0
    reserve_memory_bytes: int = 512 * 2**20
    cpu_column: Literal["cpus", "cores"] = "cpus"
    count_inactive: bool = False
    disk_ratio: float = 1.0
    reserve_hugepages: int = 0
    fault_tolerance: int = 1
    anti_affinity: Sequence[Sequence[str]] = ()
    affinity: Sequence[Sequence[str]] = ()
    protected: Sequence[str] | None = None
    movable: Sequence[str] = ()
    demand_quantile: float = 0.95
    vcpu_price: float | None = None
    gib_price: float | None = None
    name: str | None = None
    version: str | None = None
    source: str | None = None

    def __post_init__(self) -> None:
        for name in _NUMBERS:
            if isinstance(getattr(self, name), np.number):  # as out of a frame
                self._keep(name, getattr(self, name).item())
        for name in (*_RATIOS, "reserve_cpus", "reserve_memory_bytes", "reserve_hugepages"):
            _check_number(name, getattr(self, name), above=name in _RATIOS)
        for name in ("vcpu_price", "gib_price"):
            if getattr(self, name) is not None:
                _check_number(name, getattr(self, name))
        _check_number("demand_quantile", self.demand_quantile, most=1)
        _check_number("fault_tolerance", self.fault_tolerance)
        if self.fault_tolerance != int(self.fault_tolerance):
            raise ValueError(f"Policy.fault_tolerance must be whole hosts, not {self.fault_tolerance!r}")
        if self.cpu_column not in ("cpus", "cores"):
            raise ValueError(f"Policy.cpu_column must be 'cpus' or 'cores', not {self.cpu_column!r}")
        if not isinstance(self.count_inactive, bool):
            raise TypeError(f"Policy.count_inactive must be True or False, not {self.count_inactive!r}")
        for name in ("name", "version", "source"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, str):
                raise TypeError(f"Policy.{name} must be text, not {value!r}")
        self._check_names()

    def _keep(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def _check_names(self) -> None:
        """Keep names as tuples; check them."""
        self._keep("anti_affinity", _groups("anti_affinity", self.anti_affinity))
        self._keep("affinity", _groups("affinity", self.affinity))
        if self.protected is not None:
            self._keep("protected", _names("protected", self.protected))
        self._keep("movable", _names("movable", self.movable))
        strange = [one for one in self.movable if one not in TYING]
        if strange:
            known = listing.names(map(repr, TYING))
            raise ValueError(f"Policy.movable must be some of {known}, not {strange[0]!r}")
        seen: dict[str, int] = {}
        for number, group in enumerate(self.affinity):
            for guest in group:
                if guest in seen:
                    raise ValueError(f"Policy.affinity has {guest!r} in two groups; make them one")
                seen[guest] = number
        for group in self.anti_affinity:
            homes: dict[int, str] = {}
            for guest in group:
                if guest in seen:
                    if seen[guest] in homes:
                        raise ValueError(
                            f"Policy.affinity keeps {homes[seen[guest]]!r} and {guest!r} together, and "
                            "Policy.anti_affinity apart; strike one of them"
                        )
                    homes[seen[guest]] = guest

    @classmethod
    def preset(cls, name: str, **changes: Any) -> Policy:
        """Make the policy of a known system: ratios and reserves, with their version and source.

        Parameters
        ----------
        name
            ``"nova"``, ``"conservative"``, ``"kubevirt"``, ``"harvester-1.4"`` or ``"harvester-2026"``.
        changes
            Settings that differ from it.

        Raises
        ------
        ValueError
            There is no such preset.

        Examples
        --------
        >>> policy = Policy.preset("harvester-2026", reserve_cpus=2)
        >>> policy.vcpu_ratio, policy.memory_ratio, policy.disk_ratio
        (10.0, 1.5, 1.0)
        """
        if name not in presets.PRESETS:
            raise ValueError(f"name must be one of {listing.names(map(repr, presets.PRESETS))}, not {name!r}")
        settings: dict[str, Any] = {"name": name, **presets.PRESETS[name], **changes}
        return cls(**settings)

    def to_yaml(self) -> str:
        """Write the settings that differ from the defaults as YAML (extra ``[yaml]``).

        Examples
        --------
        >>> print(Policy(vcpu_ratio=2, anti_affinity=[["db1", "db2"]]).to_yaml())
        vcpu_ratio: 2
        anti_affinity:
        - - db1
          - db2
        """
        return policy_text.write(self._said())

    @classmethod
    def from_yaml(cls, text: str) -> Policy:
        """Read a policy from YAML text (extra ``[yaml]``); what it does not say has its default.

        Raises
        ------
        ValueError
            The text is no YAML mapping, has a key twice, or a key that is no setting.

        Examples
        --------
        >>> Policy.from_yaml("vcpu_ratio: 2").vcpu_ratio
        2
        """
        return cls(**policy_text.read(text, [field.name for field in fields(cls)]))

    def to_dict(self) -> dict[str, Any]:
        """Give all settings as plain values; groups are lists of lists."""
        return {name: policy_text.plain(value) for name, value in asdict(self).items()}

    def _said(self) -> dict[str, Any]:
        return {
            field.name: policy_text.plain(getattr(self, field.name))
            for field in fields(self)
            if getattr(self, field.name) != field.default
        }

    def __repr__(self) -> str:
        said = (
            f"{field.name}={getattr(self, field.name)!r}"
            for field in fields(self)
            if getattr(self, field.name) != field.default
        )
        return f"Policy({', '.join(said)})"


def _check_number(name: str, value: object, *, above: bool = False, most: float = math.inf) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"Policy.{name} must be a number, not {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"Policy.{name} must be a finite number, not {value!r}")
    if above and value <= 0:
        raise ValueError(f"Policy.{name} must be a number above 0, not {value!r}")
    if value < 0:
        raise ValueError(f"Policy.{name} must be 0 or more, not {value!r}")
    if value > most:
        raise ValueError(f"Policy.{name} must be at most {most:g}, not {value!r}")


def _names(name: str, value: object) -> tuple[str, ...]:
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        raise TypeError(f"Policy.{name} must be a list of names, not {value!r}")
    names = tuple(cast("Iterable[Any]", value))
    for one in names:
        if not isinstance(one, str):
            raise TypeError(f"Policy.{name} must be names, not {one!r}")
    if len(set(names)) < len(names):
        twice = next(one for number, one in enumerate(names) if one in names[:number])
        raise ValueError(f"Policy.{name} has {twice!r} twice")
    return names


def _groups(name: str, value: object) -> tuple[tuple[str, ...], ...]:
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        raise TypeError(f"Policy.{name} must be a list of groups of names, not {value!r}")
    return tuple(_names(name, group) for group in cast("Iterable[Any]", value))


def as_policy(policy: Policy | None) -> Policy:
    """Return a policy that was given, or the defaults for None."""
    if policy is not None and not isinstance(policy, Policy):
        raise TypeError(f"policy must be a Policy, not {policy!r}")
    return policy if policy is not None else Policy()
