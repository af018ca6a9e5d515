"""Changes of a recording's figures: rates and usage, made of its samples when they are asked for."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING, Any, Literal, overload

import pandas as pd

from virtsdk.history.answers.holdings import Holdings
from virtsdk.history.reading.apart import Over, apart
from virtsdk.history.reading.arguments import Names, Time, length_of
from virtsdk.history.reading.lazily import Lazily, LazyRates
from virtsdk.history.reading.query import select
from virtsdk.history.reading.replay import node_rates_of, rates_of
from virtsdk.stats.change.bins import zone_of
from virtsdk.stats.change.node_rates import NodeRates
from virtsdk.stats.change.rates import Rates
from virtsdk.stats.change.spacing import Interval

if TYPE_CHECKING:
    from virtsdk.fleet.dask import Workers


class Changes(Holdings):
    """What happened between samples; the class that people use is `Recording`."""

    @overload
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
        client: Workers | Literal["local"] | None = None,
        lazy: Literal[False] = False,
    ) -> Rates: ...
    @overload
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
        client: Workers | Literal["local"] | None = None,
        lazy: Literal[True],
    ) -> LazyRates: ...
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
        client: Workers | Literal["local"] | None = None,
        lazy: bool = False,
    ) -> Rates | LazyRates:
        """Turn counters into rates per second; the same as `virtsdk.stats.rates` of the samples.

        Each frame is worked out when it is first read, some domains at a time: only the result is held.

        Parameters
        ----------
        start, end, hosts, domains
            As for `frames`.
        interval
            How far apart samples are meant to be; the median distance of each host's samples, for each
            stretch that was recorded at one interval, where it is left out.
        every
            Average over longer intervals at once (see `Rates.resample`), so that a long recording gives a
            frame that fits into memory.
        tz
            The zone of `start` and `end` where they name none, and by whose clocks the longer intervals
            begin: days at midnight, weeks on Mondays.
        client
            As for `usage`; each frame is worked out by the workers when it is first read.
        lazy
            As for `usage`: `LazyRates`, whose frames are Dask's.

        Returns
        -------
        Rates or LazyRates
            ``time`` is the end of an interval between two samples, and with `every` the start of the longer
            one, as pandas labels bins.

        Raises
        ------
        ValueError
            There are less than two samples of a host, or there is no such host or domain.
        MissingDependency
            There is a client, or `lazy`, and Dask is not installed: ``pip install 'virtsdk[fleet]'``.
        """
        if lazy and client is not None:
            raise ValueError(
                "client must be left out with lazy=True: Dask computes the frame where you have it computed"
            )
        elsewhere = None if client is None else apart(self._over(client))
        lazily = self._lazily() if lazy else None
        zone, length = zone_of(tz), length_of(every)
        selection = select(self._reader, start, end, hosts, domains, pinned=True, zone=zone)
        if lazily is not None:
            return LazyRates(self._reader, selection, lazily, interval=interval, every=length, zone=zone)
        return rates_of(self._reader, selection, interval=interval, every=length, zone=zone, apart=elsewhere)

    def _over(self, client: object) -> Over:
        from virtsdk.fleet.dask import over

        return over(client)

    def _lazily(self) -> Lazily:
        from virtsdk.fleet.dask import lazily

        return lazily()

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
            One row per host (or CPU) and interval; percentages, and figures per second.
        """
        selection = select(self._reader, start, end, hosts, None, zone=zone_of(tz))
        return node_rates_of(self._reader, selection, interval=interval)

    @overload
    def usage(
        self,
        every: pd.Timedelta | str | None = "5min",
        *,
        start: Time | None = None,
        end: Time | None = None,
        hosts: Names | None = None,
        domains: Names | None = None,
        tz: str | tzinfo | None = None,
        client: Workers | Literal["local"] | None = None,
        lazy: Literal[False] = False,
    ) -> pd.DataFrame: ...
    @overload
    def usage(
        self,
        every: pd.Timedelta | str | None = "5min",
        *,
        start: Time | None = None,
        end: Time | None = None,
        hosts: Names | None = None,
        domains: Names | None = None,
        tz: str | tzinfo | None = None,
        client: Workers | Literal["local"] | None = None,
        lazy: Literal[True],
    ) -> Any: ...
    def usage(
        self,
        every: pd.Timedelta | str | None = "5min",
        *,
        start: Time | None = None,
        end: Time | None = None,
        hosts: Names | None = None,
        domains: Names | None = None,
        tz: str | tzinfo | None = None,
        client: Workers | Literal["local"] | None = None,
        lazy: bool = False,
    ) -> Any:
        """Give what the capacity functions take.

        Parameters
        ----------
        every
            The length of the intervals, a duration (``"5min"``, ``"1D"``, ``"1W"``); None for those of the
            samples. Where samples are not kept any more (``record(keep=)``) it is a multiple of 5 minutes;
            a shorter one is refused. At a length like theirs each interval has its row though samples come
            a little early or late, and where one was missed a row is missing: the next one stands for more
            ``seconds`` than an interval has. Below two thirds of it there are only as many rows as samples.
        start, end, hosts, domains
            As for `frames`.
        tz
            The zone of `start` and `end` where they name none, and by whose clocks the intervals begin: days
            at midnight (those on which the clocks are set have 23 or 25 hours), weeks on Mondays. None for
            UTC. ``time`` is UTC in any case: ``usage["time"].dt.tz_convert(tz)`` shows it by these clocks.
        client
            A ``distributed.Client`` (extra ``[fleet]``): its workers do the work, each of some hosts (of few
            hosts, of some guests), and the answer is the same to the last bit. All of them need virtsdk, and
            the directory under the same name. ``"local"`` for workers of this machine, which are started
            for this call and end with it: worth it from some million rows on; in a script of one's own, below
            ``if __name__ == "__main__":``, as they are processes. None for this process. Sums that are kept
            in place of samples (``record(keep=)``) are read by this process in any case.
        lazy
            Give a ``dask.dataframe.DataFrame`` (extra ``[fleet]``) and read nothing yet, for who goes on in
            Dask, with more than fits into memory. A part of it is the guests of some hosts; it is of the time
            of this call, and computed it is equal but for the index, which counts in each part.

        Returns
        -------
        pandas.DataFrame, or dask.dataframe.DataFrame with `lazy`
            One row per domain and interval: host, domain, name, time (UTC; its start, as pandas labels bins,
            its end with ``every=None``), vcpus, cpu_used_vcpus (the average), memory_bytes (what it may
            have), memory_used_bytes (inside the guest, at the end of the interval; missing where it does not
            report); net_rx_bytes_per_second, net_tx_bytes_per_second, disk_bytes_per_second,
            vcpu_delay_seconds_per_second and swap_in_bytes_per_second (see `Rates.usage`: over all of its
            parts, missing where one is not known), agent_seen (its guest agent was connected at a sample in
            the interval; missing in recordings of a virtsdk that did not keep it); seconds (that are
            covered), state, interrupted (``"off"`` where it was off in all of it).

        Raises
        ------
        ValueError
            As of `rates`.
        MissingDependency
            There is a client, or `lazy`, and Dask is not installed.
        RecordingError
            A worker does not see the recording.
        """
        if lazy:
            return self.rates(
                start=start, end=end, hosts=hosts, domains=domains, every=every, tz=tz, client=client,
                lazy=True,
            ).usage()  # fmt: skip
        rates = self.rates(
            start=start, end=end, hosts=hosts, domains=domains, every=every, tz=tz, client=client
        )
        return rates.usage()
