"""Bulk figures: one call for many domains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from virtsdk.binding.library import constants, flag
from virtsdk.binding.protocol import VirConnect, VirDomain

_ALIASES = {"cpu": "cpu-total", "net": "interface", "nic": "interface", "disk": "block"}
_STATES = ("active", "inactive", "persistent", "transient", "running", "paused", "shutoff", "other")


def read_records(
    conn: VirConnect,
    groups: Iterable[str] | None,
    domains: Sequence[VirDomain] | None,
    *,
    states: Iterable[str] = (),
    enforce: bool = False,
    nowait: bool = False,
    backing: bool = False,
) -> list[tuple[str, str, dict[str, object]]]:
    """Make libvirt's bulk call; see `Host.stats_records`."""
    mask = group_mask(groups)
    flags = 0
    for wanted, name in ((enforce, "ENFORCE_STATS"), (nowait, "NOWAIT"), (backing, "BACKING")):
        if wanted:
            flags |= flag(f"VIR_CONNECT_GET_ALL_DOMAINS_STATS_{name}")
    for state in states:
        if state not in _STATES:
            raise ValueError(f"unknown state {state!r}; known are {', '.join(_STATES)}")
        if domains is not None:
            raise ValueError("choose domains or states, not both")
        flags |= flag(f"VIR_CONNECT_GET_ALL_DOMAINS_STATS_{state.upper()}")
    if domains is None:
        records = conn.getAllDomainStats(mask, flags)
    elif domains:
        records = conn.domainListGetStats(domains, mask, flags)
    else:
        return []
    return [(raw.UUIDString(), raw.name(), record) for raw, record in records]


def group_mask(groups: Iterable[str] | None) -> int:
    """Give libvirt's bits for names of groups; 0, for all that the driver has, for None.

    Raises
    ------
    ValueError
        This libvirt has no such group.
    """
    if groups is None:
        return 0
    if isinstance(groups, str):
        raise TypeError(f"groups is a list of names: [{groups!r}]")
    known = group_names()
    mask = 0
    for group in groups:
        name = group.lower().replace("_", "-")
        name = _ALIASES.get(name, name)
        if name not in known:
            raise ValueError(f"unknown group {group!r}; this libvirt has {', '.join(known)}")
        mask |= known[name]
    return mask


def group_names() -> dict[str, int]:
    """Give the groups that this libvirt has, with their bits."""
    # the same prefix holds the names of single keys in newer versions: those are texts and not numbers
    return constants("VIR_DOMAIN_STATS_")
