"""Find out whether guests can run on KVM here: a node that opens is not enough, so one guest is booted."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from virtsdk.lab.guest.image import Image, cache_folder
from virtsdk.lab.requirements import require

__all__ = ["virtualisation"]

_NODE = Path("/dev/kvm")
_SECONDS = 10
_SIGN_OF_LIFE = b"virtsdk-lab:"


def virtualisation(image: Image, progress: Callable[[str], None] = lambda _: None) -> Literal["kvm", "qemu"]:
    """Tell which domain type works on this machine: ``kvm``, else ``qemu`` (emulation, slower).

    The answer is kept for this kernel and this QEMU.

    Parameters
    ----------
    image
        The guest image that the trial boots.
    progress
        Called with a line of text when there is something to wait for.
    """
    if not os.access(_NODE, os.R_OK | os.W_OK):
        return "qemu"
    emulator = require("qemu-system-x86_64")["qemu-system-x86_64"]
    circumstances = [os.uname().release, os.uname().version, Path(emulator).stat().st_mtime_ns, image.release]
    answer = cache_folder() / "kvm.json"
    if answer.exists():
        known = json.loads(answer.read_text())
        if known["circumstances"] == circumstances:
            return "kvm" if known["works"] else "qemu"
    progress("trying KVM with a guest (once)")
    works = _boots(emulator, image)
    answer.write_text(json.dumps({"circumstances": circumstances, "works": works}))
    return "kvm" if works else "qemu"


def _boots(emulator: str, image: Image) -> bool:
    command = [emulator, "-accel", "kvm", "-cpu", "host", "-m", "128", "-nodefaults", "-no-reboot"]
    command += ["-display", "none", "-monitor", "none", "-serial", "stdio", "-kernel", str(image.kernel)]
    command += ["-initrd", str(image.initrd), "-append", "console=ttyS0 quiet panic=-1 lab.trial=1"]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as expired:
        return _SIGN_OF_LIFE in (expired.stdout or b"")
    return _SIGN_OF_LIFE in done.stdout
