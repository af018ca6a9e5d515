"""The guests' RAM disk: what the kernel would unpack, and modules in an order in which they load."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest

from virtsdk.errors import LabError
from virtsdk.lab.guest.initramfs import Archive, kernel_modules, shared_libraries


def test_the_same_content_gives_the_same_bytes() -> None:
    def build() -> bytes:
        archive = Archive()
        archive.file("a", b"1", mode=0o644)
        return archive.packed()

    assert build() == build()


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    """A kernel's modules: virtio_net needs net_failover needs failover; virtio is built in; one is packed."""
    drivers = tmp_path / "kernel" / "drivers"
    drivers.mkdir(parents=True)

    def module(depends: bytes) -> bytes:
        return b"\x7fELF...\0license=GPL\0depends=" + depends + b"\0name=x\0"

    (drivers / "virtio_net.ko").write_bytes(module(b"virtio,net_failover"))
    (drivers / "net-failover.ko.xz").write_bytes(lzma.compress(module(b"failover")))
    (drivers / "failover.ko").write_bytes(module(b""))
    (tmp_path / "modules.builtin").write_text("kernel/drivers/virtio/virtio.ko\n")
    return tmp_path


def test_modules_come_after_what_they_depend_on(modules: Path) -> None:
    names = [name for name, _ in kernel_modules(modules, required=["virtio_net"])]
    assert names == ["failover", "net_failover", "virtio_net"]


def test_packed_modules_are_unpacked(modules: Path) -> None:
    content = dict(kernel_modules(modules, required=["net-failover"]))
    assert content["net_failover"].startswith(b"\x7fELF")


def test_a_built_in_module_needs_no_file_and_an_optional_one_may_be_absent(modules: Path) -> None:
    assert kernel_modules(modules, required=["virtio"], optional=["evdev"]) == []


def test_a_missing_module_is_named(modules: Path) -> None:
    with pytest.raises(LabError, match="virtio_blk"):
        kernel_modules(modules, required=["virtio_blk"])


def test_a_programs_libraries_exist() -> None:
    libraries = shared_libraries(Path("/bin/sh"))
    assert any("libc" in path.name for path in libraries)
    assert all(path.exists() for path in libraries)
