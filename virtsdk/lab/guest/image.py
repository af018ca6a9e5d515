"""The guests' kernel, initial RAM disk and empty disk: built once, kept in the user's cache folder."""

from __future__ import annotations

import dataclasses
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from virtsdk.errors import LabError
from virtsdk.lab.guest.initramfs import Archive, kernel_modules, shared_libraries
from virtsdk.lab.guest.packages import PackageSource, run
from virtsdk.lab.requirements import program, require

__all__ = ["Image", "build", "cache_folder", "installed_kernels"]

_KERNEL_PACKAGE = "linux-image-cloud-amd64"
_RECIPE = 2
_REQUIRED_MODULES = ("virtio_pci", "virtio_blk", "virtio_net", "virtio_balloon", "virtio_console", "ext4")
_OPTIONAL_MODULES = ("crc32c_generic", "ipv6", "virtio_rng", "button", "evdev")
_FOLDERS = (
    "bin",
    "sbin",
    "dev",
    "proc",
    "sys",
    "tmp",
    "run",
    "etc",
    "mnt",
    "mod",
    "root",
    "var/run",
    "var/log",
)
_DISK_BYTES = 256 * 1024 * 1024
_SHUTDOWN = b'#!/bin/sh\ncase "$*" in *-r*) reboot -f ;; *) poweroff -f ;; esac\n'


@dataclasses.dataclass(frozen=True, slots=True)
class Image:
    """Kernel and initrd that a lab guest boots from.

    Attributes
    ----------
    kernel, initrd
        Files for QEMU's direct kernel boot.
    disk
        A small formatted qcow2; every guest gets a copy.
    release
        The kernel's version.
    """

    kernel: Path
    initrd: Path
    disk: Path
    release: str


def cache_folder() -> Path:
    """Say where the lab keeps what is slow to make: ``$XDG_CACHE_HOME/virtsdk/lab``, or below ``~/.cache``.

    Examples
    --------
    >>> from virtsdk.lab.guest.image import cache_folder
    >>> cache_folder().name
    'lab'
    """
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / "virtsdk" / "lab"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def build(progress: Callable[[str], None] = lambda _: None) -> Image:
    """Give the guest image, from the cache where it was built before.

    It is made of Debian's cloud kernel, busybox and guest agent, which ``apt-get download`` fetches (an
    installed cloud kernel is taken as it is); where they are not to be had, of what is installed. Nothing is
    installed and root is not needed.

    Parameters
    ----------
    progress
        Called with a line of text when there is something to wait for.

    Raises
    ------
    virtsdk.errors.LabError
        A program is missing, or no kernel is to be had.

    Examples
    --------
    >>> from virtsdk.lab.guest import image
    >>> image.build().kernel.name           # doctest: +SKIP
    'vmlinuz'
    """
    init = resources.files("virtsdk.lab.guest").joinpath("guest-init.sh").read_bytes()
    recipe = hashlib.sha256(repr((_RECIPE, init, _REQUIRED_MODULES, _OPTIONAL_MODULES, _DISK_BYTES)).encode())
    folder = cache_folder() / f"image-{recipe.hexdigest()[:12]}"
    with _locked(cache_folder() / "image.lock"):
        if not (folder / "image.json").exists():
            progress(f"building the guest image (once; kept in {folder})")
            programs = require("mkfs.ext4", "qemu-img")
            for stale in cache_folder().glob(
                "virtsdk-image-*"
            ):  # of a build that was killed: the lock is ours
                shutil.rmtree(stale, ignore_errors=True)
            with tempfile.TemporaryDirectory(prefix="virtsdk-image-", dir=cache_folder()) as scratch:
                made = Path(scratch) / "image"
                made.mkdir()
                _build_into(made, Path(scratch), init, programs)
                shutil.rmtree(folder, ignore_errors=True)
                made.rename(folder)
    described = json.loads((folder / "image.json").read_text())
    return Image(folder / "vmlinuz", folder / "initrd.gz", folder / "disk.qcow2", described["release"])


@contextmanager
def _locked(path: Path) -> Generator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _build_into(folder: Path, scratch: Path, init: bytes, programs: dict[str, str]) -> None:
    parts = _parts(scratch)
    shutil.copyfile(parts.kernel, folder / "vmlinuz")
    archive = Archive()
    for path in _FOLDERS:
        archive.folder(path)
    archive.file("init", init, mode=0o755)
    archive.file("etc/passwd", b"root:x:0:0::/root:/bin/sh\n", mode=0o644)
    archive.file("sbin/shutdown", _SHUTDOWN, mode=0o755)
    archive.link("sbin/hwclock", "../bin/busybox")
    _add_program(archive, "bin/busybox", parts.busybox)
    _add_program(archive, "usr/sbin/qemu-ga", parts.agent)
    for applet in run([str(parts.busybox), "--list"]).split():
        if not archive.has(f"bin/{applet}"):
            archive.link(f"bin/{applet}", "busybox")
    loaded = kernel_modules(parts.modules, required=_REQUIRED_MODULES, optional=_OPTIONAL_MODULES)
    archive.file("mod/order", "".join(f"{name}\n" for name, _ in loaded).encode(), mode=0o644)
    for name, content in loaded:
        archive.file(f"mod/{name}.ko", content, mode=0o644)
    (folder / "initrd.gz").write_bytes(archive.packed())
    _make_disk(scratch / "disk.raw", folder / "disk.qcow2", programs)
    (folder / "image.json").write_text(json.dumps({"release": parts.modules.name}))


def _add_program(archive: Archive, path: str, program: Path) -> None:
    archive.file(path, program.read_bytes(), mode=0o755)
    for library in shared_libraries(program):
        archive.file(str(library), library.read_bytes(), mode=0o755)


def _make_disk(raw: Path, disk: Path, programs: dict[str, str]) -> None:
    with raw.open("wb") as handle:
        handle.truncate(_DISK_BYTES)
    now = "lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0"
    run([programs["mkfs.ext4"], "-q", "-F", "-E", now, str(raw)])
    run([programs["qemu-img"], "convert", "-O", "qcow2", str(raw), str(disk)])


@dataclasses.dataclass(frozen=True, slots=True)
class _Parts:
    """Sources of the image's parts."""

    kernel: Path
    modules: Path
    busybox: Path
    agent: Path


def _parts(scratch: Path) -> _Parts:
    """Fetch what the guests consist of; where that is impossible, take what is installed."""
    packages = PackageSource(scratch)
    try:
        return _fetched(packages)
    except LabError:
        installed, busybox, agent = installed_kernels(), program("busybox"), Path("/usr/sbin/qemu-ga")
        if installed and busybox is not None and agent.exists():
            return _Parts(*installed[0], Path(busybox), agent)
        raise


def _fetched(packages: PackageSource) -> _Parts:
    cloud = [(kernel, modules) for kernel, modules in installed_kernels() if "cloud" in modules.name]
    # busybox-static, since starting a dynamic program costs an emulated CPU some milliseconds each time
    wanted = ["busybox-static", "qemu-guest-agent"]
    if not cloud:
        wanted.append(packages.dependency(_KERNEL_PACKAGE, "linux-image-"))
    root = packages.unpacked(*wanted)
    if cloud:
        kernel, modules = cloud[0]
    else:
        kernel = next(root.glob("boot/vmlinuz-*"))
        modules = next(path for path in _module_folders(root) if (path / "kernel").is_dir())
    busybox = next(path for path in (root / "bin/busybox", root / "usr/bin/busybox") if path.exists())
    return _Parts(kernel, modules, busybox, root / "usr/sbin/qemu-ga")


def installed_kernels() -> list[tuple[Path, Path]]:
    """List the kernels that are installed here and can be read: file and module folder, newest first."""
    kernels: list[tuple[Path, Path]] = []
    for modules in sorted(_module_folders(Path("/")), reverse=True):
        kernel = Path("/boot") / f"vmlinuz-{modules.name}"
        if (modules / "kernel").is_dir() and os.access(kernel, os.R_OK):
            kernels.append((kernel, modules))
    return kernels


def _module_folders(root: Path) -> list[Path]:
    return [*root.glob("lib/modules/*"), *root.glob("usr/lib/modules/*")]
