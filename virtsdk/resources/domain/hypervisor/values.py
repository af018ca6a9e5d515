"""What a hypervisor says of a guest, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from virtsdk.display import html, text
from virtsdk.resources.domain.rows import Line
from virtsdk.words import CONTROL_REASONS, CONTROL_STATES, word_of


@dataclass(frozen=True)
class Control:
    """Whether libvirt can reach a guest's hypervisor process.

    Attributes
    ----------
    state
        ``"ok"``, ``"job"`` (busy with one), ``"occupied"`` (by a call), ``"error"``.
    reason
        Of an error: ``"monitor"``, ``"internal"``, ``"unknown"``; else ``"none"``.
    seconds
        For how long it has been in it, where libvirt counts that.
    """

    state: str
    reason: str
    seconds: float

    @classmethod
    def of(cls, said: Sequence[int]) -> Control:
        """Make one of libvirt's three numbers."""
        state, details, milliseconds = said[:3]
        reason = word_of(CONTROL_REASONS, details) if state == CONTROL_STATES.index("error") else "none"
        return cls(word_of(CONTROL_STATES, state), reason, milliseconds / 1000)


@dataclass(frozen=True)
class SecurityLabel(Line):
    """A label by which the host's security module keeps a guest apart from others.

    Attributes
    ----------
    label
        Of its process: ``"system_u:system_r:svirt_t:s0:c1,c2"``; empty where it has none.
    enforcing
        The module refuses what the label does not allow, rather than only to log it.
    """

    columns: ClassVar[Mapping[str, str]] = {"label": "str", "enforcing": "bool"}

    label: str
    enforcing: bool


@dataclass(frozen=True)
class LaunchSecurity:
    """How an encrypted guest was launched: what its owner checks before it is given a secret.

    Attributes
    ----------
    measurement
        Of what was launched, in base64.
    api_major, api_minor, build_id
        Of the platform's firmware.
    policy
        What the platform may do with it.
    """

    measurement: str | None = None
    api_major: int | None = None
    api_minor: int | None = None
    build_id: int | None = None
    policy: int | None = None

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> LaunchSecurity | None:
        """Make one of libvirt's parameters; None where there are none."""
        names = {name: f"sev-{name.replace('_', '-')}" for name in cls.__dataclass_fields__}
        return cls(**{name: said.get(key) for name, key in names.items()}) if said else None

    def to_dict(self) -> dict[str, object]:
        """Give plain values: the attributes."""
        return asdict(self)

    def _repr_html_(self) -> str:
        return html.view(
            html.heading("launch of an encrypted guest"),
            html.outline({text.label(name): value for name, value in self.to_dict().items()}),
        )
