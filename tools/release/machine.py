"""A fresh Debian in a temporary folder, with mounts and processes of its own, that leaves nothing behind.

Needs root and debootstrap. The folder is used by one process in its own mount and process namespaces
(`inside`), so mounts and whatever runs there end with that process, also where it is killed; then the folder
is removed. A machine that reaches the registries in a way of its own says so in the environment (`SETTINGS`).
"""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

FILES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
SETTINGS = (*FILES, *PROXIES, "PIP_INDEX_URL", "PIP_DEFAULT_TIMEOUT")
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NAMESPACES = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"]

DEVICES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0)}
# what a container engine leaves to root, by default: Docker's and Podman's documentation of --cap-add
RIGHTS = (
    "chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service net_raw sys_chroot mknod "
    "audit_write setfcap"
)
CONTAINED = ["setpriv", f"--bounding-set=-all,{','.join(f'+{one}' for one in RIGHTS.split())}"]
OFFLINE = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]


class Failed(Exception):
    """A step on the machine failed; the message has the end of its output."""


def in_a_fresh_folder(command: Sequence[str], *, minutes: float) -> int:
    """Run a command with a new folder as its last word, in namespaces of its own; return its exit status.

    It is ended after that many minutes. The folder, whose mounts are gone with the command, is removed.
    """
    signal.signal(signal.SIGTERM, _end)
    folder = Path(tempfile.mkdtemp(prefix="virtsdk-fresh-"))
    process = None
    try:
        whole = ["setpriv", "--pdeathsig", "KILL", *NAMESPACES, *command, str(folder)]
        process = subprocess.Popen(whole, stdin=subprocess.DEVNULL)
        return process.wait(minutes * 60)
    except subprocess.TimeoutExpired:
        print(f"ended after {minutes:g} minutes", file=sys.stderr)
        return 124
    finally:
        if process is not None and process.poll() is None:
            process.kill()  # and with it, by --kill-child, all that runs inside
            process.wait()
        subprocess.run(["rm", "-rf", "--one-file-system", str(folder)], check=True)


def as_first_process(work: Callable[[], int]) -> int:
    """Do the work in a child, and meanwhile what the first process of a system does: bury orphans.

    A QEMU that has ended is an orphan, and libvirt waits for it to be gone.
    """
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = work()
        finally:
            sys.stdout.flush()
            os._exit(code)
    while True:
        gone, status = os.wait()
        if gone == child:
            return os.waitstatus_to_exitcode(status)


def _end(number: int, _: object) -> None:
    sys.exit(128 + number)


class Machine:
    """The Debian in a folder; for the process that is in the folder's namespaces.

    One that is `contained` has the devices and the rights that a container engine gives by default.
    """

    contained = False

    def __init__(self, folder: Path, cache: Path | None = None) -> None:
        self.root = folder / "root"
        self.cache = cache
        self.environment = {"PATH": SYSTEM_PATH, "HOME": "/root", "LANG": "C.UTF-8"}
        self.environment |= {"DEBIAN_FRONTEND": "noninteractive", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        self.environment |= {"PIP_ROOT_USER_ACTION": "ignore"}
        self.folder = "/"

    def install(self, release: str, packages: Sequence[str]) -> None:
        """Make the smallest system of a release with these packages, and mount what a system has."""
        command = ["debootstrap", "--variant=minbase", f"--include={','.join(packages)}"]
        if self.cache:
            debs = self.cache / release
            debs.mkdir(parents=True, exist_ok=True)
            command.append(f"--cache-dir={debs}")
        mine = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        self._run(f"debootstrap {release}", [*command, release, str(self.root)], mine)
        with (self.root / "etc/hosts").open("a") as hosts:
            hosts.write(f"127.0.0.1 localhost {socket.gethostname()}\n")
        self._mount("--types", "proc", "proc", "proc")
        self._mount("--rbind", "/sys", "sys")
        if self.contained:
            self._mount("--options", "remount,bind,ro", "sys")
            self._make_devices()
        else:
            self._mount("--rbind", "/dev", "dev")
        if self.cache:
            pip = self.cache / "pip"
            pip.mkdir(exist_ok=True)
            self._mount("--bind", str(pip), "root/.cache/pip")
            self._mount("--bind", str(self.cache / release), "var/cache/apt/archives")
        self._take_settings()

    def run(self, what: str, script: str, *, offline: bool = False, quiet: bool = True) -> None:
        """Run a shell script there; what it prints is shown where it failed, or was not to be quiet.

        One that is to be offline has the loopback alone; contained, it is also the first process.
        """
        shell = ["sh", "-eu", "-c", f"cd {self.folder}\n{script}"]
        first = ["unshare", "--pid", "--fork", "--kill-child", f"--mount-proc={self.root}/proc"]
        outside = [*(OFFLINE if offline else ()), *(first if offline and self.contained else ())]
        outside += CONTAINED if self.contained else []
        command = [*outside, "chroot", str(self.root), *shell]
        self._run(what, command, self.environment, quiet)

    def put(self, path: Path, folder: str) -> str:
        """Copy a file into a folder there; return its path there."""
        place = self.root / folder.lstrip("/")
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
        return f"{folder.rstrip('/')}/{path.name}"

    def _mount(self, *words: str) -> None:
        place = self.root / words[-1]
        place.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", *words[:-1], str(place)], check=True)

    def _make_devices(self) -> None:
        self._mount("--types", "tmpfs", "--options", "mode=755", "dev", "dev")
        for name, (major, minor) in DEVICES.items():
            os.mknod(self.root / "dev" / name, stat.S_IFCHR | 0o666, os.makedev(major, minor))
            (self.root / "dev" / name).chmod(0o666)
        self._mount("--types", "devpts", "--options", "newinstance,ptmxmode=0666", "devpts", "dev/pts")
        self._mount("--types", "tmpfs", "shm", "dev/shm")
        for name, target in {
            "ptmx": "pts/ptmx",
            "fd": "/proc/self/fd",
            "stdout": "fd/1",
            "stderr": "fd/2",
        }.items():
            (self.root / "dev" / name).symlink_to(target)

    def _take_settings(self) -> None:
        for name in SETTINGS:
            value = os.environ.get(name)
            if value and name in FILES:
                place = self.root / "etc/ssl" / f"machine-{name.lower()}.pem"
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(value, place)
                value = f"/etc/ssl/{place.name}"
            if value:
                self.environment[name] = value

    def _run(
        self, what: str, command: Sequence[str], environment: dict[str, str], quiet: bool = True
    ) -> None:
        began = time.monotonic()
        print(f"{what} ... ", end="" if quiet else "\n", flush=True)
        out, err = (subprocess.PIPE, subprocess.STDOUT) if quiet else (None, None)
        done = subprocess.run(command, env=environment, stdout=out, stderr=err)
        if done.returncode:
            tail = (done.stdout or b"").decode(errors="replace").splitlines()[-40:]
            raise Failed("\n".join(["failed", *tail, f"{what}: exit status {done.returncode}"]))
        print(f"{'' if quiet else '  '}{time.monotonic() - began:.0f} s", flush=True)
