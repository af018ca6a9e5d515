"""The base of a `Recording`: which hosts and samples there are, if all is well, and how it shows itself."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from virtsdk.display import html
from virtsdk.display.text import columns as text_columns
from virtsdk.display.text import one_line, printable
from virtsdk.errors import VirtError
from virtsdk.history import files
from virtsdk.history.answers.check import check
from virtsdk.history.answers.tellings import Tellings
from virtsdk.history.answers.view import HEADER, summary
from virtsdk.history.columns import HOSTS, SAMPLES, recorded
from virtsdk.history.reading.arguments import stamp_of
from virtsdk.history.reading.frames import read_frame
from virtsdk.history.reading.query import presence
from virtsdk.history.reading.reader import Reader, Selection

if TYPE_CHECKING:
    from virtsdk.widgets.timeline import Timeline


class Holdings(Tellings):
    """Contents of a recording; the class that people use is `Recording`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._reader = Reader(directory)

    @property
    def hosts(self) -> pd.DataFrame:
        """One row per host, as it last described itself; what the capacity functions take.

        host, cpus, cores, sockets, threads, numa_cells, memory_bytes, model, mhz; uri, driver,
        libvirt_version, interval_seconds; ``time`` of that description (UTC); ``last`` (time of the last
        sample, UTC) and ``current`` (whether it is there still: `stats` shows it). A host that died, or goes
        by another name now, has no room: ``hosts[hosts["current"]]`` leaves it out.
        """
        rows = self._own(HOSTS)
        # a host that was down when its recorder was started again is as it was before
        last = rows.groupby("host", sort=True, as_index=False).last()
        seen, gone = presence(self._reader)
        last["last"] = pd.DatetimeIndex([seen.get(host) for host in last["host"]], tz="UTC").as_unit("us")
        last["current"] = pd.array([host in seen and host not in gone for host in last["host"]], "boolean")
        first = ["host", "cpus", "cores", "sockets", "threads", "numa_cells", "memory_bytes", "model", "mhz"]
        return last[[*first, *(name for name in last.columns if name not in first)]]

    @property
    def samples(self) -> pd.DataFrame:
        """One row per host and sample that was due, or a row for several that were left out together.

        host, time (UTC; when it was taken, or tried), taken (whether it was), missed (how many were not),
        domains (how many there were),
        node_time, storage_time (of the host's own figures, where those were read), seconds (how long it
        took), late_seconds (how long after it was due), error (what was not to be had, and why), clock,
        clock_seconds, node_clock_seconds (which clock that is never set was read at time and node_time, and
        what it said: the order of taking goes by it). Of samples that are not kept any more (``keep=``) there
        are those that were not taken, and few others.
        """
        return self._own(SAMPLES)

    @property
    def start(self) -> pd.Timestamp | None:
        """When the first sample was due (UTC); None before there is one."""
        self._reader.refresh()
        bounds = self._reader.bounds(SAMPLES)
        return None if bounds is None else stamp_of(bounds[0])

    @property
    def end(self) -> pd.Timestamp | None:
        """When the last sample was due (UTC); None before there is one."""
        self._reader.refresh()
        bounds = self._reader.bounds(SAMPLES)
        return None if bounds is None else stamp_of(bounds[1])

    @property
    def about(self) -> str | None:
        """What its makers say of it, for example that times were changed; None for one as it was recorded."""
        said = files.check(self.directory).get("about")
        return None if said is None else str(said)

    @property
    def interval(self) -> pd.Timedelta | None:
        """Interval at which the samples of a host are due, as the recorder was last told."""
        runs = self._own(HOSTS).dropna(subset=["interval_seconds"]).sort_values("time", kind="stable")
        return None if runs.empty else pd.Timedelta(runs["interval_seconds"].iloc[-1], unit="s")

    @property
    def size_bytes(self) -> int:
        """Bytes that it takes on the disk."""
        self._reader.refresh()
        listing = self._reader.listing
        return sum(
            path.stat().st_size for name in listing.frames for path in listing.paths(name) if path.exists()
        )

    def check(self) -> pd.DataFrame:
        """Read all of it and tell what is wrong; nothing is changed.

        Returns
        -------
        pandas.DataFrame
            One row per problem, none where all is well: ``file`` (in the directory), ``problem``
            (``"damaged"``, ``"missing"``, ``"unfinished"`` for what a recorder that was killed left,
            ``"clock"`` where samples are of times that are yet to come, or ``"hosts"`` where a recorder
            cannot read which hosts to record, and goes on with those before) and ``what`` (in words).

        Examples
        --------
        >>> import tempfile, virtsdk
        >>> directory = tempfile.mkdtemp()
        >>> with virtsdk.connect("test:///default") as host:
        ...     ended = virtsdk.record(host, directory, interval=0.1, duration=0.3).wait()
        >>> len(virtsdk.open_recording(directory).check())
        0
        """
        return check(self._reader)

    def view(self, domains: str | Iterable[str] | None = None) -> Timeline:
        """Show the figures over time (extra ``[widgets]``); libvirt is not needed.

        CPU, memory, disk, network and vCPU delay of guests, and CPU and memory of machines where those were
        recorded. Gaps and resets are drawn as such. A line is read when it is first shown, and thinned to
        the pixels that there are so that spikes stay.

        Parameters
        ----------
        domains
            Names or UUIDs of those that are overlaid first; None for the 8 that used the most CPU.

        Returns
        -------
        Timeline
            A widget that shows itself: ``.selected`` (a stretch of time), ``.frame()`` (what is seen),
            ``.show(...)``, ``.zoom(...)``, ``.forecast(...)``.

        Raises
        ------
        MissingDependency
            The extra is not installed; the message says what to install.
        RecordingError
            There are less than two samples.
        ValueError
            No such guest was recorded.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.example_recording().view(domains="db1") as view:
        ...     len(view.frame())
        360
        """
        from virtsdk.widgets.timeline import recording_view

        return recording_view(self, domains)

    def _own(self, name: str) -> pd.DataFrame:
        """Read what the recording says of itself, and warn where some of it is gone."""
        self._reader.refresh()
        self._reader.warn_of_gaps()
        return read_frame(self._reader, name, recorded()[name], Selection())

    # --- how it shows itself ------------------------------------------------------------

    def _about(self) -> str:
        try:
            return one_line(printable(self.about or ""))
        except VirtError:
            return ""

    def _summary(self) -> tuple[str, list[list[object]]]:
        taken = ["host", "time", "taken", "missed", "domains"]
        try:
            samples = read_frame(self._reader, SAMPLES, taken, Selection())
            dropped, gone = self._reader.dropped_until, presence(self._reader)[1]
            kept = None if dropped is None else stamp_of(dropped)
            return summary(samples, self.interval, self.size_bytes, gone, kept)
        except VirtError as error:  # what is shown never raises: deleted meanwhile, damaged
            return one_line(str(error)), []

    def __repr__(self) -> str:
        said, rows = self._summary()
        lines = [f"<Recording {printable(str(self.directory))}: {said}>"]
        if rows:
            lines.append(text_columns(HEADER, rows))
        if about := self._about():
            lines.append(about)
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        said, rows = self._summary()
        table = [html.table(HEADER, rows)] if rows else []
        if about := self._about():
            table.append(html.paragraph(about))
        name = self.directory.name
        return html.view(html.heading(name, said), *table, title=f"recording {name}")
