"""libvirt's own test documents, from the source package of the Debian release in use.

``python -m tests.conformance.corpus`` fetches them and prints how many there are of each kind. They are kept
below ``~/.cache/virtsdk/corpus`` (``XDG_CACHE_HOME`` is honoured) and never become part of this repository.
The machine's own apt sources stay as they are: the package index goes to a directory of its own.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from virtsdk.models import ROOTS


class CorpusError(Exception):
    """The documents cannot be had."""


@dataclass(frozen=True)
class Document:
    """One file of the corpus whose root is a document or a device of libvirt."""

    path: Path
    kind: str
    data: bytes

    def __str__(self) -> str:
        return f"{self.path.parent.name}/{self.path.name}"


def fetch() -> Path:
    """Return the directory that holds the documents; download it first where it is not there yet."""
    release = _release()
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "virtsdk" / "corpus"
    there = home / release
    if not there.is_dir():
        home.mkdir(parents=True, exist_ok=True)
        with (home / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not there.is_dir():  # else another process has fetched them meanwhile
                with tempfile.TemporaryDirectory(dir=home, prefix="fetching-") as work:
                    _unpack(_download(release, Path(work)), Path(work) / "tests")
                    (Path(work) / "tests").rename(there)
    return there


def documents() -> Iterator[Document]:
    """Every document of libvirt in the corpus, those too that libvirt itself rejects, by path."""
    for path in sorted(fetch().rglob("*.xml")):
        data = path.read_bytes()
        try:
            root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
        except etree.XMLSyntaxError:
            continue  # two outputs of a command that are no XML documents
        if root.tag in ROOTS:
            yield Document(path, root.tag, data)


def _release() -> str:
    words = dict(
        line.partition("=")[::2] for line in Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    )
    codename = words.get("VERSION_CODENAME", "").strip('"')
    if words.get("ID", "").strip('"') != "debian" or not codename:
        raise CorpusError(
            "the test documents come from Debian's source package of libvirt: this is no Debian"
        )
    return codename


def _mirror(release: str) -> str:
    """Where the machine itself gets this release."""
    form = "$(REPO_URI) $(RELEASE)"
    targets = _run("apt-get", "indextargets", "--format", form, "Created-By: Packages").splitlines()
    pairs = [line.split() for line in targets]
    mirror = next((pair[0] for pair in pairs if pair[1:] == [release]), None)
    if mirror is None:
        raise CorpusError(f"the test documents come from Debian: no apt source has {release}")
    return mirror


def _download(release: str, work: Path) -> Path:
    sources = work / "sources.list"
    sources.write_text(f"deb-src {_mirror(release)} {release} main\n", encoding="utf-8")
    for name in ("lists/partial", "cache/archives/partial"):
        (work / name).mkdir(parents=True)
    settings = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": work / "lists",
        "Dir::Cache": work / "cache",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
    }
    apt = ["apt-get", "-q", *(f"-o{key}={value}" for key, value in settings.items())]
    _run(*apt, "update", cwd=work)
    # The source package's other files are not needed, and not every mirror has kept them.
    offered = _run(*apt, "source", "--print-uris", "libvirt")
    archives = re.findall(r"^'(.*)' (libvirt_\S+\.orig\.tar\.\w+) \d+ (\S+)$", offered, flags=re.MULTILINE)
    if len(archives) != 1:
        raise CorpusError(f"apt-get source libvirt offers {len(archives)} source archives")
    address, name, checksum = archives[0]
    _run("/usr/lib/apt/apt-helper", "download-file", address, name, checksum, cwd=work)
    return work / name


def _unpack(archive: Path, directory: Path) -> None:
    """Take the documents out of the archive: regular files only, since the tree has links that loop."""
    with tarfile.open(archive) as source:
        for member in source:
            parts = Path(member.name).parts
            if member.isreg() and parts[1:2] == ("tests",) and member.name.endswith(".xml"):
                target = directory.joinpath(*parts[2:])
                target.parent.mkdir(parents=True, exist_ok=True)
                content = source.extractfile(member)
                assert content is not None
                with target.open("wb") as file:
                    shutil.copyfileobj(content, file)


def _run(*command: str, cwd: Path | None = None) -> str:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)
    except FileNotFoundError:
        raise CorpusError(f"{command[0]} is not installed") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise CorpusError(f"{command[0]} failed ({done.returncode}): {'; '.join(said)}")
    return done.stdout


def main() -> int:
    """Fetch, count, print."""
    counts = Counter(document.kind for document in documents())
    for kind, count in counts.most_common():
        print(f"{count:6} {kind}")
    print(f"{counts.total():6} in all, in {fetch()}")
    return 0 if counts else 1


if __name__ == "__main__":
    sys.exit(main())
