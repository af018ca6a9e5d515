"""How long answers about guests that share hosts take, beside a pivot of the frame, and how they grow."""

import sys

import numpy as np
import pandas as pd

from tests.benchmarks.figures import best_of, report
from virtsdk.capacity import contention, overcommit, overlap
from virtsdk.capacity.past.usage import Usage

GUESTS, EACH = 1_000, 20  # guests, and of them on a host
DELAY = "vcpu_delay_seconds_per_second"


def usage(guests, samples, every="5min"):
    """Guests that are busy in bursts, some together; each waits while its host is full."""
    draw = np.random.default_rng(5)
    busy = draw.gamma(0.6, 0.8, (samples, guests)) * (1 + np.sin(np.arange(samples) / 46)[:, None] / 2)
    busy = np.minimum(busy, 4)
    hosts = np.arange(guests) // EACH
    full = np.stack([busy[:, hosts == host].sum(axis=1) for host in range(hosts[-1] + 1)], axis=1)
    delay = np.clip(full - 0.5 * EACH, 0, None)[:, hosts] * busy / np.maximum(full[:, hosts], 1e-9)
    number = np.repeat(np.arange(guests), samples)
    words = {
        "host": pd.array([f"kvm{host:03}" for host in hosts], dtype="str").take(number),
        "domain": pd.array([f"u-{guest:05}" for guest in range(guests)], dtype="str").take(number),
        "name": pd.array([f"web{guest}" for guest in range(guests)], dtype="str").take(number),
    }
    times = pd.date_range("2026-03-02", periods=samples, freq=every, tz="UTC").as_unit("us")
    return pd.DataFrame(
        {**words, "time": times[np.tile(np.arange(samples), guests)], "vcpus": 4,
         "cpu_used_vcpus": busy.T.ravel(), "memory_bytes": 2**33, "memory_used_bytes": np.nan,
         DELAY: delay.T.ravel()}
    )  # fmt: skip


def hosts(frame):
    names = sorted(frame["host"].unique())
    return pd.DataFrame({"host": names, "cpus": 32})


def answers(frame):
    """Each answer of a frame that is checked already, so that it is not the check that is measured."""
    checked, machines = Usage.of(frame), hosts(frame)
    return {
        "overcommit": lambda: overcommit(checked, machines),
        "overlap, with packing and its back test": lambda: overlap(checked, machines),
        "contention": lambda: contention(checked),
    }


def main(days=14):
    samples = days * 288
    small, large = usage(GUESTS // 2, samples), usage(GUESTS, samples)
    rows = len(large)
    report(f"usage of {rows:,} rows checked", best_of(lambda: Usage.of(large), repeat=2), "s")
    pivot = best_of(
        lambda: large.pivot_table(index="time", columns="domain", values="cpu_used_vcpus"), repeat=1
    )
    report("a pivot of its CPU in pandas", pivot, "s")
    before = {name: best_of(answer, repeat=2) for name, answer in answers(small).items()}
    for name, answer in answers(large).items():
        seconds = best_of(answer, repeat=2)
        report(f"{name}, {GUESTS:,} guests, {days} days", seconds, "s")
        report("  against the pivot", seconds / pivot, "x")
        # a packing tries each guest on hosts, of which there are twice as many as well
        report(
            "  against half as many guests", seconds / before[name], "x", bar=4.5 if "pack" in name else 2.6
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 14)
