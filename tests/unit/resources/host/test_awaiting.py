"""Verbs for those who await: the event loop goes on meanwhile."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Coroutine
from typing import Any

import pytest

import virtsdk
from tests.waiting import SLOW
from virtsdk import errors
from virtsdk.resources.host.awaiting import in_thread


def run(main: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(main)


def test_the_loop_goes_on_while_a_verb_waits(host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch) -> None:
    guest, let_go = host.domains["web1"], threading.Event()
    suspend = guest.suspend

    def slowly() -> None:
        assert let_go.wait(SLOW * 6), "the loop did not go on"
        suspend()

    monkeypatch.setattr(guest, "suspend", slowly)

    async def main() -> list[str]:
        said: list[str] = []
        waiting = asyncio.create_task(host.run(lambda: guest.suspend()))
        await asyncio.sleep(0.01)
        said.append("meanwhile")
        let_go.set()
        await waiting
        said.append(await host.run(lambda: guest.state.value))
        return said

    assert run(main()) == ["meanwhile", "paused"]


def test_several_run_at_once(host: virtsdk.Host) -> None:
    together = threading.Barrier(3)

    async def main() -> list[int]:
        return await asyncio.gather(*(host.run(lambda: together.wait(SLOW * 6)) for _ in range(3)))

    assert sorted(run(main())) == [0, 1, 2]


def test_what_it_raises_is_raised_where_it_is_awaited(host: virtsdk.Host) -> None:
    async def main() -> None:
        with pytest.raises(errors.DomainNotFound, match="nobody"):
            await host.run(lambda: host.domains["nobody"])
        with pytest.raises(RuntimeError, match="StopIteration"):
            await host.run(lambda: next(iter([])))

    run(main())


def test_what_is_no_function_is_said_at_once(host: virtsdk.Host) -> None:
    async def later() -> None: ...

    async def main() -> None:
        with pytest.raises(TypeError, match=r"lambda: guest\.start\(\), not NoneType"):
            await host.run(host.domains["web1"].suspend())  # type: ignore[arg-type, func-returns-value]
        with pytest.raises(TypeError, match="function must be a plain one"):
            await host.run(later)

    run(main())


def test_a_task_that_is_cancelled_does_not_wait_and_the_call_goes_on() -> None:
    let_go, done = threading.Event(), threading.Event()

    def work() -> None:
        assert let_go.wait(SLOW * 6)
        done.set()

    async def main() -> None:
        task = asyncio.create_task(in_thread(work))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        let_go.set()
        assert await in_thread(lambda: done.wait(SLOW * 6))

    run(main())


def test_a_loop_that_has_ended_is_told_nothing() -> None:
    let_go, over = threading.Event(), threading.Event()

    def work() -> None:
        assert let_go.wait(SLOW * 6)
        over.set()

    async def main() -> None:
        asyncio.create_task(in_thread(work))  # noqa: RUF006 - it is left behind on purpose
        await asyncio.sleep(0.01)

    run(main())
    let_go.set()
    assert over.wait(SLOW * 6)


def test_context_variables_go_along() -> None:
    who = contextvars.ContextVar("who", default="nobody")

    async def main() -> str:
        who.set("ana")
        return await in_thread(who.get)

    assert run(main()) == "ana"
