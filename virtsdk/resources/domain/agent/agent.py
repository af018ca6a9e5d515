"""``guest.agent``: the program inside a guest that answers libvirt."""

from __future__ import annotations

from typing import Literal

from virtsdk.resources.domain.agent.accounts import AccountVerbs
from virtsdk.resources.domain.agent.files import FileVerbs
from virtsdk.resources.domain.agent.freezing import FreezeVerbs
from virtsdk.resources.domain.agent.running import RunVerbs
from virtsdk.resources.domain.agent.telling import TellingVerbs
from virtsdk.resources.domain.core import DomainCore

_SPECIAL = {None: -2, "default": -1}  # VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_BLOCK, _DEFAULT


class Agent(RunVerbs, FileVerbs, TellingVerbs, FreezeVerbs, AccountVerbs):
    """The agent inside a guest (qemu-guest-agent): runs programs, handles files, tells of the guest.

    It needs a channel in the guest's definition, and the program running in the guest:
    ``guest.wait("agent")`` waits for it. Who may write to the host's connection is, by it, the guest's
    administrator.

    For example::

        guest.wait("agent")
        guest.agent.run(["systemctl", "is-active", "nginx"]).text
        guest.agent.write_file("/etc/motd", "hello")
    """

    def set_timeout(
        self, seconds: float | Literal["default"] | None, *, timeout: float | None = None
    ) -> None:
        """Say how long libvirt waits for this guest's agent, in whoever's calls, until the guest is off.

        The verbs here wait for no longer than their own ``timeout`` anyhow; shutting down by the agent, and
        snapshots with ``quiesce``, go by this.

        Parameters
        ----------
        seconds
            Whole seconds; 0 for no wait at all; ``"default"`` for libvirt's own; None for any time.
        timeout
            As for `info`.

        Raises
        ------
        AgentMissing, InvalidState, NotSupported, ReadOnly
            As for `info`.
        """
        if seconds in (None, "default"):
            number = _SPECIAL[seconds]  # type: ignore[index]  # pyright: ignore
        elif isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise TypeError(f"seconds must be a number of seconds, 'default' or None, not {seconds!r}")
        elif not 0 <= seconds < 2**31 or seconds != int(seconds):
            raise ValueError(f"seconds must be a whole number, 0 or more, not {seconds!r}")
        else:
            number = int(seconds)
        self._do("set the agent timeout of", lambda raw: raw.agentSetResponseTimeout(number, 0), timeout)


class AgentVerbs(DomainCore):
    """A guest's `Agent`."""

    @property
    def agent(self) -> Agent:
        """The agent inside it: runs programs, handles files, freezes file systems; asks nobody yet."""
        return Agent(self, self._call)
