"""`migration`: how long a live migration takes, how long the guest stands still, and whether it ends."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from virtsdk.capacity import checks
from virtsdk.display import html
from virtsdk.display.text import begun, columns, count, size

if TYPE_CHECKING:
    from virtsdk.display.chart_style import Chart

START_SECONDS: Final = 0.5
"""Start-up cost: connections and the destination's process, before memory is sent.

Measured: 15 migrations between two hosts of libvirt 9.0 and QEMU 7.2 on one machine, over a Unix socket, at
8 to 64 MiB/s. What libvirt said that they took, less what was sent over the limit, was 0.34 to 1.7 s, 0.5 in
the middle; 0.8 where the machine had four times as much to do as it has cores. The call returned 0.3 s later.
"""
PAGE, HEADER = 4096, 8
"""Bytes of a page, and of the header that QEMU sends with it (measured: 4104.0 a page sent)."""
_SLOWEST: Final = 2**16
"""Bytes per second below which a bandwidth is one in MiB, or in megabits, by mistake."""
MOST_ROUNDS: Final = 1000
"""Rounds after which it counts as not converging."""
_THROTTLES: Final = (*range(20, 100, 10), 99)


def migration(
    memory_bytes: float,
    dirty_bytes_per_second: float,
    bandwidth: float,
    max_downtime: float = 0.3,
    *,
    working_set_bytes: float | None = None,
) -> MigrationReport:
    """Tell how long a pre-copy live migration takes, and whether it converges.

    Memory is sent while the guest runs, then what it wrote meanwhile, and so on, round by round. When what is
    left can be sent within `max_downtime`, the guest is stopped and the rest is sent.

    Parameters
    ----------
    memory_bytes
        Resident memory of the guest, in bytes: pages that are all zeros cost next to nothing, so a guest that
        has touched half of its memory counts with half. Two figures of ``host.stats().domains`` have it
        between them: ``memory_bytes - memory_unused_bytes`` is what the guest holds now, without what it
        gave back and QEMU still sends; ``memory_rss_bytes`` (at most ``memory_bytes``) is all that it ever
        touched, with what QEMU has for itself.
    dirty_bytes_per_second
        Memory that it writes to, each page counted once, in bytes per second: the ``bytes_per_second`` of
        ``guest.measure_dirty_rate()``. See the notes on how long to measure.
    bandwidth
        What the migration may send, in bytes per second.
    max_downtime
        How long the guest may stand still, in seconds; QEMU's default is 0.3.
    working_set_bytes
        The memory that it writes to at all; `memory_bytes` where left out. A guest that writes the same few
        pages all the time has a small one, and converges though its rate is high. Where a longer measurement
        finds no more ``changed_bytes`` than a short one, that is it.

    Returns
    -------
    MigrationReport
        ``converges``, ``rounds``, ``seconds``, ``downtime``; ``remedies`` where it does not converge;
        ``frame()``, a row a round.

    Raises
    ------
    ValueError
        A figure is negative or not finite, `max_downtime` is 0, or `bandwidth` is so low that it must be in
        another unit.
    TypeError
        Not a number.

    Notes
    -----
    The rule is that of QEMU's ``migration_iteration_run`` (``migration/migration.c``): go on while what is
    pending is above ``bandwidth x downtime-limit``. In a round of t seconds a guest makes
    ``min(working set, rate x t)`` bytes dirty. Each page of 4096 bytes is sent with a header of 8. Half a
    second is added for the start. A rate measured over one second (``virDomainStartDirtyRateCalc``) counts a
    page once, however often it is written in that second: it is too low for rounds that are shorter, and too
    high for longer ones unless `working_set_bytes` says where it ends. Sampled, it leaves out pages that were
    written with what they held already, which are sent again all the same.

    A longer measurement has a smaller error, but one that is longer than a guest takes to come back to the
    same pages has too low a rate. So measure twice, say over 1 and over 10 seconds: where both rates are the
    same within their error, take the longer one's; where it has less, take the shorter one's, with the
    longer one's ``changed_bytes`` as `working_set_bytes`. Near the bandwidth a small error decides: look at
    the rate with its error added, too.

    Against 16 migrations of lab guests (160 to 230 MiB, at 4 to 64 MiB/s, rates measured just before), the
    seconds said were between 0.80 and 1.07 times those taken, but for one of 0.72: it wrote at three quarters
    of the bandwidth, and was measured at a quarter too little. The tests hold 30 %. QEMU makes one or two
    short rounds more near the end. A host without CPU time to spare does not keep up even a low limit: at
    4 MiB/s it took 1.7 times as long.

    Not in the model: compression, several connections, and memory that the guest takes anew on the way. While
    the guest is stopped, QEMU does not keep to a limit of the bandwidth, so with a limit the real downtime is
    shorter than the one said.

    Examples
    --------
    >>> migration(8 * 2**30, 50 * 2**20, 500 * 2**20)
    <MigrationReport converges: 18.7 seconds, down for 0.16 seconds, after 2 rounds>
    round     sent  seconds      left
        1    8 GiB  16.4      821 MiB
        2  821 MiB  1.64     82.2 MiB
    >>> migration(8 * 2**30, 600 * 2**20, 500 * 2**20).converges
    False

    A guest that goes over the same 80 MiB at 48 MiB/s has a rate of 48 MiB/s over a second, and of 8 MiB/s
    over ten, which would say that it moves at 24 MiB/s:

    >>> migration(2**28, 8 * 2**20, 24 * 2**20).converges
    True
    >>> migration(2**28, 48 * 2**20, 24 * 2**20, working_set_bytes=80 * 2**20).converges
    False
    """
    memory = checks.scalar(memory_bytes, "memory_bytes")
    dirty = checks.scalar(dirty_bytes_per_second, "dirty_bytes_per_second")
    speed, downtime = _above(bandwidth, "bandwidth"), _above(max_downtime, "max_downtime")
    if speed < _SLOWEST:
        raise ValueError(f"bandwidth must be bytes per second, as MiB({speed:g}) is, not {speed:g}")
    written = memory if working_set_bytes is None else checks.scalar(working_set_bytes, "working_set_bytes")
    written = min(written, memory)
    net = speed * PAGE / (PAGE + HEADER)
    rounds, last = _rounds(memory, dirty, net, downtime, written)
    converges = last <= net * downtime
    spent = START_SECONDS + sum(row["seconds"] for row in rounds)
    return MigrationReport(
        memory_bytes=memory, dirty_bytes_per_second=dirty, bandwidth=speed, max_downtime=downtime,
        working_set_bytes=written, converges=converges, rounds=len(rounds) if converges else None,
        seconds=spent + last / net if converges else None, downtime=last / net if converges else None,
        sent_bytes=int(sum(row["sent_bytes"] for row in rounds) + last) if converges else None,
        post_copy_seconds=START_SECONDS + memory / net,
        needed_bandwidth=_needed_bandwidth(memory, dirty, downtime, written),
        needed_downtime=written / net,
        throttle=_throttle(memory, dirty, net, downtime, written),
        _rounds=tuple(rounds),
    )  # fmt: skip


def _above(value: object, name: str) -> float:
    found = checks.scalar(value, name)
    if found == 0:
        raise ValueError(f"{name} must be above 0, not {value!r}")
    return found


def _rounds(
    memory: float, dirty: float, net: float, downtime: float, written: float
) -> tuple[list[dict[str, Any]], float]:
    """The rounds until the rest fits into the downtime, and the rest; few rounds where it never does."""
    left = memory
    rounds: list[dict[str, Any]] = []
    while len(rounds) < MOST_ROUNDS:
        seconds = left / net
        after = min(written, dirty * seconds)
        rounds.append({"round": len(rounds) + 1, "sent_bytes": left, "seconds": seconds, "left_bytes": after})
        if after <= net * downtime:
            return rounds, after
        if after >= left and len(rounds) > 1:  # each round leaves as much as the one before, or more
            return rounds[:3], after
        left = after
    return rounds[:3], left


def _converges(memory: float, dirty: float, net: float, downtime: float, written: float) -> bool:
    return _rounds(memory, dirty, net, downtime, written)[1] <= net * downtime


def _needed_bandwidth(memory: float, dirty: float, downtime: float, written: float) -> float:
    """The least bandwidth at which it converges, to 1 part in a million, rounded up."""
    high = written / downtime  # then all that it writes fits into the downtime
    low = 0.0
    while high - low > 1e-6 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if _converges(memory, dirty, middle, downtime, written) else (middle, high)
    return high * (PAGE + HEADER) / PAGE


def _throttle(memory: float, dirty: float, net: float, downtime: float, written: float) -> int | None:
    """The least of QEMU's steps of auto-converge, in percent, with which it converges."""
    for step in (0, *_THROTTLES):
        if _converges(memory, dirty * (1 - step / 100), net, downtime, written):
            return step
    return None


@dataclass(frozen=True, repr=False)
class MigrationReport:
    """Answer of `migration`.

    Attributes
    ----------
    memory_bytes, dirty_bytes_per_second, bandwidth, max_downtime, working_set_bytes
        The question.
    converges
        What is left gets small enough for the downtime.
    rounds
        Passes over memory while the guest runs; None where it does not converge.
    seconds, downtime
        How long it takes in all, with half a second for the start, and how long the guest stands still; None
        where it does not converge.
    sent_bytes
        Memory sent, without headers; None where it does not converge.
    post_copy_seconds
        How long it takes with post-copy from the start: it always ends, each page is sent once.
    needed_bandwidth
        Bytes per second at which it just converges.
    needed_downtime
        Seconds of downtime with which it converges at this bandwidth, whatever the guest writes.
    throttle
        Percent by which auto-converge has to slow the guest (20, 30 ... 90, 99); 0 where it need not; None
        where no step is enough.
    """

    memory_bytes: float
    dirty_bytes_per_second: float
    bandwidth: float
    max_downtime: float
    working_set_bytes: float
    converges: bool
    rounds: int | None
    seconds: float | None
    downtime: float | None
    sent_bytes: int | None
    post_copy_seconds: float
    needed_bandwidth: float
    needed_downtime: float
    throttle: int | None
    _rounds: tuple[dict[str, Any], ...] = field(compare=False)

    @property
    def remedies(self) -> tuple[str, ...]:
        """Ways to make it converge, as sentences; none where it does."""
        if self.converges:
            return ()
        slow = (
            () if self.throttle is None else (f"auto-converge, which slows the guest by {self.throttle} %",)
        )
        return (
            f"post-copy: {self.post_copy_seconds:.1f} seconds, but a failure on the way loses the guest",
            *slow,
            f"a bandwidth of {size(self.needed_bandwidth)} a second at least",
            f"a downtime of {self.needed_downtime:.1f} seconds",
        )

    def frame(self) -> pd.DataFrame:
        """Give the rounds.

        Returns
        -------
        pandas.DataFrame
            One row per round: ``round``, ``sent_bytes``, ``seconds``, ``left_bytes`` (written meanwhile); the
            first three where it does not converge.
        """
        types = {"round": "Int64", "sent_bytes": "float64", "seconds": "float64", "left_bytes": "float64"}
        return pd.DataFrame(list(self._rounds), columns=list(types)).astype(types)

    def to_dict(self) -> dict[str, Any]:
        """Give plain values: the attributes, ``remedies``, and ``passes`` (one dict a round)."""
        plain = {key: value for key, value in asdict(self).items() if key != "_rounds"}
        return {**plain, "remedies": list(self.remedies), "passes": [dict(row) for row in self._rounds]}

    def chart(self, *, interactive: bool = False) -> Chart:
        """Draw how much each round sends (extra ``[plot]``).

        Parameters
        ----------
        interactive
            With tooltips, which need no script and stay in an exported page.
        """
        from virtsdk.display import room_charts

        return room_charts.rounds(self.frame(), begun(self._headline()), interactive=interactive)

    def _headline(self) -> str:
        if self.seconds is None or self.downtime is None or self.rounds is None:
            return (
                f"does not converge: {size(self.dirty_bytes_per_second)} are written a second, "
                f"{size(self.bandwidth)} sent"
            )
        return (
            f"converges: {self.seconds:.1f} seconds, down for {self.downtime:.2f} seconds, "
            f"after {count(self.rounds, 'round')}"
        )

    def _table(self) -> list[list[object]]:
        return [
            [row["round"], size(row["sent_bytes"]), f"{row['seconds']:.3g}", size(row["left_bytes"])]
            for row in self._rounds
        ]

    def __repr__(self) -> str:
        table = columns(["round", "sent", "seconds", "left"], self._table())
        help_by = [f"it would with {one}" for one in self.remedies]
        return "\n".join([f"<MigrationReport {self._headline()}>", table, *help_by])

    def _repr_html_(self) -> str:
        return html.view(
            html.heading("Migration", self._headline()),
            html.table(["round", "sent", "seconds", "left"], self._table()),
            *(html.paragraph(f"it would with {one}") for one in self.remedies),
            title="migration",
        )
