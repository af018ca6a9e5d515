"""Calls for those who await: each in a thread of its own, so that the event loop goes on."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def in_thread(function: Callable[[], T]) -> T:
    """Run a function in a thread and wait for it without holding the event loop up.

    The thread is no pool's: a call that hangs takes no place from others, and the interpreter's end does not
    wait for it.

    Raises
    ------
    TypeError
        It is no function, or one that has to be awaited.
    Exception
        What the function raises. A `StopIteration`, which a coroutine cannot raise, comes as `RuntimeError`.
    """
    if not callable(function) or inspect.iscoroutinefunction(function):
        raise TypeError(
            f"function must be one that calls verbs, lambda: guest.start(), not {type(function).__name__}"
            if not callable(function)
            else "function must be a plain one: a verb in it is not awaited, host.run is"
        )
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    context = contextvars.copy_context()

    def tell(result: T | None, error: BaseException | None) -> None:
        if future.done():  # nobody waits any more
            return
        if error is None:
            future.set_result(result)  # pyright: ignore[reportArgumentType] - there is one where no error is
        elif isinstance(error, StopIteration):
            future.set_exception(RuntimeError(f"the function raised {error!r}"))
        else:
            future.set_exception(error)

    def work() -> None:
        result, error = None, None
        try:
            result = context.run(function)
        except BaseException as raised:  # noqa: BLE001 - handed to whoever awaits
            error = raised
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(tell, result, error)

    threading.Thread(target=work, name="virtsdk-run", daemon=True).start()
    return await future
