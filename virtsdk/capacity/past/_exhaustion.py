"""`exhaustion`: when a level that grows reaches its limit, with an interval."""

from __future__ import annotations

from dataclasses import replace
from numbers import Real
from typing import Final

import numpy as np
import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.past._forecast import percentage
from virtsdk.capacity.past.ahead.coarse import Coarse, coarse
from virtsdk.capacity.past.ahead.grid import DAY, Floats, Grid, duration, on_grid, stamps
from virtsdk.capacity.past.ahead.growth import Growth, growth, half_slopes
from virtsdk.capacity.past.ahead.paths import crossings
from virtsdk.capacity.past.exhaustion_report import ExhaustionReport
from virtsdk.capacity.past.forecast_report import writer
from virtsdk.display.text import count

_REACH: Final = 6  # times the series that paths are followed
_MOST: Final = 20
_FEW: Final = 4  # blocks


def exhaustion(
    series: pd.Series, limit: float, level: float = 90, horizon: int | None = None
) -> ExhaustionReport:
    """Tell when a level that grows, as of a disk or a pool, reaches its limit, with an interval.

    The growth seen is drawn again and again: blocks of a week (of a day, where hours are all there is), a
    drift as uncertain as the series leaves it, and steps and clean-ups as often and as large as they came. A
    level that keeps coming back stays where it is: how much of its noise lasts is weighed by likelihood, a
    peak of up to three steps passes, and where clean-ups undo the growth between them, whole cycles go on.

    Parameters
    ----------
    series
        Numbers indexed by time (with a zone); gaps may be NaN or left out. At least 3 values; from two weeks
        on the highest of each day is taken, from two days on that of each hour. Values that are NaN at the
        end are left off.
    limit
        The level that is waited for from below, in units of the series. For what falls towards a limit,
        such as free space, give both with the sign turned: ``exhaustion(-free, -reserve)``.
    level
        Percent of the interval, at least 1 and below 100.
    horizon
        Steps of the series that ``.probability`` is about; twice the series where left out, 20 times at most.

    Returns
    -------
    ExhaustionReport
        ``.lo``, ``.median``, ``.hi`` (NaT: not within ``.followed`` steps, six times the series, or the
        horizon where that is longer), ``.probability``; ``.frame()`` has the way there, ``.events`` the steps
        and clean-ups.

    Raises
    ------
    TypeError
        `series` is no Series of numbers, its index no times, or another argument no number.
    ValueError
        Times without a zone, missing or doubled, infinite values, fewer than 3 values, a `limit` that is not
        finite, a `level` that is no percentage, a `horizon` below 1 or too long.

    Notes
    -----
    It draws with a fixed seed: the same series gives the same answer. What never came in the series is not
    foreseen, nor is a trend that changes: where the slopes of the two halves differ, the report says so.
    Block bootstrap: Künsch, Annals of Statistics 17 (1989); the parts of the growth:
    ``virtsdk.capacity.past.ahead.growth``.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from virtsdk import capacity
    >>> times = pd.date_range("2026-01-01", periods=60, freq="1D", tz="UTC", name="time")
    >>> used = pd.Series(500 + 2.0 * np.arange(60), index=times)
    >>> capacity.exhaustion(used, 700).median
    Timestamp('2026-04-11 00:00:00+0000', tz='UTC')
    >>> capacity.exhaustion(-used, 700).probability
    0.0
    """
    percent = percentage(level)
    wanted = _limit(limit)
    grid = _known(on_grid(series))
    steps = 2 * len(grid.values) if horizon is None else checks.counter(horizon, "horizon", 1)
    if steps > _MOST * len(grid.values):
        raise ValueError(
            f"horizon must be at most {_MOST} times the series, {_MOST * len(grid.values)} steps, not {steps}"
        )
    thin = coarse(grid)
    grown = growth(thin.values, thin.block)
    tail = (100 - percent) / 200
    shown = -(-steps // thin.unit)
    reach = max(_REACH * len(thin.values), shown)
    found = crossings(grown, wanted, reach, shown, np.array([tail, 0.5, 1 - tail]))
    since = _since(grid, wanted)
    already = since is not None
    times = np.zeros(len(found.times)) if already else found.times
    lo, middle, hi = (_quantile(times, one) for one in (tail, 0.5, 1 - tail))
    if thin.unit > 1:  # when within a day is not told
        lo, hi = np.floor(lo), np.ceil(hi)
    ahead = np.arange(1, shown + 1)
    fan = np.maximum(found.fan, 0) if np.nanmin(grid.values) >= 0 else found.fan
    frame = pd.DataFrame(
        {
            "mean": fan[1],
            "lo": fan[0],
            "hi": fan[2],
            "probability": np.searchsorted(np.sort(times), ahead, side="right") / len(times),
        },
        index=stamps(grid.end + grid.step * thin.unit * ahead.astype(np.int64)),
    )
    events = _events(grid, thin, grown.jumps)
    return ExhaustionReport(
        limit=wanted,
        level=percent,
        horizon=steps,
        lo=_time(grid, thin, lo),
        median=_time(grid, thin, middle),
        hi=_time(grid, thin, hi),
        followed=reach * thin.unit,
        probability=float(np.mean(times * thin.unit <= steps)),
        already=already,
        per_day=grown.per_step * DAY / (grid.step * thin.unit),
        notes=(*grid.notes, *_notes(grid, thin, grown, since, wanted)),
        _frame=frame,
        _events=events,
        _grid=grid,
    )


def _limit(limit: object) -> float:
    if isinstance(limit, bool) or not isinstance(limit, Real):
        raise TypeError(f"limit must be a number, not {limit!r}")
    if not np.isfinite(float(limit)):
        raise ValueError(f"limit must be a finite number, not {limit!r}")
    return float(limit)


def _known(grid: Grid) -> Grid:
    """End a grid with its last known value: what is not known yet is no standstill."""
    last = int(np.flatnonzero(~np.isnan(grid.values))[-1])
    left = len(grid.values) - 1 - last
    if not left:
        return grid
    end = grid.end - left * grid.step
    told = (
        f"its last {count(left, 'time')} {'has' if left == 1 else 'have'} no value; it is taken up to "
        f"{stamps(np.array([end], np.int64))[0]:%Y-%m-%d %H:%M} UTC, and time is counted from there"
    )
    return replace(grid, values=grid.values[: last + 1], end=end, notes=(*grid.notes, told))


def _since(grid: Grid, limit: float) -> int | None:
    """Return since when the series has been at its limit, where it is there now."""
    known = np.flatnonzero(~np.isnan(grid.values))
    below = np.flatnonzero(grid.values[known] < limit)
    if len(below) and below[-1] == len(known) - 1:
        return None
    first = known[below[-1] + 1] if len(below) else known[0]
    return int(grid.times[first])


def _quantile(times: Floats, level: float) -> float:
    ordered = np.sort(times)
    return float(ordered[min(int(np.ceil(level * len(ordered))) - 1, len(ordered) - 1)])


def _time(grid: Grid, thin: Coarse, steps: float) -> pd.Timestamp:
    """Return the first time of the series at which the limit is met; NaT for never."""
    if not np.isfinite(steps):
        return pd.NaT  # pyright: ignore[reportReturnType]
    whole = int(np.ceil(steps * thin.unit - 1e-9))
    return stamps(np.array([grid.end + whole * grid.step], np.int64))[0]


def _events(grid: Grid, thin: Coarse, jumps: Floats) -> pd.DataFrame:
    place = np.flatnonzero(jumps)
    back = (len(jumps) - 1 - place).astype(np.int64)
    kinds = np.where(jumps[place] > 0, "step", "clean-up")
    return pd.DataFrame(
        {
            "time": stamps(grid.end - grid.step * thin.unit * back),
            "kind": pd.array(kinds.tolist(), dtype="str"),
            "change": jumps[place],
        }
    )


def _notes(grid: Grid, thin: Coarse, grown: Growth, since: int | None, limit: float) -> list[str]:
    write, notes, jumps = writer(grid.name), list[str](), grown.jumps
    unit = grid.step * thin.unit
    passed = int(np.count_nonzero(grown.peaks))
    if passed:
        largest = float(grown.peaks[np.abs(grown.peaks).argmax()])
        notes.append(f"{count(passed, 'value')} off by up to {write(largest)} passed; such may come again")
    if since is not None:
        notes.append(
            f"it has been at the limit since {stamps(np.array([since], np.int64))[0]:%Y-%m-%d %H:%M} UTC"
        )
        if grown.per_step < 0 and since == int(grid.times[0]):
            notes.append(
                "it falls: for what falls to a limit, give the series and the limit with the sign turned"
            )
    elif len(over := grid.times[grid.values >= limit]):
        notes.append(f"it was at the limit before, last on {stamps(over[-1:])[0]:%Y-%m-%d %H:%M} UTC")
    for sign, one, many in ((1, "step", "steps"), (-1, "clean-up", "clean-ups")):
        found = jumps[jumps * sign > 0]
        if len(found):
            ahead = "they are expected to go on as often"
            if sign < 0 and grown.cycles is not None:
                ahead = "they undo what it grows in between, and are expected to go on so"
            notes.append(
                f"{count(len(found), one, many)} of {write(float(found.mean()))} on average; {ahead}"
            )
    first, second, differ = half_slopes(thin.values - grown.peaks, jumps, thin.block)
    if differ and grown.cycles is None:
        day = DAY / unit
        notes.append(
            f"the trend changed: {write(first * day)} a day in the first half, {write(second * day)} in the "
            "second; the interval takes them as one and may be too narrow"
        )
    blocks = (len(thin.values) - 1) / thin.block
    if not np.ptp(thin.values):
        notes.append("the series did not change")
    elif blocks < _FEW:
        notes.append(
            f"{duration((len(thin.values) - 1) * unit)} are little to tell a trend from: fewer than {_FEW} "
            f"blocks of {duration(thin.block * unit)}"
        )
    return notes
