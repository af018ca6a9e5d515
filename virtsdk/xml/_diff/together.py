"""Values that mean something only together: an amount and its unit, a prefix or a netmask."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from ipaddress import IPv4Network

from virtsdk.model import Model, Scaled
from virtsdk.units import Size

ITSELF = ""
"""The name of a scaled element's amount among its parts."""

AMOUNTS: dict[str, tuple[str, str, str]] = {
    "CpuNumaCell": ("memory", "unit", "KiB"),
    "MemoryBackingHugepagesPage": ("size", "unit", "KiB"),
    "CputuneCachetuneCache": ("size", "unit", "KiB"),
    "FilesystemSource": ("usage", "units", "KiB"),
    "NumaCellCacheSize": ("value", "unit", "KiB"),
    "NumaCellCacheLine": ("value", "unit", "KiB"),
    "NumaInterconnectsBandwidth": ("value", "unit", "KiB"),
    "IommuDriverGranule": ("size", "unit", "KiB"),
    "HostCpuPages": ("size", "unit", "KiB"),
    "CapabilitiesHostCacheBank": ("size", "unit", "KiB"),
    "CapabilitiesHostCacheBankControl": ("granularity min", "unit", "KiB"),
    "CapabilitiesHostTopologyCellPages": ("size", "unit", "KiB"),
    "DomainCapabilitiesFeaturesSgxSection": ("size", "unit", "KiB"),
    "DomainCapabilitiesFeaturesSgxSectionSize": ("value", "unit", "KiB"),
}
"""Sizes in one attribute, their unit in another: the amounts, the unit, the unit where none is written."""

TIMES: dict[str, tuple[str, str, str]] = {
    "NetworkIpDhcpHostLease": ("expiry", "unit", "minutes"),
    "NetworkIpDhcpRangeLease": ("expiry", "unit", "minutes"),
}
"""Times in the same form."""

_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600}

NETWORKS = ("NetworkIp", "Route")
"""Classes that say the size of a network as a prefix or as a netmask."""


def join(model: Model, found: dict[str, Hashable]) -> None:
    """Replace in what a model says the values that belong together by what they mean."""
    name = type(model).__name__
    if isinstance(model, Scaled):
        if "value" in found:
            value, unit = found.pop("value"), found.pop("unit", None)
            size = _size(value, unit or model.default_unit)
            found[ITSELF] = (value, unit) if size is None else size
    elif name in AMOUNTS:
        _scale(found, AMOUNTS[name], _size)
    elif name in TIMES:
        _scale(found, TIMES[name], _seconds)
    elif name in NETWORKS and "prefix" not in found and "netmask" in found:
        found["prefix"] = _prefix(found.pop("netmask"))


def amounts(model: Model) -> dict[str, Size | str | None]:
    """Give the values that are shown together: amounts as sizes, else as text, and None for their unit."""
    if isinstance(model, Scaled):
        return {"unit": None, "value": None}
    names, unit_name, default = {**AMOUNTS, **TIMES}.get(type(model).__name__, ("", "", ""))
    found: dict[str, Size | str | None] = {}
    for name in names.split():
        value = getattr(model, name)
        if value is not None:
            unit = getattr(model, unit_name) or default
            size = _size(value, unit)
            found |= {name: f"{value} {unit}" if size is None else size, unit_name: None}
    return found


def _scale(
    found: dict[str, Hashable],
    names: tuple[str, str, str],
    convert: Callable[[Hashable, Hashable], Hashable],
) -> None:
    amounts, unit_name, default = names
    said = [name for name in amounts.split() if name in found]
    unit = found.pop(unit_name, None) if said else None
    for name in said:
        amount = convert(found[name], unit or default)
        found[name] = (found[name], unit) if amount is None else amount


def _size(value: Hashable, unit: Hashable) -> Size | None:
    try:
        return Size.parse(str(value), str(unit))
    except ValueError:
        return None


def _seconds(value: Hashable, unit: Hashable) -> Hashable:
    factor = _SECONDS.get(str(unit))
    return ("seconds", value * factor) if factor and isinstance(value, int) else None


def _prefix(netmask: Hashable) -> Hashable:
    try:
        network = IPv4Network(f"0.0.0.0/{netmask}")
    except ValueError:
        return netmask
    return network.prefixlen if str(network.netmask) == netmask else netmask
