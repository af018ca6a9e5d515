"""The base of `Agent`: a question to the agent, and its answer."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from os import PathLike, fspath
from typing import Any, Final, TypeVar, cast

from virtsdk import errors
from virtsdk.binding.deadlines import seconds
from virtsdk.binding.protocol import VirDomain
from virtsdk.binding.qemu import agent_command
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.domain.part import Part

T = TypeVar("T")

_LONGEST: Final = 200_000
# libvirt writes a command into the agent's socket at once, and the answer never comes where that does not
# hold all of it: with Linux' default (net.core.wmem_default, 212,992) 218,456 bytes in base64 went and
# 240,300 hung, and so did the agent for the callers after it.
PIECE: Final = 96 * 1024
"""Bytes that are sent to an agent in one command: in base64 they are a third more."""

PATIENCE: Final = 30.0
"""Seconds for an answer, where nobody said how many: an agent may be there and not answer."""


class AgentCore(Part):
    """A guest's agent, without its verbs; what people use is `Agent`."""

    def _limit(self, timeout: float | None) -> float:
        """Give the seconds for an answer: those given, else the connection's own, else `PATIENCE`."""
        given = seconds(timeout)
        own = self._guest.host.session.timeout
        return next((one for one in (given, own) if one is not None), PATIENCE)

    @contextmanager
    def _whole_answer(self, operation: str) -> Generator[None]:
        """Say what is behind an answer that is too long for libvirt."""
        try:
            yield
        except (errors.InternalError, errors.OperationFailed) as error:
            said = error.libvirt_message or ""
            if "encode message payload" in said:
                what = "the agent's answer has more than the 4 MiB that libvirt sends in one message"
            elif "complete agent response" in said:
                what = (
                    "the agent's answer has more than the 10 MiB that libvirt takes of one, and libvirt "
                    "talks to this agent no more until it is restarted in the guest"
                )
            else:
                raise
            subject = self._guest.subject
            raise errors.AgentError(f"cannot {operation} {subject}: {what}", **error.details) from error

    def _ask(
        self,
        operation: str,
        name: str,
        arguments: dict[str, Any] | None = None,
        *,
        changes: bool = False,
        again: bool = False,
        timeout: float | None = None,
    ) -> Any:
        """Send the agent one of its own commands; returns what it answers.

        An answer is waited for as long at libvirt as it is here: a call that was given up frees the agent.
        `again` has a command repeated where the connection is lost meanwhile: of one that does something (a
        file is read from where it was read to) nobody knows whether the agent did it.
        """
        self._refuse_readonly(operation)
        limit = self._limit(timeout)
        command = json.dumps({"execute": name, **({"arguments": arguments} if arguments else {})})
        if len(command) > _LONGEST:
            raise self._failed(
                operation,
                f"the command has {len(command)} bytes, and libvirt sends an agent no more than {_LONGEST}",
                errors.InvalidArgument,
            )
        patience = min(max(1, math.ceil(limit)), 2**31 - 1)
        begun: list[bool] = []

        def ask(raw: VirDomain) -> str:
            if begun and not again:
                raise self._failed(
                    operation,
                    "the connection was lost meanwhile, and nobody knows whether the agent did it",
                    errors.ConnectionLost,
                )
            begun.append(True)
            return agent_command(raw, command, patience)

        with self._whole_answer(operation):
            answer = self._call(
                operation,
                ask,
                changes=changes,
                timeout=limit,
            )
        return json.loads(answer).get("return")

    def _read(self, operation: str, function: Callable[[VirDomain], T], timeout: float | None) -> T:
        """Make a call of libvirt's that only a connection that may write is allowed, as it asks the guest."""
        self._refuse_readonly(operation)
        return self._call(operation, function, timeout=self._limit(timeout))

    def _do(self, operation: str, function: Callable[[VirDomain], T], timeout: float | None) -> T:
        """Make a call that changes something in the guest."""
        return self._call(operation, function, changes=True, timeout=self._limit(timeout))

    @shows_no_variables
    def command(self, name: str, /, *, timeout: float | None = None, **arguments: Any) -> Any:
        """Have the agent do one of its own commands, for which there is no verb.

        Parameters
        ----------
        name
            ``"guest-get-vcpus"``; `info` has all that this agent knows.
        timeout
            Seconds; None for the connection's own, and where that has none 30.
        **arguments
            The command's own; a dash of their names is an underscore here (``capture_output=True``). The
            audit log has none of them, only the name of the command.

        Returns
        -------
        object
            The agent's answer, as JSON has it: a mapping, a list, a number.

        Raises
        ------
        AgentError
            The agent knows no such command, or could not do it; the message has its words. An answer of more
            than 10 MiB parts libvirt from the agent until that is restarted; `run` and `read_file` do not let
            it come to that.
        AgentMissing, AgentUnresponsive
            The guest has no channel for an agent, or none answers.
        InvalidState
            The guest is off.
        NotSupported
            The driver has no agents (``host.supports("agent")``).

        Notes
        -----
        libvirt takes the guest for tainted from then on: `Domain.messages` says so.
        """
        if not isinstance(name, str) or not name.strip():
            raise ValueError(f"name must be that of one of the agent's commands, not {name!r}")
        given = {key.replace("_", "-"): value for key, value in arguments.items()}
        return self._ask(f"have the agent do {name} in", name, given, changes=True, timeout=timeout)


def in_guest(path: object, name: str = "path") -> str:
    r"""Give a path inside a guest, which has no working directory for anybody.

    Raises
    ------
    ValueError
        It is not absolute.
    TypeError
        It is no path.

    Examples
    --------
    >>> in_guest("/etc/hostname"), in_guest(r"C:\Windows\win.ini")
    ('/etc/hostname', 'C:\\Windows\\win.ini')
    """
    if not isinstance(path, str | PathLike):
        raise TypeError(f"{name} must be a path in the guest, not {type(path).__name__}")
    text = str(fspath(cast("PathLike[str]", path)))
    drive = len(text) > 2 and text[0].isalpha() and text[1] == ":" and text[2] in "\\/"
    if not (text.startswith(("/", "\\\\")) or drive):
        raise ValueError(f"{name} must be absolute, as it is one in the guest, not {text!r}")
    return text


def mountpoints_of(mountpoints: Iterable[str] | None) -> list[str] | None:
    """Check the mount points that someone named; None for all.

    Raises
    ------
    TypeError, ValueError
        They are no list of absolute paths.
    """
    if mountpoints is None:
        return None
    if isinstance(mountpoints, str | bytes):
        raise TypeError(f"mountpoints must be a list of mount points, not {mountpoints!r}")
    found = [in_guest(one, "a mount point") for one in mountpoints]
    if not found:
        raise ValueError("mountpoints must name one at least; None is for all of them")
    return found
