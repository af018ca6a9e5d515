"""libvirt's Python module, loaded when it is first needed, and its constants as words."""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from types import ModuleType

from virtsdk.errors import MissingDependency

_NOWHERE = "4:file:/dev/null"


@cache
def library() -> ModuleType:
    """Return libvirt's Python module, with its habit of printing every error to stderr switched off.

    So is libvirt's log of the calling process, unless LIBVIRT_LOG_OUTPUTS says where it goes: by default it
    prints warnings to stderr too, for example for a host name that cannot be resolved.

    Raises
    ------
    MissingDependency
        libvirt-python is not installed, or does not fit the libvirt that is.
    """
    outputs = os.environ.setdefault("LIBVIRT_LOG_OUTPUTS", _NOWHERE)  # libvirt reads it once, while loading
    try:
        module = import_module("libvirt")
    except ImportError as error:
        raise MissingDependency(
            f"live hosts need libvirt-python, which cannot be imported ({error}); "
            "its build wants libvirt's headers (Debian: apt install libvirt-dev pkg-config gcc)",
            extra="libvirt",
            package="libvirt-python",
        ) from error
    finally:
        if outputs == _NOWHERE:
            del os.environ["LIBVIRT_LOG_OUTPUTS"]  # not for the daemons that this process may start
    module.registerErrorHandler(_already_raised, None)
    return module


def _already_raised(_context: object, _error: object) -> None:
    """libvirt's errors are exceptions here; nothing is printed."""  # noqa: D403


@cache
def constants(prefix: str) -> dict[str, int]:
    """Return libvirt's constants below a prefix: lower-case names (with dashes) to numbers.

    Examples
    --------
    >>> constants("VIR_DOMAIN_EVENT_SHUTDOWN_")["guest"]
    1
    """
    return {
        name.removeprefix(prefix).lower().replace("_", "-"): value
        for name, value in vars(library()).items()
        if name.startswith(prefix) and isinstance(value, int)
    }


@cache
def _words(prefix: str) -> dict[int, str]:
    found: dict[int, str] = {}
    for name, value in constants(prefix).items():
        if not name.startswith(
            "id-"
        ):  # event ids live among the events' words: VIR_NETWORK_EVENT_ID_LIFECYCLE
            found.setdefault(value, name)
    return found


def word(prefix: str, number: int) -> str:
    """Return the word that libvirt has for a number, ``unknown-7`` where this version has none.

    Examples
    --------
    >>> word("VIR_DOMAIN_EVENT_SHUTDOWN_", 1)
    'guest'
    """
    return _words(prefix).get(number) or f"unknown-{number}"


def flag(name: str) -> int:
    """Return one of libvirt's constants by its full name."""
    return int(getattr(library(), name))
