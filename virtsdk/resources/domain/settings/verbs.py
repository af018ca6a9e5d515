"""What follows a power off, and starting with the host."""

from __future__ import annotations

from typing import Literal, get_args

from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirDomain
from virtsdk.resources.described import Described
from virtsdk.resources.domain.core import DomainCore
from virtsdk.resources.domain.newer import newer
from virtsdk.resources.scope import Scope

LifecycleEvent = Literal["poweroff", "reboot", "crash"]
LifecycleAction = Literal[
    "destroy", "restart", "preserve", "rename-restart", "coredump-destroy", "coredump-restart"
]
_CONSTANTS: dict[str, str] = {"rename-restart": "RESTART_RENAME"}


class SettingVerbs(DomainCore, Described[VirDomain]):
    """Setting what is said of a guest, and what follows its end."""

    _metadata_constants = "VIR_DOMAIN_METADATA_"

    @property
    def is_updated(self) -> bool:
        """True where libvirt says that it was changed since it started; asks the host.

        libvirt says so of few changes, so False says nothing: compare ``definition()`` with
        ``definition(persistent=True)``.
        """
        return bool(self._call("read the state of", lambda raw: raw.isUpdated()))

    # --- what follows its end, and its host's beginning ------------------------------------------------

    def set_lifecycle_action(
        self,
        event: LifecycleEvent,
        action: LifecycleAction,
        *,
        scope: Scope = "auto",
        timeout: float | None = None,
    ) -> None:
        """Say what follows when the guest powers off, reboots or crashes.

        Parameters
        ----------
        event
            ``"poweroff"``, ``"reboot"`` or ``"crash"``.
        action
            ``"destroy"``, ``"restart"``, ``"preserve"`` (keep it for a look) or ``"rename-restart"``; of a
            crash ``"coredump-destroy"`` and ``"coredump-restart"`` as well, which write its memory to a file
            first. QEMU preserves after a crash alone.
        scope, timeout
            As for `set_title`.

        Raises
        ------
        ConfigNotSupported
            The driver does not do that then.
        InvalidState, NotSupported
            As for `set_title`.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     guest = host.domains["test"]
        ...     guest.set_lifecycle_action("crash", "preserve")
        ...     guest.definition().on_crash.value
        'preserve'
        """
        if event not in get_args(LifecycleEvent):
            raise ValueError(f"event must be one of {', '.join(get_args(LifecycleEvent))}, not {event!r}")
        if action not in get_args(LifecycleAction):
            raise ValueError(f"action must be one of {', '.join(get_args(LifecycleAction))}, not {action!r}")
        if action.startswith("coredump") and event != "crash":
            raise ValueError(f"action must be another than {action!r}, which is of a crash, for {event!r}")
        kind = flag(f"VIR_DOMAIN_LIFECYCLE_{event.upper()}")
        word = _CONSTANTS.get(action, action.upper().replace("-", "_"))
        then = flag(f"VIR_DOMAIN_LIFECYCLE_ACTION_{word}")

        def set_it(raw: VirDomain, flags: int) -> object:
            return raw.setLifecycleAction(kind, then, flags)

        self._set("set a lifecycle action of", set_it, scope, timeout)

    def set_autostart(self, on: bool = True, *, once: bool = False) -> None:
        """Have it started when the host's daemon starts, or not.

        Parameters
        ----------
        on
            False: not any more.
        once
            The next time that the host boots, and not after that; beside what was set without it.

        Raises
        ------
        NotSupported
            `once` needs libvirt 11.2, here and there (``host.supports("autostart_once")``).
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        if not once:
            super().set_autostart(on)
            return
        operation = "set the autostart of"
        self._change(
            operation,
            lambda raw: newer(raw, "setAutostartOnce", "11.2", operation, self.subject)(int(on)),
        )

    @property
    def autostart_once(self) -> bool:
        """True where it is started the next time that the host boots, and then no more; asks the host."""
        operation = "read the autostart of"
        return bool(
            self._call(operation, lambda raw: newer(raw, "autostartOnce", "11.2", operation, self.subject)())
        )
