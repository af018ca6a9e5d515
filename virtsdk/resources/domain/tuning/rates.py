"""Bandwidths: libvirt's parameters of a nic or a port, and bytes.

libvirt hands rates to ``tc`` as ``kbps``, kilobytes of 1000 bytes, and bursts as ``kb``, which are KiB.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from virtsdk.binding.protocol import Record
from virtsdk.resources.domain.tuning.checks import UNLIMITED, kibibytes, thousands

RATES: Final = {
    "inbound_bytes_per_second": "inbound.average",
    "inbound_peak_bytes_per_second": "inbound.peak",
    "inbound_floor_bytes_per_second": "inbound.floor",
    "outbound_bytes_per_second": "outbound.average",
    "outbound_peak_bytes_per_second": "outbound.peak",
}
BURSTS: Final = {"inbound_burst_bytes": "inbound.burst", "outbound_burst_bytes": "outbound.burst"}


def rates_of(record: Record) -> dict[str, int]:
    """Give what is limited, in bytes.

    Examples
    --------
    >>> rates_of({"inbound.average": 1000, "inbound.burst": 2, "outbound.average": 0})
    {'inbound_bytes_per_second': 1000000, 'inbound_burst_bytes': 2048}
    """
    values = {field: record[key] * 1000 for field, key in RATES.items() if record.get(key)}
    return values | {field: record[key] * 1024 for field, key in BURSTS.items() if record.get(key)}


def wanted_rates(given: Mapping[str, Any]) -> Record:
    """Give libvirt's parameters for what was given by keyword; 0 is its word for no limit.

    Raises
    ------
    ValueError, TypeError
        A value is none; or a peak or a burst is given without an average, and libvirt would drop it.

    Examples
    --------
    >>> wanted_rates({"inbound_bytes_per_second": 1_000_000, "inbound_burst_bytes": None})
    {'inbound.average': 1000}
    """
    wanted: Record = {}
    for units, take in ((RATES, thousands), (BURSTS, kibibytes)):
        for field, key in units.items():
            value = given.get(field)
            if value is not None:
                wanted[key] = 0 if value == UNLIMITED else take(field, value)
    for way in ("inbound", "outbound"):
        others = [key for key in (f"{way}.peak", f"{way}.burst") if wanted.get(key)]
        if others and not wanted.get(f"{way}.average"):
            raise ValueError(
                f"{way}_bytes_per_second must be given with a peak or a burst: libvirt drops those without it"
            )
    return wanted
