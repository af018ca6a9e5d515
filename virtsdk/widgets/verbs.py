"""Verbs on a domain in a view: one row per verb, for its button and for its Python method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from virtsdk.words import DESTROYABLE, RUNS, STARTABLE

if TYPE_CHECKING:
    from virtsdk.resources.host import Host


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing that a view can do to a domain.

    Parameters
    ----------
    name
        The method of `Domain` and of the view.
    label
        The button's text.
    hint
        A sentence on what it does.
    doing
        The words in the domain's row meanwhile.
    done
        The words in the status line afterwards.
    states
        The states in which it is offered.
    warning
        A sentence on what can be lost; the page asks before it goes on.
    warning_many
        The same of several domains; also where a slip of the mouse would end the work of many.
    feature
        What the host's driver has to support for it.
    """

    name: str
    label: str
    hint: str
    doing: str
    done: str
    states: tuple[str, ...]
    warning: str = ""
    warning_many: str = ""
    feature: str = ""

    def to_dict(self) -> dict[str, object]:
        """Return the verb as plain values for the page."""
        return {**asdict(self), "states": list(self.states)}

    def refusal(self, host: Host) -> str:
        """Say why a host offers it for no domain; empty where it does."""
        if host.readonly:
            return "The connection is read-only"
        if self.feature and not host.supports(cast("Any", self.feature)):
            return f"The {host.driver} driver cannot {self.name}"
        return ""


_VERBS = (
    Verb("start", "Start", "Boot the domain", "starting", "was started", STARTABLE),
    Verb(
        "shutdown",
        "Shut down",
        "Ask the guest to shut down; it may take its time, or decline",
        "shutting down",
        "was asked to shut down",
        RUNS,
        warning_many="Each ends what it runs.",
    ),
    Verb(
        "suspend",
        "Suspend",
        "Stop the domain's vCPUs; its memory stays",
        "suspending",
        "was suspended",
        RUNS,
        feature="suspend",
    ),
    Verb(
        "resume",
        "Resume",
        "Let a suspended domain go on",
        "resuming",
        "was resumed",
        ("paused",),
        feature="suspend",
    ),
    Verb(
        "destroy",
        "Destroy",
        "Pull the domain's plug",
        "destroying",
        "was destroyed: powered off at once",
        DESTROYABLE,
        "It loses power at once: what the guest has not yet written to disk is lost.",
        "They lose power at once: what their guests have not yet written to disk is lost.",
    ),
)

VERBS: Mapping[str, Verb] = MappingProxyType({verb.name: verb for verb in _VERBS})
