"""Prices of a policy put to vCPUs and memory."""

from __future__ import annotations

from virtsdk.capacity.policy import Policy


def worth(policy: Policy, vcpus: float | None, memory_bytes: float | None) -> float | None:
    """Price vCPUs and memory.

    Parameters
    ----------
    policy
        ``vcpu_price`` and ``gib_price``; one that is not given counts as 0 where the other is.
    vcpus, memory_bytes
        How many; None where it is not known.

    Returns
    -------
    float or None
        ``vcpus x vcpu_price + GiB x gib_price``; None without prices, or where a figure with a price is not
        known.

    Examples
    --------
    >>> worth(Policy(vcpu_price=10, gib_price=2), 4, 8 * 2**30)
    56.0
    """
    total, priced = 0.0, False
    for price, amount in (
        (policy.vcpu_price, vcpus),
        (policy.gib_price, None if memory_bytes is None else memory_bytes / 2**30),
    ):
        if price is None:
            continue
        if amount is None:
            return None
        total, priced = total + price * amount, True
    return total if priced else None
