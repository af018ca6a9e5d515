"""Credentials that libvirt asks for while a connection is opened.

They are handed on and not kept in any text: no repr, message or log shows them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from virtsdk.binding.library import constants, word


@dataclass(frozen=True)
class Credential:
    """One question that libvirt asks.

    Attributes
    ----------
    kind
        ``username``, ``authname``, ``passphrase``, ``realm``, ``echoprompt``, ``noechoprompt`` ...
    prompt
        The question for a person.
    default
        What libvirt takes without an answer.
    """

    kind: str
    prompt: str
    default: str | None = None

    @property
    def is_secret(self) -> bool:
        """True for what must not be shown while it is typed."""
        return self.kind in {"passphrase", "noechoprompt"}


class Authenticator:
    """Answers libvirt's questions from a mapping, a callback, or the person at the keyboard.

    Parameters
    ----------
    auth
        A mapping of kinds to answers (``username`` stands for ``authname`` too, ``password`` for
        ``passphrase`` and ``noechoprompt``); a callback that is given a `Credential` and returns the answer
        or None; or None: a person at a terminal or a notebook is asked.
    """

    def __init__(self, auth: Mapping[str, str] | Callable[[Credential], str | None] | None) -> None:
        self._answer: Callable[[Credential], str | None]
        if auth is None:
            self._answer = _ask_person
        elif isinstance(auth, Mapping):
            answers = dict(cast("Mapping[str, str]", auth))
            self._answer = lambda credential: _from_mapping(answers, credential)
        elif callable(auth):
            self._answer = auth
        else:
            raise TypeError(f"auth is a mapping, a callback or None, not {type(auth).__name__}")

    def __repr__(self) -> str:
        return "<Authenticator>"

    def for_libvirt(self) -> list[Any]:
        """Give what ``libvirt.openAuth`` takes."""
        kinds = [number for name, number in constants("VIR_CRED_").items() if name != "external"]
        return [kinds, self._fill, None]

    def _fill(self, questions: list[list[Any]], _opaque: object) -> int:
        for question in questions:
            kind, prompt, _challenge, default = question[:4]
            answer = self._answer(Credential(word("VIR_CRED_", kind), str(prompt), default))
            if answer is None:
                return -1
            question[4] = answer
        return 0


_ALIASES = {
    "authname": ("authname", "username"),
    "username": ("username", "authname"),
    "passphrase": ("passphrase", "password"),
    "noechoprompt": ("noechoprompt", "password", "passphrase"),
}


def _from_mapping(answers: Mapping[str, str], credential: Credential) -> str | None:
    for key in _ALIASES.get(credential.kind, (credential.kind,)):
        if key in answers:
            return answers[key]
    return credential.default


def _ask_person(credential: Credential) -> str | None:
    """Ask where someone can answer: on a terminal, or in a notebook."""
    notebook = "ipykernel" in sys.modules
    if not notebook and not sys.stdin.isatty():
        return None
    from getpass import getpass

    ask = getpass if credential.is_secret else input
    return ask(f"{credential.prompt}: ") or credential.default
