"""What libvirt writes of its own test documents is what they said, in whatever order their lists are."""

import random
import re

import pytest

from tests.conformance import corpus
from tests.properties.edits import shuffle_below
from virtsdk import xml

PAIRS = ["networkxml2xml", "nwfilterxml2xml", "storagepoolxml2xml", "storagevolxml2xml"]

ACCEPTED = {
    "ipv6": "libvirt does not write the default",
    "capacity": "a pool's figures are read from the host",
    "allocation": "a pool's figures are read from the host",
    "available": "a pool's figures are read from the host",
    "source": "where a volume lies is read from the host",
    "source.devices[].free_extents[]": "a pool's figures are read from the host",
    "target.path": "the path of a logical pool follows from its name",
    "target.timestamps": "a volume's times are read from the host",
    "target.permissions.owner": "libvirt does not write the default of -1",
    "target.permissions.group": "libvirt does not write the default of -1",
    "target.nocow": "only said when a volume is made",
}
"""Paths that libvirt does not write back, with the reason."""


@pytest.mark.parametrize("kind", PAIRS)
def test_what_libvirt_writes_is_what_was_said(kind):
    there = corpus.fetch()
    compared, different = 0, []
    for document in sorted((there / f"{kind}in").glob("*.xml")):
        written = there / f"{kind}out" / document.name
        if not written.exists():
            continue
        compared += 1
        said, back = (xml.parse(path.read_bytes()) for path in (document, written))
        different += [
            f"{document.name}: {change}"
            for change in xml.diff(back, said, only_said=True)
            if re.sub(r"\[\d+\]", "[]", change.path) not in ACCEPTED
        ]
    assert compared > 10
    assert different == []


def test_an_order_that_says_nothing_is_no_change(documents):
    rng = random.Random(7)
    different = []
    for document in documents:
        before, after = xml.parse(document.data), xml.parse(document.data)
        shuffle_below(after, rng)
        if xml.diff(before, after):
            different.append(f"{document}: {xml.diff(before, after)}")
    assert different == []
