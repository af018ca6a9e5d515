"""`Fleet.n_plus`: does the fleet survive k failures, which set is the worst, and what is in the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

import numpy as np
import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.room.arrays import MILLI, TIES, Arrays
from virtsdk.capacity.room.saying import broken_groups, percent
from virtsdk.capacity.room.survival import variants
from virtsdk.capacity.room.survival.failures import Domains
from virtsdk.capacity.room.survival.packing import Outcome, packing
from virtsdk.display import html, listing
from virtsdk.display.text import columns, count, shorten, size

if TYPE_CHECKING:
    from virtsdk.display.chart_style import Chart

Rule = Literal["packing", "slots", "share", "ovirt"]
_ROWS = 10_000
_SHORT = {
    "vcpus": "vCPUs are short",
    "memory": "memory is short",
    "hugepages": "huge pages are short",
    "disk": "disk space is short",
    "cell": "room in a NUMA cell is short",
}


def n_plus(
    arrays: Arrays, hosts: pd.DataFrame, k: int, rule: Rule, by: str | None, notes: tuple[str, ...] = ()
) -> NPlusReport:
    """Answer `Fleet.n_plus`, which describes the arguments."""
    if rule not in get_args(Rule):
        raise ValueError(f"rule must be one of {listing.names(map(repr, get_args(Rule)))}, not {rule!r}")
    domains = failure_domains(arrays, hosts, by)
    noun = "host" if by is None else by
    k = checks.counter(k, "k", 1)
    if not domains.names:
        raise ValueError("the fleet has no hosts; n_plus needs one that may fail")
    if k > len(domains.names):
        raise ValueError(f"k must be at most {len(domains.names)}, the {noun}s that there are, not {k}")
    if rule == "ovirt" and k != 1:
        raise ValueError(f"k must be 1 for rule='ovirt', which asks about one host at a time, not {k}")
    more: dict[str, Any] = {}
    if rule == "slots":
        outcome = variants.slots(domains, k)
        vcpus, memory = variants.slot_size(domains)
        notes = (*notes, f"a slot is {vcpus:g} vCPUs and {size(memory)}")
    elif rule == "share":
        outcome = variants.share(domains, k)
    else:
        outcome = packing(domains, k)
        if rule == "ovirt":
            more["one_host"] = variants.one_host(domains, outcome.sets)
    notes = (*notes, *_already_wrong(arrays))
    missing = arrays.guests_named(np.flatnonzero(arrays.open & (arrays.at >= 0)))
    if missing:
        notes = (*notes, f"figures are missing of {listing.names(shorten(one, 40) for one in missing)}")
    if outcome.binding == TIES[3]:
        notes = (*notes, 'where those disks are on shared storage: Policy(movable=["local_disk_bytes"])')
    return NPlusReport(
        k=k,
        rule=rule,
        by=by,
        ok=outcome.ok,
        worst=tuple(domains.names[one] for one in outcome.worst),
        binding=outcome.binding,
        unplaced=arrays.guests_named(outcome.unplaced),
        alone=_alone(domains, k, noun, outcome),
        method=outcome.method,
        sets=outcome.total,
        open=outcome.open,
        notes=notes,
        _frame=_frame(domains, outcome, more),
    )


def _alone(domains: Domains, k: int, noun: str, outcome: Outcome) -> str | None:
    """Say why nothing is left to take guests over; None where something is, or that is not in the way."""
    there = np.unique(domains.of_host[domains.arrays.takes])
    needed = len(domains.units.unit) > 0
    if len(there) > k or (needed and (outcome.ok or not {*outcome.worst} >= {*(outcome.worst and there)})):
        return None
    size, when = len(domains.names), f" when {k} fail" if k > 1 else ""
    if len(there) == size:
        what = f"there {'is' if size == 1 else 'are'} {count(size, noun)}"
    else:
        what = f"{len(there) or 'none'} of {count(size, noun)} take{'s' * (len(there) == 1)} guests"
    return f"{what}, nothing to fail over to{when}"


def _already_wrong(arrays: Arrays) -> list[str]:
    """Say what breaks the policy before anything fails: hosts over capacity, groups not as they should be."""
    said: list[str] = []
    over = [arrays.hosts[int(one)] for one in np.flatnonzero((arrays.free < 0).any(axis=1))]
    if over:
        said.append(f"over capacity before any failure: {listing.names(over)}")
    return [*said, *broken_groups(arrays)]


def failure_domains(arrays: Arrays, hosts: pd.DataFrame, by: str | None) -> Domains:
    """Hosts one by one, or grouped by a column of the hosts frame."""
    if by is None:
        return Domains(arrays, arrays.hosts, np.arange(len(arrays.hosts)))
    checks.require(hosts, "hosts", [by], maker=f"one with the column {by!r}")
    if hosts[by].isna().any():
        raise ValueError(
            f"column {by!r} of the hosts frame is missing for host "
            f"{hosts.loc[hosts[by].isna(), 'host'].iloc[0]!r}; it says what fails together"
        )
    codes, names = pd.factorize(hosts[by])
    return Domains(arrays, tuple(str(name) for name in names), codes.astype(np.int64))


def _frame(domains: Domains, outcome: Outcome, more: dict[str, Any]) -> pd.DataFrame:
    order = np.lexsort((-outcome.shares, outcome.verdicts == 1))[:_ROWS]
    sets = outcome.sets[order]
    names = np.array([*domains.names, ""], dtype=object)
    joined = names[sets[:, 0]] if sets.shape[1] else np.full(len(sets), "", dtype=object)
    for column in sets.T[1:]:
        joined = joined + ", " + names[column]
    guests = np.bincount(domains.of_unit[domains.units.unit], minlength=len(domains.names))
    verdicts = outcome.verdicts[order]
    found: dict[str, Any] = {
        "failed": pd.Series(joined, dtype="str"),
        "ok": pd.Series(verdicts == 1, dtype="boolean").mask(pd.Series(verdicts < 0)),
        "share": outcome.shares[order],
        "domains": guests[sets].sum(axis=1),
        "vcpus": domains.needs[sets].sum(axis=1)[:, 0] / MILLI,
        "memory_bytes": domains.needs[sets].sum(axis=1)[:, 1],
        **{name: values[order] for name, values in more.items()},
    }
    return pd.DataFrame(found)


@dataclass(frozen=True, repr=False)
class NPlusReport:
    """Answer of `Fleet.n_plus`.

    Attributes
    ----------
    k, rule, by
        The question: how many fail, by which rule, and the column that says what fails together (None: each
        host by itself).
    ok
        True: the guests of every failure set have a place. False: those of `worst` have none. None: not
        decided, see `open`.
    worst
        The set that decides, by names: of those that do not fit, the one that leaves most without a place,
        weighed by what the guests need rather than by their number; where all fit, the one that needs most
        of the room left. Empty for ``"share"``, which does not look at single hosts.
    binding
        What is in the way of `worst`: ``"vcpus"``, ``"memory"``, ``"hugepages"``, ``"disk"``, ``"cell"``,
        ``"pinning"``, ``"host device"``, ``"local disk"``, ``"cpu model"``, ``"anti-affinity"``,
        ``"affinity"``; where all fit, the scarcest resource. None where there is nothing to place.
    unplaced
        Names of the guests of `worst` that found no place; empty unless `ok` is False. The rules "slots" and
        "share" place no guests.
    alone
        Why nothing is left that could take guests over, in words: there are no more than k hosts, or no more
        take guests. `ok` is False then, unless no guest needs a place. None where others are left.
    method
        "witness": placements were found. "bound": sums, or the largest guest against the largest room, say
        no. "exact": all placements were searched, or the rule is plain arithmetic. None where `ok` is.
    sets, open
        How many failure sets there are, and how many of them are not decided. After a "no" the rest is
        not looked at where there are many.
    notes
        What stays open, and what the answer rests on.
    """

    k: int
    rule: Rule
    by: str | None
    ok: bool | None
    worst: tuple[str, ...]
    binding: str | None
    unplaced: tuple[str, ...]
    alone: str | None
    method: str | None
    sets: int
    open: int
    notes: tuple[str, ...]
    _frame: pd.DataFrame = field(compare=False)

    def frame(self) -> pd.DataFrame:
        """Give the failure sets that were looked at.

        Returns
        -------
        pandas.DataFrame
            One row per set, those that do not fit first, then by share; at most 10,000. ``failed`` (names,
            joined by commas), ``ok`` (boolean, missing where not decided), ``share`` (of the room left on
            the survivors that the guests need, of the scarcest resource; above 1 they cannot fit; for "slots"
            guests of the slots left, for "share" needs of what may be needed),
            ``domains`` (guests that need a place), ``vcpus`` and ``memory_bytes`` (what they need; memory
            without hugepages). The rule "ovirt" adds ``one_host``: one other host takes them all. "slots" and
            "share" have one row.
        """
        return self._frame.copy()

    def to_dict(self) -> dict[str, Any]:
        """Give plain values: the attributes, and ``failures`` (one dict a row of `frame`)."""
        rows = listing.records(self._frame)
        names = ("k", "rule", "by", "ok", "worst", "binding", "unplaced", "alone", "method", "sets", "open")
        plain = {name: getattr(self, name) for name in (*names, "notes")}
        return {
            **{
                key: list(cast("tuple[str, ...]", one)) if isinstance(one, tuple) else one
                for key, one in plain.items()
            },
            "failures": [{**row, "share": _finite(row["share"])} for row in rows],
        }

    def chart(self, *, interactive: bool = False) -> Chart:
        """Draw how much of the room left each failure needs, the worst first (extra ``[plot]``).

        Parameters
        ----------
        interactive
            With tooltips, which need no script and stay in an exported page.
        """
        from virtsdk.display import room_charts

        title = f"N+{self.k} by {self.rule}: {self.alone or 'room that a failure needs'}"
        return room_charts.failures(self._frame, title, others=not self.alone, interactive=interactive)

    def _share(self, share: float) -> str:
        return ("nothing left" if self.alone else "no room") if share == float("inf") else percent(share)

    def _beside(self) -> str:
        """Say how many failures besides the worst do not fit: one is not the rest."""
        wrong = int(self._frame["ok"].eq(False).sum())
        if wrong < 2:
            return ""
        least = "at least " if self.open or self.sets > len(self._frame) else ""
        return f"; {least}{wrong:,} of {self.sets:,} failures do not fit"

    def _headline(self) -> str:
        noun = "host" if self.by is None else self.by
        what = count(self.k, noun)
        worst = listing.names(self.worst)
        if self.ok is None:
            return f"not decided: {self.open:,} of {self.sets:,} failures are open"
        if self.alone:
            return f"yes: no guest needs a place ({self.alone})" if self.ok else f"no: {self.alone}"
        if not self.ok:
            which = f"without {worst} " if self.worst else ""
            left = f", {count(len(self.unplaced), 'guest')} without a place" if self.unplaced else ""
            return f"no: {which}{_short_of(self.binding)}{left}{self._beside()}"
        tight = f"; tightest without {worst}" if self.worst else ""
        return f"yes: any {what} may fail{tight}" + (f" ({self.binding})" if self.binding else "")

    def __repr__(self) -> str:
        table = columns(
            ["failed", "fits", "of room left", "guests"],
            (
                [row["failed"] or "any", _said(row["ok"]), self._share(row["share"]), row["domains"]]
                for row in listing.records(self._frame)
            ),
        )
        return "\n".join([f"<NPlusReport N+{self.k} by {self.rule}, {self._headline()}>", table, *self.notes])

    def _repr_html_(self) -> str:
        rows = [
            [
                row["failed"] or "any",
                _said(row["ok"]),
                self._share(row["share"]),
                row["domains"],
                size(row["memory_bytes"]),
            ]
            for row in listing.records(self._frame)
        ]
        unplaced = (
            [html.paragraph(f"without a place: {listing.names(self.unplaced, 20)}")] if self.unplaced else []
        )
        return html.view(
            html.heading(f"N+{self.k} by {self.rule}", self._headline()),
            html.table(["failed", "fits", "of the room left", "guests", "memory"], rows),
            *unplaced,
            *(html.paragraph(note) for note in self.notes),
            title="n_plus",
        )


def _short_of(binding: str | None) -> str:
    return "room is short" if binding is None else _SHORT.get(binding, f"{binding} is in the way")


def _said(ok: bool | None) -> str:
    return "not decided" if ok is None else "yes" if ok else "no"


def _finite(share: float) -> float | None:
    return None if share == float("inf") else share
