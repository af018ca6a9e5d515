"""The guests' initial RAM disk: kernel modules, busybox and the guest agent in one archive."""

from __future__ import annotations

import lzma
import re
import subprocess
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from virtsdk.errors import LabError

__all__ = ["Archive", "kernel_modules", "shared_libraries"]


class Archive:
    """A cpio archive ("newc", what the kernel unpacks) built in memory: same input, same bytes.

    Examples
    --------
    >>> from virtsdk.lab.guest.initramfs import Archive
    >>> archive = Archive()
    >>> archive.file("/etc/motd", b"hello", mode=0o644)
    >>> archive.packed()[:2].hex()          # gzip
    '1f8b'
    """

    def __init__(self) -> None:
        self._entries: dict[str, tuple[int, bytes]] = {}

    def folder(self, path: str) -> None:
        """Add a folder and the folders above it."""
        parts = path.strip("/").split("/")
        for end in range(1, len(parts) + 1):
            self._entries.setdefault("/".join(parts[:end]), (0o040755, b""))

    def file(self, path: str, content: bytes, *, mode: int) -> None:
        """Add a file; its folders are made."""
        self._add(path, 0o100000 | mode, content)

    def link(self, path: str, target: str) -> None:
        """Add a symbolic link."""
        self._add(path, 0o120777, target.encode())

    def has(self, path: str) -> bool:
        """Tell whether something was added under this path."""
        return path.strip("/") in self._entries

    def packed(self) -> bytes:
        """Pack the archive with gzip: light compression, since an emulated CPU has to undo it."""
        compressor = zlib.compressobj(level=1, wbits=31)
        chunks = [compressor.compress(chunk) for chunk in self._records()]
        return b"".join([*chunks, compressor.flush()])

    def _add(self, path: str, mode: int, content: bytes) -> None:
        relative = path.strip("/")
        if "/" in relative:
            self.folder(relative.rpartition("/")[0])
        self._entries[relative] = (mode, content)

    def _records(self) -> Iterator[bytes]:
        entries = [*self._entries.items(), ("TRAILER!!!", (0, b""))]
        for number, (name, (mode, content)) in enumerate(entries, start=1):
            fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name.encode()) + 1, 0)
            header = b"070701" + "".join(f"{field:08x}" for field in fields).encode()
            yield _padded(header + name.encode() + b"\0")
            yield _padded(content)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def kernel_modules(
    tree: Path, *, required: Iterable[str], optional: Iterable[str] = ()
) -> list[tuple[str, bytes]]:
    """Read kernel modules with what they depend on, in the order in which they have to be loaded.

    Parameters
    ----------
    tree
        A kernel's module folder, e.g. ``/lib/modules/6.12.1-amd64``; modules may be plain, xz or zstd.
    required, optional
        Module names. One that is built into the kernel is left out; an optional one may be absent.

    Returns
    -------
    list[tuple[str, bytes]]
        Name and uncompressed content.

    Raises
    ------
    virtsdk.errors.LabError
        A required module is neither built in nor in the tree.
    """
    files = {_module_name(path.name.split(".ko")[0]): path for path in (tree / "kernel").rglob("*.ko*")}
    listed = tree / "modules.builtin"
    lines = listed.read_text().splitlines() if listed.exists() else []
    built_in = {_module_name(Path(line).name.removesuffix(".ko")) for line in lines}
    loaded: dict[str, bytes] = {}

    def add(name: str, *, needed: bool) -> None:
        if name in loaded or name in built_in:
            return
        if name not in files:
            if needed:
                raise LabError(f"kernel {tree.name} has no module {name}; install linux-image-cloud-amd64")
            return
        content = _uncompressed(files[name])
        found = re.search(rb"\0depends=([\w,-]*)\0", content)
        for dependency in found[1].decode().split(",") if found and found[1] else []:
            add(_module_name(dependency), needed=True)
        loaded[name] = content

    for name in required:
        add(_module_name(name), needed=True)
    for name in optional:
        add(_module_name(name), needed=False)
    return list(loaded.items())


def _module_name(name: str) -> str:
    return name.replace("-", "_")


def _uncompressed(path: Path) -> bytes:
    if path.suffix == ".xz":
        return lzma.decompress(path.read_bytes())
    if path.suffix == ".zst":
        try:
            return subprocess.run(["zstd", "-dcq", str(path)], check=True, capture_output=True).stdout
        except FileNotFoundError as exc:
            raise LabError(f"{path.name} is packed with zstd; install with: apt-get install zstd") from exc
    return path.read_bytes()


def shared_libraries(program: Path) -> list[Path]:
    """List the libraries that a program loads, the loader included, as the dynamic linker finds them here.

    Raises
    ------
    virtsdk.errors.LabError
        A library is not installed.
    """
    listing = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False).stdout
    absent = re.findall(r"(\S+) => not found", listing)
    if absent:
        raise LabError(f"{program.name} needs libraries that are not installed: {', '.join(absent)}")
    return [Path(path) for path in re.findall(r"(/\S+) \(0x", listing)]
