"""A guest that does nothing by itself, and writes to its memory when told to: so much a second, over so much.

What it writes are no zeros, which a migration does not send, and never what is there already, which a dirty
rate of sampled pages does not see.
"""

from __future__ import annotations

import shutil

import virtsdk
from tests.integration.figures.test_truth import in_guest
from virtsdk.lab.guest import boot, image
from virtsdk.lab.guest.guests import Guest
from virtsdk.units import MiB

MEMORY = int(MiB(256))
AREA = int(MiB(80))
"""What it may write to."""

_QUIET = Guest(
    name="writer", uuid="00000000-0000-4000-8000-0000000000d1", mac="52:54:00:dd:00:01",
    address="169.254.213.1/16", seed=1, vcpus=1, memory_mib=MEMORY // int(MiB(1)), cpu_percent=0,
    ballast_mib=0, disk_kib=0, packets=0,
)  # fmt: skip

# Five times a second the next part of /tmp/area is written, in blocks of 64 KiB: block n in turn t has what
# block n + t of /tmp/source has. The first t is another one each time that this is started.
_SCRIPT = """
now() { read -r up rest </proc/uptime; centis=${up%.*}${up#*.}; }
blocks=$1 chunk=$2 at=0
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
  due=$((due + 20)); now
  [ $centis -lt $due ] && usleep $(((due - centis) * 10000))
done
"""


def start(host: virtsdk.lab.LabHost) -> virtsdk.Domain:
    """Start the guest on a host, with `AREA` of its memory filled, and idle."""
    emulator = shutil.which("qemu-system-x86_64")
    assert emulator is not None
    folder = host.layout.guests
    boot.define_and_start(
        host, [_QUIET], image.build(), folder, emulator=emulator, virtualisation="qemu", nic="user",
        report=lambda _: None,
    )  # fmt: skip
    boot.wait_ready({_QUIET.name: (host, folder)}, lambda _: None)
    fill = " && ".join(
        f"dd if=/dev/urandom of=/tmp/{name} bs=1M count={size // int(MiB(1))} 2>/dev/null"
        for name, size in (("source", int(MiB(8))), ("area", AREA))
    )
    in_guest(host, _QUIET.name, f"{fill}; cat > /tmp/write.sh <<'END'\n{_SCRIPT}END\n")
    return host.domains[_QUIET.name]


def write(guest: virtsdk.Domain, bytes_per_second: int, area: int = AREA) -> None:
    """Have it write so much a second, over so much of its memory; 0: nothing any more."""
    stop = "[ -f /tmp/pid ] && kill $(cat /tmp/pid); rm -f /tmp/pid"
    blocks, chunk = area // int(MiB(1)) * 16, bytes_per_second * 16 // int(MiB(5))
    go = f"sh /tmp/write.sh {blocks} {chunk} >/dev/null 2>&1 & echo $! >/tmp/pid" if chunk else ":"
    in_guest(guest.host, guest.name, f"{stop}; {go}")


def resident_bytes(guest: virtsdk.Domain) -> int:
    """Memory that holds something, as the guest says: without what it never used."""
    row = guest.host.stats().domains.set_index("name").loc[guest.name]
    return int(row["memory_bytes"] - row["memory_unused_bytes"])
