"""Credentials that libvirt asks for while a connection is opened.

They are handed on and not kept in any text: no repr, message, log or traceback shows them, not even one that
prints the variables of its frames.
"""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from virtsdk.binding import workers
from virtsdk.binding.library import constants, word

# What libvirt's own tools offer to answer; with more kinds it asks the same person for two names.
_KINDS = ("authname", "echoprompt", "realm", "passphrase", "noechoprompt")
_SECRET = frozenset({"passphrase", "noechoprompt"})
_ANSWERS = frozenset({"username", "password", *_KINDS})


@dataclass(frozen=True)
class Credential:
    """One question that libvirt asks.

    Attributes
    ----------
    kind
        ``authname``, ``passphrase``, ``realm``, ``echoprompt`` or ``noechoprompt``.
    prompt
        The question for a person.
    default
        What libvirt takes without an answer.
    host
        The host's name in its fleet; None of a single connection.
    """

    kind: str
    prompt: str
    default: str | None = None
    host: str | None = None

    @property
    def is_secret(self) -> bool:
        """True for what must not be shown while it is typed."""
        return self.kind in _SECRET


Auth = Mapping[str, str] | Callable[[Credential], str | None] | None
"""The ``auth=`` of `virtsdk.connect`; see `Authenticator`."""


class Authenticator:
    """Answers libvirt's questions from a mapping, a callback, or the person at the keyboard.

    Parameters
    ----------
    auth
        A mapping of kinds to answers (``username`` stands for ``authname``, ``password`` for ``passphrase``
        and ``noechoprompt``); a callback that is given a `Credential` and returns the answer or None; or
        None: a person at a terminal or a notebook is asked.
    user, password
        Those in the URI; they answer where `auth` does not.

    Raises
    ------
    TypeError, ValueError
        `auth` is none of these, or has a key or a value that is no answer.
    """

    def __init__(self, auth: Auth = None, *, user: str | None = None, password: str | None = None) -> None:
        self._user = user
        self._mapping: dict[str, str] | None = None
        self._callback: Callable[[Credential], str | None] | None = None
        self._remembered: dict[Credential, str] | None = None
        if isinstance(auth, Mapping):
            self._mapping = dict(cast("Mapping[str, str]", auth))
            for name, answer in cast("dict[object, object]", self._mapping).items():
                if name not in _ANSWERS:
                    known = ", ".join(sorted(_ANSWERS))
                    raise ValueError(f"unknown key {name!r} in auth; known keys: {known}")
                if not isinstance(answer, str):
                    raise TypeError(f"auth[{name!r}] must be text, not {type(answer).__name__}")
        elif callable(auth):
            self._callback = auth
        elif auth is not None:
            raise TypeError(f"auth must be a mapping, a callback or None, not {type(auth).__name__}")
        elif password is not None:
            self._mapping = {"password": password}

    def __repr__(self) -> str:
        return "<Authenticator>"

    def conversation(self, where: str) -> Conversation:
        """Begin to answer for one attempt to open a connection to `where`."""
        if self._callback is not None:
            return Conversation(self._callback, self._remember)
        mapping, user = self._mapping, self._user
        if mapping is not None:
            return Conversation(lambda question: _look_up(mapping, question, user), self._remember)
        if self._remembered is not None:  # a reconnect, in the background: nobody is asked again
            return Conversation(self._remembered.get, self._remember)
        return Conversation(lambda question: _ask_person(question, where, user), self._remember)

    def _remember(self, answers: dict[Credential, str]) -> None:
        self._remembered = answers


class Conversation:
    """libvirt's questions, and the answers, of one attempt to open a connection.

    Attributes
    ----------
    failure
        What the callback, or asking a person, raised.
    unanswered
        The question that found no answer (and not where it was asked again: that answer was wrong).
    """

    def __init__(
        self,
        answer: Callable[[Credential], str | None],
        remember: Callable[[dict[Credential, str]], None],
    ) -> None:
        self._answer = answer
        self._accepted = remember
        self._given: dict[Credential, str] = {}
        self.failure: BaseException | None = None
        self.unanswered: Credential | None = None

    def __repr__(self) -> str:
        return "<Conversation>"

    def for_libvirt(self) -> list[Any]:
        """Give what ``libvirt.openAuth`` takes."""
        numbers = constants("VIR_CRED_")
        return [[numbers[kind] for kind in _KINDS], self._fill, None]

    def succeeded(self) -> None:
        """Keep the answers, in memory, for a reconnect."""
        self._accepted(self._given)

    def _fill(self, questions: list[list[Any]], _opaque: object) -> int:
        for question in questions:
            kind, prompt, _challenge, default = question[:4]
            asked = Credential(word("VIR_CRED_", kind), str(prompt), default)
            try:
                answer = self._answer(asked)
            except BaseException as error:  # noqa: BLE001 - libvirt would print it; `Door` raises it
                traceback = error.__traceback__
                self.failure = error.with_traceback(traceback.tb_next if traceback else None)
                return -1
            if not isinstance(answer, str | None):
                self.failure = TypeError(f"the callback gave a {type(answer).__name__}, not a text")
                return -1
            if answer is None:
                self.unanswered = None if asked in self._given else asked
                return -1
            if asked.is_secret and answer == self._given.get(asked):
                return -1  # it is wrong; some transports ask without end, until the host locks the account
            self._given[asked] = answer
            question[4] = answer
        return 0


_KEYS = {
    "authname": ("authname", "username"),
    "passphrase": ("passphrase", "password"),
    "noechoprompt": ("noechoprompt", "password", "passphrase"),
}


def _look_up(mapping: Mapping[str, str], question: Credential, user: str | None) -> str | None:
    for key in _KEYS.get(question.kind, (question.kind,)):
        if key in mapping:
            return mapping[key]
    return (user if question.kind == "authname" else None) or question.default


def _ask_person(question: Credential, where: str, user: str | None) -> str | None:
    """Ask where someone can answer: on a terminal, or in a notebook."""
    if question.kind == "authname" and user:
        return user
    if not _someone_is_there():
        return None
    hint = f" [{question.default}]" if question.default else ""
    words = f"{where}: {question.prompt.rstrip(': ')}{hint}: "
    # only the thread that runs the cell may talk to the notebook, and only it is interrupted by Ctrl-C
    return workers.in_caller(lambda: _read(words, secret=question.is_secret)) or question.default


def _someone_is_there() -> bool:
    """Tell whether questions reach a person: a notebook puts a `getpass` of its own into place."""
    provided = getattr(getpass.getpass, "__module__", None) != getpass.__name__
    return provided or (sys.stdin is not None and sys.stdin.isatty())


def _read(words: str, *, secret: bool) -> str:
    return getpass.getpass(words) if secret else input(words)
