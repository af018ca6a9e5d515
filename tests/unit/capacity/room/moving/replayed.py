"""Replay the steps of a rebalance on plain figures: room on both ends, rules, and what is left at the end."""

from __future__ import annotations

import pandas as pd

from virtsdk.capacity.room import inputs


def replay(hosts, domains, policy, moves):
    """Return the domains frame after the steps; AssertionError where one overcommits or breaks a rule."""
    domains = domains.copy()
    model = dict(zip(hosts["host"], hosts.get("cpu_model", pd.Series([None] * len(hosts))), strict=True))
    closed = set(hosts.loc[hosts["maintenance"], "host"]) if "maintenance" in hosts.columns else set()
    for row in moves.to_dict("records"):
        one = domains.index[domains["name"] == row["name"]][0]
        assert domains.at[one, "host"] == row["from"] != row["to"]
        assert row["to"] not in closed
        if "pinned" in domains.columns:
            assert not domains.at[one, "pinned"]
        source, target = model[row["from"]], model[row["to"]]
        assert pd.isna(source) or pd.isna(target) or source == target or "cpu_model" in domains.columns
        for group in policy.anti_affinity:
            if row["name"] in group:
                others = domains[domains["name"].isin(group) & (domains["name"] != row["name"])]
                assert row["to"] not in set(others["host"])
        both = pd.concat(
            [domains, domains.loc[[one]].assign(host=row["to"], name="again")], ignore_index=True
        )
        share = largest_share(hosts, both, policy, row["to"])
        assert share <= 1
        assert share == row["after_share"]
        domains.at[one, "host"] = row["to"]
    return domains


def largest_share(hosts, domains, policy, host):
    there = domains[domains["host"] == host]
    at = hosts.set_index("host").loc[host]
    capacity = {
        "vcpus": (at["cpus"] - policy.reserve_cpus) * policy.vcpu_ratio,
        "memory_bytes": (at["memory_bytes"] - policy.reserve_memory_bytes) * policy.memory_ratio,
    }
    return max(float(there[name].sum() / much) for name, much in capacity.items())


def over(hosts, domains, policy):
    """Hosts that are over their capacity."""
    return [host for host in hosts["host"] if largest_share(hosts, domains, policy, host) > 1]


def arrays_of(hosts, domains, policy):
    return inputs.build(hosts, inputs.with_models(hosts, domains), policy)
