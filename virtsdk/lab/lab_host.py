"""One private host: a connection like any other, and the faults that a test or a tutorial asks for."""

from __future__ import annotations

import os
import signal
import socket
import struct
from typing import Self

from virtsdk.binding.session import Session
from virtsdk.binding.way_in.door import Door
from virtsdk.errors import LabError, NotFound
from virtsdk.lab import processes
from virtsdk.lab.layout import Layout
from virtsdk.resources.host import Host

__all__ = ["LabHost"]


class LabHost(Host):
    """A host of `virtsdk.lab.hosts`: everything that `Host` does, and faults.

    Attributes
    ----------
    layout
        Where its files are: ``layout.log`` of the daemon, ``layout.guests`` with the guests' consoles ...

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.lab.hosts(2, guests=1) as hosts:     # doctest: +SKIP
    ...     hosts[0].kill_daemon()                        # its guests run on, its connection comes back
    ...     hosts[1].kill_guest("db1")
    """

    layout: Layout

    def __init__(self, session: Session, layout: Layout) -> None:
        super().__init__(session)
        self.layout = layout
        self._namespace = processes.pid_namespace(self._daemon_pid())

    @classmethod
    def open(cls, layout: Layout, driver: str = "qemu") -> Self:
        """Connect to a driver of the daemon whose paths these are."""
        return cls(Session(Door(layout.uri_of(driver))), layout)

    def __enter__(self) -> Self:
        return self

    def kill_daemon(self, *, restart: bool = True) -> None:
        """SIGKILL its libvirtd; the guests run on.

        Parameters
        ----------
        restart
            Let it come back by itself, after about half a second; False: not before `start_daemon`.

        Raises
        ------
        virtsdk.errors.LabError
            The daemon is down already.
        """
        pid = self._daemon_pid()
        if not restart:
            self.layout.stay_down.touch()
        processes.kill(pid)

    def start_daemon(self, timeout: float = 60.0) -> None:
        """Let a killed libvirtd come back, and wait until it accepts connections.

        Parameters
        ----------
        timeout
            Seconds to wait for it.

        Raises
        ------
        virtsdk.errors.LabError
            It did not come back in time.
        """
        self.layout.stay_down.unlink(missing_ok=True)
        if not processes.wait_until(self._daemon_answers, timeout):
            raise LabError(f"libvirtd of lab host {self.name} did not come back; log: {self.layout.log}")

    def freeze(self) -> None:
        """Stop its libvirtd as a hung machine would (SIGSTOP); the guests run on.

        Raises
        ------
        virtsdk.errors.LabError
            The daemon is down.
        """
        os.kill(self._daemon_pid(), signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen libvirtd go on.

        Raises
        ------
        virtsdk.errors.LabError
            The daemon is down.
        """
        os.kill(self._daemon_pid(), signal.SIGCONT)

    def kill_guest(self, name: str) -> None:
        """SIGKILL a guest's QEMU, or a container's first process's parent, as when memory runs out.

        Parameters
        ----------
        name
            The guest's name.

        Raises
        ------
        virtsdk.errors.NotFound
            No guest of that name runs here.
        """
        for pid in processes.of_pid_namespace(self._namespace):
            words = processes.command(pid)
            of_qemu = "-name" in words and words[words.index("-name") + 1].startswith(f"guest={name},")
            of_lxc = "--name" in words and words[words.index("--name") + 1] == name
            if of_qemu or of_lxc:
                processes.kill(pid)
                return
        raise NotFound(f"no guest {name!r} runs on lab host {self.name}")

    def _daemon_pid(self) -> int:
        pid = daemon_pid(self.layout)
        if pid is None:
            raise LabError(f"libvirtd of the lab host {self.layout.name} is down")
        return pid

    def _daemon_answers(self) -> bool:
        return daemon_pid(self.layout) is not None


def daemon_pid(layout: Layout) -> int | None:
    """Ask the kernel which process listens on the daemon's socket; None where none does."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(layout.socket))
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        credentials = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return struct.unpack("3i", credentials)[0] or None
