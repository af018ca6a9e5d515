"""`Fleet`: hosts, guests and a policy, and what becomes of them if."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.policy import Policy, as_policy
from virtsdk.capacity.room import alike, changes, frames, inputs
from virtsdk.capacity.room._headroom import measure
from virtsdk.capacity.room.answers.diff import FleetDiff, compare
from virtsdk.capacity.room.answers.fleet_report import FleetReport
from virtsdk.capacity.room.answers.guests_left import GuestsLeft
from virtsdk.capacity.room.answers.headroom_report import HeadroomReport
from virtsdk.capacity.room.arrays import TIES
from virtsdk.capacity.room.n_plus import NPlusReport, Rule, n_plus
from virtsdk.capacity.room.state import State
from virtsdk.capacity.room.verbs import Placing
from virtsdk.capacity.room.what_if import Template, WhatIf
from virtsdk.display import html, listing
from virtsdk.display.text import count

if TYPE_CHECKING:
    from virtsdk.widgets.what_if import WhatIfView


@dataclass(frozen=True, eq=False, repr=False)
class Fleet(WhatIf, Placing):
    """Hosts with their guests under a policy; each verb returns another fleet, and this one stays.

    Make one with `Fleet.from_frames`. Guests that are off are left aside unless the policy counts them.

    """

    @classmethod
    def from_frames(cls, hosts: pd.DataFrame, domains: pd.DataFrame, policy: Policy | None = None) -> Fleet:
        """Make a fleet of a hosts and a domains frame.

        Parameters
        ----------
        hosts
            One row per host: ``host``, ``cpus`` (or ``cores``, as the policy says), ``memory_bytes``. Used
            where they are there: ``cpu_model`` (guests move between equal ones, where both are known),
            ``maintenance`` (takes no guests), ``hugepages_bytes`` (no ordinary memory), ``numa_cells`` (of
            equal size), ``disk_bytes``, and any column for ``n_plus(by=)``, such as ``rack``.
        domains
            One row per domain: ``host``, ``name`` or ``domain`` (its UUID), ``vcpus``, ``memory_bytes``. Used
            where they are there: ``state``, ``pinned``, ``host_devices`` and ``local_disk_bytes`` (a guest
            with any of them cannot leave its host, see `Policy.movable`), ``hugepages_bytes``, ``cell`` (the
            one NUMA cell that its memory is bound to), ``cpu_model`` (its host's where left out),
            ``disk_bytes``. Other columns, such as ``tags``, stay with their guests, and a copy has them too;
            nothing is made of them: groups are the policy's. Guests of several hosts that share a name (or a
            UUID) are called ``"host/name"``, in groups of the policy too; `notes` says so.
        policy
            Ratios, reserves, groups; `Policy`'s defaults where it is left out.

        Raises
        ------
        ValueError
            A column is missing; a figure is missing in `hosts`, negative, or in another unit by its size; a
            host is there twice, or a guest that counts on one host; a guest is on a host that is not there; a
            group of the policy names a guest that is not there. The message names column and row.
        TypeError
            Not frames, or a column of another type.

        Warns
        -----
        CapacityWarning
            A guest has a figure missing: answers about its host stay open.

        Examples
        --------
        >>> import pandas as pd
        >>> from virtsdk import capacity
        >>> hosts = pd.DataFrame({"host": ["kvm1", "kvm2"], "cpus": 8, "memory_bytes": 32 * 2**30})
        >>> guests = {"host": ["kvm1", "kvm2"], "name": ["web1", "db1"], "vcpus": [4, 8]}
        >>> domains = pd.DataFrame(guests | {"memory_bytes": 8 * 2**30})
        >>> fleet = capacity.Fleet.from_frames(hosts, domains, capacity.Policy(vcpu_ratio=2))
        >>> fleet
        <Fleet 2 hosts, 2 guests, all placed>
        >>> fleet.n_plus(1).ok
        True
        """
        policy = as_policy(policy)
        domains, apart = alike.told_apart(domains, policy)
        hosts, domains = frames.checked(hosts, domains, policy)
        if not {"name", "domain"} & set(domains.columns):
            raise ValueError(
                "the domains frame has no column 'name' and no column 'domain'; guests need one of them"
            )
        frames.each_named(domains)
        frames.once_by_name(domains[inputs.counted(domains, policy)])
        domains = inputs.with_models(hosts, domains)
        open_notes = inputs.missing_figures(
            domains, inputs.counted(domains, policy), inputs.figures_used(hosts, domains, policy)
        )
        checks.warn(open_notes, level=2)
        notes = (*frames.notes(hosts, domains), *apart, *open_notes)
        return cls(State(policy, hosts.copy(), domains.copy(), notes))  # the caller may edit the frames

    @property
    def policy(self) -> Policy:
        """The rules."""
        return self._state.policy

    @property
    def notes(self) -> tuple[str, ...]:
        """What was not looked at for want of a column, and what stays open for want of a figure."""
        return self._state.notes

    @property
    def hosts(self) -> pd.DataFrame:
        """The hosts: one row each, with the columns that were given."""
        return self._state.hosts.copy()

    @property
    def domains(self) -> pd.DataFrame:
        """The guests, those that are off as well: one row each; ``host`` is missing without a place."""
        return self._state.domains.copy()

    @property
    def unplaced(self) -> tuple[str, ...]:
        """Names of the guests that count and have no host."""
        return self._state.unplaced

    @property
    def moves(self) -> pd.DataFrame:
        """The steps that lead here, in order, where the last verb was one that moves running guests.

        Returns
        -------
        pandas.DataFrame
            One row per move: ``step`` (from 1), ``domain`` (UUID, or name where there is none), ``name``,
            ``from``, ``to``, ``memory_bytes``, ``after_share`` (largest committed share of the target's
            vCPUs, memory or other resource, after the step).
        """
        return self._state.moves.copy()

    def with_policy(self, policy: Policy) -> Fleet:
        """Look at the same hosts and guests under other rules; nothing moves.

        Parameters
        ----------
        policy
            The other rules.

        Raises
        ------
        ValueError
            The policy names a guest that is not there, or counts a guest that is there twice.
        """
        policy = as_policy(policy)
        domains = self._state.domains
        lost = domains["host"].isna()
        again = Fleet.from_frames(self._state.hosts, domains[~lost], policy)._state
        return Fleet(replace(again, domains=pd.concat([again.domains, domains[lost]], ignore_index=True)))

    def n_plus(self, k: int | None = None, rule: Rule = "packing", by: str | None = None) -> NPlusReport:
        """Tell whether the fleet survives k failures at once, whichever they are.

        ========= ==========================================================================================
        rule      definition
        ========= ==========================================================================================
        packing   every guest of the k failed hosts fits on the others as they are: nothing else moves
        slots     vSphere HA, "cluster resource slots": a slot is the largest vCPU and the largest memory
                  need; hosts have the smaller quotient of slots; the k with most fail; a slot a guest is left
        share     vSphere HA, "cluster resource percentage": of vCPUs and memory, (total - needs) / total is
                  at least k / hosts
        ovirt     oVirt's HA check, for k = 1: the guests of each host fit on one other, or spread over others
        ========= ==========================================================================================

        "packing" is decided by placements that are found, by bounds and by exhaustive search. It says True
        only where every set of k has a placement, False where one surely has none, and None where that is
        open.

        Parameters
        ----------
        k
            How many fail; the policy's ``fault_tolerance`` where left out.
        rule
            Which definition.
        by
            A column of the hosts frame that says what fails together, as ``"rack"``.

        Raises
        ------
        ValueError
            There are no k hosts, no such rule or no such column.

        Notes
        -----
        The slot and percentage rules are those of VMware's "vSphere Availability" guide, chapter "vSphere HA
        Admission Control"; oVirt's is that of its engine's HA reservation.

        Examples
        --------
        VMware's example: five guests on 9 GHz and 9 GB, 9 and 6, 6 and 6.

        >>> import pandas as pd
        >>> from virtsdk import capacity
        >>> gib = 2**30
        >>> hosts = pd.DataFrame(
        ...     {"host": ["h1", "h2", "h3"], "cpus": [9, 9, 6], "memory_bytes": [9 * gib, 6 * gib, 6 * gib]}
        ... )
        >>> domains = pd.DataFrame(
        ...     {
        ...         "host": ["h1", "h1", "h2", "h2", "h3"],
        ...         "name": ["a", "b", "c", "d", "e"],
        ...         "vcpus": [2, 2, 1, 1, 1],
        ...         "memory_bytes": [gib, gib, 2 * gib, gib, gib],
        ...     }
        ... )
        >>> policy = capacity.Policy(vcpu_ratio=1, reserve_memory_bytes=0)
        >>> fleet = capacity.Fleet.from_frames(hosts, domains, policy)
        >>> fleet.n_plus(1, rule="slots").ok, fleet.n_plus(2, rule="slots").ok, fleet.n_plus(1).ok
        (True, False, True)
        """
        k = self.policy.fault_tolerance if k is None else k
        notes = list(self.notes)
        if self.unplaced:
            notes.append(f"{count(len(self.unplaced), 'guest')} without a place did not count")
        return n_plus(self._state.arrays, self._state.hosts, k, rule, by, tuple(notes))

    def headroom(self, usage: pd.DataFrame | None = None) -> HeadroomReport:
        """Answer `virtsdk.capacity.headroom` for the guests that have a place.

        Parameters
        ----------
        usage
            Measured use, for the demand beside the allocation; see there.
        """
        domains = self._state.domains
        return measure(self._state.hosts, domains[domains["host"].notna()], self.policy, usage)

    def guests_left(self, template: Template) -> GuestsLeft:
        """Tell how many more guests of a size fit, and what stops them; see `HeadroomReport.guests_left`.

        Parameters
        ----------
        template
            As for `add`.
        """
        return self.headroom().guests_left(changes.size_of(self._state, template))

    def diff(self, other: Fleet) -> FleetDiff:
        """Compare with another fleet, from this one to that: hosts, guests, room and money.

        Parameters
        ----------
        other
            The later one.
        """
        if not isinstance(other, Fleet):
            raise TypeError(f"other must be a Fleet, not {other!r}")
        return compare(self._state, other._state)

    def report(self) -> FleetReport:
        """Answer in one: headroom, survival of ``fault_tolerance`` failures by each rule, and placement.

        The placement, which takes seconds in large fleets, is worked out when it is read
        (``report.placement``).
        """
        k = max(1, self.policy.fault_tolerance)
        rules: list[Rule] = ["packing", "slots", "share"]
        if k == 1:
            rules.append("ovirt")
        able = k <= len(self._state.hosts)
        survival = tuple(self.n_plus(k, rule) for rule in rules) if able else ()
        return FleetReport.of(self._state, self.headroom(), survival, self.place)

    def explore(self, name: str | None = None) -> WhatIfView:
        """Show what becomes of the fleet, by sliders and selects (extra ``[widgets]``).

        More guests, other rules, growth, hosts that fail or are drained: the view shows the room that is
        left, what runs out first, whether the fleet survives failures and which hosts would be the worst.
        Each control is a method of the same name. In a notebook, a cell that runs again replaces the view of
        its run before; `WhatIfView.close` ends one.

        Parameters
        ----------
        name
            How the view's code calls this fleet. Left out, the variable of the notebook that holds it, or
            ``fleet``.

        Returns
        -------
        WhatIfView
            A view that shows itself: ``.fleet`` is the fleet that its settings lead to, ``.code`` the Python
            that makes it.

        Raises
        ------
        MissingDependency
            The extra is not installed; the message says what to install.
        ValueError
            `name` is no name in Python.

        Examples
        --------
        >>> from virtsdk import capacity
        >>> fleet = capacity.synthetic.fleet(10, 300, seed=1)
        >>> with fleet.explore() as what_if:
        ...     what_if.drain("kvm0003")
        ...     print(what_if.code)
        changed = fleet.drain(['kvm0003'])
        """
        from virtsdk.widgets.what_if import WhatIfView

        return WhatIfView(self, name)

    def _held(self) -> dict[int, str]:
        """Return what holds guests that lost their host, by their number: nothing else takes them."""
        arrays = self._state.arrays
        return {
            int(one): TIES[arrays.tied[one]] for one in np.flatnonzero((arrays.at < 0) & (arrays.tied > 0))
        }

    def _headline(self) -> str:
        lost = len(self.unplaced)
        held = self._held()
        why = f" ({len(held)} held by {listing.names(dict.fromkeys(held.values()))})" if held else ""
        placed = "all placed" if not lost else f"{lost} without a place{why}"
        hosts, guests = len(self._state.hosts), len(self._state.counted)
        over = int((self._state.arrays.free < 0).any(axis=1).sum())
        full = f", {count(over, 'host')} over capacity" if over else ""
        return f"{count(hosts, 'host')}, {count(guests, 'guest')}, {placed}{full}"

    def __repr__(self) -> str:
        return f"<Fleet {self._headline()}>"

    def _repr_html_(self) -> str:
        arrays, held = self._state.arrays, self._held()
        lost = [
            f"{name} ({held[one]})" if one in held else name
            for one, name in zip(np.flatnonzero(arrays.at < 0).tolist(), self.unplaced, strict=True)
        ]
        return html.view(
            html.heading("Fleet", self._headline()),
            html.outline(
                {
                    "policy": repr(self.policy),
                    **({"without a place": listing.names(lost, 20)} if lost else {}),
                }
            ),
            *(html.paragraph(note) for note in self.notes),
            title="fleet",
        )
