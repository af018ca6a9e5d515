"""Files of Debian packages that are not installed: fetched and unpacked, nothing on the system changes."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from virtsdk.errors import LabError

__all__ = ["PackageSource", "run"]


class PackageSource:
    """Debian packages by name, as apt is set up on this machine; root is not needed.

    Where apt's lists lack a package, or name a version that the mirror no longer has, fresh lists are fetched
    into the folder and used from then on.

    Parameters
    ----------
    scratch
        A folder for what is fetched; the caller removes it.
    """

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._options = ["-o", "APT::Sandbox::User=root"] if os.geteuid() == 0 else []
        self._fresh = False

    def dependency(self, package: str, prefix: str) -> str:
        """Give the first dependency of a package that starts with some letters.

        Raises
        ------
        virtsdk.errors.LabError
            apt does not know the package, and fresh lists do not help.
        """
        listing = self._apt("apt-cache", "depends", package)
        found = re.search(rf"Depends: ({re.escape(prefix)}\S+)", listing)
        if not found:
            raise LabError(f"Debian's {package} depends on no {prefix}*: {listing.strip() or 'nothing'}")
        return found[1]

    def unpacked(self, *packages: str) -> Path:
        """Fetch packages and give the folder with all their files.

        Raises
        ------
        virtsdk.errors.LabError
            One is not to be had.
        """
        fetched, root = self._scratch / "packages", self._scratch / "root"
        fetched.mkdir()
        self._apt("apt-get", "download", "-q", *packages, cwd=fetched)
        for package in fetched.glob("*.deb"):
            run(["dpkg-deb", "-x", str(package), str(root)])
        return root

    def _apt(self, program: str, *words: str, cwd: Path | None = None) -> str:
        try:
            return run([program, *self._options, *words], cwd=cwd)
        except LabError:
            if self._fresh:
                raise
        self._refresh()
        try:
            return run([program, *self._options, *words], cwd=cwd)
        except LabError as exc:
            packages = "linux-image-cloud-amd64, qemu-guest-agent and busybox"
            raise LabError(f"{exc}; make apt work here (apt-get update), or install {packages}") from exc

    def _refresh(self) -> None:
        self._fresh = True
        for folder in ("lists/partial", "cache/archives/partial"):
            (self._scratch / "apt" / folder).mkdir(parents=True)
        self._options += ["-o", f"Dir::State::lists={self._scratch}/apt/lists"]
        self._options += ["-o", f"Dir::Cache={self._scratch}/apt/cache"]
        run(["apt-get", *self._options, "-q", "update"])


def run(command: list[str], cwd: Path | None = None) -> str:
    """Run a command for the image and give its output.

    Raises
    ------
    virtsdk.errors.LabError
        It is missing, or failed; the message has the last line of what it said.
    """
    try:
        environment = {**os.environ, "LC_ALL": "C"}
        done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=True)
    except FileNotFoundError as exc:
        raise LabError(f"the guest image needs {command[0]}: it is built on Debian only") from exc
    except subprocess.CalledProcessError as exc:
        said = (exc.stderr or exc.stdout).strip().splitlines()
        what = " ".join(word for word in command if "=" not in word and word != "-o")
        raise LabError(f"{what} failed: {said[-1] if said else exc.returncode}") from exc
    return done.stdout
