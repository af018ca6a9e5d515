"""Guests that do nothing by themselves, and write to memory when told to: so much a second, over so much.

What they write are no zeros, which a migration does not send, and never what is there already, which a dirty
rate of sampled pages does not see. One that has moved is not to be asked for anything more: emulated by QEMU
before 9.0, some of what it wrote on the way may be lost, and it may hang or boot anew.
"""

from __future__ import annotations

import shutil
from itertools import count

import pandas as pd

import virtsdk
from tests.integration.figures.test_truth import in_guest
from tests.waiting import until
from virtsdk.lab.guest import boot, image
from virtsdk.lab.guest.guests import Guest
from virtsdk.units import MiB

MEMORY = int(MiB(256))
AREA = int(MiB(80))
"""What it may write to."""

_numbers = count()

# Five times a second the next part of /tmp/area is written, in blocks of 64 KiB: block n in turn t has what
# block n + t of /tmp/source has. The first t is another one each time that this is started.
_SCRIPT = """
now() { read -r up rest </proc/uptime; centis=${up%.*}${up#*.}; }
blocks=$1 chunk=$2 at=0 written=0
now; due=$centis turn=$((centis % 97 + 1))
while :; do
  left=$chunk
  while [ $left -gt 0 ]; do
    count=$left from=$(((at + turn) % 128))
    [ $((at + count)) -gt $blocks ] && count=$((blocks - at))
    [ $((from + count)) -gt 128 ] && count=$((128 - from))
    dd if=/tmp/source of=/tmp/area bs=64k count=$count skip=$from seek=$at conv=notrunc 2>/dev/null
    at=$((at + count)) left=$((left - count))
    [ $at -ge $blocks ] && at=0 turn=$((turn + 1))
  done
  written=$((written + chunk)) due=$((due + 20)); now
  echo $written $centis >/tmp/written
  [ $centis -lt $due ] && usleep $(((due - centis) * 10000))
done
"""


def quiet(name: str, number: int) -> Guest:
    """Describe a guest without any load of its own."""
    return Guest(
        name=name, uuid=f"00000000-0000-4000-8000-{0xD100 + number:012x}", seed=1, vcpus=1,
        mac=f"52:54:00:dd:00:{number:02x}", address=f"169.254.213.{number + 1}/16",
        memory_mib=MEMORY // int(MiB(1)), cpu_percent=0, ballast_mib=0, disk_kib=0, packets=0,
    )  # fmt: skip


def start(host: virtsdk.lab.LabHost, *names: str) -> None:
    """Start guests on a host, with `AREA` of the memory of each filled, and idle; no name a second time."""
    emulator = shutil.which("qemu-system-x86_64")
    assert emulator is not None
    folder = host.layout.guests
    guests = [quiet(name, next(_numbers)) for name in names]
    boot.define_and_start(
        host, guests, image.build(), folder, emulator=emulator, virtualisation="qemu", nic="user",
        report=lambda _: None,
    )  # fmt: skip
    boot.wait_ready(dict.fromkeys(names, (host, folder)), lambda _: None)
    fill = f"""dd if=/dev/urandom of=/tmp/source bs=1M count=8 2>/dev/null
      for part in $(seq {AREA // int(MiB(8))}); do cat /tmp/source; done >/tmp/area"""
    for name in names:
        host.domains[name].wait("agent")
        in_guest(host, name, f"{fill}\ncat > /tmp/write.sh <<'END'\n{_SCRIPT}END\n")


def write(guest: virtsdk.Domain, bytes_per_second: int, area: int = AREA) -> None:
    """Have it write so much a second, over so much of its memory; 0: nothing any more."""
    stop = "[ -f /tmp/pid ] && kill $(cat /tmp/pid); rm -f /tmp/pid; echo 0 0 >/tmp/written"
    blocks, chunk = area // int(MiB(1)) * 16, bytes_per_second * 16 // int(MiB(5))
    go = f"sh /tmp/write.sh {blocks} {chunk} >/dev/null 2>&1 & echo $! >/tmp/pid" if chunk else ":"
    in_guest(guest.host, guest.name, f"{stop}; {go}")


def written(guest: virtsdk.Domain) -> tuple[int, float]:
    """Read how many bytes it has written since it was told to, and when that was, in seconds of its own."""
    blocks, centis = in_guest(guest.host, guest.name, "cat /tmp/written").split()
    return int(blocks) * 2**16, int(centis) / 100


def resident_bytes(guest: virtsdk.Domain) -> int:
    """Memory that holds something, as the guest says from now on: without what it never used."""
    rows: list[pd.Series] = []
    asked = pd.Timestamp.now("UTC")

    def said() -> bool:
        rows.append(guest.host.stats().domains.set_index("name").loc[guest.name])
        return rows[-1]["memory_last_update"] > asked

    until(said)
    return int(rows[-1]["memory_bytes"] - rows[-1]["memory_unused_bytes"])
