"""Answers about capacity: pure functions of frames that return frozen reports.

The frames come from `Host.node_info`, `Host.domains`, `Host.stats`, or from elsewhere: only columns count.
"""

from __future__ import annotations

from virtsdk.capacity import synthetic
from virtsdk.capacity._report import report
from virtsdk.capacity.checks import CapacityWarning
from virtsdk.capacity.past._exhaustion import exhaustion
from virtsdk.capacity.past._forecast import forecast
from virtsdk.capacity.past._idle import idle
from virtsdk.capacity.past._rightsizing import rightsizing
from virtsdk.capacity.past.exhaustion_report import ExhaustionReport
from virtsdk.capacity.past.forecast_report import ForecastReport
from virtsdk.capacity.past.forecasts_report import ForecastsReport
from virtsdk.capacity.past.idling.idle_report import IdleReport
from virtsdk.capacity.past.sharing._contention import contention
from virtsdk.capacity.past.sharing._overcommit import overcommit
from virtsdk.capacity.past.sharing._overlap import overlap
from virtsdk.capacity.past.sharing.contention_report import ContentionReport
from virtsdk.capacity.past.sharing.overcommit_report import OvercommitReport
from virtsdk.capacity.past.sharing.overlap_report import OverlapReport
from virtsdk.capacity.past.sizing.definitions import Definitions
from virtsdk.capacity.past.sizing.rightsizing_report import RightsizingReport
from virtsdk.capacity.policy import Policy
from virtsdk.capacity.reporting.capacity_report import CapacityReport
from virtsdk.capacity.room._headroom import headroom
from virtsdk.capacity.room._migration import MigrationReport, migration
from virtsdk.capacity.room.answers.headroom_report import HeadroomReport
from virtsdk.capacity.room.fleet import Fleet
from virtsdk.capacity.room.moving.rebalance import RebalanceReport
from virtsdk.capacity.room.placing.placement import PlacementReport

__all__ = [
    "CapacityReport",
    "CapacityWarning",
    "ContentionReport",
    "Definitions",
    "ExhaustionReport",
    "Fleet",
    "ForecastReport",
    "ForecastsReport",
    "HeadroomReport",
    "IdleReport",
    "MigrationReport",
    "OvercommitReport",
    "OverlapReport",
    "PlacementReport",
    "Policy",
    "RebalanceReport",
    "RightsizingReport",
    "contention",
    "exhaustion",
    "forecast",
    "headroom",
    "idle",
    "migration",
    "overcommit",
    "overlap",
    "report",
    "rightsizing",
    "synthetic",
]


def __dir__() -> list[str]:
    return sorted(__all__)
