"""Layout of a private host's folder."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

__all__ = ["Layout"]


@dataclasses.dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one private host.

    As root a host is a system daemon; as another user it is a session daemon, since libvirt's system daemon
    changes users and groups, which an unprivileged user namespace does not allow.

    Attributes
    ----------
    home
        The host's folder, below the lab's; it has the host's name.
    """

    home: Path

    @property
    def name(self) -> str:
        """The host's name."""
        return self.home.name

    @property
    def socket(self) -> Path:
        """The daemon's socket."""
        return self.home / "run" / "libvirt" / "libvirt-sock"

    @property
    def uri(self) -> str:
        """The URI for `virtsdk.connect` and ``virsh -c``."""
        return self.uri_of("qemu")

    def uri_of(self, driver: str) -> str:
        """Give the URI of one of the daemon's drivers: ``qemu``, and ``lxc`` where that is installed."""
        return f"{driver}+unix:///{'system' if os.geteuid() == 0 else 'session'}?socket={self.socket}"

    @property
    def settings(self) -> Path:
        """The folder of ``libvirtd.conf`` and ``qemu.conf``."""
        return self.home / "etc" / "libvirt"

    @property
    def cache(self) -> Path:
        """The folder in which libvirt keeps what it found out about QEMU."""
        return self.home / "cache" / "libvirt"

    @property
    def log(self) -> Path:
        """The daemon's log."""
        return self.home / "log" / "libvirt" / "libvirtd.log"

    @property
    def guests(self) -> Path:
        """The folder of the guests' disks and console logs."""
        return self.home / "guests"

    @property
    def stay_down(self) -> Path:
        """A file that keeps a killed daemon from coming back while it is there."""
        return self.home / "stay-down"

    def make(self) -> None:
        """Make the folders."""
        for part in ("etc", "lib", "cache", "run", "log"):
            (self.home / part / "libvirt").mkdir(parents=True)
