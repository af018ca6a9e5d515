"""The end of a connection: whether it is still alive."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import libvirt

from virtsdk.binding.upkeep.farewell import alive


def test_a_driver_that_cannot_say_whether_it_is_alive_is() -> None:
    """Each has to be asked before a call; one that does not answer must not be reconnected for ever."""

    class Silent:
        def __init__(self, code: int) -> None:
            self.code = code

        def isAlive(self) -> int:  # noqa: N802
            error = libvirt.libvirtError("unused")
            error.err = (self.code, 0, "", 2, "", None, None, -1, -1)
            raise error

    assert alive(Silent(libvirt.VIR_ERR_NO_SUPPORT))
    assert not alive(Silent(libvirt.VIR_ERR_INVALID_CONN))


LEFT = """
    import asyncio, sys, threading, virtsdk
    from virtsdk import VirtError
    from concurrent.futures import ThreadPoolExecutor

    class Left:
        def __init__(self, last):
            self.host, self.last = virtsdk.connect("test:///default"), last
            self.events = self.host.events()
        def __del__(self):
            try:
                print(self.last.__name__, self.last(self))
            except VirtError as error:
                print(self.last.__name__, type(error).__name__, str(error).partition(": ")[2])

    def call(left):
        return len(left.host.domains)

    def close(left):
        return left.host.close(), left.host.is_alive

    def get(left):
        return left.events.get()

    def connect(left):
        return virtsdk.connect("test:///default")

    def with_block():
        with virtsdk.connect("test:///default") as host:
            yield host

    async def iterate(events):
        async for _ in events:
            pass

    kept = [Left(last) for last in (call, close, get, connect)]
    generator = with_block()
    host = next(generator)
    pool = ThreadPoolExecutor(2)
    pool.submit(lambda: list(host.events()))
    pool.submit(lambda: asyncio.run(iterate(host.events())))
    threading.Thread(target=lambda: list(host.events())).start()
"""


def test_what_is_left_at_the_end_of_the_interpreter_ends_at_once() -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(LEFT)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(done.stdout.splitlines()) == [
        "call HostClosed this process is at its end",
        "close (None, False)",
        "connect ConnectError this process is at its end",
        "get HostClosed this process is at its end",
    ]
