"""Published rules for sizes and for idle guests, each with its date and source: they change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class SizeRule:
    """How a size follows from use.

    Attributes
    ----------
    quantile
        The quantile of CPU use.
    factor, of_present
        vCPUs are ``factor`` times the quantile, and this share of the vCPUs that the guest has on top.
    half_life_days
        Samples weigh half for each of so many days that they are old; None where all weigh alike.
    memory_factor, memory_of_present
        The same of memory, of the most that the guest used.
    version, source
        When and where the rule was published.
    note
        A sentence that an answer says with it.
    """

    quantile: float
    factor: float
    of_present: float = 0.0
    half_life_days: float | None = None
    memory_factor: float
    memory_of_present: float = 0.0
    version: str
    source: str
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class IdleRule:
    """When a guest counts as idle.

    Attributes
    ----------
    days
        The window, counted back from the end of the data.
    needs
        Columns of a usage frame that it needs.
    version, source
        When and where the rule was published.
    says
        The rule in words.
    """

    days: int
    needs: tuple[str, ...]
    version: str
    source: str
    says: str


_AWS = "https://docs.aws.amazon.com/compute-optimizer/latest/ug/rightsizing-preferences.html"
_TRUSTED = (
    "https://docs.aws.amazon.com/awssupport/latest/user/cost-optimization-checks.html, "
    "Low Utilization Amazon EC2 Instances"
)
_AZURE = "https://learn.microsoft.com/azure/advisor/advisor-cost-recommendations"
_KRR = "https://github.com/robusta-dev/krr, strategy 'simple'"
_VPA = "https://github.com/kubernetes/autoscaler, vertical-pod-autoscaler/pkg/recommender"


def _aws(percent: float, more: int) -> SizeRule:
    return SizeRule(
        quantile=percent / 100, factor=1 + more / 100, memory_factor=1 + max(more, 10) / 100,
        version="AWS Compute Optimizer, 2024", source=_AWS,
    )  # fmt: skip


SIZES: Final[dict[str, SizeRule]] = {
    "virtsdk": SizeRule(
        quantile=0.99, factor=1.2, of_present=0.02, memory_factor=1.2, memory_of_present=0.02,
        version="virtsdk 0.1", source="virtsdk's own, tried on traces of PlanetLab and Bitbrains",
    ),
    "aws": _aws(99.5, 20), "aws-30": _aws(99.5, 30), "aws-0": _aws(99.5, 0),
    "aws-p95": _aws(95, 20), "aws-p95-30": _aws(95, 30), "aws-p95-0": _aws(95, 0),
    "aws-p90": _aws(90, 20), "aws-p90-30": _aws(90, 30), "aws-p90-0": _aws(90, 0),
    "krr": SizeRule(
        quantile=0.95, factor=1.0, memory_factor=1.15, version="krr 1.8, 2024", source=_KRR,
    ),
    "vpa": SizeRule(
        quantile=0.9, factor=1.15, half_life_days=1.0, memory_factor=1.15,
        version="vertical-pod-autoscaler 1.0, 2023", source=_VPA,
        note="vpa's figure is a request, which a busy container may exceed; a guest's vCPUs are a limit, "
             "and as a limit it is too small: on traces of two clouds 3 and 6 % of samples were above it",
    ),
}  # fmt: skip
"""Rules of `rightsizing` by name. ``aws`` is P99.5 and 20 % on top; ``-p95``, ``-p90`` are its other
quantiles, ``-30`` and ``-0`` its other headrooms (the least that it has for memory is 10 %)."""

_NET: Final = ("net_rx_bytes_per_second", "net_tx_bytes_per_second")

IDLE: Final[dict[str, IdleRule]] = {
    "azure-2022": IdleRule(
        days=7, needs=("net_tx_bytes_per_second",), version="Azure Advisor, 2022", source=_AZURE,
        says="CPU summed over cores: P95 of the maxima of 30 minutes below 3 % of one, no average of the "
             "last 3 days above 2 %; outbound network below 2 % of the link; over 7 days",
    ),
    "azure-2019": IdleRule(
        days=14, needs=_NET, version="Azure Advisor, 2019", source=_AZURE,
        says="daily average of CPU at most 5 % and network at most 7 MB, on 4 or more of 14 days",
    ),
    "aws-trusted-advisor": IdleRule(
        days=14, needs=_NET, version="AWS Trusted Advisor, 2024", source=_TRUSTED,
        says="daily average of CPU at most 10 % and network at most 5 MB, on 4 or more of 14 days",
    ),
    "zombie": IdleRule(
        days=0, needs=("agent_seen", "disk_bytes_per_second", "net_tx_bytes_per_second"),
        version="virtsdk 0.1", source="virtsdk's own",
        says="no agent answered, no disk was read or written and nothing was sent, for Policy.zombie_days",
    ),
}  # fmt: skip
"""Rules of `idle` by name."""
