"""How long a volume takes up and down, beside a plain loop on libvirt's stream and beside virsh."""

import os
import subprocess
import tempfile
import time
from pathlib import Path

import libvirt

import virtsdk
from tests.benchmarks.figures import report

MIB = 256
PACKET = 262_120
VOLUME = f"""<volume><name>disk</name><capacity unit='MiB'>{MIB}</capacity>
<target><format type='raw'/></target></volume>"""


def main():
    with tempfile.TemporaryDirectory() as folder, virtsdk.lab.hosts(1, progress=None) as (host,):
        source, target = Path(folder, "source"), Path(folder, "target")
        source.write_bytes(os.urandom(1 << 20) * MIB)
        Path(folder, "pool").mkdir()
        pool = host.storage_pools.create(
            f"<pool type='dir'><name>fast</name><target><path>{folder}/pool</path></target></pool>"
        )
        volume = pool.volumes.create(VOLUME)
        raw = libvirt.open(host.uri)
        plain = raw.storagePoolLookupByName("fast").storageVolLookupByName("disk")
        virsh = ["virsh", "-q", "-c", host.uri]
        for name, ours, loop, command in (
            (
                "upload", lambda: volume.upload(source), lambda: plain_upload(raw, plain, source),
                [*virsh, "vol-upload", "disk", str(source), "fast"],
            ),
            (
                "download", lambda: volume.download(target), lambda: plain_download(raw, plain, target),
                [*virsh, "vol-download", "disk", str(target), "fast"],
            ),
        ):  # fmt: skip
            ways = ours, loop, lambda command=command: subprocess.run(command, check=True)
            here, floor, theirs = in_turn(*ways)
            report(f"{name} of {MIB} MiB", MIB / here, "MiB/s")
            report("  a plain loop on the stream", MIB / floor, "MiB/s")
            report("  virsh", MIB / theirs, "MiB/s")
            report("  ratio of times to the plain loop", here / floor, "x", bar=1.5)
        assert target.read_bytes() == source.read_bytes()
        raw.close()


def in_turn(*ways, repeat=7):
    """Run things in turn; return the shortest time of each."""
    best = [float("inf")] * len(ways)
    for _ in range(repeat):
        for place, way in enumerate(ways):
            start = time.perf_counter()
            way()
            best[place] = min(best[place], time.perf_counter() - start)
    return best


def plain_upload(conn, volume, source):
    stream = conn.newStream(0)
    volume.upload(stream, 0, 0, 0)
    with source.open("rb", buffering=0) as file:
        while data := file.read(PACKET):
            stream.send(data)
    stream.finish()


def plain_download(conn, volume, target):
    stream = conn.newStream(0)
    volume.download(stream, 0, 0, 0)
    with target.open("wb", buffering=0) as file:
        while data := stream.recv(PACKET):
            file.write(data)
    stream.finish()


if __name__ == "__main__":
    main()
