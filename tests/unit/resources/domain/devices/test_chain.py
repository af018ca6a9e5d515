"""The files behind a disk."""

from __future__ import annotations

import pytest

from virtsdk import xml
from virtsdk.models.domain import Disk
from virtsdk.resources.domain.devices.chain import Layer, chain_of, check_layer, path_of, paths_of

RUNNING = xml.parse(
    """<disk type='file'><driver type='qcow2'/><source file='/c' index='3'/>
  <backingStore type='file' index='2'><format type='qcow2'/><source file='/b'/>
    <backingStore type='network' index='1'><format type='raw'/><source protocol='nbd' name='x'/>
  </backingStore></backingStore><target dev='vda'/></disk>""",
    Disk,
)


def test_a_chain_has_the_guests_own_file_first() -> None:
    assert chain_of(RUNNING) == (Layer("/c", "qcow2", 3), Layer("/b", "qcow2", 2), Layer(None, "raw", 1))
    assert paths_of(RUNNING) == ("/c", "/b")
    assert chain_of(Disk(device="cdrom")) == ()


def test_a_place_in_the_chain_is_a_file() -> None:
    assert [path_of(RUNNING, name) for name in ("vda[2]", "/b", "vda[1]", "vda[9]", None)] == [
        "/b",
        "/b",
        None,
        None,
        None,
    ]


def test_a_file_is_one_of_the_chain_or_a_place_in_it() -> None:
    for fine in (None, "/b", "vda[2]"):
        check_layer("top", fine, ("/c", "/b"))
    for wrong in ("/d", "vda", "b", "vda[x]"):
        with pytest.raises(ValueError, match=r"top must be a file of the disk \('/c', '/b'\)"):
            check_layer("top", wrong, ("/c", "/b"))
    with pytest.raises(TypeError, match="base must be the path of a file of the disk, not 2"):
        check_layer("base", 2, ("/c", "/b"))
