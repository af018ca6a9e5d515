"""Which agent a guest has, and what it knows to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from virtsdk.display import html, text
from virtsdk.resources.domain.agent.values import AgentCommand
from virtsdk.resources.domain.rows import Rows

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class AgentInfo:
    """Version and commands of a guest's agent.

    Attributes
    ----------
    version
        The agent's own.
    commands
        Its commands, by name; a list with ``.frame()``.
    """

    version: str
    commands: Rows[AgentCommand]

    def can(self, command: str) -> bool:
        """Tell whether the agent knows a command and may do it now.

        Parameters
        ----------
        command
            The agent's own name of it, such as ``guest-fsfreeze-freeze``.
        """
        return any(one.command == command and one.enabled for one in self.commands)

    def frame(self) -> pd.DataFrame:
        """Give the commands as a frame.

        Returns
        -------
        pandas.DataFrame
            One row per command: host, domain (its UUID), name (the guest's), command, enabled, answers.
        """
        return self.commands.frame()

    def _headline(self) -> str:
        off = [one.command for one in self.commands if not one.enabled]
        return f"agent {text.printable(self.version)}, {len(self.commands)} commands, {len(off)} of them off"

    def __repr__(self) -> str:
        return f"<AgentInfo {self._headline()}>"

    def _repr_html_(self) -> str:
        return html.view(html.heading(self._headline(), ".frame() lists the commands"))
