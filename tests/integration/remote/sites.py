"""Private daemons that listen for remote connections on loopback: TCP with SASL, TLS, and an sshd."""

from __future__ import annotations

import shutil
import socket
import subprocess
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import virtsdk
from virtsdk.lab.daemon_conf import write_libvirtd_conf, write_qemu_conf
from virtsdk.lab.keeper import Keeper, new_folder
from virtsdk.lab.lab_host import daemon_pid
from virtsdk.lab.layout import Layout
from virtsdk.lab.processes import wait_until

USER = "ana"
PASSWORD = "tr0ub4dor-and-3"

# Runs where the daemon would, inside the host's namespaces: what is mounted and listed there is only there.
_START = """#!/bin/sh
home={home}
if [ ! -e $home/prepared ]; then
  touch $home/prepared
  echo '{user}:x:64056:64056::{home}/{user}:/bin/sh' >>/etc/passwd
  echo '{user}:x:64056:' >>/etc/group
  cp /etc/shadow $home/shadow
  echo '{user}:{hash}:19000:0:99999:7:::' >>$home/shadow
  mount --bind $home/shadow /etc/shadow
  chown -R 64056:64056 $home/{user}
  mount --bind $home/sasl2 /etc/sasl2
  {ssh}
fi
exec libvirtd --listen "$@"
"""
_SSHD = "dropbear -F -E -m -r $home/hostkey -p 127.0.0.1:{port} -P $home/dropbear.pid 2>$home/dropbear.log &"


@dataclass
class Site:
    """One host: its daemon's settings, and where it listens."""

    name: str
    pki: Path
    settings: dict[str, object] = field(default_factory=dict)
    mechanisms: str = ""
    ssh: bool = False
    home: Path = Path()
    tcp_port: int = 0
    tls_port: int = 0
    ssh_port: int = 0

    @property
    def layout(self) -> Layout:
        return Layout(self.home)

    @property
    def login(self) -> Path:
        """The home of the one who logs in: the key is in ``.ssh``."""
        return self.home / USER

    def prepare(self, folder: Path) -> list[str]:
        """Write everything that the host reads; the command that starts it."""
        self.home = folder / self.name
        self.tcp_port, self.tls_port, self.ssh_port = free_ports(3)
        self.layout.make()
        for part in (self.login / ".ssh", self.home / "sasl2"):
            part.mkdir(parents=True)
        write_qemu_conf(self.layout.settings)
        write_libvirtd_conf(
            self.layout.settings, f"00000000-0000-4000-9000-{self.tls_port:012x}", self.layout.log
        )
        listening = {
            "listen_addr": "127.0.0.1",
            "listen_tcp": 1 if self.mechanisms else 0,
            "tcp_port": str(self.tcp_port),
            "auth_tcp": "sasl",
            "listen_tls": 1,
            "tls_port": str(self.tls_port),
            "auth_tls": "none",
            "unix_sock_rw_perms": "0777",
            "ca_file": str(self.pki / "cacert.pem"),
            "cert_file": str(self.pki / "servercert.pem"),
            "key_file": str(self.pki / "serverkey.pem"),
        }
        with (self.layout.settings / "libvirtd.conf").open("a") as conf:
            for key, value in (listening | self.settings).items():
                conf.write(f"{key} = {value}\n" if isinstance(value, int) else f'{key} = "{value}"\n')
        self._write_passwords()
        if self.ssh:
            self._write_keys()
        return self._command()

    def _write_passwords(self) -> None:
        database = self.home / "sasl.db"
        (self.home / "sasl2" / "libvirt.conf").write_text(
            f"mech_list: {self.mechanisms}\nsasldb_path: {database}\n"
        )
        if self.mechanisms:
            subprocess.run(
                ["saslpasswd2", "-p", "-f", database, "-a", "libvirt", "-u", self.name, USER],
                input=PASSWORD.encode(),
                check=True,
            )

    def _write_keys(self) -> None:
        for key in (self.login / ".ssh" / "key", self.home / "stranger"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        shutil.move(self.login / ".ssh" / "key.pub", self.login / ".ssh" / "authorized_keys")
        shutil.move(self.login / ".ssh" / "key", self.home / "key")
        made = subprocess.run(
            ["dropbearkey", "-t", "ed25519", "-f", self.home / "hostkey"],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        public = next(line for line in made.stdout.splitlines() if line.startswith("ssh-"))
        stranger = (self.home / "stranger.pub").read_text()
        for name, key in (("known", public), ("changed", stranger)):
            line = f"[127.0.0.1]:{self.ssh_port} {' '.join(key.split()[:2])}\n"
            (self.home / name).write_text(line)
        (self.home / "nobody").touch()

    def _command(self) -> list[str]:
        hashed = subprocess.run(
            ["openssl", "passwd", "-6", "-stdin"], input=PASSWORD, check=True, capture_output=True, text=True
        ).stdout.strip()
        daemon = self.home / "libvirtd"
        sshd = _SSHD.format(port=self.ssh_port) if self.ssh else ""
        daemon.write_text(_START.format(home=self.home, user=USER, hash=hashed, ssh=sshd))
        daemon.chmod(0o755)
        script = self.home / "init.sh"
        with resources.as_file(resources.files("virtsdk.lab").joinpath("host-init.sh")) as packaged:
            shutil.copyfile(packaged, script)
        own = ["--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc"]  # not --net
        return [
            "unshare",
            *own,
            "--propagation",
            "private",
            "/bin/sh",
            *map(str, (script, self.home, self.name, daemon)),
        ]

    def ssh_program(self, known_hosts: Path) -> Path:
        """A script that runs ssh with a list of known hosts of its own and nobody's configuration."""
        script = self.home / f"ssh-{known_hosts.name}" / "ssh"
        script.parent.mkdir(exist_ok=True)
        script.write_text(
            f'#!/bin/sh\nexec {shutil.which("ssh")} -F none -o UserKnownHostsFile={known_hosts} '
            '-o GlobalKnownHostsFile=/dev/null -o IdentityAgent=none "$@"\n'
        )
        script.chmod(0o755)
        return script

    def opened(self) -> virtsdk.lab.LabHost:
        """A connection through the socket, past all that is tested here, with the faults of a lab host."""
        return virtsdk.lab.LabHost.open(self.layout)


def start(*sites: Site) -> Keeper:
    """Start hosts; they end with this process or with the keeper."""
    folder = new_folder()
    folder.chmod(0o711)  # the one who logs in has to get through to a home and a key below it
    keeper = Keeper(folder, [site.prepare(folder) for site in sites])
    for site in sites:
        if not wait_until(lambda site=site: daemon_pid(site.layout) is not None, 30):
            keeper_log = (folder / "keeper.log").read_text()
            log = site.layout.log.read_text() if site.layout.log.exists() else ""
            keeper.end()
            raise AssertionError(f"{site.name} did not come up: {keeper_log} {log}")
    return keeper


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
