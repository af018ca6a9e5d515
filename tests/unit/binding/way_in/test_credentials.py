"""Answers to libvirt's questions: from a mapping, a callback, a URI, or a person."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Callable

import libvirt
import pytest

from virtsdk.binding import workers
from virtsdk.binding.way_in.credentials import Auth, Authenticator, Conversation, Credential
from virtsdk.binding.way_in.door import Door

URI = "qemu+tcp://kvm7/system"


def answerer(auth: Auth, uri: str) -> Authenticator:
    """Who answers for a URI that was given together with `auth`."""
    return Door(uri, auth=auth)._authenticator


def ask(talk: Conversation, *kinds: str) -> list[str] | None:
    """Ask as libvirt does; None where it is refused."""
    numbers = {kind: getattr(libvirt, f"VIR_CRED_{kind.upper()}") for kind in kinds}
    offered, callback, _ = talk.for_libvirt()
    assert set(numbers.values()) <= set(offered)
    questions = [[number, f"Please enter your {kind}", "", None, None] for kind, number in numbers.items()]
    if callback(questions, None) != 0:
        return None
    return [question[4] for question in questions]


@pytest.mark.parametrize(
    ("auth", "uri"),
    [
        ({"username": "ana", "password": "s3cret"}, URI),
        ({"authname": "ana", "passphrase": "s3cret"}, URI),
        ({"password": "s3cret"}, URI.replace("kvm7", "ana@kvm7")),
        (lambda question: "s3cret" if question.is_secret else "ana", URI),
        (None, URI.replace("kvm7", "ana:s3cret@kvm7")),
    ],
)
def test_who_gives_an_answer(auth: Auth, uri: str) -> None:
    talk = answerer(auth, uri).conversation(URI)
    assert ask(talk, "authname", "passphrase") == ["ana", "s3cret"]
    assert "s3cret" not in repr(talk) + repr(answerer(auth, uri))


def test_a_percent_encoded_login() -> None:
    talk = answerer(None, "qemu+tcp://an%40a:a%2Fb%3Ac@kvm7/system").conversation(URI)
    assert ask(talk, "authname", "passphrase") == ["an@a", "a/b:c"]


def test_what_is_given_goes_before_the_uri() -> None:
    talk = answerer({"username": "eve", "password": "new"}, "qemu+tcp://ana:old@kvm7/system")
    assert ask(talk.conversation(URI), "authname", "passphrase") == ["eve", "new"]


def test_without_an_answer_it_is_refused() -> None:
    talk = Authenticator({"username": "ana"}).conversation(URI)
    assert ask(talk, "passphrase") is None
    assert talk.unanswered


def test_a_wrong_secret_is_not_given_again() -> None:
    talk = Authenticator({"password": "wrong"}).conversation(URI)
    assert ask(talk, "noechoprompt") == ["wrong"]
    assert ask(talk, "noechoprompt") is None
    assert not talk.unanswered


def test_an_answer_that_is_no_text_is_a_bad_argument() -> None:
    with pytest.raises(TypeError, match=r"auth\['password'\] must be text, not int"):
        Authenticator({"password": 1234})  # type: ignore[dict-item]
    with pytest.raises(ValueError, match="unknown key 'pasword' in auth; known keys: authname"):
        Authenticator({"pasword": "s3cret"})
    talk = Authenticator(lambda _: 1234).conversation(URI)  # type: ignore[arg-type, return-value]
    assert ask(talk, "passphrase") is None
    assert isinstance(talk.failure, TypeError)


def test_what_a_callback_raises_is_kept_for_whoever_opens() -> None:
    def sealed(_question: Credential) -> str:
        raise RuntimeError("the vault is sealed")

    talk = Authenticator(sealed).conversation(URI)
    assert ask(talk, "passphrase") is None
    assert isinstance(talk.failure, RuntimeError)


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Someone who types; the prompts that they see, and the thread that asked."""
    seen: list[tuple[str, str]] = []

    def types(secret: str) -> Callable[[str], str]:
        def read(prompt: str) -> str:
            seen.append((prompt, threading.current_thread().name))
            return secret

        return read

    monkeypatch.setattr("getpass.getpass", types("s3cret"))
    monkeypatch.setattr("builtins.input", types("ana"))
    return seen


def test_a_person_is_asked_by_the_thread_that_opens_and_once(person: list[tuple[str, str]]) -> None:
    authenticator = answerer(None, URI)
    first = authenticator.conversation(URI)
    assert workers.run(lambda: ask(first, "authname", "passphrase"), "open", 5) == ["ana", "s3cret"]
    assert person == [
        (f"{URI}: Please enter your authname: ", threading.current_thread().name),
        (f"{URI}: Please enter your passphrase: ", threading.current_thread().name),
    ]
    first.succeeded()
    assert ask(authenticator.conversation(URI), "authname", "passphrase") == ["ana", "s3cret"]
    assert ask(authenticator.conversation(URI), "realm") is None
    assert len(person) == 2  # a reconnect asks nobody


def test_whom_the_uri_names_is_asked_for_the_password_alone(person: list[tuple[str, str]]) -> None:
    talk = answerer(None, "qemu+tcp://eve@kvm7/system").conversation(URI)
    assert ask(talk, "authname", "passphrase") == ["eve", "s3cret"]
    assert [prompt for prompt, _ in person] == [f"{URI}: Please enter your passphrase: "]


def test_nobody_is_asked_where_nobody_sits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a script reads on its standard input is not for us."""
    monkeypatch.setattr("sys.stdin", io.StringIO("data\nmore\n"))
    talk = Authenticator().conversation(URI)
    assert ask(talk, "passphrase") is None
    assert talk.unanswered
    assert sys.stdin.read() == "data\nmore\n"
