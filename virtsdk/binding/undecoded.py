r"""Texts of libvirt's that are not UTF-8, as Python's binding of it takes all of them to be.

The name of a file is any bytes: one of an old archive, in Latin-1, is enough for the binding to raise
`UnicodeDecodeError` in place of a name, a path, a document or an error's message. Here such a byte is written
as Python writes it in a literal, ``caf\xe9.img``: that can be shown, kept in a frame and written to a file,
which a surrogate cannot.

Where it is an error's message, the binding's own handler of errors stumbles over it, and Python finds a call
that has returned with an exception set: a `SystemError` whose cause is the `UnicodeDecodeError`.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import ParamSpec

P = ParamSpec("P")


def decoded(call: Callable[P, str], *args: P.args, **kwargs: P.kwargs) -> str:
    r"""Make a call that gives one text, whatever its bytes.

    Examples
    --------
    >>> decoded(b"caf\xe9.img".decode)
    'caf\\xe9.img'
    """
    try:
        return call(*args, **kwargs)
    except UnicodeDecodeError as error:
        if _code():  # it is the message of libvirt's error that cannot be read
            raise
        return in_escapes(error.object)


def in_escapes(text: bytes | str) -> str:
    r"""Write bytes as such a text; and a text in which Python itself hides them (`os.fsdecode`).

    Examples
    --------
    >>> in_escapes("caf\udce9.img"), in_escapes("café.img")
    ('caf\\xe9.img', 'café.img')
    """
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
    return data.decode("utf-8", "backslashreplace")


class Undecoded(Exception):
    """An error of libvirt's whose message, or an answer of libvirt's that, the binding cannot read.

    Parameters
    ----------
    error
        What the binding raised, in the thread that it raised it in.
    """

    def __init__(self, error: UnicodeDecodeError) -> None:
        self._code, self._domain = _code(), _domain()
        said = in_escapes(error.object)
        super().__init__(said if self._code else f"its answer is not UTF-8: {said[:200]}")

    def get_error_code(self) -> int:
        """Give libvirt's ``virErrorNumber``; 0 where the call itself went well."""
        return self._code

    def get_error_domain(self) -> int:
        """Give libvirt's ``virErrorDomain``."""
        return self._domain

    def get_error_message(self) -> str:
        """Give libvirt's words."""
        return str(self)


@cache
def _libvirt() -> ctypes.CDLL:
    return ctypes.CDLL("libvirt.so.0")  # the one that is loaded already


def _code() -> int:
    """Give the code of this thread's last error; each call of libvirt's begins by forgetting it."""
    return int(_libvirt().virGetLastErrorCode())


def _domain() -> int:
    return int(_libvirt().virGetLastErrorDomain())
