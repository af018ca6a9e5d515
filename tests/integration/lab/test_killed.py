"""Owners of labs, killed at any moment: nothing is ever left behind."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.integration import leftovers

SCRIPTS = {
    "embedded": "virtsdk.lab.embedded(guests=1, wait=False, progress=None).start()",
    "hosts": "virtsdk.lab.hosts(2, guests=1, wait=False, progress=None).start()",
}


def kill_one(kind: str, after: float, temporary: Path) -> bool:
    """Start an owner, kill it after some seconds, see that its temporary folder gets empty; had it begun?"""
    script = f"import virtsdk\n{SCRIPTS[kind]}\nimport sys; sys.stdin.read()"
    with leftovers.Owner(script, ["env", f"TMPDIR={temporary}"]):
        time.sleep(after)
        begun = any(temporary.iterdir())
    deadline = time.monotonic() + 15
    while list(temporary.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert leftovers.of_lab(temporary) == [f"folder {temporary}"]
    assert list(temporary.iterdir()) == []
    return begun


@pytest.mark.soak
@pytest.mark.parametrize("kind", SCRIPTS)
def test_fifty_owners_killed_at_any_moment_leave_nothing(kind: str) -> None:
    moments = random.Random(7)
    groups = leftovers.cgroups()
    begun = 0
    for _ in range(50):
        # short, since a unix socket's path has 107 characters at most
        temporary = Path("/tmp") / f"vl{moments.randrange(10**6):06}"
        temporary.mkdir()
        begun += kill_one(kind, moments.uniform(0.05, 3.0), temporary)
        temporary.rmdir()
    assert begun > 10
    assert leftovers.forgotten(groups) == set()
