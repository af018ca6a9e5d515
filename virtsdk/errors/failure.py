"""Failures: libvirt tried, and it did not work."""

from __future__ import annotations

from typing import Unpack

from virtsdk.errors.base import Details, VirtError


class OperationFailed(VirtError):
    """libvirt tried, and it did not work."""


class OperationAborted(OperationFailed):
    """It was cancelled before it was done."""


class NotApplied(OperationFailed):
    """libvirt accepted a change and did not make all of it; that was read back.

    Parameters
    ----------
    message
        What was changed, and what did not take.
    paths
        What did not take, as paths in the document: ``("driver.queues",)``.
    """

    def __init__(
        self,
        message: str = "",
        *,
        paths: tuple[str, ...] = (),
        **details: Unpack[Details],
    ) -> None:
        super().__init__(message, **details)
        self.paths = tuple(paths)


class HookFailed(OperationFailed):
    """A hook script on the host refused or failed."""


class MigrationFailed(OperationFailed):
    """A migration did not complete."""


class MigrationUnsafe(MigrationFailed):
    """The migration could corrupt data; libvirt does it only when told so explicitly."""


class RevertRisky(OperationFailed):
    """The snapshot revert could lose something; libvirt does it only when forced."""


class CheckpointInconsistent(OperationFailed):
    """The checkpoint cannot be used any more."""


class CpuIncompatible(OperationFailed):
    """The host's CPU cannot give the guest the CPU it asks for."""


class ProgramFailed(OperationFailed):
    """A program that was run in a guest ended with another exit code than 0.

    Parameters
    ----------
    message
        Which program; nothing of its arguments, nor of what it printed.
    exit_code, stdout, stderr
        As of the result.
    """

    def __init__(
        self,
        message: str = "",
        *,
        exit_code: int = 1,
        stdout: bytes = b"",
        stderr: bytes = b"",
        **details: Unpack[Details],
    ) -> None:
        super().__init__(message, **details)
        self.exit_code = exit_code
        self.stdout = stdout
        self.stderr = stderr


class AgentError(VirtError):
    """The guest agent could not do it."""


class AgentMissing(AgentError):
    """The guest has no channel over which an agent could be asked; the message says what to add."""


class AgentUnresponsive(AgentError):
    """The guest agent is not connected or does not answer."""


class AgentUnsynced(AgentError):
    """The guest agent's channel is out of step; a second try usually works."""


class StreamError(VirtError):
    """A stream of data to or from the host failed."""


class InternalError(VirtError):
    """libvirt's catch-all: an internal error, or one that no caller can act on."""
