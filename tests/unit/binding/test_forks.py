"""A process that was forked from one that uses libvirt: it is told, and the parent notices nothing."""

from __future__ import annotations

import subprocess
import sys
import textwrap


def run(script: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_a_forked_child_is_told_and_the_parent_goes_on() -> None:
    said = run(
        """
        import os, virtsdk
        host = virtsdk.connect("test:///default")
        guest = host.domains["test"]
        events = host.events("domain_lifecycle")
        child = os.fork()
        if child == 0:
            for use in (lambda: guest.state, lambda: virtsdk.connect("test:///default")):
                try:
                    use()
                except virtsdk.VirtError as error:
                    print(type(error).__name__, "spawn" in str(error), flush=True)
            raise SystemExit  # with all that an interpreter does at its end
        assert os.waitpid(child, 0)[1] == 0
        guest.suspend()
        print(events.get(timeout=30).event, guest.state.value)
        """
    )
    assert said == ["HostClosed True", "ConnectError True", "suspended paused"]


def test_a_child_forked_before_the_first_use_is_free() -> None:
    said = run(
        """
        import os, virtsdk
        import virtsdk.resources.host
        child = os.fork()
        if child == 0:
            with virtsdk.connect("test:///default") as host:
                print(len(host.domains), flush=True)
            raise SystemExit
        assert os.waitpid(child, 0)[1] == 0
        print(len(virtsdk.connect("test:///default").domains))
        """
    )
    assert said == ["1", "1"]


def test_a_forked_child_can_look_at_and_close_what_it_has_no_use_for() -> None:
    """Its parent's threads, which would do that, are not there."""
    said = run(
        """
        import os, time, virtsdk
        host = virtsdk.connect("test:///default", timeout=60)
        stream = host.events("domain_lifecycle")
        guests = len(host.domains)  # in a worker, which waits for the next call now
        child = os.fork()
        if child == 0:
            started = time.monotonic()
            print(host.is_alive, "not connected" in repr(host), host.parked_calls, flush=True)
            stream.close()
            host.close()
            print("closed" in repr(host), time.monotonic() - started < 50, flush=True)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        print(host.is_alive, len(host.domains) == guests)
        """
    )
    assert said == ["False True []", "True True", "True True"]


def test_a_forked_child_leaves_an_open_stream_to_its_parent() -> None:
    said = run(
        """
        import os, virtsdk
        from virtsdk.binding.streams import Stream
        host = virtsdk.connect("test:///default")

        def begin(conn):
            shown = lambda raw: conn.lookupByName("test").screenshot(raw, 0, 0)
            return Stream(host.session, conn, "see", "it", shown)

        with host.session.call("see", "it", begin) as stream:
            child = os.fork()
            if child == 0:
                try:
                    stream.receive()
                except virtsdk.VirtError as error:
                    print(type(error).__name__, "spawn" in str(error), flush=True)
                stream.end()
                raise SystemExit
            assert os.waitpid(child, 0)[1] == 0
            print(stream.receive()[0][1:4])
        host.close()
        """
    )
    assert said == ["HostClosed True", "b'PNG'"]
