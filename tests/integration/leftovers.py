"""What a lab could leave on the machine, and a process that runs one to be killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self


def of_lab(folder: Path) -> list[str]:
    """Everything of a lab that can be seen on the machine: folder, processes, mounts, sockets."""
    found = [f"folder {folder}"] if folder.exists() else []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if any(str(folder) in word for word in words):
            found.append(f"process {process.name}: {' '.join(words[:3])}")
    for table in ("/proc/self/mountinfo", "/proc/net/unix"):
        found += [line.strip() for line in Path(table).read_text().splitlines() if str(folder) in line]
    return found


def network_devices() -> set[str]:
    """Names and indexes of the network devices, as "vnet0 7"; an index is not used twice."""
    found: set[str] = set()
    for device in Path("/sys/class/net").iterdir():
        with contextlib.suppress(OSError):  # another lab's, which went meanwhile
            found.add(f"{device.name} {(device / 'ifindex').read_text().strip()}")
    return found


def is_gone(device: str | None, seconds: float = 60.0) -> bool:
    """Whether a network device goes: with the last that its process held, after its command line."""
    deadline = time.monotonic() + seconds
    while (there := device in network_devices()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not there


def cgroups() -> set[Path]:
    """The control groups."""
    return {Path(folder) for folder, _, _ in os.walk("/sys/fs/cgroup")}


def forgotten(before: set[Path], seconds: float = 60.0) -> set[Path]:
    """The control groups that came since and that nobody is in, once there are none or after some seconds.

    Other labs come and go on the machine meanwhile: a group with processes in it, or below, is theirs.
    """
    deadline = time.monotonic() + seconds
    while (left := {one for one in cgroups() - before if _unused(one)}) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def _unused(group: Path) -> bool:
    with contextlib.suppress(OSError):  # it went meanwhile
        return not any(list_.read_text().strip() for list_ in group.rglob("cgroup.procs"))
    return False


def until_gone(folder: Path, seconds: float = 60.0) -> list[str]:
    """What is left of a lab once nothing is, or after some seconds."""
    deadline = time.monotonic() + seconds
    while (left := of_lab(folder)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


@dataclass
class Owner:
    """A Python process that owns a lab; its script prints ``key value`` lines."""

    script: str
    prefix: list[str] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [*self.prefix, sys.executable, "-c", self.script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()

    def wait_for(self, key: str) -> str:
        """Read its lines up to the one that starts with a key; what follows the key."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            word, _, rest = line.strip().partition(" ")
            self.said[word] = rest
            if word == key:
                return rest
        assert self.process.stderr is not None
        raise AssertionError(f"it ended without saying {key}: {self.process.stderr.read()[-2000:]}")

    def interrupt(self) -> None:
        """Press Ctrl-C in its terminal: the whole process group gets it."""
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self, seconds: float = 120.0) -> int:
        """Wait for its end; the exit status."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(seconds)
