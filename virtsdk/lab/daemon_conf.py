"""Settings that a private libvirt needs to leave the machine alone."""

from __future__ import annotations

from pathlib import Path

__all__ = ["write_libvirtd_conf", "write_qemu_conf"]

_QEMU_CONF = """\
user = "root"
group = "root"
security_driver = "none"
security_default_confined = 0
cgroup_controllers = []
namespaces = []
stdio_handler = "file"
remember_owner = 0
"""


def write_qemu_conf(folder: Path) -> None:
    """Write ``qemu.conf``: guests as root, unconfined, without cgroups, namespaces or a log daemon."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "qemu.conf").write_text(_QEMU_CONF)


def write_libvirtd_conf(folder: Path, host_uuid: str) -> None:
    """Write ``libvirtd.conf``: whoever reaches the socket may use it, the log goes to a file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "libvirtd.conf").write_text(
        'auth_unix_rw = "none"\n'
        'log_outputs = "3:file:/var/log/libvirt/libvirtd.log"\n'
        f'host_uuid = "{host_uuid}"\n'
    )
