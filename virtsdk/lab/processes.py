"""Finding processes by what they are, from /proc: a daemon's guests are nobody's children."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_KINDS = ("qemu", "libvirtd", "dnsmasq")

__all__ = ["command", "kill", "kill_all", "mentioning", "of_pid_namespace", "pid_namespace", "wait_until"]


def command(pid: int) -> list[str]:
    """Read the command line of a process; empty where it is gone, a zombie or a kernel thread."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return []


def mentioning(folder: Path) -> list[int]:
    """List QEMU and libvirt processes with a file or socket below a folder on their command line."""
    marker = f"{folder}/"
    found: list[int] = []
    for pid in _pids():
        words = command(pid)
        if words and Path(words[0]).name.startswith(_KINDS) and marker in "\0".join(words):
            found.append(pid)
    return found


def pid_namespace(pid: int) -> int:
    """Identify the process namespace of a process.

    Raises
    ------
    ProcessLookupError
        The process is gone, or another user's.
    """
    namespace = _namespace(pid)
    if namespace is None:
        raise ProcessLookupError(f"process {pid} is gone or cannot be looked at")
    return namespace


def of_pid_namespace(namespace: int) -> list[int]:
    """List the processes in a process namespace."""
    return [pid for pid in _pids() if _namespace(pid) == namespace]


def kill(*pids: int, timeout: float = 10.0) -> None:
    """SIGKILL processes and wait until they are gone, with what they held: sockets, locks, devices."""
    waiting: list[int] = []
    try:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                descriptor = os.pidfd_open(pid)
                waiting.append(descriptor)
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        deadline = time.monotonic() + timeout
        for descriptor in waiting:
            poll = select.poll()
            poll.register(descriptor, select.POLLIN)
            poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
    finally:
        for descriptor in waiting:
            os.close(descriptor)


def kill_all(find: Callable[[], list[int]], timeout: float = 10.0) -> bool:
    """SIGKILL whatever ``find`` returns until it returns nothing; False where some are left in the end."""

    def gone() -> bool:
        pids = find()
        kill(*pids)
        return not pids

    return wait_until(gone, timeout)


def wait_until(condition: Callable[[], bool], timeout: float, interval: float = 0.02) -> bool:
    """Poll until a condition holds; whether it did before the timeout."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(interval)
    return True


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _namespace(pid: int) -> int | None:
    try:
        return Path(f"/proc/{pid}/ns/pid").stat().st_ino
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
