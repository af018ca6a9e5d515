"""`ContentionReport`: the answer of `contention`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from virtsdk.capacity.past.ahead.grid import duration
from virtsdk.display import html, listing
from virtsdk.display.text import columns, count, figure, percent, shorten, size

if TYPE_CHECKING:
    from virtsdk.display.chart_style import Chart


@dataclass(frozen=True, repr=False)
class ContentionReport:
    """Result of `contention`; `frame` has the figures. It is correlation, not proof.

    Attributes
    ----------
    steal
        Share from which on a guest is a victim, as it was given.
    min_delay
        Seconds a second that a victim waits for at least, as it was given.
    notes
        Sentences on what the answer rests on.
    """

    steal: float
    min_delay: float
    notes: tuple[str, ...]
    _frame: pd.DataFrame = field(compare=False)
    _suspects: pd.DataFrame = field(compare=False)
    _hosts: pd.DataFrame = field(compare=False)
    _disks: pd.DataFrame = field(compare=False)

    def frame(self) -> pd.DataFrame:
        """Give how much each guest waited.

        Returns
        -------
        pandas.DataFrame
            One row per guest and host that it was on, victims first, and of them those that waited for most:
            host, domain, name, vcpus, ``steal`` (share of the CPU time that it asked for, which is what it
            used and what it waited for; missing where it is not known),
            ``steal_p95`` (19 of 20 samples are at or below), ``delay_seconds_per_second`` (all vCPUs),
            ``victim``, the first suspect (``suspect``, its UUID, and ``suspect_name``) with ``correlation``
            and ``lag_seconds`` (above 0: its use comes first), ``swap_in_bytes_per_second``, ``samples``.
        """
        return self._frame.copy()

    def suspects_frame(self) -> pd.DataFrame:
        """Give who used the CPUs of each victim.

        Returns
        -------
        pandas.DataFrame
            One row per victim and suspect, five a victim at most, those that press most first: host, domain,
            name, ``suspect``, ``suspect_name`` (the victim itself where it has more vCPUs than CPUs that it
            may use), ``pressure_vcpus`` (its use on the victim's CPUs while that waited), ``pressure_share``
            (of that of all), ``cpu_while_waiting_vcpus`` and ``cpu_mean_vcpus`` (its use then, and at all
            times), ``correlation``, ``lag_seconds``.
        """
        return self._suspects.copy()

    def hosts_frame(self) -> pd.DataFrame:
        """Give each host.

        Returns
        -------
        pandas.DataFrame
            One row per host: host, ``domains``, ``victims``, ``steal`` (of all guests together), ``swapping``
            (guests that read back from swap), and with memory given ``memory_free_bytes`` and
            ``memory_free_share``, the least there was, caches counted as free.
        """
        return self._hosts.copy()

    def disks_frame(self) -> pd.DataFrame:
        """Give disks beside the others of their pool.

        Returns
        -------
        pandas.DataFrame
            One row per disk, slowest first; none where no disks were given: host, ``storage_pool_name`` (or
            the host), domain, name, disk, ``latency_p95_seconds``, ``pool_latency_p95_seconds`` (median of
            the pool's disks), ``times`` (the first of the second), ``outlier`` (3 times and 10 ms or more, in
            a pool of 3 disks or more).
        """
        return self._disks.copy()

    def to_dict(self) -> dict[str, Any]:
        """Give plain values: the attributes, ``guests``, ``suspects``, ``hosts``, ``disks``, ``notes``."""
        return {
            "steal": self.steal,
            "min_delay": self.min_delay,
            "guests": listing.records(self._frame),
            "suspects": listing.records(self._suspects),
            "hosts": listing.records(self._hosts),
            "disks": listing.records(self._disks),
            "notes": list(self.notes),
        }

    def chart(self, *, interactive: bool = False) -> Chart:
        """Draw the steal of the guests that waited most, with their first suspect (extra ``[plot]``).

        Parameters
        ----------
        interactive
            With tooltips, which need no script and stay in an exported page.
        """
        from virtsdk.display import sharing_charts

        little = (self._frame["steal"] >= self.steal) & ~self._frame["victim"].fillna(False).astype(bool)
        return sharing_charts.victims(  # a guest that asks for next to nothing would have the longest bar
            self._frame[~little], "Guests that waited for a CPU, and who used it", interactive=interactive
        )

    def _victims(self) -> list[dict[str, Any]]:
        return [row for row in listing.records(self._frame) if row["victim"]]

    def _headline(self) -> str:
        victims, number = self._victims(), len(self._frame)
        if not victims:
            if self._frame["steal"].isna().all():
                return f"delays of {count(number, 'guest')} are not known"
            return (
                f"none of {count(number, 'guest')} waited for {percent(self.steal)} or more of the CPU time "
                "that it asked for"
            )
        said: list[str] = []
        for row in victims[:2]:
            who = f"{shorten(row['name'], 30)} {percent(row['steal'])} of what it asked for"
            said.append(who + (f", with {shorten(str(_suspect(row)), 30)}" if row["suspect"] else ""))
        more = f", and {len(victims) - 2} more" if len(victims) > 2 else ""
        return f"{len(victims)} of {count(number, 'guest')} waited for CPUs: {'; '.join(said)}{more}"

    def _rows(self) -> list[list[object]]:
        return [
            [
                row["name"], row["host"], percent(row["steal"]), percent(row["steal_p95"]), _suspect(row),
                None if row["correlation"] is None else f"{row['correlation']:.2f}",
                None if row["lag_seconds"] is None else _lag(row["lag_seconds"]),
                None if row["swap_in_bytes_per_second"] is None
                else f"{size(round(row['swap_in_bytes_per_second']))}/s",
            ]
            for row in self._victims()
        ]  # fmt: skip

    def _lines(self) -> list[str]:
        lines: list[str] = []
        swapping = int(self._hosts["swapping"].sum()) if len(self._hosts) else 0
        if swapping:
            lines.append(f"{count(swapping, 'guest')} read back from swap")
        if "memory_free_share" in self._hosts:
            known = self._hosts.dropna(subset=["memory_free_share"])
            if len(known):
                worst = listing.records(known.sort_values("memory_free_share").head(1))[0]
                lines.append(
                    f"least memory free: {percent(worst['memory_free_share'])} of {worst['host']} "
                    f"({size(worst['memory_free_bytes'])}), caches counted as free"
                )
        slow = [row for row in listing.records(self._disks) if row["outlier"]]
        lines += [
            f"slow disk: {row['disk']} of {row['name']}, {figure(1000 * row['latency_p95_seconds'])} ms, "
            f"{figure(row['times'], 2)} times what disks of {row['storage_pool_name']} mostly take"
            for row in slow[:3]
        ]
        if len(slow) > 3:
            lines.append(f"and {len(slow) - 3} more slow disks")
        return lines

    def __repr__(self) -> str:
        rows = self._rows()
        table = [columns(_HEADER, rows)] if rows else []
        head = f"<ContentionReport {self._headline()}>"
        return "\n".join([head, *table, *self._lines(), *self.notes])

    def _repr_html_(self) -> str:
        rows = self._rows()
        return html.view(
            html.heading("Contention", self._headline()),
            *([html.table(_HEADER, rows)] if rows else []),
            *(html.paragraph(line) for line in (*self._lines(), *self.notes)),
            title="contention",
        )


_HEADER = [
    "guest",
    "host",
    "steal, of what it asked for",
    "P95",
    "who used its CPUs",
    "correlation",
    "lag",
    "swap-in",
]


def _lag(seconds: float) -> str:
    return f"{'-' if seconds < 0 else ''}{duration(abs(seconds) * 1e6)}"


def _suspect(row: dict[str, Any]) -> str | None:
    return "its own vCPUs" if row["suspect"] == row["domain"] else row["suspect_name"]
