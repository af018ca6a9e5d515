"""Guests of several hosts that are called alike: named apart, or noted."""

from __future__ import annotations

import pandas as pd

from virtsdk.capacity.policy import Policy
from virtsdk.capacity.room import inputs
from virtsdk.display import listing


def told_apart(domains: pd.DataFrame, policy: Policy) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Give guests of several hosts that share a name or a UUID names of their own: ``"kvm7/web1"``.

    libvirt's names are unique on their host alone. Those of one host that are alike stay so, and are refused.

    Returns
    -------
    tuple
        The frame, and a note for each column where that was done.
    """
    notes: list[str] = []
    if not isinstance(domains, pd.DataFrame) or "host" not in domains.columns:  # pyright: ignore
        return domains, ()  # which is refused
    for key in ("domain", "name"):
        if key not in domains.columns or domains[key].is_unique:
            continue
        here = domains.loc[inputs.counted(domains, policy), ["host", key]].dropna()
        hosts = here.groupby(key)["host"].nunique()
        shared = hosts.index[hosts > 1]
        rows = domains[key].isin(shared) & domains["host"].notna()
        if not rows.any():
            continue
        apart = domains["host"].astype("str") + "/" + domains[key].astype("str")
        domains = domains.assign(**{key: domains[key].mask(rows, apart)})
        what = "name" if key == "name" else "UUID"
        shown = listing.names(map(repr, apart[rows]), 3)
        notes.append(
            f"{len(shared)} {what}{'s are' if len(shared) > 1 else ' is'} on several hosts: their guests are "
            f"called {shown}"
        )
    return domains, tuple(notes)


def on_several_hosts(domains: pd.DataFrame, policy: Policy) -> tuple[str, ...]:
    """Note guests that count and are on several hosts by their UUID: while they migrate, or as copies."""
    if "domain" not in domains.columns or domains["domain"].is_unique:
        return ()
    here = domains.loc[inputs.counted(domains, policy), ["host", "domain"]].dropna()
    twice = here[here.duplicated("domain", keep=False)]
    if twice.empty:
        return ()
    first = twice["domain"].iloc[0]
    where = listing.names(map(repr, twice.loc[twice["domain"] == first, "host"]))
    number = twice["domain"].nunique()
    return (
        f"{number} guest{'s are' if number > 1 else ' is'} on several hosts by UUID ({first!r} on {where}), "
        "and counted on each: a guest that migrates is; copies should have UUIDs of their own",
    )
