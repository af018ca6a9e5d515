"""How long many snapshots of a guest take to list, beside libvirt's calls alone and their documents read."""

from xml.etree import ElementTree

import libvirt

import virtsdk
from tests.benchmarks.figures import report
from tests.benchmarks.resources.bench_streams import in_turn

COUNT = 300


def main():
    with virtsdk.connect("test:///default") as host:
        guest = host.domains["test"]
        base = guest.snapshots.create("0")
        for number in range(1, COUNT):
            if number % 50 == 0:
                base.revert()
            guest.snapshots.create(str(number))
        raw = libvirt.open("test:///default").lookupByName("test")
        calls, read, frame, tree = in_turn(
            lambda: [one.getXMLDesc(0) for one in raw.listAllSnapshots(0)],
            lambda: [ElementTree.fromstring(one.getXMLDesc(0)) for one in raw.listAllSnapshots(0)],
            guest.snapshots.frame,
            lambda: str(guest.snapshots.tree()),
        )
        assert len(guest.snapshots.frame()) == COUNT
        report(f"the calls for {COUNT} snapshots", calls * 1000, "ms")
        report("  and their documents read", read * 1000, "ms")
        report("frame of them", frame * 1000, "ms")
        report("tree of them", tree * 1000, "ms")
        report("  ratio of the frame to documents read", frame / read, "x", bar=2)
        base.delete(children=True)


if __name__ == "__main__":
    main()
