"""The fewest hosts for all guests by trying every placement, for fleets of a few guests."""

from __future__ import annotations

import numpy as np

from virtsdk.capacity.room.placing.problem import stays


def fewest_hosts(fleet):
    """Return how few hosts do, None where no placement holds all guests; whoever is tied stays."""
    fixed = stays(fleet)
    units = [list(group) for group in _units(fleet, fixed)]
    load = np.zeros_like(fleet.capacity)
    crowd = np.zeros((len(fleet.hosts), fleet.groups), int)
    used = set()
    for guest in np.flatnonzero(fixed):
        if fleet.at[guest] < 0:
            return None
        _add(fleet, load, crowd, guest, fleet.at[guest], 1)
        used.add(int(fleet.at[guest]))
    return _search(fleet, units, load, crowd, used, len(fleet.hosts) + 1)


def _units(fleet, fixed):
    groups = {}
    for guest in np.flatnonzero(~fixed):
        key = int(fleet.together[guest])
        groups.setdefault(key if key >= 0 else ("alone", int(guest)), []).append(int(guest))
    return sorted(groups.values(), key=lambda one: -fleet.needs[one].sum(axis=0)[0])


def _search(fleet, units, load, crowd, used, limit):
    if len(used) >= limit:
        return None
    if not units:
        return len(used)
    best = None
    for host in range(len(fleet.hosts)):
        if not _may(fleet, units[0], load, crowd, host):
            continue
        for guest in units[0]:
            _add(fleet, load, crowd, guest, host, 1)
        found = _search(fleet, units[1:], load, crowd, used | {host}, limit)
        if found is not None:
            best, limit = found, found
        for guest in units[0]:
            _add(fleet, load, crowd, guest, host, -1)
    return best


def _may(fleet, unit, load, crowd, host):
    if not fleet.takes[host] or (load[host] + fleet.needs[unit].sum(axis=0) > fleet.capacity[host]).any():
        return False
    for guest in unit:
        model, wanted = fleet.host_model[host], fleet.guest_model[guest]
        if model >= 0 and wanted >= 0 and model != wanted:
            return False
        if crowd[host][fleet.apart[guest][fleet.apart[guest] >= 0]].any():
            return False
        bound_to = _others(fleet, unit)
        if bound_to and host not in bound_to:
            return False
    return True


def _others(fleet, unit):
    """Hosts of tied members of its affinity group."""
    group = fleet.together[unit[0]]
    if group < 0:
        return set()
    return {int(fleet.at[one]) for one in np.flatnonzero((fleet.together == group) & stays(fleet))}


def _add(fleet, load, crowd, guest, host, sign):
    load[host] += sign * fleet.needs[guest]
    groups = fleet.apart[guest]
    crowd[host][groups[groups >= 0]] += sign
