"""`Imported`: other people's history, which gives what a recording gives."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import pandas as pd

from virtsdk.display import html
from virtsdk.display.text import columns as text_columns
from virtsdk.display.text import count, one_line, printable
from virtsdk.history.answers.view import duration
from virtsdk.history.importers.filling import USED, used_of
from virtsdk.history.importers.given import rates_of_frames, rates_with
from virtsdk.history.importers.notes import Notes
from virtsdk.history.reading.arguments import Names, Time, length_of, microseconds_of, stamp_of, words
from virtsdk.stats.change.bins import zone_of
from virtsdk.stats.change.differences import NODE_RATED
from virtsdk.stats.change.node_rates import NodeRates
from virtsdk.stats.change.rates import Rates
from virtsdk.stats.change.series import microseconds
from virtsdk.stats.change.spacing import Interval, distances
from virtsdk.stats.samples.convert import missing
from virtsdk.stats.samples.plain import clock

if TYPE_CHECKING:
    from virtsdk.history.recording import Recording

HEADER = ("host", "domains", "samples", "from", "to")


class Imported:
    """Figures of hosts over time that others collected; made by the ``import_...`` functions.

    It gives the frames that a `Recording` gives, worked out by the same arithmetic, and takes the same
    arguments; the capacity functions take its `usage`.

    Attributes
    ----------
    source
        Where it is from, in words.
    """

    def __init__(self, frames: Mapping[str, pd.DataFrame], notes: Notes, source: str) -> None:
        self._frames = dict(frames)
        self._trust = notes.trust
        self._left_out = notes.left_out
        self.source = source

    # --- what there is ------------------------------------------------------------

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """Frames of all samples by name, in the catalogue's columns and units; what is a rate already too."""
        return {name: frame.copy(deep=False) for name, frame in self._frames.items()}

    @property
    def trust(self) -> pd.DataFrame:
        """One row per thing that could not be filled, was rounded, or was read otherwise than it stands.

        host, domain, name, frame, part, column, reason; all text, as of `Stats.trust`. What is missing in a
        row is meant of all. ``frame`` is ``"usage"`` for what stays missing in `usage`.
        """
        return self._trust.copy(deep=False)

    @property
    def left_out(self) -> pd.DataFrame:
        """One row per metric or column of the source that was not taken: metric, series, samples, reason."""
        return self._left_out.copy(deep=False)

    @property
    def hosts(self) -> pd.DataFrame:
        """One row per host: host, cpus, memory_bytes, as far as the source tells them.

        ``cpus`` is the number of CPUs that have figures, ``memory_bytes`` what the host's kernel manages
        (MemTotal): less than is built in.
        """
        names = sorted({str(one) for frame in self._frames.values() for one in frame["host"].unique()})
        found = pd.DataFrame({"host": pd.array(names, dtype="str")})
        found["cpus"] = self._by_host("node.cpus", "cpu", "nunique", names)
        found["memory_bytes"] = self._by_host("node.memory", "memory_bytes", "max", names)
        return found

    def _by_host(self, name: str, column: str, how: str, names: list[str]) -> Any:
        frame = self._frames.get(name)
        if frame is None or column not in frame:
            return missing("Int64", len(names))
        found: Any = frame.groupby("host")[column].agg(how)
        return found.reindex(names).astype("Float64").astype("Int64").array

    @property
    def start(self) -> pd.Timestamp | None:
        """The first sample (UTC); None where there is none."""
        found = [frame["time"].min() for frame in self._frames.values() if len(frame)]
        return min(found, default=None)

    @property
    def end(self) -> pd.Timestamp | None:
        """The last sample (UTC); None where there is none."""
        found = [frame["time"].max() for frame in self._frames.values() if len(frame)]
        return max(found, default=None)

    @property
    def interval(self) -> pd.Timedelta | None:
        """How far apart samples of a host are, the median; None where that does not show."""
        apart = [float(pd.Series(one).median()) for one in distances(self._main()).values()]
        return pd.Timedelta(float(pd.Series(apart).median()), unit="s") if apart else None

    def _main(self) -> pd.DataFrame:
        return self._frames.get("domains", max(self._frames.values(), key=len, default=pd.DataFrame()))

    # --- what happened ------------------------------------------------------------

    def rates(
        self,
        *,
        start: Time | None = None,
        end: Time | None = None,
        hosts: Names | None = None,
        domains: Names | None = None,
        interval: Interval | None = None,
        every: pd.Timedelta | str | None = None,
        tz: str | tzinfo | None = None,
    ) -> Rates:
        """Turn counters into rates per second, as `Recording.rates` does; what is a rate stays.

        Parameters
        ----------
        start, end, hosts, domains, interval, every, tz
            As of `Recording.rates`. Where a source has rates, `interval` is what a row after a pause is of.

        Returns
        -------
        Rates
            One row per domain (vCPU, disk, nic) and interval.

        Raises
        ------
        ValueError
            There is no such host or domain, no domain at all, or there are less than two samples.
        """
        frames = self._chosen(start, end, hosts, domains, tz)
        if "domains" not in frames:
            raise ValueError(
                f"{self.source} has no figures of domains; there are {', '.join(frames) or 'none'}"
            )
        own = frames["domains"]
        if USED not in own:
            frames["domains"] = own.assign(**{USED: used_of(own)})
        last = None if self.end is None else microseconds_of(self.end)
        since = microseconds_of(start, what="start", zone=zone_of(tz), end=last)
        found = rates_with(frames, interval, since)
        length = length_of(every)
        return found if length is None else found.resample(length, tz=tz)

    def node_rates(
        self,
        *,
        start: Time | None = None,
        end: Time | None = None,
        hosts: Names | None = None,
        interval: Interval | None = None,
        tz: str | tzinfo | None = None,
    ) -> NodeRates:
        """Turn the machines' own counters into rates per second; parameters as for `rates`.

        Parameters
        ----------
        start, end, hosts, interval, tz
            As of `rates`.

        Returns
        -------
        NodeRates
            One row per host (or CPU) and interval.

        Raises
        ------
        ValueError
            There are no figures of hosts, or less than two samples of them.
        """
        chosen = self._chosen(start, end, hosts, None, tz)
        frames = {name: chosen[name] for name in NODE_RATED if name in chosen}
        if not frames:
            raise ValueError(f"{self.source} has no figures of the hosts themselves")
        return NodeRates(rates_of_frames(frames, interval, node=True))

    def usage(
        self,
        every: pd.Timedelta | str | None = "5min",
        *,
        start: Time | None = None,
        end: Time | None = None,
        hosts: Names | None = None,
        domains: Names | None = None,
        tz: str | tzinfo | None = None,
    ) -> pd.DataFrame:
        """Give what the capacity functions take: the frame of `Recording.usage`.

        Parameters
        ----------
        every, start, end, hosts, domains, tz
            As of `Recording.usage`.

        Returns
        -------
        pandas.DataFrame
            One row per domain and interval, with the columns, units and dtypes of `Recording.usage`; what the
            source does not have is missing, and named in `trust`.

        Raises
        ------
        ValueError
            As of `rates`.
        """
        return self.rates(start=start, end=end, hosts=hosts, domains=domains, every=every, tz=tz).usage()

    def save(self, directory: str | os.PathLike[str], *, mode: int = 0o600) -> Recording:
        """Write it as a recording, which `open_recording` reads.

        Parameters
        ----------
        directory
            An empty one, or one to be made.
        mode
            The rights of new files.

        Returns
        -------
        Recording
            Its `about` says where it is from. Rates that the source has become counters that grow by them, so
            that their differences are the rates again.

        Raises
        ------
        RecordingError
            The directory holds something, or cannot be written.
        """
        from virtsdk.history.importers.keeping import keep

        return keep(self, directory, mode)

    def _chosen(
        self, start: Time | None, end: Time | None, hosts: Names | None, domains: Names | None, tz: Any
    ) -> dict[str, pd.DataFrame]:
        """Return the rows that are asked for."""
        zone = zone_of(tz)
        last = None if self.end is None else microseconds_of(self.end)
        first = microseconds_of(start, what="start", zone=zone, end=last)
        until = microseconds_of(end, what="end", zone=zone, end=last)
        if first is not None and until is not None and first > until:
            raise ValueError(f"start must be before end, not {start!r} where end is {end!r}")
        machines, guests = words("hosts", hosts), words("domains", domains)
        self._known("host", machines, "host")
        self._known("domain", guests, "domain", "name")
        found: dict[str, pd.DataFrame] = {}
        for name, frame in self._frames.items():
            if first is not None:
                frame = frame[frame["time"] >= stamp_of(first)]
            if until is not None:
                frame = frame[frame["time"] < stamp_of(until)]
            if machines is not None:
                frame = frame[frame["host"].isin(list(machines))]
            if guests is not None and "domain" in frame:
                frame = frame[frame["domain"].isin(list(guests)) | frame["name"].isin(list(guests))]
            found[name] = frame
        return found

    def _known(self, what: str, chosen: frozenset[str] | None, *columns: str) -> None:
        left = set(chosen or ())
        for frame in self._frames.values():
            for column in columns:
                if left and column in frame:
                    left -= set(frame[column].unique().tolist())
        if left:
            raise ValueError(f"no {what} {min(left)!r} was imported")

    # --- how it shows itself ------------------------------------------------------------

    def _summary(self) -> tuple[str, list[list[object]]]:
        main = self._main()
        if not len(main):
            return f"nothing was taken from {self.source}", []
        rows: list[list[object]] = []
        guests = main["domain"].nunique() if "domain" in main else 0
        for host, own in main.groupby("host", sort=True):
            number = own["domain"].nunique() if "domain" in own else None
            times = own["time"]
            rows.append([host, number, times.nunique(), clock(times.min()), clock(times.max())])
        span = (int(microseconds(main).max()) - int(microseconds(main).min())) / 1e6
        said = [count(len(rows), "host"), count(guests, "domain"), duration(pd.Timedelta(span, unit="s"))]
        remarks = len(self._trust)
        if remarks:
            said.append(f"{count(remarks, 'remark')} in .trust")
        if len(self._left_out):
            said.append(f"{count(len(self._left_out), 'metric')} in .left_out")
        return ", ".join(said), rows

    def __repr__(self) -> str:
        said, rows = self._summary()
        head = f"<Imported {printable(one_line(self.source))}: {said}>"
        return "\n".join([head, text_columns(list(HEADER), rows)] if rows else [head])

    def _repr_html_(self) -> str:
        said, rows = self._summary()
        table = [html.table(list(HEADER), rows)] if rows else []
        return html.view(html.heading(one_line(self.source), said), *table, title="imported history")
