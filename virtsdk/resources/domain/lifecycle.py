"""A guest's lifecycle: starting, stopping, pausing, renaming, undefining."""

from __future__ import annotations

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.resources.documents import is_one_line
from virtsdk.resources.domain.core import DomainCore
from virtsdk.words import ShutdownMode


class LifecycleVerbs(DomainCore):
    """The verbs that start, stop and pause a guest."""

    def start(self, *, paused: bool = False, timeout: float | None = None) -> None:
        """Start it (libvirt's ``create``).

        Parameters
        ----------
        paused
            Leave it paused; `resume` lets it run.
        timeout
            Seconds to wait for the call, which itself goes on after `TimedOut`; None for the connection's
            own. The other verbs have it too.

        Raises
        ------
        InvalidState
            It runs already.
        """
        flags = flag("VIR_DOMAIN_START_PAUSED") if paused else 0
        self._change("start", lambda raw: raw.createWithFlags(flags) if flags else raw.create(), timeout)

    def shutdown(self, *, mode: ShutdownMode | None = None, timeout: float | None = None) -> None:
        """Ask the guest to shut down; `wait` for ``"shutoff"`` to see it done.

        Parameters
        ----------
        mode
            How it is asked: ``"acpi"``, ``"agent"``, ``"initctl"``, ``"signal"``, ``"paravirt"``; None leaves
            that to the hypervisor.
        timeout
            As for `start`: seconds until the host has been asked, not until the guest is off.

        Raises
        ------
        InvalidState
            It does not run.
        """
        flags = _mode("VIR_DOMAIN_SHUTDOWN_", mode)
        self._change("shut down", lambda raw: raw.shutdownFlags(flags) if flags else raw.shutdown(), timeout)

    def reboot(self, *, mode: ShutdownMode | None = None, timeout: float | None = None) -> None:
        """Ask the guest to reboot; its QEMU process goes on, and so do its counters.

        Parameters
        ----------
        mode
            How it is asked, as for `shutdown`.
        timeout
            As for `start`.

        Raises
        ------
        InvalidState
            It does not run.
        """
        flags = _mode("VIR_DOMAIN_REBOOT_", mode)
        self._change("reboot", lambda raw: raw.reboot(flags), timeout)

    def reset(self, *, timeout: float | None = None) -> None:
        """Reset it, as the button on the front would; what the guest has not written is lost.

        Parameters
        ----------
        timeout
            As for `start`.

        Raises
        ------
        InvalidState
            It does not run.
        """
        self._change("reset", lambda raw: raw.reset(0), timeout)

    def destroy(self, *, graceful: bool = False, timeout: float | None = None) -> None:
        """Stop it at once, as pulling the plug would.

        Parameters
        ----------
        graceful
            Give up rather than use force where the hypervisor's process does not end.
        timeout
            As for `start`.

        Raises
        ------
        InvalidState
            It does not run.
        """
        flags = flag("VIR_DOMAIN_DESTROY_GRACEFUL") if graceful else 0
        self._change("destroy", lambda raw: raw.destroyFlags(flags), timeout)

    def suspend(self, *, timeout: float | None = None) -> None:
        """Stop its vCPUs; its memory stays allocated.

        Parameters
        ----------
        timeout
            As for `start`.

        Raises
        ------
        InvalidState
            It does not run.
        """
        self._change("suspend", lambda raw: raw.suspend(), timeout)

    def resume(self, *, timeout: float | None = None) -> None:
        """Let it run on after `suspend`.

        Parameters
        ----------
        timeout
            As for `start`.

        Raises
        ------
        InvalidState
            It is not suspended.
        """
        self._change("resume", lambda raw: raw.resume(), timeout)

    def undefine(
        self,
        *,
        managed_save: bool = False,
        snapshots: bool = False,
        checkpoints: bool = False,
        nvram: bool = False,
    ) -> None:
        """Remove its definition; one that runs becomes transient.

        Parameters
        ----------
        managed_save, snapshots, checkpoints, nvram
            Remove those too; libvirt refuses to undefine a domain that has them.
        """
        flags = (
            (flag("VIR_DOMAIN_UNDEFINE_MANAGED_SAVE") if managed_save else 0)
            | (flag("VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA") if snapshots else 0)
            | (flag("VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA") if checkpoints else 0)
            | (flag("VIR_DOMAIN_UNDEFINE_NVRAM") if nvram else 0)
        )
        self._call("undefine", lambda raw: raw.undefineFlags(flags), changes=True)
        self._glance = None

    def rename(self, name: str) -> None:
        """Give it another name, while it is off; its UUID stays.

        Parameters
        ----------
        name
            The new one.

        Raises
        ------
        InvalidState
            It runs, or has a managed save, snapshots or checkpoints.
        DomainExists
            Another domain has that name.
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        if not isinstance(name, str):
            raise TypeError(f"name must be text, not {name!r}")
        if not is_one_line(name):
            raise errors.InvalidArgument(
                f"cannot rename {self.subject}: name must have no line breaks or the like, not {name!r}",
                operation="rename",
                subject=self.subject,
            )
        self._change("rename", lambda raw: raw.rename(name, 0))
        self._name = name


def _mode(prefix: str, mode: str | None) -> int:
    if mode is None:
        return 0
    modes = {"acpi": "ACPI_POWER_BTN", "agent": "GUEST_AGENT", "initctl": "INITCTL", "signal": "SIGNAL"}
    modes["paravirt"] = "PARAVIRT"
    if mode not in modes:
        raise ValueError(f"unknown mode {mode!r}; libvirt has {', '.join(modes)}")
    return flag(prefix + modes[mode])
