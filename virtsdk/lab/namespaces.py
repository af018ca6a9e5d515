"""Namespaces for a private host, and whether this machine allows them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from virtsdk.errors import LabError

__all__ = ["own_namespaces"]

_OWN = ["--mount", "--uts", "--ipc", "--pid", "--net", "--fork", "--kill-child", "--mount-proc"]


def own_namespaces(unshare: str, folder: Path) -> list[str]:
    """Give the command that runs another one in namespaces of its own, after a trial.

    Parameters
    ----------
    unshare
        Path of ``unshare``.
    folder
        A folder for the trial's mount.

    Raises
    ------
    virtsdk.errors.LabError
        This machine allows no such namespaces, or mounts in them would show outside.
    """
    if os.geteuid() != 0:
        command = [unshare, "--map-current-user", "--keep-caps", *_OWN]
        said = _try([*command, "true"])
    else:
        command = [unshare, *_OWN, "--propagation", "private"]
        said = _try([*command, "true"])
        if said is not None and "propagation" in said:  # in a chroot, whose root is no mount of its own
            command = [unshare, *_OWN, "--propagation", "unchanged"]
            said = _try([*command, "mount", "--bind", str(folder), str(folder)])
            if _is_mounted(folder):
                subprocess.run(["umount", str(folder)], check=True)
                said = "its mounts show outside; bind-mount the chroot's folder to itself and make it private"
    if said is not None:
        raise LabError(
            f"private hosts need namespaces of their own, and this machine does not allow them ({said}):"
            " run as root, outside a restricted container, or use virtsdk.lab.embedded()"
        )
    return command


def _try(command: list[str]) -> str | None:
    """Run a command; what it complains about, None where it works."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else done.stderr.strip() or f"exit status {done.returncode}"


def _is_mounted(folder: Path) -> bool:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return any(line.split()[4] == str(folder) for line in lines)
