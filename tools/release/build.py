"""Build the sdist and the wheel so that the same commit gives the same bytes.

``python -m tools.release.build DIRECTORY``. What could differ between two builds is fixed: the files are
git's, with links resolved and one set of rights; times are those of the changelog's date; setuptools is the
one of the lock (no isolation, so nothing is fetched); and the sdist, in which setuptools writes who built it
and when, is packed again.
"""

import gzip
import io
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tools.release.readme import published

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("pyproject.toml", "MANIFEST.in", "README.md", "CHANGELOG.md", "LICENSE", "virtsdk")
HEADING = re.compile(r"^## (?P<version>\d\S*) \((?P<date>\d{4}-\d\d-\d\d)\)$", re.MULTILINE)


class NotReady(Exception):
    """Obstacle to a release, as a message for the person at the terminal."""


class Built(NamedTuple):
    """The two files of a release."""

    sdist: Path
    wheel: Path


def version(root: Path = ROOT) -> str:
    """Return the version that pyproject.toml says."""
    return tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]


def source(root: Path = ROOT) -> str | None:
    """Return where the repository is, which pyproject.toml says as ``Source`` in its ``[project.urls]``."""
    return tomllib.loads((root / "pyproject.toml").read_text())["project"].get("urls", {}).get("Source")


def released(root: Path = ROOT) -> list[tuple[str, datetime]]:
    """Return the versions in the changelog, newest first, each with the start of its day in UTC."""
    found = HEADING.finditer((root / "CHANGELOG.md").read_text())
    return [(one["version"], datetime.fromisoformat(one["date"]).replace(tzinfo=UTC)) for one in found]


def epoch(root: Path = ROOT) -> int:
    """Return the time that the built files carry: the newest date of the changelog, in seconds since 1970."""
    return int(released(root)[0][1].timestamp())


def export(root: Path, target: Path) -> None:
    """Copy git's files of the package to `target`: links as what they point to, files 644, folders 755.

    README is that of the package's page (`tools.release.readme`).

    Parameters
    ----------
    root
        A clone. Files that git does not know are left out, so nothing that lies about is published.
    target
        A folder that does not exist yet.
    """
    root = root.resolve()
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True)
    known = {root / name for name in listing.stdout.split("\0")}
    for part in PARTS:
        place = root / part
        found = [place] if place.is_file() else _below(place)
        for path in found:
            if path.resolve() in known:
                copy = target / path.relative_to(root)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(path.read_bytes())
                copy.chmod(0o644)
    readme = target / "README.md"
    readme.write_text(
        published(readme.read_text("utf-8"), source=source(root), version=version(root)), "utf-8"
    )
    for folder, _, _ in os.walk(target):
        Path(folder).chmod(0o755)


def _below(folder: Path) -> list[Path]:
    walk = os.walk(folder, followlinks=True)
    return sorted(Path(place) / name for place, _, names in walk for name in names)


def build(root: Path, output: Path) -> Built:
    """Build the sdist from the clone at `root`, and the wheel from the sdist, into `output`."""
    with tempfile.TemporaryDirectory(prefix="virtsdk-build-") as folder:
        tree, raw = Path(folder, "tree"), Path(folder, "raw")
        export(root, tree)
        run_build(tree, raw, epoch(root))
        (sdist,), (wheel,) = raw.glob("*.tar.gz"), raw.glob("*.whl")
        output.mkdir(parents=True, exist_ok=True)
        built = Built(output / sdist.name, output / wheel.name)
        built.sdist.write_bytes(packed_again(sdist.read_bytes(), epoch(root)))
        built.wheel.write_bytes(wheel.read_bytes())
    return built


def run_build(tree: Path, output: Path, time: int, *options: str) -> None:
    """Run `python -m build` with the setuptools that is here, at that time, with one set of rights."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(output), *options, str(tree)]
    own = {"SOURCE_DATE_EPOCH": str(time), "TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"}
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | own
    done = subprocess.run(
        command,
        cwd=tree,
        env=environment,
        umask=0o022,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise NotReady(f"{done.stdout}\npython -m build failed, exit status {done.returncode}")


def packed_again(sdist: bytes, time: int) -> bytes:
    """Return a .tar.gz with the same files in the order of their names, of one owner and one time."""
    archive = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(sdist)) as old,
        tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as new,
    ):
        for member in sorted(old.getmembers(), key=lambda one: one.name):
            if not (member.isdir() or member.isfile()):
                raise NotReady(f"{member.name} is neither a file nor a folder: a link would point nowhere")
            plain = tarfile.TarInfo(member.name)
            plain.type, plain.size, plain.mtime = member.type, member.size, time
            plain.mode = 0o755 if member.isdir() else 0o644
            new.addfile(plain, old.extractfile(member) if member.isfile() else None)
    return gzip.compress(archive.getvalue(), mtime=time)


def main(arguments: Sequence[str]) -> int:
    """Build into the directory that is given; return the exit status."""
    (output,) = arguments
    try:
        for path in build(ROOT, Path(output)):
            print(path)
    except NotReady as stop:
        print(stop, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
