"""Drivers whose hypervisor is not on the test machine: as far as they get without one.

Their documents are read and written back by the conformance tests.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import virtsdk
from virtsdk import errors
from virtsdk.binding import features
from virtsdk.binding.features import Version
from virtsdk.binding.uri import DRIVERS, build

NEWEST = Version(12, 8, 0)
HYPERVISORS = {"qemu", "lxc", "test", "xen", "vbox", "esx", "bhyve", "hyperv", "ch", "vz"}


@pytest.fixture(scope="module")
def uri() -> Iterator[str]:
    with virtsdk.lab.hosts(1, progress=None) as hosts:
        yield hosts[0].layout.uri


@pytest.mark.parametrize(
    ("driver", "expected"),
    [
        ("xen", "xen+ssh://ana@kvm7/system"),
        ("vbox", "vbox+ssh://ana@kvm7/session"),
        ("vmwarews", "vmwarews+ssh://ana@kvm7/session"),
        ("bhyve", "bhyve+ssh://ana@kvm7/system"),
        ("ch", "ch+ssh://ana@kvm7/system"),
        ("vz", "vz+ssh://ana@kvm7/system"),
    ],
)
def test_the_uri_that_libvirt_documents(driver: str, expected: str) -> None:
    assert build(driver, "ssh", "kvm7", "ana") == expected


@pytest.mark.parametrize(
    ("driver", "expected"),
    [("esx", "esx://root@esx1/"), ("vpx", "vpx://root@esx1/"), ("hyperv", "hyperv://root@esx1/")],
)
def test_the_uri_of_a_service(driver: str, expected: str) -> None:
    assert build(driver, None, "esx1", "root") == expected


@pytest.mark.parametrize("driver", ["xen", "vbox", "bhyve", "ch", "vz"])
def test_a_daemon_without_the_driver_says_what_to_install(driver: str, uri: str) -> None:
    with pytest.raises(errors.ConnectError, match=f"has no {driver} driver: install"):
        virtsdk.connect(uri.replace("qemu+unix", f"{driver}+unix"))


def test_a_driver_that_libvirt_was_built_without() -> None:
    with pytest.raises(errors.ConnectError, match=r"built without that driver|can be reached"):
        virtsdk.connect("hyperv://127.0.0.1:1/", auth={"username": "ana", "password": "x"})


@pytest.mark.parametrize("driver", sorted(DRIVERS.keys() & HYPERVISORS))
def test_the_feature_table_knows_every_driver(driver: str) -> None:
    supported = {name for name in features.FEATURES if features.supports(name, driver, NEWEST)}
    assert supported, driver
    assert "define" in supported
    assert ("bulk_stats" in supported) == (driver in {"qemu", "vz", "test"})
    assert not any(features.supports(name, driver, Version(0, 0, 1)) for name in features.FEATURES)
