"""Verbs on domains, networks and pools in a view: one row per verb, for its button and its Python method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from virtsdk.words import DESTROYABLE, POOL_STATES, RUNS, STARTABLE

if TYPE_CHECKING:
    from virtsdk.resources.host import Host


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing that a view can do to an object of a host.

    Parameters
    ----------
    name
        The view's method.
    label
        The button's text.
    hint
        A sentence on what it does.
    doing
        The words in the object's row meanwhile.
    done
        The words in the status line afterwards.
    states
        The states in which it is offered; none for all.
    warning
        A sentence on what can be lost; the page asks before it goes on.
    warning_many
        The same of several objects; also where a slip of the mouse would end the work of many.
    feature
        What the host's driver has to support for it.
    method, arguments
        The method of the object, where it is not that of the view, and what it is given.
    needs
        What a row has to say for it: a field, its value, and words on a row that says something else.
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
    method: str = ""
    arguments: tuple[object, ...] = ()
    needs: tuple[tuple[str, object, str], ...] = ()

    @property
    def call(self) -> str:
        """The call of the object's method, as Python code."""
        return f"{self.method or self.name}({', '.join(map(repr, self.arguments))})"

    def do(self, thing: object) -> None:
        """Do it to a live object."""
        getattr(thing, self.method or self.name)(*self.arguments)

    def to_dict(self) -> dict[str, object]:
        """Return the verb as plain values for the page."""
        plain = {name: value for name, value in asdict(self).items() if name not in ("method", "arguments")}
        return {**plain, "states": list(self.states), "needs": [list(need) for need in self.needs]}

    def refusal(self, host: Host) -> str:
        """Say why a host offers it for no object; empty where it does."""
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


def _starting(noun: str, feature: str) -> tuple[Verb, ...]:
    """Return the verbs that networks and pools have in common, but for how they stop."""
    transient = ("persistent", True, "is transient: it starts with no host")
    return (
        Verb(
            "start", "Start", f"Start the {noun}", "starting", "was started", ("inactive",), feature=feature
        ),
        Verb(
            "autostart",
            "Autostart",
            f"Have the {noun} started with its host",
            "setting to start by itself",
            "starts with its host from now on",
            (),
            feature=feature,
            method="set_autostart",
            arguments=(True,),
            needs=(transient, ("autostart", False, "starts with its host already")),
        ),
        Verb(
            "no_autostart",
            "No autostart",
            f"Have the {noun} no longer started with its host",
            "setting to wait until it is started",
            "no longer starts with its host",
            (),
            feature=feature,
            method="set_autostart",
            arguments=(False,),
            needs=(("autostart", True, "does not start with its host anyway"),),
        ),
    )


_STOP_NETWORK = Verb(
    "stop",
    "Stop",
    "Stop the network; its definition stays",
    "stopping",
    "was stopped",
    ("active",),
    "Guests on it lose their connection, and do not get it back by themselves when it starts again.",
    "Guests on them lose their connections, and do not get them back by themselves when they start again.",
    feature="networks",
    method="destroy",
)
_STOP_POOL = Verb(
    "stop",
    "Stop",
    "Stop the pool; its definition and its volumes stay",
    "stopping",
    "was stopped",
    tuple(state for state in POOL_STATES if state != "inactive"),
    "Its volumes stay, and are out of reach: a guest whose disk is on a mounted or remote pool may lose it.",
    "Their volumes stay, and are out of reach: a guest whose disk is on a mounted or remote one may lose it.",
    feature="storage_pools",
    method="destroy",
)


def _by_name(*verbs: Verb) -> Mapping[str, Verb]:
    return MappingProxyType({verb.name: verb for verb in verbs})


_START_NETWORK, *_AUTOSTART_NETWORK = _starting("network", "networks")
_START_POOL, *_AUTOSTART_POOL = _starting("pool", "storage_pools")

VERBS: Mapping[str, Verb] = _by_name(*_VERBS)
"""Of domains."""
NETWORK_VERBS: Mapping[str, Verb] = _by_name(_START_NETWORK, _STOP_NETWORK, *_AUTOSTART_NETWORK)
POOL_VERBS: Mapping[str, Verb] = _by_name(_START_POOL, _STOP_POOL, *_AUTOSTART_POOL)
