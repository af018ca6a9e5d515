"""Private libvirt daemons: n hosts, each with its own socket, state, name, processes and network."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path
from types import TracebackType

from virtsdk.errors import ConnectError, LabError, TimedOut
from virtsdk.lab import capabilities, processes
from virtsdk.lab.daemon_conf import write_libvirtd_conf, write_qemu_conf
from virtsdk.lab.guest import boot, containers, image
from virtsdk.lab.guest.guests import Guest, guest
from virtsdk.lab.keeper import Keeper
from virtsdk.lab.lab_host import LabHost, daemon_pid
from virtsdk.lab.layout import Layout
from virtsdk.lab.namespaces import own_namespaces
from virtsdk.lab.progress import Progress, reporter
from virtsdk.lab.requirements import require
from virtsdk.lab.virtualisation import virtualisation
from virtsdk.resources.host import Host

__all__ = ["HostsLab"]

_MOST_HOSTS = 64
_SECONDS = 60.0

DRIVERS = ("qemu", "lxc")

_lock = threading.Lock()
_numbers: set[int] = set()


class HostsLab:
    """Private libvirt daemons with guests; made by `virtsdk.lab.hosts`."""

    def __init__(
        self,
        n: int,
        guests: int = 0,
        *,
        driver: str = "qemu",
        wait: bool = True,
        progress: Progress = "auto",
    ) -> None:
        for word, number, least in (("n", n, 1), ("guests", guests, 0)):
            if isinstance(number, bool) or not isinstance(number, int):
                raise TypeError(f"{word} must be a number, not {number!r}")
            if not least <= number <= _MOST_HOSTS:
                raise ValueError(f"{word} must be {least} to {_MOST_HOSTS}, not {number}")
        if driver not in DRIVERS:
            raise ValueError(f"driver must be {' or '.join(map(repr, DRIVERS))}, not {driver!r}")
        self._driver = driver
        self._count = n
        self._guests = guests
        self._wait = wait
        self._report = reporter(progress)
        self._numbers: list[int] = []
        self._keeper: Keeper | None = None
        self._hosts: list[LabHost] = []

    def start(self) -> list[LabHost]:
        """Bring the hosts up; what an earlier `start` of this object brought up is taken down first.

        Returns
        -------
        list[LabHost]
            Connected, with their guests running.

        Raises
        ------
        virtsdk.errors.LabError
            Something is missing or did not come up.
        """
        self.stop()
        try:
            return self._up()
        except BaseException:
            self._report("not up; taking it down again")
            self.stop()
            raise

    def stop(self) -> None:
        """Take hosts and guests down and remove everything of theirs; a second call does nothing."""
        for host in self._hosts:
            host.close()
        if self._hosts:
            capabilities.keep(self._hosts[0].layout.cache)
        self._hosts = []
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.end()
        with _lock:
            _numbers.difference_update(self._numbers)
        self._numbers = []

    def leave_up(self) -> Path:
        """Close the connections and let the hosts outlive this process.

        Returns
        -------
        Path
            The lab's folder, for ``virtsdk.lab.keeper.end``, which takes it down.
        """
        if self._keeper is None:
            raise LabError("the lab is not up, there is nothing to leave")
        for host in self._hosts:
            host.close()
        self._hosts = []
        keeper, self._keeper = self._keeper, None
        keeper.disown()
        return keeper.folder

    def __enter__(self) -> list[LabHost]:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = "up" if self._hosts else "down"
        return f"<HostsLab {state}, {self._described()}>"

    def _described(self) -> str:
        hosts, guests = boot.counted(self._count, "host"), boot.counted(self._guests, "guest")
        return f"{hosts} with {guests}{' each' if self._count > 1 else ''}"

    def _up(self) -> list[LabHost]:
        report = self._report
        start = time.monotonic()
        if self._driver == "lxc":
            containers.require_root()
        programs = require(
            "ip", "libvirtd", "mkfs.ext4", "mount", "qemu-img", "qemu-system-x86_64", "unshare"
        )
        with _lock:
            free = (number for number in range(1, 1000) if number not in _numbers)
            self._numbers = [next(free) for _ in range(self._count)]
            _numbers.update(self._numbers)
        with ThreadPoolExecutor(1) as pool:
            needs_image = self._guests and self._driver == "qemu"
            building = pool.submit(image.build, report) if needs_image else None
            report(f"starting {boot.counted(self._count, 'daemon')}")
            self._start_daemons(programs)
            if building is not None:
                self._boot(building.result(), programs["qemu-system-x86_64"])
        if self._driver == "lxc":
            for host, guests in self._placed():
                containers.define_and_start(host, guests, report)
        report(f"{self._described()} up after {time.monotonic() - start:.1f} s")
        return list(self._hosts)

    def _start_daemons(self, programs: dict[str, str]) -> None:
        self._keeper = Keeper()
        folder = self._keeper.folder
        seeded = True
        layouts = [Layout(folder / f"lab{number}") for number in self._numbers]
        namespaces = own_namespaces(programs["unshare"], folder)
        for number, layout in zip(self._numbers, layouts, strict=True):
            layout.make()
            write_qemu_conf(layout.settings)
            host_uuid = f"00000000-0000-4000-9000-{number:012x}"
            write_libvirtd_conf(layout.settings, host_uuid, layout.log)
            seeded = capabilities.seed(layout.cache)
        self._keeper.start([_command(layout, namespaces, programs["libvirtd"]) for layout in layouts])
        for layout in layouts:
            if not processes.wait_until(lambda layout=layout: daemon_pid(layout) is not None, _SECONDS):
                raise LabError(f"the daemon of lab host {layout.name} did not come up{_reason(layout)}")
            try:
                self._hosts.append(LabHost.open(layout, self._driver))
            except (ConnectError, TimedOut) as exc:
                raise LabError(f"lab host {layout.name} does not answer: {exc}{_reason(layout)}") from exc
        if self._guests and not seeded and self._driver == "qemu":
            self._report("libvirt looks at QEMU (once for each version)")
            boot.probe(self._hosts[0], programs["qemu-system-x86_64"])
            capabilities.keep(layouts[0].cache)
            for layout in layouts[1:]:
                capabilities.seed(layout.cache)

    def _placed(self) -> list[tuple[LabHost, list[Guest]]]:
        return [
            (host, [guest(number, place, self._guests) for place in range(self._guests)])
            for number, host in zip(self._numbers, self._hosts, strict=True)
        ]

    def _boot(self, built: image.Image, emulator: str) -> None:
        kind = virtualisation(built, self._report)
        nic = "ethernet" if os.access("/dev/net/tun", os.R_OK | os.W_OK) else "user"
        waiting: dict[str, tuple[Host, Path]] = {}
        for host, guests in self._placed():
            folder = host.layout.guests
            boot.define_and_start(
                host,
                guests,
                built,
                folder,
                emulator=emulator,
                virtualisation=kind,
                nic=nic,
                report=self._report,
            )
            waiting |= {one.name: (host, folder) for one in guests}
        if self._wait:
            boot.wait_ready(waiting, self._report)


def _command(layout: Layout, unshare: list[str], libvirtd: str) -> list[str]:
    script = layout.home / "init.sh"
    with resources.as_file(resources.files("virtsdk.lab").joinpath("host-init.sh")) as packaged:
        shutil.copyfile(packaged, script)
    return [*unshare, "/bin/sh", str(script), str(layout.home), layout.name, libvirtd]


def _reason(layout: Layout) -> str:
    """Give the last words of the daemon's log, or of its start, for a message."""
    for path in (layout.log, layout.home.parent / "keeper.log"):
        with contextlib.suppress(FileNotFoundError):
            lines = path.read_text(errors="replace").strip().splitlines()
            if lines:
                return f": {lines[-1]} ({path.name})"
    return ""
