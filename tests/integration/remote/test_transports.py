"""Every way to a host on loopback: let in with the right credentials, refused by name with the wrong ones."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import libvirt
import pytest

import virtsdk
from tests.waiting import SLOW, until
from virtsdk import errors

from .sites import PASSWORD, USER, Site
from .ways import RIGHT, WRONG, Way, by_key, by_password, ssh, tcp, tls

BARE = """<domain type='qemu'><name>bare</name><memory unit='MiB'>16</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os></domain>"""

Sites = dict[str, Site]
Make = Callable[[Sites, Path], Way]

RIGHT_WAYS: dict[str, Make] = {
    "tls": lambda sites, pki: tls(sites["kvm7"], pki / "ana"),
    "tls + SASL": lambda sites, pki: tls(sites["kvm8"], pki / "ana", auth=RIGHT),
    "tcp + SASL": lambda sites, _: tcp(sites["kvm7"], auth=RIGHT),
    "tcp + SASL, in the URI": lambda sites, _: Way(
        tcp(sites["kvm7"]).uri.replace("://", f"://{USER}:{PASSWORD}@")
    ),
    "ssh": lambda sites, _: ssh(sites["kvm7"], "key"),
    "libssh, key": lambda sites, _: by_key("libssh", sites["kvm7"], "key"),
    "libssh, password": lambda sites, _: by_password("libssh", sites["kvm7"], auth=RIGHT),
    "libssh2, key": lambda sites, _: by_key("libssh2", sites["kvm7"], "key"),
    "libssh2, password": lambda sites, _: by_password("libssh2", sites["kvm7"], auth={"password": PASSWORD}),
}
WRONG_WAYS: dict[str, Make] = {
    "tls": lambda sites, pki: tls(sites["kvm7"], pki / "forged"),
    "tls + SASL": lambda sites, pki: tls(sites["kvm8"], pki / "ana", auth=WRONG),
    "tcp + SASL": lambda sites, _: tcp(sites["kvm7"], auth=WRONG),
    "tcp + SASL, nobody to ask": lambda sites, _: tcp(sites["kvm7"]),
    "ssh": lambda sites, _: ssh(sites["kvm7"], "stranger"),
    "libssh, key": lambda sites, _: by_key("libssh", sites["kvm7"], "stranger"),
    "libssh, password": lambda sites, _: by_password("libssh", sites["kvm7"], auth=WRONG),
    "libssh2, key": lambda sites, _: by_key("libssh2", sites["kvm7"], "stranger"),
    "libssh2, password": lambda sites, _: by_password("libssh2", sites["kvm7"], auth=WRONG),
}
IMPOSTORS: dict[str, tuple[Make, str]] = {
    "signed by another CA": (
        lambda sites, pki: tls(sites["kvm7"], pki / "lost"),
        r"not signed by the CA in .*/lost/cacert\.pem$",
    ),
    "expired": (lambda sites, pki: tls(sites["kvm9"], pki / "ana"), r"certificate has expired$"),
    "for another name": (
        lambda sites, pki: tls(sites["kvm7"], pki / "ana", name="127.0.0.1"),
        r"not for the name '127\.0\.0\.1'$",
    ),
    "ssh, never seen": (lambda sites, _: ssh(sites["kvm7"], "key", "nobody"), "known_hosts"),
    "ssh, changed": (lambda sites, _: ssh(sites["kvm7"], "key", "changed"), "known_hosts"),
    "libssh, never seen": (lambda all_, _: by_key("libssh", all_["kvm7"], "key", "nobody"), "known_hosts"),
    "libssh, changed": (lambda all_, _: by_key("libssh", all_["kvm7"], "key", "changed"), "known_hosts"),
    "libssh2, never seen": (lambda all_, _: by_key("libssh2", all_["kvm7"], "key", "nobody"), "known_hosts"),
    "libssh2, changed": (lambda all_, _: by_key("libssh2", all_["kvm7"], "key", "changed"), "known_hosts"),
}


@pytest.mark.parametrize("way", RIGHT_WAYS)
def test_the_right_credentials_open(way: str, sites: Sites, pki: Path) -> None:
    to = RIGHT_WAYS[way](sites, pki)
    with virtsdk.connect(to.uri, timeout=30, **to.options) as host:
        assert host.name == ("kvm8" if way == "tls + SASL" else "kvm7")
        assert host.node_info().cpus > 0
        assert len(host.domains) == 0
        assert PASSWORD not in repr(host) + host.uri + host._repr_html_()


@pytest.mark.parametrize("way", WRONG_WAYS)
def test_wrong_credentials_are_refused(way: str, sites: Sites, pki: Path) -> None:
    to = WRONG_WAYS[way](sites, pki)
    with pytest.raises(errors.AuthenticationFailed) as caught:
        virtsdk.connect(to.uri, timeout=30, **to.options)
    assert not isinstance(caught.value, errors.HostNotTrusted)
    said = str(caught.value)
    special = {"tls": "clientcert.pem", "tcp + SASL, nobody to ask": "nobody could be asked"}
    assert special.get(way, "check the user") in said
    assert "127.0.0.1" in said or "localhost" in said


@pytest.mark.parametrize("impostor", IMPOSTORS)
def test_a_host_that_cannot_prove_itself_is_not_trusted(impostor: str, sites: Sites, pki: Path) -> None:
    make, expected = IMPOSTORS[impostor]
    to = make(sites, pki)
    with pytest.raises(errors.HostNotTrusted, match=expected):
        virtsdk.connect(to.uri, timeout=30, **to.options)


def test_own_certificates_that_are_old_or_missing_are_named(kvm7: Site, pki: Path) -> None:
    with pytest.raises(errors.ConnectError, match=r"old/clientcert\.pem has expired"):
        virtsdk.connect(tls(kvm7, pki / "old").uri)
    with pytest.raises(errors.ConnectError, match=r"nowhere/cacert\.pem.*pkipath"):
        virtsdk.connect(tls(kvm7, pki / "nowhere").uri)


def test_a_host_that_does_not_listen(kvm7: Site) -> None:
    other = f"127.0.0.1:{kvm7.tls_port}"  # tls is spoken there, not ssh
    with pytest.raises(errors.ConnectError, match="check that"):
        virtsdk.connect(f"qemu+libssh://{other}/system?known_hosts={kvm7.home / 'known'}", timeout=20)
    with pytest.raises(errors.ConnectError, match="nothing listens on that port"):
        virtsdk.connect("qemu+tcp://127.0.0.1:1/system", auth=RIGHT)


def test_a_service_that_a_driver_speaks_https_with(pki: Path) -> None:
    """ESX is reached from this process: nothing is said to whom its certificate does not prove."""
    heard: list[bytes] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / "server" / "servercert.pem", pki / "server" / "serverkey.pem")

    def serve() -> None:
        for _ in range(2):
            raw, _ = listener.accept()
            with raw, contextlib.suppress(OSError), context.wrap_socket(raw, server_side=True) as caller:
                heard.append(caller.recv(65536))
                caller.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve, daemon=True)
        server.start()
        uri = f"esx://root@localhost:{listener.getsockname()[1]}/"
        with pytest.raises(errors.HostNotTrusted, match="not signed by a CA that this machine trusts"):
            virtsdk.connect(uri, auth={"password": PASSWORD}, timeout=20)
        assert b"".join(heard) == b""
        with pytest.raises(ValueError, match="verify=False"):
            virtsdk.connect(f"{uri}?no_verify=1", auth={"password": PASSWORD})
        with pytest.raises(errors.ConnectError, match="503") as caught:
            virtsdk.connect(uri, auth={"password": PASSWORD}, verify=False, timeout=20)
        assert not isinstance(caught.value, errors.AuthenticationFailed)
        server.join(30)
    assert heard[-1].startswith(b"POST /sdk")


# --- certificates are checked, unless that is said out loud ---------------------------------------------


@pytest.mark.parametrize("spelling", ["no_verify=1", "NO_VERIFY=1", "no%5fverify=1", "x=1;no_verify=2"])
def test_a_uri_alone_does_not_switch_the_check_off(spelling: str, kvm7: Site, pki: Path) -> None:
    to = tls(kvm7, pki / "ana", name="127.0.0.1", more=f"&{spelling}")
    with pytest.raises(ValueError, match="verify=False"):
        virtsdk.connect(to.uri)


def test_nor_does_the_environment_or_an_alias(kvm7: Site, pki: Path, tmp_path: Path) -> None:
    unsafe = tls(kvm7, pki / "ana", name="127.0.0.1", more="&no_verify=1").uri
    (tmp_path / "libvirt").mkdir()
    (tmp_path / "libvirt" / "libvirt.conf").write_text(f'uri_aliases = ["prod={unsafe}"]\n')
    script = """
import virtsdk
from virtsdk.binding.way_in import configuration
for uri in (None, "prod"):
    try:
        virtsdk.connect(uri)
    except (ValueError, virtsdk.VirtError) as error:
        print(type(error).__name__, "verify=False" in str(error))
print(virtsdk.connect("prod", verify=False).name)
configuration.read = lambda file: {}  # as where libvirt has its configuration elsewhere
try:
    virtsdk.connect("prod")
except virtsdk.VirtError as error:
    print(type(error).__name__, "verify=False" in str(error))
"""
    place = f"mount --bind {tmp_path}/libvirt /etc/libvirt"  # where root's libvirt reads its aliases
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", f'{place} && exec "$0" -c "$1"', sys.executable, script],
        env={**os.environ, "LIBVIRT_DEFAULT_URI": unsafe},
        capture_output=True,
        text=True,
        check=False,
    )
    expected = ["ValueError", "True", "ValueError", "True", "kvm7", "HostNotTrusted", "True"]
    assert done.stdout.split() == expected, done.stderr


def test_said_out_loud_it_is_off_and_logged(kvm7: Site, pki: Path, caplog: pytest.LogCaptureFixture) -> None:
    to = tls(kvm7, pki / "ana", name="127.0.0.1")
    with virtsdk.connect(to.uri, verify=False) as host:
        assert host.name == "kvm7"
    unknown = ssh(kvm7, "key", "nobody").uri + "&no_verify=1"
    with virtsdk.connect(unknown) as host:
        assert host.name == "kvm7"
    warned = [one.message for one in caplog.records if one.levelno == logging.WARNING]
    assert len(warned) == 2
    assert all("trusted" in line for line in warned)
    (kvm7.home / "nobody").write_text("")  # ssh has noted the key


# --- from parts, through a loss, read-only ---------------------------------------------------------------


def test_a_host_from_its_parts(kvm7: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    by_tcp = {"transport": "tcp", "host": f"127.0.0.1:{kvm7.tcp_port}", "user": USER}
    with virtsdk.connect(driver="qemu", **by_tcp, auth={"password": PASSWORD}) as host:
        assert host.name == "kvm7"
    program = kvm7.ssh_program(kvm7.home / "known")
    program.write_text(program.read_text().replace("-F none", f"-F none -i {kvm7.home / 'key'}"))
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    by_ssh = {"transport": "ssh", "host": f"127.0.0.1:{kvm7.ssh_port}", "user": USER}
    with virtsdk.connect(driver="qemu", **by_ssh) as host:
        assert (host.name, host.uri) == ("kvm7", f"qemu+ssh://{USER}@127.0.0.1:{kvm7.ssh_port}/system")


def test_events_and_handles_go_on_over_tls_and_sasl(sites: Sites, pki: Path) -> None:
    """The credentials are used again for the new connection, and the subscription is back."""
    to = tls(sites["kvm8"], pki / "ana", auth=RIGHT)
    with virtsdk.connect(to.uri, **to.options) as host, host.events("domain_lifecycle") as events:
        guest = host.domains.define(BARE)
        with sites["kvm8"].opened() as lab:
            lab.kill_daemon()
        assert guest.state == "shutoff"
        guest.undefine()
        kinds = []
        while "undefined" not in kinds:
            event = events.get(timeout=60)
            kinds.append(getattr(event, "event", event.kind))
    assert kinds == ["defined", "disconnected", "reconnected", "undefined"]


@pytest.mark.parametrize("way", ["tls", "tcp + SASL", "ssh", "libssh, key"])
def test_a_frozen_daemon_gives_a_timeout_in_the_time_asked_for(way: str, sites: Sites, pki: Path) -> None:
    to = RIGHT_WAYS[way](sites, pki)
    with (
        sites["kvm7"].opened() as lab,
        virtsdk.connect(to.uri, timeout=20, **to.options) as host,
    ):
        host.session.timeout = 0.4  # opening takes longer on a busy machine
        lab.freeze()
        try:
            started = time.monotonic()
            with pytest.raises(errors.TimedOut, match=r"no answer in 0\.4 s"):
                host.node_info()
            assert 0.4 <= time.monotonic() - started < 0.4 + SLOW
        finally:
            lab.thaw()
        host.session.timeout = 20
        assert host.node_info().cpus > 0


@pytest.mark.parametrize("way", ["ssh", "libssh, key"])
def test_calls_take_turns_where_libvirt_cannot_have_them_meet(way: str, sites: Sites, pki: Path) -> None:
    """Two that wait at once end the process on libssh before libvirt 10.4, in most runs of the test above."""
    meet = way == "ssh" or libvirt.getVersion() >= 10_004_000
    to = RIGHT_WAYS[way](sites, pki)
    both = threading.Barrier(2)
    together: list[bool] = []

    def call(conn: object) -> None:
        try:
            both.wait(20 if meet else 0.5)
        except threading.BrokenBarrierError:
            together.append(False)
        else:
            together.append(True)

    with virtsdk.connect(to.uri, timeout=20, **to.options) as host:
        threads = [
            threading.Thread(target=host.session.call, args=("ask", "it", call), daemon=True)
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert together == [meet, meet]


def test_a_loss_that_ends_at_the_password_says_so(kvm7: Site) -> None:
    to = tcp(kvm7, auth=RIGHT)
    with kvm7.opened() as lab, virtsdk.connect(to.uri, **to.options) as host:
        kvm7.set_password("an0ther")
        try:
            lab.kill_daemon()
            lab.start_daemon()
            until(lambda: host.session.longest_pause > 30)  # it has been refused
            host.session.timeout = 1.5
            said = r"does not come back: .*check the user"
            with pytest.raises(errors.ConnectionLost, match=said) as caught:
                host.node_info()
            assert isinstance(caught.value.__cause__, errors.AuthenticationFailed)
            assert host.session.longest_pause > 30  # it goes on trying, but does not hammer at the account
        finally:
            kvm7.set_password(PASSWORD)
        host.session.timeout = 20
        until(lambda: host.is_alive)
        assert host.node_info().cpus > 0
        assert host.session.longest_pause < 10


def test_read_only_over_tls(kvm7: Site, pki: Path) -> None:
    with virtsdk.connect(tls(kvm7, pki / "ana").uri, readonly=True) as host:
        assert host.node_info().cpus > 0
        with pytest.raises(errors.ReadOnly):
            host.domains.define(BARE)
