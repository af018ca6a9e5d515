"""LXC containers as lab guests: a shell that is busy for a while and sleeps for a while."""

from __future__ import annotations

import os
from xml.sax.saxutils import escape

from virtsdk.errors import LabError
from virtsdk.lab.guest.guests import Guest
from virtsdk.lab.progress import Report
from virtsdk.resources.host import Host

__all__ = ["container_xml", "define_and_start", "require_root"]

_TURNS = 15_000  # of a shell's loop, for about a hundredth of a second
_LOAD = "while :; do i=0; while [ $i -lt {turns} ]; do i=$((i + 1)); done; sleep 1; done"


def require_root() -> None:
    """Check that this user may run containers.

    Raises
    ------
    virtsdk.errors.LabError
        Only root may.
    """
    if os.geteuid() != 0:
        raise LabError("libvirt runs containers as root only; as another user there are QEMU guests")


def container_xml(guest: Guest) -> str:
    """Write the definition of a container: this machine's own files, its own processes and network."""
    load = _LOAD.format(turns=_TURNS * guest.cpu_percent)
    return f"""<domain type='lxc'>
  <name>{escape(guest.name)}</name>
  <uuid>{guest.uuid}</uuid>
  <title>virtsdk lab guest</title>
  <memory unit='MiB'>{guest.memory_mib}</memory>
  <vcpu>{guest.vcpus}</vcpu>
  <os>
    <type>exe</type>
    <init>/bin/sh</init>
    <initarg>-c</initarg>
    <initarg>{escape(load)}</initarg>
  </os>
  <devices>
    <interface type='ethernet'><mac address='{guest.mac}'/></interface>
    <console type='pty'/>
  </devices>
</domain>
"""


def define_and_start(host: Host, guests: list[Guest], report: Report) -> None:
    """Define and start containers; they run at once."""
    for guest in guests:
        report(f"starting {guest.name} (a container, {guest.vcpus} vCPU, {guest.memory_mib} MiB)")
        host.domains.define(container_xml(guest)).start()
