"""Failures: libvirt tried, and it did not work."""

from __future__ import annotations

from virtsdk.errors.base import VirtError


class OperationFailed(VirtError):
    """libvirt tried, and it did not work."""


class OperationAborted(OperationFailed):
    """It was cancelled before it was done."""


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
