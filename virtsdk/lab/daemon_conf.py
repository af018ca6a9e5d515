"""Settings that a private libvirt needs to leave the machine alone."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["write_libvirtd_conf", "write_qemu_conf"]

_AS_ROOT = """\
user = "root"
group = "root"
"""
_QEMU_CONF = """\
security_driver = "none"
security_default_confined = 0
cgroup_controllers = []
namespaces = []
stdio_handler = "file"
remember_owner = 0
"""


def write_qemu_conf(folder: Path) -> None:
    """Write ``qemu.conf``: guests as whoever libvirt is, unconfined, without cgroups or a log daemon."""
    (folder / "qemu.conf").write_text((_AS_ROOT if os.geteuid() == 0 else "") + _QEMU_CONF)


def write_libvirtd_conf(folder: Path, host_uuid: str, log: Path) -> None:
    """Write ``libvirtd.conf``: whoever reaches the socket may use it, the log goes to a file."""
    (folder / "libvirtd.conf").write_text(
        f'auth_unix_rw = "none"\nlog_outputs = "3:file:{log}"\nhost_uuid = "{host_uuid}"\n'
    )
