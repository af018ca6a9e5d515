"""Forecasts of real utilisation and of made-up growth: coverage, scores beside simpler ones, seconds."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from tests.benchmarks.figures import report
from tests.unit.capacity import traces
from virtsdk import capacity
from virtsdk.capacity.past.ahead import rivals

TAIL = 0.05
MANY = 1000


def main() -> None:
    """Print coverage, scores beside simpler forecasts, and seconds for 1,000 series."""
    if traces.TRACES.is_dir():
        planetlab = [pair for one in traces.planetlab(200) for pair in traces.cut(one, 240, 48, 1)]
        _utilisation("PlanetLab, 5 min, 240 to 48", planetlab, 240)
        hourly = [pair for one in traces.bitbrains() for pair in traces.cut(one, 336, 72, 5)]
        _utilisation("Bitbrains, hourly, 14 d to 3 d", hourly, 24)
    else:
        print(f"  no traces at {traces.TRACES}: nothing is measured on real utilisation")
    _growth()
    _bounded()
    _speed()


def _utilisation(name: str, pairs: list[tuple[pd.Series, pd.Series]], season: int) -> None:
    rows: dict[str, list[tuple[float, float, float]]] = {}
    for past, came in pairs:
        known, there = past.to_numpy(np.float64), came.notna().to_numpy()
        start = int(np.argmax(~np.isnan(known)))
        found = capacity.forecast(past, len(came)).frame()
        ends = {
            "pool": tuple(found[one].to_numpy() for one in ("mean", "lo", "hi")),
            "all": rivals.history(known, len(came), TAIL),
            "last 96": rivals.history(known, len(came), TAIL, 96),
            "seasonal": rivals.seasonal(known[start:], len(came), TAIL, min(season, len(known) // 2)),
        }
        scale = float(np.abs(np.diff(known[~np.isnan(known)])).mean()) or np.nan
        for key, one in ends.items():
            rows.setdefault(key, []).append(_judged(came.to_numpy()[there], [e[there] for e in one], scale))
    means = {key: np.nanmean(one, axis=0) for key, one in rows.items()}
    median = {key: float(np.nanmedian([row[2] for row in one])) for key, one in rows.items()}
    covered, score = 100 * means["pool"][0], means["pool"][1]
    print(f"  {name}: {len(pairs)} forecasts")
    report("interval of 90 %: off its middle, 90", abs(covered - 90), "points", bar=5)
    report("coverage", covered, "%")
    report('coverage of "last 96"', 100 * means["last 96"][0], "%")
    better = min(means["all"][1], means["last 96"][1])
    report("interval score / better of two quantile forecasts", score / better, "x", bar=1.03)
    report('interval score / "last 96"', score / means["last 96"][1], "x", bar=0.95)
    report("interval score / seasonal naive", score / means["seasonal"][1], "x", bar=1)
    report(
        "median MASE / better one's", median["pool"] / min(median["all"], median["last 96"]), "x", bar=1.05
    )


def _judged(came: np.ndarray, ends: list[np.ndarray], scale: float) -> tuple[float, float, float]:
    middle, lo, hi = ends
    within = (came >= lo - 1e-9) & (came <= hi + 1e-9)
    outside = np.maximum(lo - came, 0) + np.maximum(came - hi, 0)
    return within.mean(), (hi - lo + outside / TAIL).mean(), np.abs(came - middle).mean() / scale


def _growth() -> None:
    shares: list[float] = []
    stepped: list[tuple[float, float]] = []
    for kind in traces.KINDS:
        held, ours, line = [], [], []
        for known in (60, 120):
            for series, limit, reached in traces.growth_cases(kind, 30, known):
                found = capacity.exhaustion(series, limit)
                lo, middle, hi = (_days(one, series) for one in (found.lo, found.median, found.hi))
                held.append(lo <= reached <= hi)
                far = 5 * known
                ours.append(abs(min(middle, far) - min(reached, far)))
                line.append(abs(min(_line(series, limit), far) - min(reached, far)))
        shares.append(float(np.mean(held)))
        report(f"exhaustion, {kind}: missed by the 90 % interval", 100 * (1 - shares[-1]), "%", bar=20)
        report(f"exhaustion, {kind}: mean error / straight line", np.mean(ours) / np.mean(line), "x")
        if kind in ("steps", "big steps", "mixed", "clean-ups"):
            stepped += zip(ours, line, strict=True)
    error, straight = np.median(stepped, axis=0)
    report("exhaustion, all with steps: median error / straight line", error / straight, "x", bar=1)
    report("exhaustion: off the middle of 85 to 97 % held", abs(100 * np.mean(shares) - 91), "points", bar=6)


def _bounded() -> None:
    """Levels that never come to their limit: how likely it is told to be, on average."""
    chance = np.random.default_rng(0)
    days = np.arange(120)
    kinds = {
        "emptied every 14 days": lambda: 500 + 10 * ((days + chance.integers(14)) % 14),
        "emptied every 30 days": lambda: 500 + 4.5 * ((days + chance.integers(30)) % 30),
        "noise": lambda: 500 + 10 * chance.standard_normal(120),
        "one peak": lambda: 500 + 190.0 * (days == chance.integers(10, 110)),
    }
    for kind, made in kinds.items():
        limit = 600 if kind == "noise" else 700
        times = pd.date_range("2026-01-01", periods=120, freq="1D", tz="UTC")
        told = [capacity.exhaustion(pd.Series(made(), index=times), limit).probability for _ in range(20)]
        report(f"exhaustion, bounded, {kind}: told to come", 100 * np.mean(told), "%", bar=5)


def _days(time: pd.Timestamp, series: pd.Series) -> float:
    return np.inf if pd.isna(time) else (time - series.index[-1]) / traces.DAY


def _line(series: pd.Series, limit: float) -> float:
    slope, start = np.polyfit(np.arange(len(series)), series.to_numpy(), 1)
    return (limit - start) / slope - len(series) + 1 if slope > 0 else np.inf


def _speed() -> None:
    chance = np.random.default_rng(0)
    times = pd.date_range("2026-03-02", periods=336, freq="1h", tz="UTC")
    day = 2 + np.sin(2 * np.pi * times.hour / 24)
    many = [pd.Series(day * chance.gamma(4, 0.25, 336), index=times) for _ in range(MANY)]
    report(f"{MANY} forecasts, hourly, 14 d to 3 d", _seconds(capacity.forecast, many, 72), "s", bar=15)
    times = pd.date_range("2026-03-02", periods=4032, freq="5min", tz="UTC")
    long = [pd.Series(chance.gamma(4, 0.25, 4032), index=times) for _ in range(MANY // 10)]
    report(
        f"{MANY // 10} forecasts, 5 min, 14 d to 1 d", _seconds(capacity.forecast, long, 288), "s", bar=1.5
    )
    report("100 exhaustions, hourly, 14 d", _seconds(capacity.exhaustion, many[:100], 9), "s", bar=5)


def _seconds(function, many, argument) -> float:
    start = time.process_time()  # of this process: the rest of the machine does not count
    for one in many:
        function(one, argument)
    return time.process_time() - start


if __name__ == "__main__":
    main()
