"""Made-up fleets with the sizes that guests of a public cloud have: for trials, examples and benchmarks."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.policy import Policy
from virtsdk.capacity.room.fleet import Fleet

SIZES: Final = ((1, 1.75), (2, 3.5), (4, 7.0), (8, 14.0), (8, 56.0), (1, 0.75))
"""vCPUs and GiB of the sizes."""
SHARES: Final = (0.427, 0.278, 0.113, 0.112, 0.046, 0.024)
"""How often each is asked for; of what is left over all is counted to the smallest."""
_GIB: Final = 2**30

__all__ = ["SHARES", "SIZES", "fleet"]


def fleet(
    hosts: int, guests: int, seed: int = 0, *, fill: float = 0.75, policy: Policy | None = None
) -> Fleet:
    """Make a fleet of equal hosts, with guests dealt out evenly by size.

    Parameters
    ----------
    hosts, guests
        How many.
    seed
        The same seed gives the same fleet.
    fill
        How full the hosts are on average, of vCPUs and of memory; less where that would put a single host
        over its capacity.
    policy
        Rules; `Policy`'s defaults where left out.

    Returns
    -------
    Fleet
        Hosts ``kvm0001`` ..., with ``rack`` (ten hosts each); guests ``vm000001`` ..., all running.

    Raises
    ------
    ValueError
        A number that is too small, or `fill` that is not above 0 and at most 1.

    Notes
    -----
    Sizes and shares are those of virtual machines created in the Azure trace of 2017 (Cortez et al., SOSP
    2017; https://github.com/Azure/AzurePublicDataset, CC-BY 4.0).

    Examples
    --------
    >>> from virtsdk import capacity
    >>> made = capacity.synthetic.fleet(10, 300, seed=1)
    >>> made
    <Fleet 10 hosts, 300 guests, all placed>
    >>> made.n_plus(1).ok
    True
    """
    hosts, guests = checks.counter(hosts, "hosts", 1), checks.counter(guests, "guests")
    if not 0 < checks.scalar(fill, "fill") <= 1:
        raise ValueError(f"fill must be above 0 and at most 1, not {fill!r}")
    policy = policy if policy is not None else Policy()
    chance = np.random.default_rng(checks.counter(seed, "seed"))
    sizes = np.array(SIZES)[chance.choice(len(SIZES), guests, p=SHARES)]
    at = _dealt(sizes, hosts, chance)
    most = np.zeros((hosts, 2))
    np.add.at(most, at, sizes)
    need = np.maximum(sizes.sum(axis=0) / hosts / fill, most.max(axis=0, initial=0))
    cpus = max(1, int(np.ceil(need[0] / policy.vcpu_ratio + policy.reserve_cpus)))
    least = 64 * 2**20 * cpus  # what frames may say of a host
    memory = int(np.ceil(need[1] / policy.memory_ratio)) * _GIB + policy.reserve_memory_bytes
    names = _numbered("kvm", np.arange(hosts), 4)
    return Fleet.from_frames(
        pd.DataFrame(
            {
                "host": names,
                "cpus": cpus,
                "cores": cpus,
                "memory_bytes": max(memory, least, _GIB),
                "rack": _numbered("rack", np.arange(hosts) // 10, 2),
            }
        ),
        pd.DataFrame(
            {
                "host": names.to_numpy()[at],
                "domain": _numbered("00000000-0000-4000-8000-", np.arange(guests), 12),
                "name": _numbered("vm", np.arange(guests), 6),
                "state": "running",
                "vcpus": sizes[:, 0].astype(np.int64),
                "memory_bytes": (sizes[:, 1] * _GIB).astype(np.int64),
            }
        ),
        policy,
    )


def _dealt(
    sizes: np.typing.NDArray[np.float64], hosts: int, chance: np.random.Generator
) -> np.typing.NDArray[np.int64]:
    """A host for each guest: largest first, round by round, each round to the hosts in another order."""
    count = len(sizes)
    order = np.lexsort((chance.random(count), -sizes[:, 1]))
    rounds = -(-count // hosts)
    shuffled = np.argsort(chance.random((rounds, hosts)), axis=1).ravel()[:count]
    at = np.empty(count, np.int64)
    at[order] = shuffled
    return at


def _numbered(stem: str, numbers: np.typing.NDArray[np.int64], width: int) -> pd.Series[str]:
    return stem + pd.Series(numbers + 1, dtype="int64").astype("str").str.zfill(width)
