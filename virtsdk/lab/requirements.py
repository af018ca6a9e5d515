"""Requirements of the lab on the machine, and a clear error where one is not met."""

from __future__ import annotations

import grp
import os
import platform
import pwd
import shutil

from virtsdk.errors import LabError

__all__ = ["APT_PACKAGES", "install", "program", "require", "require_service_user"]

APT_PACKAGES: tuple[str, ...] = (
    "dnsmasq-base",
    "e2fsprogs",
    "iproute2",
    "iptables",
    "libvirt-clients",
    "libvirt-daemon",
    "libvirt-daemon-driver-qemu",
    "libvirt-daemon-system",
    "qemu-system-x86",
    "qemu-utils",
)
"""Debian packages the lab needs. The guests' kernel and agent are fetched by the image builder itself."""

_PACKAGE_OF_PROGRAM = {
    "mkfs.ext4": "e2fsprogs",
    "ip": "iproute2",
    "libvirtd": "libvirt-daemon-system",
    "virsh": "libvirt-clients",
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-img": "qemu-utils",
    "unshare": "util-linux",
    "setpriv": "util-linux",
    "mount": "mount",
}
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def program(name: str) -> str | None:
    """Find a program, also from the ``sbin`` folders a user's PATH may lack; None where it is absent."""
    return shutil.which(name) or shutil.which(name, path=_SYSTEM_PATH)


def require(*programs: str) -> dict[str, str]:
    """Find the programs that the lab is about to run.

    Returns
    -------
    dict[str, str]
        Program name to absolute path.

    Raises
    ------
    virtsdk.errors.LabError
        A program is missing, or the machine is not x86-64. The message says what to install.

    Examples
    --------
    >>> from virtsdk.lab.requirements import require
    >>> sorted(require("mount"))
    ['mount']
    """
    if platform.machine() != "x86_64":
        raise LabError(f"the lab's guests are x86-64, and this machine is {platform.machine()}")
    found = {name: program(name) for name in programs}
    missing = sorted({_PACKAGE_OF_PROGRAM.get(name, name) for name, path in found.items() if path is None})
    if missing:
        absent = ", ".join(name for name, path in found.items() if path is None)
        raise LabError(install(f"the lab needs {absent}", missing))
    return {name: path for name, path in found.items() if path is not None}


def require_service_user() -> None:
    """Check that root's libvirt finds its service account, which it looks up even when it isn't used.

    Raises
    ------
    virtsdk.errors.LabError
        User or group ``libvirt-qemu`` does not exist and the process is root.
    """
    if os.geteuid() != 0:
        return
    try:
        pwd.getpwnam("libvirt-qemu")
        grp.getgrnam("libvirt-qemu")
    except KeyError as exc:
        raise LabError(
            install("libvirt as root needs the user and group libvirt-qemu", ["libvirt-daemon-system"])
        ) from exc


def install(reason: str, packages: list[str]) -> str:
    """Write a message that ends with the command which installs packages."""
    return (
        f"{reason}; install with: apt-get install --no-install-recommends {' '.join(packages)}"
        f" (everything for the lab: {' '.join(APT_PACKAGES)})"
    )
