"""Passwords: asked for where a person can answer, and shown nowhere."""

from __future__ import annotations

import contextlib
import logging
import os
import pty
import re
import select
import sys
import textwrap
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty

import pytest
from jupyter_client.manager import KernelManager

import virtsdk
from virtsdk.binding.way_in.credentials import Credential

from .sites import PASSWORD, USER, Site
from .ways import by_password, ssh, tcp, tls

WRONG = "n0t-the-passw0rd"


def given(secret: str) -> dict[str, Callable[[str], dict[str, object]]]:
    """The ways to give a password."""

    def answer(question: Credential) -> str:
        return secret if question.is_secret else USER

    def fails_late(question: Credential) -> str:
        if question.is_secret:
            raise RuntimeError("the vault is sealed")
        return secret  # as the user's name: answered before the one that fails

    return {
        "mapping": lambda uri: {"uri": uri, "auth": {"username": USER, "password": secret}},
        "callback": lambda uri: {"uri": uri, "auth": answer},
        "callback that fails": lambda uri: {"uri": uri, "auth": fails_late},
        "URI": lambda uri: {"uri": re.sub(r"://(ana@)?", f"://{USER}:{secret}@", uri)},
    }


@pytest.mark.parametrize("way", list(given("")))
@pytest.mark.parametrize("transport", ["tcp", "tls", "ssh", "libssh", "libssh2"])
@pytest.mark.parametrize("secret", [PASSWORD, WRONG], ids=["right", "wrong"])
def test_no_password_in_any_text(
    way: str,
    transport: str,
    secret: str,
    sites: dict[str, Site],
    pki: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    uri = {
        "tcp": tcp(sites["kvm7"]),
        "tls": tls(sites["kvm8"], pki / "ana"),
        "ssh": ssh(sites["kvm7"], "stranger"),  # takes no password from us, and is refused
        "libssh": by_password("libssh", sites["kvm7"]),
        "libssh2": by_password("libssh2", sites["kvm7"]),
    }[transport].uri
    options = given(secret)[way](uri)
    said = ""
    try:
        with virtsdk.connect(**options, timeout=30) as host:
            opened = True
            said += repr(host) + str(host.uri) + host._repr_html_()
            said += repr(vars(host)) + repr(vars(host.session)) + repr(vars(host.session._door))
    except virtsdk.VirtError as error:
        opened = False
        said += str(error) + repr(error) + repr(vars(error)) + everything(error)
    assert opened == (secret == PASSWORD and transport != "ssh" and way != "callback that fails")
    out = capfd.readouterr()
    everywhere = said + caplog.text + out.out + out.err + "".join(repr(vars(one)) for one in caplog.records)
    assert secret not in everywhere
    assert "virtsdk" in said


def everything(error: BaseException) -> str:
    """A traceback with the variables of our frames and of libvirt's, causes included."""
    found = traceback.TracebackException.from_exception(error, capture_locals=True)
    text = ""
    one: traceback.TracebackException | None = found
    while one is not None:
        one.stack = traceback.StackSummary.from_list(
            [frame for frame in one.stack if not frame.filename.endswith("test_secrets.py")]
        )
        text += "".join(one.format(chain=False))
        one = one.__cause__ or one.__context__
    assert "function = " in text  # it does show variables
    return text


# --- a person at a terminal ---------------------------------------------------------------------------------


class Terminal:
    """A Python script on a terminal of its own, with someone who reads and types."""

    def __init__(self, script: str) -> None:
        self.shown = ""
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.execv(sys.executable, [sys.executable, "-c", textwrap.dedent(script)])

    def until(self, words: str, seconds: float = 60.0) -> None:
        assert self.says(words, seconds), f"it does not say {words!r}: {self.shown}"

    def says(self, words: str, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while words not in self.shown:
            ready, _, _ = select.select([self._terminal], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                return False
            with contextlib.suppress(OSError):  # its end
                self.shown += os.read(self._terminal, 4096).decode()
                continue
            raise AssertionError(f"it ended without saying {words!r}: {self.shown}")
        return True

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def close(self) -> None:
        os.close(self._terminal)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)


@pytest.fixture
def terminal() -> Iterator[Callable[[str], Terminal]]:
    with contextlib.ExitStack() as stack:

        def start(script: str) -> Terminal:
            return stack.enter_context(contextlib.closing(Terminal(script)))

        yield start


def test_a_person_at_a_terminal_is_asked_once(kvm7: Site, terminal: Callable[[str], Terminal]) -> None:
    """Also where the connection is lost later: the answers are used again, nobody is asked from behind."""
    seat = terminal(
        f"""
        import time, virtsdk
        host = virtsdk.connect({tcp(kvm7).uri!r}, timeout=5)  # the clock does not run while someone types
        host.session.timeout = 60
        generation = host.session.generation
        print("opened", host.name, flush=True)
        while host.session.generation == generation:
            time.sleep(0.05)
        print("again", len(host.domains), flush=True)
        """
    )
    seat.until(f"qemu+tcp://127.0.0.1:{kvm7.tcp_port}/system: Please enter your authentication name: ")
    seat.type(f"{USER}\n")
    seat.until("Please enter your password: ")
    time.sleep(5.2)
    seat.type(f"{PASSWORD}\n")
    seat.until("opened kvm7")
    with kvm7.opened() as lab:
        lab.kill_daemon()
    seat.until("again 0")
    assert PASSWORD not in seat.shown
    assert seat.shown.count("password") == 1


def test_ctrl_c_at_the_prompt_gives_up(kvm7: Site, terminal: Callable[[str], Terminal]) -> None:
    seat = terminal(
        f"""
        import virtsdk
        try:
            virtsdk.connect({tcp(kvm7).uri!r})
        except KeyboardInterrupt:
            print("given up", flush=True)
        with virtsdk.connect({tcp(kvm7).uri!r}, auth={{"username": {USER!r}, "password": input()}}) as host:
            print("opened", host.name, flush=True)
        """
    )
    seat.until("authentication name: ")
    for _ in range(10):  # a signal that comes before the terminal is read, input() notices with the next one
        time.sleep(1)
        seat.type("\x03")
        if seat.says("given up", 10):
            break
    seat.until("given up")
    seat.type(f"{PASSWORD}\n")
    seat.until("opened kvm7")


# --- a person at a notebook ---------------------------------------------------------------------------------


def test_a_person_at_a_notebook_is_asked(kvm7: Site) -> None:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        uri = tcp(kvm7).uri
        asked: list[dict[str, object]] = []

        def answer(message: dict[str, dict[str, object]]) -> None:
            asked.append(message["content"])
            client.input(PASSWORD if message["content"]["password"] else USER)

        shown: list[str] = []
        reply = client.execute_interactive(
            f"import virtsdk\nhost = virtsdk.connect({uri!r})\nhost",
            allow_stdin=True,
            stdin_hook=answer,
            output_hook=lambda message: shown.append(str(message["content"])),
            timeout=120,
        )
        assert reply["content"]["status"] == "ok", shown
        assert [one["password"] for one in asked] == [False, True]
        assert uri in str(asked[0]["prompt"])
        assert "kvm7" in "".join(shown)
        assert PASSWORD not in "".join(shown)
        # where nobody can answer (a notebook run by a program), it says so
        reply = client.execute_interactive(
            f"virtsdk.connect({uri!r})", allow_stdin=False, output_hook=lambda _: None, timeout=60
        )
        assert reply["content"]["ename"] == "AuthenticationFailed"
    except Empty:
        pytest.fail("the kernel does not answer")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.mark.parametrize("library", ["libssh", "libssh2"])
def test_a_wrong_password_is_not_tried_until_the_account_is_locked(library: str, kvm7: Site) -> None:
    """Both ask again and again."""
    log = kvm7.home / "dropbear.log"
    for auth in ({"username": USER, "password": WRONG}, lambda _: WRONG):
        before = log.read_text().count("Bad password attempt")
        with pytest.raises(virtsdk.VirtError):
            virtsdk.connect(by_password(library, kvm7).uri, auth=auth)
        time.sleep(0.2)
        assert log.read_text().count("Bad password attempt") == before + 1
