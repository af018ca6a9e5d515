
The frames come from `Host.node_info`, `Host.domains`, `Host.stats`, or from elsewhere: only columns count.
"""

from __future__ import annotations

from virtsdk.capacity import synthetic
from virtsdk.capacity.checks import CapacityWarning
from virtsdk.capacity.past._exhaustion import exhaustion
from virtsdk.capacity.past._forecast import forecast
from virtsdk.capacity.past.exhaustion_report import ExhaustionReport
from virtsdk.capacity.past.forecast_report import ForecastReport
from virtsdk.capacity.policy import Policy
from virtsdk.capacity.room._headroom import headroom
from virtsdk.capacity.room._migration import MigrationReport, migration
from virtsdk.capacity.room.answers.headroom_report import HeadroomReport
from virtsdk.capacity.room.fleet import Fleet
from virtsdk.capacity.room.moving.rebalance import RebalanceReport
from virtsdk.capacity.room.placing.placement import PlacementReport

__all__ = [
    "CapacityWarning",
    "ExhaustionReport",
    "Fleet",
    "ForecastReport",
    "HeadroomReport",
    "MigrationReport",
    "PlacementReport",
    "Policy",
    "RebalanceReport",
    "exhaustion",
    "forecast",
    "headroom",
    "migration",
    "synthetic",
]
