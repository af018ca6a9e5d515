"""Rules of a site: how much more is promised than there is, what is kept back, who must survive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal

import numpy as np

from virtsdk.capacity import policy_text, presets
from virtsdk.capacity.past.rules import IDLE, SIZES
from virtsdk.capacity.policy_checks import check_number, chosen, groups, names
from virtsdk.display import listing

_RATIOS = ("vcpu_ratio", "memory_ratio", "disk_ratio")
_NUMBERS = (
    *_RATIOS, "reserve_cpus", "reserve_memory_bytes", "reserve_hugepages", "fault_tolerance",
    "demand_quantile", "vcpu_price", "gib_price", "min_days", "link_bytes_per_second", "seasonal_days",
    "zombie_days",
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
    rightsizing
        The rule that `rightsizing` goes by: ``"virtsdk"``, ``"aws"`` (``"aws-p95"``, ``"aws-p90"`` for its
        other quantiles, each also with ``-30`` or ``-0`` for its other headrooms), ``"krr"`` or ``"vpa"``.
    idle_rules
        The rules that `idle` goes by, of ``"azure-2022"``, ``"azure-2019"``, ``"aws-trusted-advisor"`` and
        ``"zombie"``; all of them unless said.
    min_days
        Days of data below which `rightsizing` recommends nothing, and `idle` calls no guest idle (a rule with
        a shorter window needs that one; zombies need ``zombie_days``); 3 % of them may lack, 10 hours of 14
        days. 0 to take what there is.
    link_bytes_per_second
        Speed of a guest's link, for rules that go by a share of it; a column of this name in a usage frame
        counts first.
    exclude
        Guests that `rightsizing` and `idle` leave alone: names, UUIDs or tags, with ``*`` for any characters.
    seasonal_days
        A guest that was used within so many days is not idle, whatever a rule says: 7 spares what is used
        once a week, 31 once a month. 0 leaves rules as they were published.
    zombie_days
        Days without agent, disk and network after which the rule ``"zombie"`` says idle; with fewer days of
        data it cannot tell, whatever `min_days` says.
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
    rightsizing: str = "virtsdk"
    idle_rules: Sequence[str] = tuple(IDLE)
    min_days: float = 14.0
    link_bytes_per_second: float = 125_000_000.0
    exclude: Sequence[str] = ()
    seasonal_days: float = 0.0
    zombie_days: float = 14.0
    name: str | None = None
    version: str | None = None
    source: str | None = None

    def __post_init__(self) -> None:
        for name in _NUMBERS:
            if isinstance(getattr(self, name), np.number):  # as out of a frame
                self._keep(name, getattr(self, name).item())
        for name in (*_RATIOS, "reserve_cpus", "reserve_memory_bytes", "reserve_hugepages"):
            check_number(name, getattr(self, name), above=name in _RATIOS)
        for name in ("vcpu_price", "gib_price"):
            if getattr(self, name) is not None:
                check_number(name, getattr(self, name))
        check_number("demand_quantile", self.demand_quantile, most=1)
        for name in ("min_days", "link_bytes_per_second", "seasonal_days", "zombie_days"):
            check_number(name, getattr(self, name), above=name in ("link_bytes_per_second", "zombie_days"))
        chosen("rightsizing", [self.rightsizing], SIZES, some=False)
        check_number("fault_tolerance", self.fault_tolerance)
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
        self._keep("anti_affinity", groups("anti_affinity", self.anti_affinity))
        self._keep("affinity", groups("affinity", self.affinity))
        if self.protected is not None:
            self._keep("protected", names("protected", self.protected))
        self._keep("movable", names("movable", self.movable))
        chosen("movable", self.movable, TYING)
        self._keep("idle_rules", names("idle_rules", self.idle_rules))
        chosen("idle_rules", self.idle_rules, IDLE)
        self._keep("exclude", names("exclude", self.exclude))
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

        Parameters
        ----------
        text
            A mapping of settings to values, as `to_yaml` writes it.

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


def as_policy(policy: Policy | None) -> Policy:
    """Return a policy that was given, or the defaults for None."""
    if policy is not None and not isinstance(policy, Policy):
        raise TypeError(f"policy must be a Policy, not {policy!r}")
    return policy if policy is not None else Policy()
