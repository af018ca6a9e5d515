"""The base of a guest's nouns, such as ``guest.agent``: a handle on a part of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from virtsdk import errors
from virtsdk.binding.live import Live
from virtsdk.binding.protocol import VirDomain
from virtsdk.display import text

if TYPE_CHECKING:
    from virtsdk.resources.domain.core import DomainCore

T = TypeVar("T")


class Call(Protocol):
    """The way to a guest's libvirt object: `DomainCore._call`."""

    def __call__(
        self,
        operation: str,
        function: Callable[[VirDomain], T],
        *,
        changes: bool = False,
        timeout: float | None = None,
    ) -> T:
        """Make a call; see `Resource._call`."""
        ...


class Part(Live):
    """A part of a guest; it goes wherever its guest's handle goes, and asks the host for everything.

    Parameters
    ----------
    guest
        Whose part it is.
    call
        The guest's own way to libvirt.
    """

    def __init__(self, guest: DomainCore, call: Call) -> None:
        self._guest = guest
        self._call = call

    @property
    def guest(self) -> DomainCore:
        """The guest whose part it is."""
        return self._guest

    def _refuse_readonly(self, operation: str) -> None:
        """Raise `ReadOnly` before anything is sent, for what libvirt itself reads for writers alone."""
        self._guest.host.session.refuse_readonly(operation, self._guest.subject)

    def _about(self) -> dict[str, str]:
        """Give the first columns of its frames."""
        return {"host": self._guest.host.name, "domain": self._guest.key, "name": self._guest.name}

    def _failed(
        self, operation: str, reason: str, kind: type[errors.VirtError] = errors.OperationFailed
    ) -> errors.VirtError:
        """Make an error of what libvirt itself did not call one."""
        subject = self._guest.subject
        return kind(f"cannot {operation} {subject}: {reason}", operation=operation, subject=subject)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Part):
            return NotImplemented
        return type(self) is type(other) and self._guest == other._guest

    def __hash__(self) -> int:
        return hash((type(self), self._guest))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {text.printable(self._guest.name)}>"
