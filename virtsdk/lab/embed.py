"""The embedded lab: real guests in this process, without a daemon."""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import shutil
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import virtsdk
from virtsdk.binding import workers
from virtsdk.binding.library import library
from virtsdk.errors import ConnectError, InvalidState, LabError, NotFound
from virtsdk.lab import capabilities, processes
from virtsdk.lab.daemon_conf import write_qemu_conf
from virtsdk.lab.guest import boot, image
from virtsdk.lab.guest.guests import Guest, guest
from virtsdk.lab.keeper import Keeper
from virtsdk.lab.orphans import Burials
from virtsdk.lab.progress import Progress, reporter
from virtsdk.lab.requirements import install, require, require_service_user
from virtsdk.lab.virtualisation import virtualisation
from virtsdk.resources.host import Host

__all__ = ["EmbeddedLab"]

_MOST_GUESTS = 64


class _Root:
    """libvirt's embedded QEMU driver: it allows one root, for as long as the process lives.

    Its keeper takes it away after the process, not the process itself: libvirt writes to it until the end.
    """

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.keeper = Keeper()
        self.folder = self.keeper.folder
        self.keeper.start([])
        self.burials = Burials()
        self.path = self.folder / "root"
        self.guests = self.folder / "guests"
        (self.path / "etc").mkdir(parents=True)
        write_qemu_conf(self.path / "etc")
        self.cache = self.path / "cache"
        self.probed = capabilities.seed(self.cache)
        self.taps = f"lab{secrets.token_hex(4)}n"  # of a network that all processes of this machine share
        _send_libvirts_log_to(self.folder / "libvirt.log")

    @property
    def uri(self) -> str:
        return f"qemu:///embed?root={self.path}"

    def connect(self) -> Host:
        try:
            return virtsdk.connect(self.uri)
        except ConnectError as exc:
            if "already open" in str(exc):
                raise LabError(
                    "this process has opened qemu:///embed with another root, and libvirt allows one a"
                    " process: use a fresh process (restart the kernel), or virtsdk.lab.hosts(1)"
                ) from exc
            if "no connection driver" in str(exc):
                raise LabError(
                    install("libvirt's QEMU driver is missing", ["libvirt-daemon-driver-qemu"])
                ) from exc
            raise LabError(
                f"the embedded lab did not come up: {exc}; log: {self.folder / 'libvirt.log'}"
            ) from exc


_lock = threading.RLock()
_root: _Root | None = None
_current: EmbeddedLab | None = None


class EmbeddedLab:
    """A host with real QEMU guests inside this process; made by `virtsdk.lab.embedded`."""

    def __init__(self, guests: int = 4, *, wait: bool = True, progress: Progress = "auto") -> None:
        if isinstance(guests, bool) or not isinstance(guests, int):
            raise TypeError(f"guests must be a number, not {guests!r}")
        if not 0 <= guests <= _MOST_GUESTS:
            raise ValueError(f"guests must be 0 to {_MOST_GUESTS}, not {guests}")
        self._guests = [guest(0, place, guests) for place in range(guests)]
        self._wait = wait
        self._report = reporter(progress)
        self._host: Host | None = None
        self._in_block = False

    @property
    def guests(self) -> list[Guest]:
        """The guests with their sizes and loads."""
        return list(self._guests)

    if not TYPE_CHECKING:  # type checkers know what there is

        def __getattr__(self, name):
            """Say where the host is, to whoever takes the lab for it."""
            of_host = "; it is of the host, which `with lab as host:` and `lab.start()` give"
            hint = of_host if hasattr(Host, name) and not name.startswith("_") else ""
            said = f"{type(self).__name__!r} object has no attribute {name!r}{hint}"
            raise AttributeError(said, name=name, obj=self)

    def start(self) -> Host:
        """Bring the lab up; one that another `start` of this process left up is emptied first.

        Returns
        -------
        Host
            Connected, with the guests running.

        Raises
        ------
        virtsdk.errors.LabError
            Something is missing or did not come up, or a ``with`` block here holds the embedded lab.
        """
        global _current
        with _lock:
            if _current is not None and _current._in_block:
                raise LabError(
                    "the embedded lab is in use in this process, and libvirt allows one root a process:"
                    " leave its with block first, or use virtsdk.lab.hosts(1) for a second host"
                )
            if _current is not None:
                _current.stop()
            _current = self
            begin = time.monotonic()
            try:
                return self._up()
            except BaseException:
                self._report("not up; taking it down again")
                _settle(begin)
                self.stop()
                raise

    def stop(self) -> None:
        """Take the guests down and empty the root; a second call does nothing."""
        global _current
        with _lock:
            host, self._host = self._host, None
            if _current is not self:
                return
            _current = None
            self._in_block = False
            if _root is None:
                return
            try:
                if host is not None:
                    self._down(host, _root)
            finally:
                _root.burials.end()

    @staticmethod
    def _down(host: Host, root: _Root) -> None:
        if host.session.closed:  # by whoever had it: the guests are there all the same
            host = root.connect()
        try:
            _empty(host, root.path)
            capabilities.keep(root.cache)
        finally:
            host.close()
            shutil.rmtree(root.guests, ignore_errors=True)

    def __enter__(self) -> Host:
        host = self.start()
        self._in_block = True
        return host

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = "up" if self._host is not None else "down"
        return f"<EmbeddedLab {state}, {boot.counted(len(self._guests), 'guest')}>"

    def _up(self) -> Host:
        report = self._report
        start = time.monotonic()
        programs = require("qemu-system-x86_64", "qemu-img", "mkfs.ext4")
        require_service_user()
        with ThreadPoolExecutor(1) as pool:
            building = pool.submit(image.build, report)
            root = _open_root()
            root.burials.begin()
            host = self._host = root.connect()
            _empty(host, root.path)
            if not root.probed:
                report("libvirt looks at QEMU (once for each version)")
                boot.probe(host, programs["qemu-system-x86_64"])
                root.probed = True
            built = building.result()
        boot.define_and_start(
            host,
            self._guests,
            built,
            root.guests,
            emulator=programs["qemu-system-x86_64"],
            virtualisation=virtualisation(built, report),
            nic="ethernet" if _tap_devices_work() else "user",
            report=report,
            taps=root.taps,
        )
        if self._wait:
            boot.wait_ready({guest.name: (host, root.guests) for guest in self._guests}, report)
        what = boot.counted(len(self._guests), "guest")
        report(f"{what} up on {host.name} after {time.monotonic() - start:.1f} s")
        return host


def _open_root() -> _Root:
    global _root
    if _root is None or _root.pid != os.getpid():
        _root = _Root()
    return _root


def _settle(begin: float) -> None:
    """Wait for the calls that an interrupt left running: they may yet start a guest."""
    processes.wait_until(
        lambda: all(seconds > time.monotonic() - begin for _, seconds in workers.parked()), timeout=20
    )


def _empty(host: Host, root: Path) -> None:
    """Take away every domain, whoever made it; kill QEMU first, which is quicker than asking it to stop."""
    processes.kill_all(lambda: processes.mentioning(root))
    for domain in list(host.domains):
        with contextlib.suppress(InvalidState, NotFound):  # it went down, and a transient one away, meanwhile
            domain.destroy()
        with contextlib.suppress(NotFound):
            domain.undefine(managed_save=True, snapshots=True, checkpoints=True, nvram=True)


def _tap_devices_work() -> bool:
    return os.geteuid() == 0 and os.access("/dev/net/tun", os.R_OK | os.W_OK)


def _send_libvirts_log_to(path: Path) -> None:
    """Keep libvirt's own log, which in this mode goes to stderr, out of the user's sight."""
    outputs = f"1:file:{path}"
    if "libvirt" not in sys.modules:
        before = os.environ.get("LIBVIRT_LOG_OUTPUTS")
        os.environ["LIBVIRT_LOG_OUTPUTS"] = outputs
        try:
            library()
        finally:
            if before is None:
                del os.environ["LIBVIRT_LOG_OUTPUTS"]
            else:
                os.environ["LIBVIRT_LOG_OUTPUTS"] = before
        return
    libvirt = ctypes.CDLL("libvirt.so.0")
    # Not public, but there since libvirt 3.0; where it is missing, the log stays on stderr.
    set_outputs = getattr(libvirt, "virLogSetOutputs", None)
    if set_outputs is not None:
        set_outputs(outputs.encode())
