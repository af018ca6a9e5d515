"""Real utilisation of the traces beside the project, where they are at hand, and growth that is made up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

TRACES = Path(__file__).parents[4] / "shared" / "traces"  # input, and not part of the project
DAY = pd.Timedelta("1D")


def planetlab(count: int, seed: int = 0) -> list[pd.Series]:
    """CPU percent of guests over a day each, every 5 minutes: so many of each of three days."""
    rows = pd.read_parquet(TRACES / "planetlab-2011-03-03-06-09.parquet")
    chance, found = np.random.default_rng(seed), []
    for _, day in rows.groupby(rows["time"].dt.date):
        wide = day.pivot(index="time", columns="vm", values="cpu_percent").dropna(axis=1).astype("float64")
        found += [wide.iloc[:, one] for one in chance.choice(wide.shape[1], count, replace=False)]
    return found


def bitbrains(every: str = "1h") -> list[pd.Series]:
    """CPU use of guests over up to a month, in percent of what each may use; NaN in gaps."""
    rows = pd.read_parquet(TRACES / "bitbrains-50vm-2013.parquet")
    rows = rows[rows["cpu_capacity"] > 0]
    rows = rows.assign(value=100 * rows["cpu_usage"] / rows["cpu_capacity"])
    return [
        one.drop_duplicates("timestamp").set_index("timestamp")["value"].sort_index().resample(every).mean()
        for _, one in rows.groupby("id")
    ]


def cut(series: pd.Series, known: int, ahead: int, origins: int) -> list[tuple[pd.Series, pd.Series]]:
    """Cut a series into what is known and what came, at points spread over it; few gaps only."""
    room = len(series) - known - ahead
    if room < 0:
        return []
    found = []
    for at in sorted(set(np.linspace(0, room, origins).astype(int))):
        past, came = series.iloc[at : at + known], series.iloc[at + known : at + known + ahead]
        if past.isna().mean() < 0.1 and came.isna().mean() < 0.2:
            found.append((past, came))
    return found


KINDS = (
    "noise",
    "steps",
    "big steps",
    "weekly",
    "weekdays",
    "clean-ups",
    "regular clean-ups",
    "mixed",
    "walk",
)


def grown(kind: str, count: int, chance: np.random.Generator) -> np.ndarray:
    """A level that grows by 1 a day on average."""
    days, normal = np.arange(count), chance.normal(0, 1, count)
    if kind == "noise":
        return days + chance.choice([2, 5, 15]) * normal
    if kind == "steps":
        rate = chance.choice([0.05, 0.1, 0.2])
        return (
            0.3 * days
            + np.cumsum((chance.random(count) < rate) * chance.exponential(0.7 / rate, count))
            + normal
        )
    if kind == "big steps":
        return np.cumsum((chance.random(count) < 0.07) * chance.exponential(1 / 0.07, count))
    if kind == "weekly":
        return (
            days
            + chance.choice([3, 10, 20]) * np.sin(2 * np.pi * days / 7 + chance.random() * 6)
            + 2 * normal
        )
    if kind == "weekdays":
        return np.cumsum(np.where(days % 7 < 5, 1.4, 0) * chance.gamma(2, 0.5, count))
    if kind == "clean-ups":
        cleaned = (chance.random(count) < 1 / 20) * 20 * chance.uniform(0.5, 1.5, count)
        return np.cumsum(chance.gamma(4, 0.5, count) - cleaned) + normal
    if kind == "regular clean-ups":
        every = chance.choice([7, 14, 21])
        return 2 * days - every * (days // every) + 1.5 * normal
    if kind == "mixed":
        up = (chance.random(count) < 0.05) * chance.exponential(8, count)
        down = (chance.random(count) < 0.03) * chance.exponential(8, count)
        change = 0.84 * chance.gamma(1, 1, count) + up - down
        return np.cumsum(change) + 3 * np.sin(2 * np.pi * days / 7) + 2 * normal
    return np.cumsum(1 + chance.choice([1, 3]) * normal)


def growth_cases(kind: str, count: int, known: int, seed: int = 0) -> list[tuple[pd.Series, float, float]]:
    """Series, limits, and after how many days each is reached; infinite if not in five times as many."""
    chance = np.random.default_rng([seed, known, KINDS.index(kind)])
    times = pd.date_range("2026-01-01", periods=known, freq="1D", tz="UTC", name="time")
    found = []
    for _ in range(count):
        level = 500 + grown(kind, 6 * known, chance)
        limit = level[:known].max() + known * chance.uniform(0.1, 1)
        reached = np.flatnonzero(level[known:] >= limit)
        found.append(
            (pd.Series(level[:known], index=times), limit, reached[0] + 1 if len(reached) else np.inf)
        )
    return found
