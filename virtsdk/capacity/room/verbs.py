"""Verbs of a `Fleet` that find other places for its guests."""

from __future__ import annotations

from virtsdk.capacity.room.placing.placement import PlacementReport, place
from virtsdk.capacity.room.state import State


class Placing:
    """What a fleet can be asked about other places for its guests."""

    _state: State

    def place(self, spread: bool = False, exact: bool = False) -> PlacementReport:
        """Place all guests anew: on as few hosts as can be found, or evenly over all.

        Guests that are tied to their host, and those with a figure missing, stay; hosts in maintenance take
        none. The fewest hosts are the best of first-fit-decreasing, the rules "dot-product" and "nearest",
        and, where sizes and kinds of hosts are few (60 and 12) and scipy is installed (extra ``[solver]``),
        column generation. It is about where guests would be, not about the way there: `rebalance` has steps.

        Parameters
        ----------
        spread
            Even the largest shares out over all hosts instead.
        exact
            Let an integer program look for fewer hosts, for at most 10 seconds; up to 40 guests.

        Returns
        -------
        PlacementReport
            ``hosts_used``, ``lower_bound``, ``gap``; ``proof`` says where it is proven that fewer do not do.
            The same fleet has the same answer in any order of rows, but for `exact` where time is up.

        Raises
        ------
        ValueError
            `exact` with more than 40 guests, or with `spread`.
        MissingDependency
            `exact` without scipy.

        Examples
        --------
        >>> import pandas as pd
        >>> from virtsdk import capacity
        >>> hosts = pd.DataFrame({"host": ["kvm1", "kvm2", "kvm3"], "cpus": 8, "memory_bytes": 32 * 2**30})
        >>> guests = {"host": ["kvm1", "kvm2", "kvm3"], "name": ["web1", "web2", "db1"], "vcpus": [6, 2, 8]}
        >>> domains = pd.DataFrame(guests | {"memory_bytes": 8 * 2**30})
        >>> fleet = capacity.Fleet.from_frames(hosts, domains, capacity.Policy(vcpu_ratio=1))
        >>> answer = fleet.place()
        >>> answer.hosts_used, answer.lower_bound, answer.gap, answer.bound_by
        (2, 2, 0.0, 'sum of vcpus')
        """
        return place(self._state, spread=spread, exact=exact)
