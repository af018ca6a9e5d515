"""A lab's keeper: a small process that outlives the lab's owner by just long enough to clear up.

``python -m virtsdk.lab.keeper OWNER`` makes the lab's folder and says where it is, starts the private daemons
that it is told on its standard input, then waits. When it is told to end (SIGTERM) or its owner is gone,
however that came about, it kills the lab's processes, removes the folder and ends. It is in a session of its
own, so that Ctrl-C in a terminal and a notebook's interrupt do not reach it. If it is killed itself, its
daemons and their guests go with it.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import logging
import os
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

from virtsdk.errors import LabError
from virtsdk.lab import control_groups, processes

__all__ = ["Keeper", "end", "is_up"]

log = logging.getLogger(__name__)

_PREFIX = "virtsdk-lab-"
_LOCK = "lock"
_OWNERS_LOCK = "owner"
_DISOWN = signal.SIGUSR1
_READY = b"ready\n"
_SECONDS_TO_START = 300  # an older folder without a lock belongs to a keeper that was killed while it started
_LONGEST_CLEARING = 30.0  # a busy machine takes its time
_LONGEST_FOLDER = 50  # a unix socket's path has 107 characters at most, and libvirt adds up to 55


class Keeper:
    """The owner's side of a keeper, which is started here and ended with `end` or with this process.

    Attributes
    ----------
    folder
        The lab's folder, empty; it is removed when the keeper ends.

    Raises
    ------
    virtsdk.errors.LabError
        The keeper did not start.
    """

    def __init__(self) -> None:
        package_parent = str(Path(__file__).parents[2])
        self._process: subprocess.Popen[bytes] = subprocess.Popen(
            [sys.executable, "-m", __name__, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": package_parent, "PYTHONSAFEPATH": "1"},
            cwd="/",
        )
        where = _pipe(self._process.stdout).readline()
        if not where:
            raise self._failed(_pipe(self._process.stderr).read())
        self.folder = Path(where.decode().removesuffix("\n"))
        self._lock = (self.folder / _OWNERS_LOCK).open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def start(self, commands: list[list[str]]) -> None:
        """Let the keeper start daemons from these command lines, and watch over the lab.

        Raises
        ------
        virtsdk.errors.LabError
            It did not.
        """
        commanded, answer = _pipe(self._process.stdin), _pipe(self._process.stdout)
        commanded.write(json.dumps(commands).encode() + b"\n")
        commanded.close()
        said = answer.readline()
        answer.close()
        _pipe(self._process.stderr).close()
        if said != _READY:
            words = self.folder / "keeper.log"
            raise self._failed(words.read_bytes() if words.exists() else b"")

    def _failed(self, words: bytes) -> LabError:
        self._process.wait()
        lines = words.decode(errors="replace").strip().splitlines()
        return LabError(f"the lab's keeper did not start: {lines[-1] if lines else 'it did not say why'}")

    def disown(self) -> None:
        """Let the lab outlive this process; the module's `end` with its folder takes it down."""
        self._process.send_signal(_DISOWN)
        self._lock.close()

    def end(self, timeout: float = 60.0) -> None:
        """Clear the lab away and wait until that is done.

        Raises
        ------
        virtsdk.errors.LabError
            Something of the lab is still there after the timeout.
        """
        _pipe(self._process.stdin).close()
        self._process.terminate()
        self._lock.close()
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired as exc:
            raise LabError(f"the lab in {self.folder} is still being cleared after {timeout:g} s") from exc


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise ValueError("the keeper was started without a pipe")
    return stream


def _new_folder() -> Path:
    """Make a fresh folder for a lab; what a killed keeper may have left behind is cleared first."""
    parent = Path(tempfile.gettempdir())
    if len(str(parent)) > _LONGEST_FOLDER - len(_PREFIX) - 8:
        parent = Path("/tmp")  # noqa: S108 - the folder in it has a name that nobody can guess
    for stale in parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(FileNotFoundError):  # another keeper removes it
            _clear_if_abandoned(stale)
    return Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))


def _clear_if_abandoned(folder: Path) -> None:
    """Clear a folder of this user's that nobody keeps; a link, a file or what is another user's is left."""
    there = folder.lstat()
    if not stat.S_ISDIR(there.st_mode) or there.st_uid != os.geteuid():
        return
    locks = [folder / _LOCK, folder / _OWNERS_LOCK]
    started = all(lock.exists() for lock in locks)
    old = time.time() - there.st_mtime > _SECONDS_TO_START
    if not any(map(_is_held, locks)) and (started or old):
        log.warning("clearing %s, left behind by a lab that was killed", folder)
        _clear(folder)


def _is_held(lock: Path) -> bool:
    try:
        with lock.open() as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _clear(folder: Path) -> None:
    deadline = time.monotonic() + _LONGEST_CLEARING
    while folder.exists() and time.monotonic() < deadline:
        processes.kill_all(lambda: processes.mentioning(folder))
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():  # libvirt in a process that is just ending wrote one more file
            time.sleep(0.05)


def is_up(folder: Path) -> bool:
    """Tell whether a lab's keeper lives."""
    return _is_held(folder / _LOCK)


def end(folder: Path, timeout: float = 60.0) -> None:
    """Take down a lab that outlived its owner; one that is down already is left alone.

    Raises
    ------
    virtsdk.errors.LabError
        Something of the lab is still there after the timeout.
    """
    if not is_up(folder):
        return
    os.kill(int((folder / _LOCK).read_text()), signal.SIGTERM)
    if not processes.wait_until(lambda: not folder.exists(), timeout):
        raise LabError(f"the lab in {folder} is still being cleared after {timeout:g} s")


def _set_kill_on_parents_death() -> None:
    import ctypes

    pr_set_pdeathsig = 1
    ctypes.CDLL(None, use_errno=True).prctl(pr_set_pdeathsig, signal.SIGKILL)


def main(arguments: list[str] | None = None) -> int:
    """Run a keeper; the module's own text tells what it does."""
    parser = argparse.ArgumentParser(prog="virtsdk.lab.keeper")
    parser.add_argument("owner", type=int)
    options = parser.parse_args(arguments)
    for ignored in (signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    signals, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake)
    for watched in (signal.SIGTERM, _DISOWN):
        signal.signal(watched, _only_wake_up)
    try:
        owner = os.pidfd_open(options.owner)
    except ProcessLookupError:
        return 1
    if os.getppid() != options.owner:
        return 1
    folder = _new_folder()
    with (folder / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(str(os.getpid()))
        lock.flush()
        _keep(folder, signals, owner)
    return 0


def _keep(folder: Path, signals: int, owner: int) -> None:
    daemons: list[subprocess.Popen[bytes]] = []
    groups = control_groups.present()
    try:
        _say(f"{folder}\n".encode())
        _redirect(2, folder / "keeper.log")
        commands = sys.stdin.buffer.readline()
        if commands:  # else the owner is gone already, or has changed its mind
            daemons.extend(map(_started, json.loads(commands)))
            _say(_READY)
            _redirect(1, Path(os.devnull))
            _wait(signals, owner)
    finally:
        for daemon in daemons:
            daemon.kill()
        for daemon in daemons:
            with contextlib.suppress(subprocess.TimeoutExpired):
                daemon.wait(10)
        _clear(folder)
        control_groups.clear(groups)


def _started(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=_set_kill_on_parents_death)


def _say(words: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):  # nobody listens any more, which `_wait` finds out too
        sys.stdout.buffer.write(words)
        sys.stdout.buffer.flush()


def _redirect(descriptor: int, path: Path) -> None:
    target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(target, descriptor)
    os.close(target)


def _wait(signals: int, owner: int) -> None:
    """Return when it is time to clear up: SIGTERM, or the owner's end unless it has disowned the lab."""
    watched = [signals, owner]
    while True:
        readable, _, _ = select.select(watched, [], [])
        came = b""
        with contextlib.suppress(BlockingIOError):  # read anyway: a signal may have come after select looked
            came = os.read(signals, 64)
        if _DISOWN in came:
            watched = [signals]
        if signal.SIGTERM in came or (owner in readable and owner in watched):
            return


def _only_wake_up(_signal: int, _frame: object) -> None:
    """Let ``select`` return through the wake-up descriptor."""


if __name__ == "__main__":
    sys.exit(main())
