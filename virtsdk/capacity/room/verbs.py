"""Verbs of a `Fleet` that find other places for its guests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from virtsdk.capacity.room.moving.plan import Goal
from virtsdk.capacity.room.moving.rebalance import RebalanceReport, rebalance
from virtsdk.capacity.room.moving.timed import MigrationsReport, timed
from virtsdk.capacity.room.placing.placement import PlacementReport, place
from virtsdk.capacity.room.state import State

if TYPE_CHECKING:
    from virtsdk.capacity.room.fleet import Fleet


@dataclass(frozen=True, eq=False, repr=False)
class Placing:
    """What a fleet can be asked about other places for its guests."""

    _state: State

    def place(self, spread: bool = False, exact: bool = False) -> PlacementReport:
        """Place all guests anew: on as few hosts as can be found, or evenly over all.

        Guests that are tied to their host, and those with a figure missing, stay; hosts in maintenance take
        none. The fewest hosts are the best of first-fit-decreasing, the rules "dot-product" and "nearest",
        the best of several fillings of each host (up to 2000 sizes, where the others are far from the bound),
        and, where sizes and kinds of hosts are few (60 and 12) and scipy is installed (extra ``[solver]``),
        column generation. The bound is the best of sums, dual-feasible functions, anti-affinity groups and,
        with scipy, a linear program: of patterns where sizes are few, else of large guests and what they
        leave beside them. It is about where guests would be, not about the way there: `rebalance` has steps.

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

    def rebalance(
        self,
        goal: Goal = "relieve",
        hosts: str | Iterable[str] | None = None,
        budget_bytes: float | None = None,
    ) -> RebalanceReport:
        """Find moves to a goal, in an order in which no host is ever over its capacity.

        A guest that moves counts on both hosts until it is there, and no move makes its target exceed any of
        its capacities. Guests that are tied to their host, and those with a figure missing, stay
        (`Policy.movable` says what does not tie); hosts in maintenance and hosts of another CPU model take
        none; an affinity group moves guest by guest to one host. A move without which the result would be
        the same is not listed, nor is one that leads no nearer to the goal.

        Parameters
        ----------
        goal
            "relieve": no host is over its capacity. "empty": `hosts` hold nothing. "spread": the largest
            share of any host is within 0.05 of the mean (a host's share is that of the resource it has least
            left of; hosts that take no guests do not count).
        hosts
            Which hosts to empty, by name; left out, as many as can be found, those with the fewest bytes
            first.
        budget_bytes
            Memory that may be sent at most; None for any.

        Returns
        -------
        RebalanceReport
            ``frame()`` has the steps, ``met`` says whether they reach the goal, ``stuck`` what is in the way.
            A goal that is reached already has no steps. In small fleets (guests times hosts up to 60) the
            steps mostly have the fewest bytes there are; larger ones have what greedy rules find, so ``met``
            False does not prove that there is no way.

        Raises
        ------
        ValueError
            There is no such goal or host, or `hosts` with another goal than "empty".

        Examples
        --------
        >>> import pandas as pd
        >>> from virtsdk import capacity
        >>> hosts = pd.DataFrame({"host": ["kvm1", "kvm2"], "cpus": 8, "memory_bytes": 32 * 2**30})
        >>> guests = {"host": ["kvm1", "kvm1", "kvm2"], "name": ["web1", "web2", "db1"], "vcpus": [6, 4, 2]}
        >>> domains = pd.DataFrame(guests | {"memory_bytes": [8 * 2**30, 4 * 2**30, 8 * 2**30]})
        >>> fleet = capacity.Fleet.from_frames(hosts, domains, capacity.Policy(vcpu_ratio=1))
        >>> answer = fleet.rebalance("relieve")
        >>> answer.met, answer.frame()[["name", "from", "to"]].values.tolist()
        (True, [['web2', 'kvm1', 'kvm2']])
        """
        outcome, names = rebalance(self._state, goal, hosts, budget_bytes)
        moves = outcome.state.moves
        return RebalanceReport(
            goal=goal,
            hosts=names,
            budget_bytes=budget_bytes,
            met=outcome.met,
            steps=len(moves),
            bytes=int(moves["memory_bytes"].sum()),
            stuck=outcome.stuck,
            emptied=outcome.emptied,
            saved=outcome.saved,
            fleet=cast("Fleet", replace(self, _state=outcome.state)),
            notes=self._state.notes,
            _shares=outcome.shares,
        )

    def migrations(
        self,
        bandwidth: float,
        dirty_bytes_per_second: float | Mapping[str, float] = 0.0,
        max_downtime: float = 0.3,
    ) -> MigrationsReport:
        """Work out how long the moves of this fleet take, one after the other; see `capacity.migration`.

        A guest's memory counts in full, as if it had touched all of it, so a real move is no longer.

        Parameters
        ----------
        bandwidth
            What a migration may send, in bytes per second.
        dirty_bytes_per_second
            What each guest writes, in bytes per second: one figure for all, or one for each by its name or
            UUID, as `guest.measure_dirty_rate` tells.
        max_downtime
            How long each may stand still, in seconds.

        Returns
        -------
        MigrationsReport
            The moves are those of the last `drain` or `rebalance` (`Fleet.moves`). ``seconds`` is the whole;
            ``frame()`` has a row per move; ``stuck`` names guests whose migration does not converge.

        Raises
        ------
        ValueError
            A figure is negative, `bandwidth` or `max_downtime` is 0, or there is no rate for a guest.

        Examples
        --------
        >>> from virtsdk import capacity
        >>> fleet = capacity.synthetic.fleet(10, 300, seed=1).rebalance("empty", hosts="kvm0001").fleet
        >>> answer = fleet.migrations(bandwidth=2**30, dirty_bytes_per_second=20 * 2**20)
        >>> answer.steps, round(answer.seconds / 60, 1), answer.converges
        (30, 4.1, True)
        """
        return timed(self._state.moves, bandwidth, dirty_bytes_per_second, max_downtime)
