"""Try every placement: what `n_plus` and other answers about small fleets are compared with.

Nothing is shared with the package: frames and policies are read anew, row by row.
"""

from __future__ import annotations

from itertools import combinations


def survives(hosts, domains, policy, k, by="host"):
    """Tell whether, whichever k hosts fail, all their guests fit on the others as they are."""
    names = sorted(set(hosts[by]))
    return all(fits_without(hosts, domains, policy, set(gone), by) for gone in combinations(names, k))


def fits_without(hosts, domains, policy, gone, by="host"):
    """Tell whether the guests of the hosts that are gone fit on the others."""
    frame = hosts.to_dict("records")
    guests = domains.to_dict("records")
    names = {one["name"] for one in guests if policy.protected is None or one["name"] in policy.protected}
    names |= {one for group in policy.affinity if names & set(group) for one in group}
    protected = [one for one in guests if one["name"] in names]
    lost_hosts = {row["host"]: row for row in frame if row[by] in gone}
    lost = [one for one in protected if one["host"] in lost_hosts]
    free = {}
    for row in frame:
        if row["host"] not in lost_hosts and not row.get("maintenance", False):
            here = [one for one in guests if one["host"] == row["host"]]
            free[row["host"]] = [
                int((row["cpus"] - policy.reserve_cpus) * policy.vcpu_ratio) - sum(g["vcpus"] for g in here),
                int((row["memory_bytes"] - policy.reserve_memory_bytes) * policy.memory_ratio)
                - sum(g["memory_bytes"] for g in here),
            ]
    models = {row["host"]: row.get("cpu_model") for row in frame}
    return place(lost, free, models, {g["name"]: g["host"] for g in guests if g not in lost}, policy)


def place(lost, free, models, at, policy):
    """Tell whether all find a place, by trying every host for each in turn."""
    if not lost:
        return True
    guest, rest = lost[0], lost[1:]
    if guest.get("pinned", False):
        return False
    for host in free:
        if free[host][0] < guest["vcpus"] or free[host][1] < guest["memory_bytes"]:
            continue
        known = [one for one in (models[guest["host"]], models[host]) if isinstance(one, str)]
        if len(set(known)) == 2:
            continue
        if any(
            guest["name"] in group and any(at.get(one) == host for one in group)
            for group in policy.anti_affinity
        ):
            continue
        if any(
            guest["name"] in group and any(one in at and at[one] != host for one in group)
            for group in policy.affinity
        ):
            continue
        free[host][0] -= guest["vcpus"]
        free[host][1] -= guest["memory_bytes"]
        found = place(rest, free, models, {**at, guest["name"]: host}, policy)
        free[host][0] += guest["vcpus"]
        free[host][1] += guest["memory_bytes"]
        if found:
            return True
    return False
