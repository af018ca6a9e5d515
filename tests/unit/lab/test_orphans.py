"""Orphans below a first process that buries none: daemons are buried, and children stay their owners'."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from virtsdk.lab import orphans

FIRST = """
import ctypes, subprocess, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # orphans come to it, as to a container's first process
sys.exit(subprocess.Popen([sys.executable, "-c", sys.argv[1]]).wait())  # which waits for its one child
"""

COMMON = """
import os, subprocess, sys, time
from virtsdk.lab import orphans

def state(pid):
    found = orphans._process(pid)
    return "gone" if found is None else found.state

def until(condition):
    end = time.monotonic() + 20
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()

def daemon():  # as libvirt starts QEMU: in a session of its own, whose first process ends at once
    script = "import os, sys; os.fork() and os._exit(0); print(os.getpid(), flush=True); sys.stdin.read()"
    one = subprocess.Popen([sys.executable, "-c", script], start_new_session=True, text=True,
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    pid = int(one.stdout.readline())
    one.wait()
    return pid, one.stdin.close
"""


def below_a_first_process(script: str, first: str = FIRST) -> str:
    """What a script says whose orphans nobody buries."""
    command = [sys.executable, "-c", first, COMMON + script]
    folder = Path(__file__).resolve().parents[3]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=folder, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_nobody_buries_there_and_the_trial_says_so() -> None:
    said = below_a_first_process(
        "print(orphans.are_buried(0.1)); pid, end = daemon(); end(); print(until(lambda: state(pid) == 'Z'))"
    )
    assert said == "False\nTrue\n"


def test_a_daemon_is_buried_and_a_child_is_still_its_owners() -> None:
    said = below_a_first_process("""
burials = orphans.Burials()
burials.begin()
burials.begin()
children = [subprocess.Popen(["sh", "-c", "exit 7"], start_new_session=own) for own in (False, True)]
assert until(lambda: [state(child.pid) for child in children] == ["Z", "Z"])
pid, end = daemon()
parent = orphans._process(pid).parent == os.getpid()
end()
print(parent, until(lambda: state(pid) == "gone"))
left, end = daemon()
end()
until(lambda: state(left) in ("Z", "gone"))
burials.end()
print(state(left))
burials.end()
print([child.wait() for child in children], orphans._takes_in_orphans())
""")
    assert said.splitlines() == ["True True", "gone", "[7, 7] False"]


def test_a_process_that_takes_orphans_in_still_does_afterwards() -> None:
    said = below_a_first_process("""
orphans._take_in_orphans(True)
burials = orphans.Burials()
burials.begin()
burials.end()
print(orphans._takes_in_orphans())
""")
    assert said == "True\n"


def test_where_orphans_are_buried_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orphans, "are_buried", lambda: True)
    burials = orphans.Burials()
    before = orphans._takes_in_orphans()
    burials.begin()
    assert (burials._thread, orphans._takes_in_orphans()) == (None, before)
    burials.end()


def test_the_trial_sees_that_somebody_buries() -> None:
    burying = """
import ctypes, os, subprocess, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]]).pid
while (found := os.wait())[0] != child:
    pass
sys.exit(os.waitstatus_to_exitcode(found[1]))
"""
    assert below_a_first_process("print(orphans.are_buried(20))", burying) == "True\n"
