"""`headroom`: how much more each host may be asked to carry, and the answer, `HeadroomReport`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from virtsdk.capacity.checks import figures, once, require
from virtsdk.capacity.policy import Policy
from virtsdk.display import html, listing
from virtsdk.display.text import columns, count, shorten, size
from virtsdk.stats.samples.derive import has_process

if TYPE_CHECKING:
    from virtsdk.display.chart_style import Chart

_HOSTS = "host.node_info().frame()"
_DOMAINS = "host.domains.frame() or host.stats().domains"
Figures = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]


class CapacityWarning(UserWarning):
    """An answer leaves something open because a figure is missing."""


def headroom(hosts: pd.DataFrame, domains: pd.DataFrame, policy: Policy | None = None) -> HeadroomReport:
    """Tell how many more vCPUs and how much more memory each host may be asked to carry.

    For each host and resource::

        capacity  = (physical - reserve) x ratio
        committed = sum over its guests
        headroom  = capacity - committed

    It is about promises, not usage: a guest counts with all its vCPUs and with the most memory that its
    balloon can grow to, whatever it uses now. Guests that are off (shutoff, crashed) hold nothing and do not
    count, unless the policy says so; paused and suspended ones do.

    Parameters
    ----------
    hosts
        One row per host: ``host``, ``cpus`` (or ``cores``, as the policy says), ``memory_bytes``; see
        `NodeInfo.frame`.
    domains
        One row per domain: ``host``, ``vcpus``, ``memory_bytes`` and, where known, ``domain``, ``name``,
        ``state``; see ``host.domains.frame()`` and ``host.stats().domains``. Without ``state`` all count.
    policy
        Ratios and reserves; `Policy`'s defaults where it is left out.

    Returns
    -------
    HeadroomReport
        ``.frame()`` has one row per host. Where a guest that counts has a figure missing, its host's figures
        for that resource are missing too, a `CapacityWarning` names the guest, and ``.notes`` keeps it.

    Raises
    ------
    ValueError
        A column is missing, a figure is missing or negative in `hosts` or negative in `domains`, a host or
        domain appears twice, or a domain is on a host that `hosts` does not have; the message names the
        column and the row.
    TypeError
        Not frames, or a column that is not numbers.

    Notes
    -----
    The formula is that of OpenStack Placement's inventories, ``(total - reserved) * allocation_ratio``. oVirt
    states its memory overcommit as the same ratio in percent; VMware Aria Operations' allocation model uses
    the same ratios, and lets the site choose whether powered-off machines count.

    Examples
    --------
    >>> import pandas as pd
    >>> from virtsdk import capacity
    >>> hosts = pd.DataFrame({"host": ["kvm7"], "cpus": [8], "memory_bytes": [32 * 2**30]})
    >>> domains = pd.DataFrame({"host": "kvm7", "vcpus": [4, 8], "memory_bytes": [8 * 2**30, 4 * 2**30]})
    >>> policy = capacity.Policy(vcpu_ratio=2, reserve_memory_bytes=2 * 2**30)
    >>> capacity.headroom(hosts, domains, policy)
    <HeadroomReport 1 host, 4 vCPUs and 18 GiB free>
    host  guests  vCPUs  of  free  memory  of      free    full first
    kvm7       2     12  16     4  12 GiB  30 GiB  18 GiB  vcpus
    """
    policy = policy if policy is not None else Policy()
    require(hosts, "hosts", ["host", policy.cpu_column, "memory_bytes"], maker=_HOSTS)
    require(domains, "domains", ["host", "vcpus", "memory_bytes"], maker=_DOMAINS)
    once(hosts, "hosts", ["host"])
    if "domain" in domains.columns:
        once(domains, "domains", ["host", "domain"])
    who = next((key for key in ("name", "domain") if key in domains.columns), "host")
    names = pd.Index(hosts["host"])
    place = names.get_indexer(pd.Index(domains["host"]))
    _on_known_hosts(names, domains, place, who)

    guests = {
        "vcpus": figures(domains, "domains", "vcpus", who, missing=True),
        "memory": figures(domains, "domains", "memory_bytes", who, missing=True),
    }
    off = np.zeros(len(domains), dtype=bool)
    if "state" in domains.columns:
        off = ~has_process(domains).to_numpy(dtype=bool)
    counted = np.ones(len(domains), dtype=bool) if policy.count_inactive else ~off
    notes = _missing_figures(guests, domains[who], counted)
    for note in notes:
        warnings.warn(note, CapacityWarning, stacklevel=2)

    def per_host(which: Flags, values: Figures | None = None) -> Figures:
        weights = None if values is None else values[which]
        return np.bincount(place[which], weights, minlength=len(names)).astype(np.float64)

    cpus = figures(hosts, "hosts", policy.cpu_column, "host")
    memory = figures(hosts, "hosts", "memory_bytes", "host")
    columns: dict[str, Any] = {"host": names, "cpus": _whole(cpus), "memory_bytes": _whole(memory)}
    shares: list[Any] = []
    for resource, physical, reserve, ratio, suffix in (
        ("vcpus", cpus, policy.reserve_cpus, policy.vcpu_ratio, ""),
        ("memory", memory, policy.reserve_memory_bytes, policy.memory_ratio, "_bytes"),
    ):
        capacity = _whole(np.maximum(physical - reserve, 0) * ratio)
        committed = _whole(per_host(counted, guests[resource]))  # missing where one of them is
        columns[f"{resource}_capacity{suffix}"] = capacity
        columns[f"{resource}_committed{suffix}"] = committed
        columns[f"{resource}_headroom{suffix}"] = capacity - committed
        share = _share(committed, capacity)
        columns[f"{resource}_share"] = share
        shares.append(share)
        columns[f"{resource}_inactive{suffix}"] = _whole(per_host(off, np.nan_to_num(guests[resource])))
    unknown = counted & (np.isnan(guests["vcpus"]) | np.isnan(guests["memory"]))
    for name, group in (("", counted), ("_inactive", off), ("_unknown", unknown)):
        columns[f"domains{name}"] = _whole(per_host(group))
    full: Any = shares[0] >= shares[1]
    which = np.where(full.isna(), -1, np.where(full.fillna(False), 0, 1)).astype(np.int64)
    columns["binding"] = pd.array(["vcpus", "memory"], dtype="str").take(which, allow_fill=True)
    return HeadroomReport(policy, notes, pd.DataFrame(columns, copy=False))


def _on_known_hosts(names: pd.Index[Any], domains: pd.DataFrame, place: Places, who: str) -> None:
    strange = np.flatnonzero(place < 0)
    if len(strange):
        row: dict[Any, Any] = domains.iloc[[strange[0]]].to_dict("records")[0]
        more = f" (and {len(strange) - 1} more)" if len(strange) > 1 else ""
        raise ValueError(
            f"domain {row[who]!r}{more} is on host {row['host']!r}, which the hosts frame does not have; "
            f"it has {listing.names(map(repr, names))}"
        )


def _missing_figures(guests: Mapping[str, Figures], who: pd.Series[Any], counted: Flags) -> tuple[str, ...]:
    notes: list[str] = []
    for column, title in (("vcpus", "vcpus"), ("memory", "memory_bytes")):
        lacking = counted & np.isnan(guests[column])
        if lacking.any():
            whose = listing.names(shorten(str(name), 40) for name in who[lacking])
            notes.append(f"no {title} is known of {whose}: what is committed on their hosts stays open")
    return tuple(notes)


def _whole(values: Figures) -> Any:
    """Round down to whole units; what only binary fractions keep below a whole number counts as whole."""
    absent = np.isnan(values)
    return pd.arrays.IntegerArray(np.where(absent, 0, (values + 1e-6) // 1).astype(np.int64), absent)


def _share(committed: Any, capacity: Any) -> Any:
    """Return how much of the capacity is committed; missing where there is none."""
    used = committed.to_numpy(dtype=np.float64, na_value=np.nan)
    whole = capacity.to_numpy(dtype=np.float64, na_value=np.nan)
    absent = np.isnan(used) | ~(whole > 0)
    return pd.arrays.FloatingArray(np.divide(used, whole, out=np.zeros(len(used)), where=~absent), absent)


@dataclass(frozen=True, repr=False)
class HeadroomReport:
    """Result of `headroom`; `frame` has the figures.

    Attributes
    ----------
    policy
        The rules that it follows.
    notes
        Sentences on what stays open for want of a figure.
    """

    policy: Policy
    notes: tuple[str, ...]
    _frame: pd.DataFrame = field(compare=False)

    def frame(self) -> pd.DataFrame:
        """Give the figures.

        Returns
        -------
        pandas.DataFrame
            One row per host, in the order given. ``cpus`` and ``memory_bytes`` are physical. For ``vcpus``
            and ``memory`` each: ``_capacity`` (what may be committed), ``_committed``, ``_headroom``
            (capacity less committed; negative where too much is committed), ``_share`` (committed of
            capacity, 1 is full) and ``_inactive`` (of guests that are off); memory columns end in ``_bytes``.
            ``domains`` are the guests counted, ``domains_inactive`` those that are off, ``domains_unknown``
            those counted that have a figure missing. ``binding`` is the resource that runs out first, vCPUs
            where both are as full.
        """
        return self._frame.copy()

    def to_dict(self) -> dict[str, Any]:
        """Give plain values: ``policy``, ``hosts`` (one dict a row, None for missing), ``notes``."""
        rows = self._frame.astype(object).where(self._frame.notna(), None).to_dict("records")
        return {"policy": asdict(self.policy), "hosts": rows, "notes": list(self.notes)}

    def chart(self, *, interactive: bool = False) -> Chart:
        """Draw committed against capacity, a bar a host and resource (extra ``[plot]``).

        Parameters
        ----------
        interactive
            With tooltips, which need no script and stay in an exported page.
        """
        from virtsdk.display import charts

        return charts.headroom(self._frame, interactive=interactive)

    def _headline(self) -> str:
        frame = self._frame
        over = int(((frame["vcpus_headroom"] < 0) | (frame["memory_headroom_bytes"] < 0)).sum())
        vcpus, memory = _number(frame["vcpus_headroom"]), size(_total(frame["memory_headroom_bytes"]))
        more = f", {over} overcommitted" if over else ""
        noun = "vCPU" if vcpus == "1" else "vCPUs"
        return f"{count(len(frame), 'host')}, {vcpus} {noun} and {memory} free{more}"

    def _rows(self) -> Iterator[Any]:
        return self._frame.astype(object).where(self._frame.notna(), None).itertuples(index=False)

    def __repr__(self) -> str:
        header = ["host", "guests", "vCPUs", "of", "free", "memory", "of", "free", "full first"]
        lines: list[list[object]] = [
            [
                row.host, row.domains, row.vcpus_committed, row.vcpus_capacity, row.vcpus_headroom,
                size(row.memory_committed_bytes), size(row.memory_capacity_bytes),
                size(row.memory_headroom_bytes), row.binding,
            ]
            for row in self._rows()
        ]  # fmt: skip
        table = columns(header, lines) if lines else "no hosts"
        return "\n".join([f"<HeadroomReport {self._headline()}>", table, *self.notes])

    def _repr_html_(self) -> str:
        rows: list[list[object]] = [
            [
                row.host,
                row.domains,
                html.meter(
                    row.vcpus_committed, row.vcpus_capacity, label="vCPUs committed",
                    text=f"{_plain(row.vcpus_committed)} of {_plain(row.vcpus_capacity)}",
                ),
                row.vcpus_headroom,
                html.meter(
                    row.memory_committed_bytes, row.memory_capacity_bytes, label="memory committed",
                    text=f"{size(row.memory_committed_bytes)} of {size(row.memory_capacity_bytes)}",
                ),
                size(row.memory_headroom_bytes),
            ]
            for row in self._rows()
        ]  # fmt: skip
        rule = (
            f"capacity = (physical - reserve) x ratio; {self.policy.vcpu_ratio:g} vCPUs a CPU, "
            f"memory x {self.policy.memory_ratio:g}, reserved {self.policy.reserve_cpus:g} CPUs and "
            f"{size(self.policy.reserve_memory_bytes)} a host; "
            f"guests that are off {'count' if self.policy.count_inactive else 'do not count'}"
        )
        header = ["host", "guests", "vCPUs committed", "vCPUs free", "memory committed", "memory free"]
        return html.view(
            html.heading("Headroom", self._headline()),
            html.table(header, rows) if rows else html.paragraph("no hosts"),
            html.paragraph(rule),
            *(html.paragraph(note) for note in self.notes),
            title="headroom",
        )


def _total(values: Any) -> float | None:
    total = values.sum(skipna=False)
    return None if pd.isna(total) else float(total)


def _number(values: Any) -> str:
    total = _total(values)
    return "an unknown number of" if total is None else f"{total:.0f}"


def _plain(value: object) -> str:
    return "?" if value is None else str(value)
