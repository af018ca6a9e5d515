"""How long an agent's files and programs take, beside plain loops of its own commands in the same pieces."""

import json
import time
from base64 import b64decode, b64encode

import libvirt_qemu

import virtsdk
from tests.benchmarks.figures import report
from virtsdk.resources.domain.agent.asking import PIECE

MIB = 4
READ = 1 << 20


def main():
    with virtsdk.lab.hosts(1, guests=1, progress=None) as (host,):
        guest = host.domains["web1"]
        guest.wait("agent", timeout=60)
        data = bytes(range(256)) * (MIB << 12)

        def bare(name, **arguments):
            command = json.dumps({"execute": name, "arguments": arguments})

            def ask(conn):
                return libvirt_qemu.qemuAgentCommand(conn.lookupByName("web1"), command, 30, 0)

            return json.loads(host.session.call("ask", "web1", ask))["return"]

        def write():
            handle = bare("guest-file-open", path="/tmp/bench", mode="wb")
            for start in range(0, len(data), PIECE):
                piece = b64encode(data[start : start + PIECE]).decode()
                bare("guest-file-write", handle=handle, **{"buf-b64": piece})
            bare("guest-file-close", handle=handle)

        def read():
            handle = bare("guest-file-open", path="/tmp/bench", mode="rb")
            while not (said := bare("guest-file-read", handle=handle, count=READ))["eof"]:
                b64decode(said["buf-b64"])
            bare("guest-file-close", handle=handle)

        def run():
            number = bare("guest-exec", path="true", **{"capture-output": True})["pid"]
            while not bare("guest-exec-status", pid=number)["exited"]:
                time.sleep(0.01)

        ours, floor = in_turn(lambda: guest.agent.write_file("/tmp/bench", data), write)
        report(f"write {MIB} MiB", MIB / ours, "MiB/s")
        report("  ratio of times to a plain loop", ours / floor, "x", bar=1.5)
        ours, floor = in_turn(lambda: guest.agent.read_file("/tmp/bench"), read)
        report(f"read {MIB} MiB", MIB / ours, "MiB/s")
        report("  ratio of times to a plain loop", ours / floor, "x", bar=1.5)
        ours, floor = in_turn(lambda: guest.agent.run(["true"]), run)
        report("run a program", ours * 1000, "ms")
        report("  without a shell that cuts its output", floor * 1000, "ms")


def in_turn(*ways, repeat=7):
    """Run things in turn; return the shortest time of each."""
    best = [float("inf")] * len(ways)
    for _ in range(repeat):
        for place, way in enumerate(ways):
            start = time.perf_counter()
            way()
            best[place] = min(best[place], time.perf_counter() - start)
    return best


if __name__ == "__main__":
    main()
