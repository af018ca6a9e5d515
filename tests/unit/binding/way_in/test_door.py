"""Opening a connection: what goes wrong, and what the message then says."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import textwrap
import threading
import time
import traceback
from pathlib import Path

import libvirt
import pytest

import virtsdk
from tests.waiting import SLOW, until
from virtsdk import errors
from virtsdk.binding import workers
from virtsdk.binding.session import Session
from virtsdk.binding.way_in import configuration
from virtsdk.binding.way_in.credentials import Credential
from virtsdk.binding.way_in.door import Door


def run(script: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=200,
        env={**os.environ, **environment},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_no_daemon_and_a_wrong_socket(tmp_path: Path) -> None:
    missing = tmp_path / "no-such-socket"
    with pytest.raises(errors.ConnectError, match="is the daemon running") as caught:
        virtsdk.connect(f"qemu+unix:///system?socket={missing}")
    assert str(missing) in str(caught.value)
    assert caught.value.code == libvirt.VIR_ERR_SYSTEM_ERROR
    assert caught.value.code_name == "VIR_ERR_SYSTEM_ERROR"
    assert isinstance(caught.value.__cause__, libvirt.libvirtError)


def test_a_socket_that_nobody_listens_on(tmp_path: Path) -> None:
    path = tmp_path / "sock"
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(path))
    with pytest.raises(errors.ConnectError, match="the daemon is not running"):
        virtsdk.connect(f"qemu+unix:///system?socket={path}")


def test_a_socket_that_this_user_may_not_open(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        become = "os.seteuid(65534)"
        (tmp_path / "locked").mkdir(mode=0o700)
    else:
        become = "pass"
        (tmp_path / "locked").mkdir(mode=0o000)
    said = run(
        f"""
        import os, virtsdk
        virtsdk.connect("test:///default").close()  # imports all while the files are within reach
        {become}
        try:
            virtsdk.connect("qemu+unix:///system?socket={tmp_path}/locked/sock")
        except virtsdk.ConnectError as error:
            print(error)
        """
    )
    assert "permission denied" in said
    assert "group libvirt" in said


@pytest.mark.parametrize("transport", ["tcp", "libssh", "libssh2"])
def test_a_name_that_does_not_resolve(transport: str) -> None:
    with pytest.raises(errors.ConnectError, match=r"'kvm7\.invalid' does not resolve"):
        virtsdk.connect(f"qemu+{transport}://kvm7.invalid/system")


def test_an_unknown_scheme() -> None:
    with pytest.raises(errors.ConnectError, match="'foo' is no driver of libvirt"):
        virtsdk.connect("foo:///system")


def test_something_that_is_no_uri() -> None:
    with pytest.raises(errors.ConnectError, match="starts with a driver and '://'"):
        virtsdk.connect("web1")


def test_a_node_file_that_is_not_there_or_not_xml(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.xml", tmp_path / "broken.xml", tmp_path / ("x" * 5000)):
        if path.name == "broken.xml":
            path.write_text("<node")
        with pytest.raises(errors.ConnectError, match=r"test:///absolute/path/of/a/node\.xml"):
            virtsdk.connect(f"test://{path}")


def test_libvirt_python_is_missing(tmp_path: Path) -> None:
    (tmp_path / "libvirt.py").write_text("raise ImportError('libvirt.so.0: cannot open shared object file')")
    (tmp_path / "hosts.toml").write_text('[hosts]\nkvm7 = "test:///default"')
    said = run(
        f"""
        import virtsdk
        opens = (
            lambda: virtsdk.connect("test:///default"),
            lambda: virtsdk.connect_fleet({{"kvm7": "test:///default"}}),
            lambda: virtsdk.record({str(tmp_path / "hosts.toml")!r}, {str(tmp_path / "recording")!r}),
        )
        for each in opens:  # none takes it for a host that is down, to be tried for ever
            try:
                each()
            except virtsdk.MissingDependency as error:
                print(type(error).__mro__[1].__name__, error)
        """,
        PYTHONPATH=str(tmp_path),
    )
    assert said.count("pip install 'virtsdk[libvirt]'") == 3, said
    assert said.count("libvirt.so.0") == 3
    assert not (tmp_path / "recording").exists()


def test_a_daemon_that_accepts_and_says_nothing_times_out(tmp_path: Path) -> None:
    path = tmp_path / "sock"
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(path))
        silent.listen()
        started = time.monotonic()
        with pytest.raises(errors.TimedOut, match=r"no answer in 0\.3 s"):
            virtsdk.connect(f"qemu+unix:///system?socket={path}", timeout=0.3)
        assert time.monotonic() - started < SLOW


def test_a_uri_or_its_parts() -> None:
    with virtsdk.connect(driver="test") as host:
        assert host.uri == "test:///default"
    with pytest.raises(ValueError, match="not both"):
        virtsdk.connect("test:///default", driver="test")


def test_closing_twice_and_using_what_is_closed() -> None:
    host = virtsdk.connect("test:///default")
    guest = host.domains["test"]
    host.close()
    host.close()
    assert not host.is_alive
    for use in (lambda: guest.state, lambda: len(host.domains), host.node_info, host.events):
        with pytest.raises(errors.HostClosed, match=r"connect\('test:///default'\)"):
            use()
    assert "closed" in repr(host)
    assert "test" in repr(guest)


def test_a_host_that_is_forgotten_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "node.xml"
    path.write_text("<node/>")
    said = run(
        f"""
        import gc, time, weakref, virtsdk
        host = virtsdk.connect("test://{path}")
        stream = host.events("domain_lifecycle")
        session = weakref.ref(host.session)
        conn = weakref.ref(host.session.call("get", "it", lambda conn: conn))
        del host, stream
        for _ in range(1000):  # libvirt lets go of its callbacks on the event loop's thread
            gc.collect()
            if conn() is None:
                break
            time.sleep(0.05)
        print(session(), conn())
        """
    )
    assert said.split() == ["None", "None"]


def test_a_call_may_be_interrupted_while_it_hangs() -> None:
    said = run(
        """
        import os, signal, threading, time, virtsdk
        host = virtsdk.connect("test:///default")
        started = time.monotonic()

        def hang(conn):
            threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
            time.sleep(60)

        try:
            host.session.call("hang on", "the host", hang)
        except KeyboardInterrupt:
            print("interrupted", time.monotonic() - started < 50)
        print(host.domains["test"].state.value)
        """
    )
    assert said.split() == ["interrupted", "True", "running"]


def test_one_daemon_thread_runs_the_events_of_all_hosts() -> None:
    hosts = [virtsdk.connect("test:///default") for _ in range(3)]
    (loop,) = [one for one in threading.enumerate() if one.name == "virtsdk-events"]
    assert loop.daemon
    for host in hosts:
        host.close()


def test_opening_and_closing_leaves_no_thread_and_no_descriptor(tmp_path: Path) -> None:
    path = tmp_path / "node.xml"
    path.write_text("<node/>")

    def once() -> None:
        with virtsdk.connect(f"test://{path}") as host, host.events("domain_lifecycle"):
            assert len(host.domains) == 0

    once()
    threads, descriptors = threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        once()
    until(lambda: threading.active_count() <= threads + workers._IDLE_LIMIT)  # those wait for more work
    until(lambda: len(list(Path("/proc/self/fd").iterdir())) <= descriptors)


def test_credentials_are_in_no_repr() -> None:
    session = Session(Door("test:///default", auth={"username": "ana", "password": "s3cret"}))
    assert "s3cret" not in repr(session) + repr(vars(session)) + repr(session._door.__dict__)
    session.close()


def everything(error: BaseException) -> str:
    """What a crash reporter shows of an error: the variables of our frames, and those of what caused it."""
    text, seen = "", set[int]()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        waiting += [one.__cause__, one.__context__]
        text += repr(one) + str(one)
        for frame, _ in traceback.walk_tb(one.__traceback__):
            if frame.f_code.co_filename != __file__:
                text += f"{frame.f_code.co_name}{frame.f_locals}"
    return text


def one_key_too_many(question: Credential) -> str:
    raise KeyError(question.kind)


@pytest.mark.parametrize(
    "given",
    [
        {"uri": "qemu+tcp://ana:s3cret@[::1/"},
        {"uri": "qemu+tcp://ana:s3cret@kvm7/\0"},
        {"uri": "qemu+tls://ana:s3cret@kvm7/system?no_verify=1"},
        {"uri": "qemu+unix://ana:s3cret@/system?socket=/none"},
        {"uri": "qemu+tcp://ana:s3cret@127.0.0.1:1/system"},
        {"uri": "qemu+tcp://ana:s3cret@127.0.0.1:1/system", "timeout": 0},
        {"uri": "qemu+tcp://ana:s3cret@127.0.0.1:1/system", "keepalive": 5},
        {"uri": "qemu+tcp://ana:s3cret@127.0.0.1:1/system", "auth": one_key_too_many},
        {"uri": "test://ana:s3cret@/none.xml", "auth": {"password": "s3cret"}},
        {"uri": "test:///none.xml", "auth": {"password": "s3cret"}},
        {"uri": "test:///default", "auth": {"password": "s3cret", "pasword": "s3cret"}},
        {"uri": "test:///default", "auth": {"password": "s3cret", "username": 7}},
        {"uri": "test:///default", "auth": ["s3cret"]},
        {"uri": "test:///default", "driver": "test", "auth": {"password": "s3cret"}},
        {"uri": ["s3cret"]},
    ],
    ids=range(15),
)
def test_no_frame_of_a_traceback_holds_a_secret(given: dict[str, object]) -> None:
    with pytest.raises((virtsdk.VirtError, TypeError, ValueError)) as caught:
        virtsdk.connect(**given)  # type: ignore[arg-type]
    shown = everything(caught.value)
    assert "connect{" in shown  # it does hold variables of ours
    assert "s3cret" not in shown


def test_the_door_knows_what_an_address_stands_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIBVIRT_DEFAULT_URI", "qemu+tcp://ana:s3cret@kvm7/system")
    assert Door().uri == "qemu+tcp://ana@kvm7/system"
    assert Door("qemu+tls://ana:s3cret@kvm7/system", verify=False).uri == (
        "qemu+tls://ana@kvm7/system?no_verify=1"
    )
    monkeypatch.delenv("LIBVIRT_DEFAULT_URI")
    monkeypatch.setattr(configuration, "lookup", {"prod": "qemu+tcp://eve:s3cret@kvm8/system"}.get)
    assert Door("prod").uri == "qemu+tcp://eve@kvm8/system"
    assert Door().uri is None


def test_auth_of_a_wrong_type_is_a_bad_argument() -> None:
    with pytest.raises(TypeError, match="auth must be a mapping"):
        virtsdk.connect("test:///default", auth="s3cret")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"uri": 5}, TypeError, "uri must be text, not int"),
        ({"timeout": 0}, ValueError, "above 0"),
        ({"timeout": "soon"}, TypeError, "not str"),
        ({"keepalive": 5}, ValueError, "probes"),
        ({"timeout": float("nan")}, ValueError, "not nan"),
        ({"timeout": True}, TypeError, "not bool"),
        ({"keepalive": (5, -1)}, ValueError, "probes"),
        ({"keepalive": (2**31, 1)}, ValueError, "probes"),
        ({"uri": "test:///default?\0"}, ValueError, "NUL"),
        ({"uri": "qemu+tcp://ana:s3cret@[::1/"}, ValueError, r"'qemu\+tcp://ana@\[::1/' is no URI"),
    ],
)
def test_bad_arguments_are_said_before_anything_is_opened(
    options: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        virtsdk.connect(**{"uri": "test:///default", **options})  # type: ignore[arg-type]


def test_a_missing_node_file_prints_nothing(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(errors.ConnectError, match="there is no file"):
        virtsdk.connect(f"test://{tmp_path}/none.xml")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("given", [None, "kvm7"])
def test_programs_are_refused_wherever_the_uri_comes_from(
    given: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = "qemu+ext:///system?command=/tmp/x"
    monkeypatch.setattr(configuration, "lookup", lambda name: starts if name == given else None)
    monkeypatch.delenv("LIBVIRT_DEFAULT_URI", raising=False)
    with pytest.raises(ValueError, match="programs=False"):
        virtsdk.connect(given, programs=False)
    monkeypatch.setattr(configuration, "lookup", lambda _: None)
    monkeypatch.setenv("LIBVIRT_DEFAULT_URI", starts)
    with pytest.raises(ValueError, match="programs=False"):
        virtsdk.connect(programs=False)


def test_a_name_that_only_libvirt_could_know_is_no_uri_without_programs() -> None:
    with pytest.raises(ValueError, match="no URI and, with programs=False"):
        virtsdk.connect("kvm7", programs=False)


@pytest.mark.parametrize("name", ["programs", "readonly", "verify", "reconnect"])
@pytest.mark.parametrize("given", ["no", None, 2])
def test_a_switch_is_yes_or_no(name: str, given: object) -> None:
    with pytest.raises(TypeError, match=f"{name} must be True or False, not {given!r}"):
        virtsdk.connect("test:///default", **{name: given})


def test_a_uri_that_starts_nothing_opens_without_programs() -> None:
    with virtsdk.connect("test:///default", programs=False) as host:
        assert host.is_alive


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("", "uri must not be empty"),
        (" \n", "uri must not be empty"),
        ("qemu+tcp://kvm7:99999/system", "its port must be a number from 1 to 65535"),
        ("qemu+tcp://ana@[fd00::7]:0/system", "its port must be"),
        ("qemu+ssh://kvm7:abc/system", "its port must be"),
    ],
)
def test_a_uri_that_would_lead_elsewhere_is_refused(uri: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        virtsdk.connect(uri)
