"""Putting guests on a lab host and waiting for them."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape

from virtsdk.errors import LabError
from virtsdk.lab.guest.guests import Guest, domain_xml
from virtsdk.lab.guest.image import Image
from virtsdk.lab.progress import Report
from virtsdk.resources.host import Host

__all__ = ["console_tail", "counted", "define_and_start", "probe", "wait_ready"]

_READY = "virtsdk-lab: {name} ready"
_SECONDS = 120.0

_PROBE = """<domain type='qemu'><name>virtsdk-lab-probe</name><memory unit='MiB'>16</memory>
<os><type arch='x86_64' machine='pc'>hvm</type></os><devices><emulator>{}</emulator></devices></domain>"""


def probe(host: Host, emulator: str) -> None:
    """Make libvirt look at the emulator that the guests use, and at no other."""
    host.domains.define(_PROBE.format(escape(emulator))).undefine()


def define_and_start(
    host: Host,
    guests: list[Guest],
    image: Image,
    folder: Path,
    *,
    emulator: str,
    virtualisation: Literal["kvm", "qemu"],
    nic: Literal["ethernet", "user"],
    report: Report,
    taps: str = "",
) -> None:
    """Define and start guests, each with a disk of its own in a folder; returns before they have booted.

    `taps` begins the names of their tap devices, for a host that shares its network with others: libvirt
    takes the next free ``vnet`` number, and of two hosts that take the same one the second fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for place, guest in enumerate(guests):
        report(f"starting {guest.name} ({guest.vcpus} vCPU, {guest.memory_mib} MiB)")
        shutil.copyfile(image.disk, folder / f"{guest.name}.qcow2")
        definition = domain_xml(
            guest,
            image,
            folder,
            emulator=emulator,
            virtualisation=virtualisation,
            nic=nic,
            tap=f"{taps}{place}" if taps and nic == "ethernet" else "",
        )
        host.domains.define(definition).start()


def wait_ready(guests: dict[str, tuple[Host, Path]], report: Report) -> None:
    """Wait until guests have booted to their load and their agent.

    Parameters
    ----------
    guests
        Guest name to its host and the folder with its console log.

    Raises
    ------
    virtsdk.errors.LabError
        One of them went down, or was not ready in two minutes; the message ends with its console's words.
    """
    waiting = dict(guests)
    if waiting:
        report(f"waiting for {counted(len(waiting), 'guest')} to boot")
    deadline = time.monotonic() + _SECONDS
    next_look = time.monotonic() + 1
    while waiting:
        for name, (host, folder) in list(waiting.items()):
            if _READY.format(name=name) in _console(folder, name):
                del waiting[name]
                report(f"{name} is up; {len(guests) - len(waiting)} of {len(guests)}")
            elif time.monotonic() > next_look and not host.domains[name].is_active:
                raise LabError(f"lab guest {name} went down while it booted{console_tail(folder, name)}")
        if time.monotonic() > next_look:
            next_look = time.monotonic() + 1
        if waiting and time.monotonic() > deadline:
            name, (_, folder) = next(iter(waiting.items()))
            raise LabError(f"lab guest {name} was not up after {_SECONDS:g} s{console_tail(folder, name)}")
        time.sleep(0.1)


def counted(number: int, noun: str) -> str:
    """Write a number of things.

    Examples
    --------
    >>> counted(1, "guest"), counted(2, "guest")
    ('1 guest', '2 guests')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def console_tail(folder: Path, name: str) -> str:
    """Give the last lines of a guest's console for a message; empty where it said nothing."""
    lines = [line for line in _console(folder, name).splitlines() if line.strip()]
    return "; its console says: " + " | ".join(lines[-3:]) if lines else ""


def _console(folder: Path, name: str) -> str:
    path = folder / f"{name}.log"
    return path.read_text(errors="replace") if path.exists() else ""
