"""The event loop of the process: another library may have registered its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap

BESIDE_ANOTHER = """
    import asyncio, threading
    import libvirtaio
    import virtsdk
    from virtsdk.binding.events import loop as ours

    theirs = asyncio.new_event_loop()
    libvirtaio.virEventRegisterAsyncIOImpl(theirs)
    ours._PATIENCE = 0.1
    try:
        virtsdk.connect("test:///default")
    except virtsdk.ConnectError as error:
        print(str(error).partition(": ")[2].partition(" (")[0])

    def tick():
        theirs.call_later(0.005, tick)

    theirs.call_soon(tick)
    threading.Thread(target=theirs.run_forever, daemon=True).start()
    ours._PATIENCE = 20
    with virtsdk.connect("test:///default") as host, host.events("domain_lifecycle") as events:
        host.domains["test"].suspend()
        print(events.get(timeout=20).event)
    ours._thread.join = lambda *_: print("waited for a loop that is not turned")
    ours._stop(0)
"""


def test_events_come_by_another_librarys_loop_or_connecting_says_that_they_cannot() -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(BESIDE_ANOTHER)],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "another library has registered its event loop with libvirt",
        "suspended",
    ]
