"""Files of a recording that are not of this machine: whatever fsspec opens, for reading.

A `RemotePath` has what a reader asks of a `pathlib.Path`, and goes by that type. What writes a recording
needs locks and names that last over a power cut, which are not to be had there: it is given paths of this
machine.
"""

from __future__ import annotations

import contextlib
import posixpath
import re
from collections.abc import Generator, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, cast

from virtsdk.errors import MissingDependency
from virtsdk.history.parquet.arrow import pa

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*(://|::)")
_SECRET = re.compile(r"(://[^/@:]*):[^/@]*@")


def is_url(given: object) -> bool:
    """Tell whether a text names a place of fsspec (``s3://bucket/history``), and no path of this machine."""
    return isinstance(given, str) and _URL.match(given) is not None


def without_secret(url: str) -> str:
    """Return a URL as it may be shown: without a password."""
    return _SECRET.sub(r"\1:***@", url)


def remote(url: str, options: Mapping[str, Any] | None = None) -> Path:
    """Return the place that a URL names.

    Parameters
    ----------
    url
        ``s3://bucket/history``, ``memory://history``, whatever fsspec knows.
    options
        What fsspec's file system takes: its ``storage_options``.

    Raises
    ------
    MissingDependency
        fsspec is not installed, or what it needs for such a URL.
    ValueError
        It knows no such URL.
    """
    try:
        core: Any = import_module("fsspec.core")  # which has no types
    except ImportError as error:
        raise MissingDependency(
            f"{without_secret(url)} needs fsspec", extra="fleet", package="fsspec"
        ) from error
    kind = url.split(":", 1)[0]
    try:
        system, path = core.url_to_fs(url, **dict(options or {}))
    except ImportError as error:
        raise MissingDependency(f"{kind}:// needs a package of its own: {error}") from error
    except ValueError as error:
        raise ValueError(
            f"directory must be a path or a URL of fsspec, not {without_secret(url)!r}"
        ) from error
    if "file" in system.protocol:
        return Path(path)
    return RemotePath(
        url if url.endswith("://") else url.rstrip("/"), dict(options or {}), system, path.rstrip("/")
    ).as_path()


class Size(NamedTuple):
    """Extent of a file."""

    st_size: int


class RemotePath:
    """A file or folder that fsspec opens.

    Parameters
    ----------
    url, options
        Where it is, as for `remote`.
    system, path
        fsspec's file system, and what that calls it.
    """

    __slots__ = ("_options", "_path", "_system", "_url")

    def __init__(self, url: str, options: Mapping[str, Any], system: Any, path: str) -> None:
        self._url = url
        self._options = options
        self._system = system
        self._path = path

    def __truediv__(self, name: object) -> RemotePath:
        return RemotePath(f"{self._url}/{name}", self._options, self._system, f"{self._path}/{name}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RemotePath) and (self._url, self._options) == (other._url, other._options)

    def __lt__(self, other: RemotePath) -> bool:
        return self._url < other._url

    def __hash__(self) -> int:
        return hash(self._url)

    def __str__(self) -> str:
        return without_secret(self._url)

    def __repr__(self) -> str:
        return f"RemotePath({str(self)!r})"

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return remote, (self._url, self._options)

    @property
    def name(self) -> str:
        """The last part."""
        return posixpath.basename(self._path) or str(self)

    @property
    def parent(self) -> RemotePath:
        """The folder that it is in."""
        return RemotePath(
            posixpath.dirname(self._url), self._options, self._system, posixpath.dirname(self._path)
        )

    def relative_to(self, other: RemotePath) -> str:
        """Return its name as from another one on."""
        return posixpath.relpath(self._path, other._path)

    def as_path(self) -> Path:
        """Return it by the type that readers know."""
        return cast("Path", self)

    def is_dir(self) -> bool:
        """Tell whether it is a folder, or the beginning of names."""
        with asked(self):
            return bool(self._system.isdir(self._path))

    def is_file(self) -> bool:
        """Tell whether it is a file."""
        with asked(self):
            return bool(self._system.isfile(self._path))

    def exists(self) -> bool:
        """Tell whether it is there."""
        with asked(self):
            return bool(self._system.exists(self._path))

    def stat(self) -> Size:
        """Return how large it is."""
        with asked(self):
            return Size(int(self._system.size(self._path) or 0))

    def iterdir(self) -> Iterator[RemotePath]:
        """Yield what is in it, as of now."""
        with asked(self):
            self._system.invalidate_cache(self._path)
            names = self._system.ls(self._path, detail=False)
        for one in names:
            yield self / posixpath.basename(str(one).rstrip("/"))

    def walked(self) -> dict[str, list[str]]:
        """Return the names of files by folder, in one question where the file system can."""
        with asked(self):
            self._system.invalidate_cache(self._path)
            paths = self._system.find(self._path)
        found: dict[str, list[str]] = {}
        for path in paths:
            folder, _, name = str(path).removeprefix(self._path).lstrip("/").rpartition("/")
            if folder and "/" not in folder:
                found.setdefault(folder, []).append(name)
        return {folder: sorted(names) for folder, names in sorted(found.items())}

    def read_text(self, encoding: str, errors: str = "strict") -> str:
        """Read it whole."""
        with asked(self):
            return bytes(self._system.cat_file(self._path)).decode(encoding, errors)

    def open(self, mode: str) -> Any:
        """Open it."""
        with asked(self):
            return self._system.open(self._path, mode)

    def put(self, local: Path) -> None:
        """Write a file of this machine there."""
        with asked(self):
            self._system.makedirs(posixpath.dirname(self._path), exist_ok=True)
            self._system.put_file(str(local), self._path)

    def unlink(self) -> None:
        """Remove it."""
        with asked(self):
            self._system.rm_file(self._path)


@contextlib.contextmanager
def asked(path: Path | RemotePath) -> Generator[None]:
    """Have a file system's own errors be OSErrors: no network, no credentials."""
    if not isinstance(path, RemotePath):
        yield
        return
    try:
        yield
    except (OSError, ValueError, pa.ArrowException):
        raise
    except Exception as error:
        raise OSError(f"{type(error).__name__}: {error}") from error


@contextlib.contextmanager
def opened(path: Path) -> Generator[Any]:
    """Give what pyarrow reads a file from, for as long as the block takes; read errors are OSErrors."""
    if isinstance(path, RemotePath):
        with path.open("rb") as file:
            yield file
    else:
        yield path
