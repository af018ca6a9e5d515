"""The queue of a subscription: what a wait leaves behind."""

from __future__ import annotations

import asyncio
import gc

import pytest

import virtsdk
from virtsdk import errors
from virtsdk.events import Event
from virtsdk.resources.events import EventStream


def test_awaiting_with_a_time_limit_leaves_nothing_behind(host: virtsdk.Host) -> None:
    def futures() -> int:
        return sum(isinstance(one, asyncio.Future) for one in gc.get_objects())

    async def wait_in_vain(events: EventStream) -> tuple[int, Event]:
        with pytest.raises(errors.TimedOut, match=r"no event of .* in 0\.001 s"):
            await events.next(timeout=0.001)
        gc.collect()
        before = futures()
        for _ in range(20):
            with pytest.raises(errors.TimedOut):
                await events.next(timeout=0.001)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(events), 0.001)
        gc.collect()
        left = futures() - before
        await asyncio.to_thread(host.domains["web1"].suspend)
        return left, await events.next(timeout=30)

    with host.events("domain_lifecycle") as events:
        left, event = asyncio.run(wait_in_vain(events))
    assert (left <= 0, event.event) == (True, "suspended")
