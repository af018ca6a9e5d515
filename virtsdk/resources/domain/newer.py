"""Calls that are newer than the libvirt that libvirt-python was built against: they may not be there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from virtsdk import errors


def newer(raw: object, name: str, since: str, operation: str, subject: str) -> Callable[..., Any]:
    """Give a method of libvirt's object.

    Parameters
    ----------
    raw
        The object.
    name, since
        The method's name, and the libvirt that it came with.
    operation, subject
        For messages, as those of ``Session.call``.

    Raises
    ------
    NotSupported
        This libvirt-python does not have it.
    """
    found = getattr(raw, name, None)
    if found is None:
        raise errors.NotSupported(
            f"cannot {operation} {subject}: libvirt {since} brings that, and libvirt-python here was built "
            "against an older one",
            operation=operation,
            subject=subject,
        )
    return found
