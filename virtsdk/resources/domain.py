"""A guest: `Domain`, the live handle."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, ClassVar

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirConnect, VirDomain
from virtsdk.display import html, text
from virtsdk.resources.base import Identified
from virtsdk.resources.domain_values import Address, DomainState, Glance

if TYPE_CHECKING:
    from virtsdk.models.domain import DomainDef
    from virtsdk.resources.host import Host


_log = logging.getLogger(__name__)

_SOURCES = ("lease", "agent", "arp")
_DOES_NOT_KNOW = (
    errors.NotSupported,
    errors.AgentError,
    errors.InvalidState,
    errors.OperationFailed,
    errors.InternalError,  # the host's ARP table cannot be read
)
_AGENT_SECONDS = 10.0  # an agent may be there and not answer


class Domain(Identified[VirDomain]):
    """A live handle on a guest.

    `state` and the other properties ask the host; the repr shows what was last read.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.connect("test:///default") as host:
    ...     guest = host.domains["test"]
    ...     guest.state.value, guest.is_active
    ('running', True)
    """

    kind: ClassVar[str] = "domain"

    def __init__(self, host: Host, raw: VirDomain, glance: Glance | None = None) -> None:
        super().__init__(host, raw, raw.name(), raw.UUIDString())
        self._glance = glance

    def _lookup(self, conn: VirConnect) -> VirDomain:
        return conn.lookupByUUIDString(self.key)

    def raw(self, conn: VirConnect) -> VirDomain:
        """Give libvirt's own object on a connection, for calls on many domains at once."""
        return self._bound(conn)

    # --- what it is doing ------------------------------------------------------------

    @property
    def state(self) -> DomainState:
        """Its state now; asks the host."""
        return self.refresh().state

    @property
    def is_active(self) -> bool:
        """True while it runs, is paused or suspended; asks the host."""
        return bool(self._call("read the state of", lambda raw: raw.isActive()))

    @property
    def is_persistent(self) -> bool:
        """True where it stays defined while it is off; asks the host."""
        return bool(self._call("read the persistence of", lambda raw: raw.isPersistent()))

    @property
    def autostart(self) -> bool:
        """True where the host starts it when its daemon starts; asks the host."""
        return bool(self._call("read the autostart of", lambda raw: raw.autostart()))

    def set_autostart(self, on: bool = True) -> None:
        """Have it started when the host's daemon starts, or not."""
        self._change("set the autostart of", lambda raw: raw.setAutostart(int(on)))

    def refresh(self, *, timeout: float | None = None) -> Glance:
        """Read its state, vCPUs and memory again: what the repr shows."""
        info = self._call("read the state of", lambda raw: raw.info(), timeout=timeout)
        self._glance = Glance.of_info(info, self._session.driver, datetime.now(UTC))
        return self._glance

    def definition(self, *, persistent: bool = False, secure: bool = False) -> DomainDef:
        """Read its definition.

        Parameters
        ----------
        persistent
            The one that its next start takes, rather than the one that it runs with.
        secure
            With passwords; needs a connection that may write.

        Returns
        -------
        DomainDef
            The typed document.
        """
        from virtsdk import xml
        from virtsdk.models.domain import DomainDef

        return xml.parse(self.definition_xml(persistent=persistent, secure=secure), DomainDef)

    def definition_xml(self, *, persistent: bool = False, secure: bool = False) -> str:
        """Read its definition as libvirt's XML text; see `definition`."""
        if secure and self._session.readonly:
            raise errors.ReadOnly(
                f"cannot read the passwords of {self.subject}: the connection was opened with readonly=True",
                operation="read the passwords of",
                subject=self.subject,
            )
        flags = (flag("VIR_DOMAIN_XML_INACTIVE") if persistent else 0) | (
            flag("VIR_DOMAIN_XML_SECURE") if secure else 0
        )
        return self._call("read the definition of", lambda raw: raw.XMLDesc(flags))

    # --- lifecycle ------------------------------------------------------------

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

    def shutdown(self, *, mode: str | None = None, timeout: float | None = None) -> None:
        """Ask the guest to shut down; `wait` for ``"shutoff"`` to see it done.

        Parameters
        ----------
        mode
            How it is asked: ``"acpi"``, ``"agent"``, ``"initctl"``, ``"signal"``, ``"paravirt"``; None leaves
            that to the hypervisor.

        Raises
        ------
        InvalidState
            It does not run.
        """
        flags = _mode("VIR_DOMAIN_SHUTDOWN_", mode)
        self._change("shut down", lambda raw: raw.shutdownFlags(flags) if flags else raw.shutdown(), timeout)

    def reboot(self, *, mode: str | None = None, timeout: float | None = None) -> None:
        """Ask the guest to reboot; `mode` as for `shutdown`."""
        flags = _mode("VIR_DOMAIN_REBOOT_", mode)
        self._change("reboot", lambda raw: raw.reboot(flags), timeout)

    def reset(self, *, timeout: float | None = None) -> None:
        """Reset it, as the button on the front would; what the guest has not written is lost."""
        self._change("reset", lambda raw: raw.reset(0), timeout)

    def destroy(self, *, graceful: bool = False, timeout: float | None = None) -> None:
        """Stop it at once, as pulling the plug would.

        Parameters
        ----------
        graceful
            Give up rather than use force where the hypervisor's process does not end.
        """
        flags = flag("VIR_DOMAIN_DESTROY_GRACEFUL") if graceful else 0
        self._change("destroy", lambda raw: raw.destroyFlags(flags), timeout)

    def suspend(self, *, timeout: float | None = None) -> None:
        """Pause it; its memory stays allocated."""
        self._change("suspend", lambda raw: raw.suspend(), timeout)

    def resume(self, *, timeout: float | None = None) -> None:
        """Let it run on after `suspend`."""
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
        self._host.domains.outdated()

    def wait(self, what: DomainState | str, *, timeout: float = 60.0) -> None:
        """Wait until it is in a state, its agent answers, or it has an address.

        Parameters
        ----------
        what
            A `DomainState` or its word (``"running"``, ``"shutoff"`` ...), ``"agent"``, or ``"address"``.
        timeout
            Seconds.

        Raises
        ------
        TimedOut
            It was not in time; the message says what it was instead.
        """
        if what == "agent":
            self._wait(self._agent_answers, lambda: "has no agent that answers", timeout, "the agent of")
        elif what == "address":
            self._wait(self._has_address, lambda: "has no address", timeout, "an address of")
        else:
            state = DomainState(what)
            self._wait(
                lambda left: self.refresh(timeout=left).state is state,
                lambda: f"is {self._glance.state if self._glance else 'not read'} and not {state}",
                timeout,
                f"{state} of",
            )

    def _wait(
        self, reached: Callable[[float], bool], instead: Callable[[], str], timeout: float, what: str
    ) -> None:
        """Ask again and again; a single answer has what is left of the time, and a moment at least."""
        deadline = time.monotonic() + timeout
        pause = 0.02
        left = timeout
        while not reached(max(left, 0.1)):
            left = deadline - time.monotonic()
            if left <= 0:
                raise errors.TimedOut(
                    f"{self.subject} {instead()} after {timeout:g} s",
                    operation=f"wait for {what}",
                    subject=self.subject,
                )
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, 0.5)

    def _has_address(self, seconds: float) -> bool:
        try:
            return bool(self._addresses(None, seconds))
        except errors.TimedOut:
            return False

    def _agent_answers(self, seconds: float) -> bool:
        try:
            seconds = min(seconds, _AGENT_SECONDS)
            self._call("ask the agent of", lambda raw: raw.getTime(0), timeout=seconds)
        except (errors.AgentError, errors.InvalidState, errors.TimedOut):
            return False
        return True

    def addresses(self, source: str | None = None) -> list[Address]:
        """Read its network addresses.

        Parameters
        ----------
        source
            Who is asked: ``"lease"`` (the DHCP server of libvirt's network), ``"agent"`` (the guest),
            ``"arp"`` (the host's table); None takes the first of them that knows one.

        Returns
        -------
        list of Address
            The loopback's are left out.

        Raises
        ------
        NotSupported
            Only where a source is named: the driver does not have it.
        """
        return self._addresses(source, _AGENT_SECONDS)

    def _addresses(self, source: str | None, seconds: float) -> list[Address]:
        if source is not None and source not in _SOURCES:
            raise ValueError(f"unknown source {source!r}; known are {', '.join(_SOURCES)}")
        for one in _SOURCES if source is None else (source,):
            try:
                found = self._addresses_from(one, min(seconds, _AGENT_SECONDS))
            except _DOES_NOT_KNOW:
                if source is not None:
                    raise
                continue
            if found:
                return found
        return []

    def _addresses_from(self, source: str, seconds: float) -> list[Address]:
        number = flag(f"VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_{source.upper()}")
        nics = self._call(
            "read the addresses of", lambda raw: raw.interfaceAddresses(number, 0), timeout=seconds
        )
        return [
            Address(name, nic.get("hwaddr") or "", one["addr"], int(one["prefix"]), source)
            for name, nic in nics.items()
            for one in nic.get("addrs") or ()
            if not ip_address(str(one["addr"])).is_loopback
        ]

    def _change(
        self, operation: str, function: Callable[[VirDomain], object], timeout: float | None = None
    ) -> None:
        """Make a changing call, and read what came of it."""
        self._call(operation, function, changes=True, timeout=timeout)
        self._host.domains.outdated()
        try:
            self.refresh()
        except errors.VirtError as error:  # the change is made; a transient domain is gone when it stops
            _log.debug("%s, after %s: %s", self.subject, operation, error)
            self._glance = None

    # --- how it shows itself ------------------------------------------------------------

    @property
    def last_seen(self) -> Glance | None:
        """What was last read of it, with the time; asks nobody."""
        return self._glance

    def __repr__(self) -> str:
        glance = self._glance
        if glance is None:
            return f"<Domain {text.printable(self._name)}>"
        parts = [text.printable(self._name), glance.state.value]
        if glance.vcpus is not None:
            parts.append(f"{glance.vcpus} vCPU")
        if glance.memory_bytes is not None:
            parts.append(text.size(glance.memory_bytes))
        return f"<Domain {' '.join(parts)}>"

    def _repr_html_(self) -> str:
        glance = self._glance
        if glance is None:
            return html.view(
                html.heading(self._name), html.outline({"host": self._host.name, "UUID": self.key})
            )
        return html.view(
            html.heading(self._name, f"{glance.state.value}, read {glance.time:%H:%M:%S} UTC"),
            html.outline(
                {
                    "vCPUs": glance.vcpus,
                    "memory": text.size(glance.memory_bytes),
                    "host": self._host.name,
                    "UUID": self.key,
                }
            ),
        )


def _mode(prefix: str, mode: str | None) -> int:
    if mode is None:
        return 0
    modes = {"acpi": "ACPI_POWER_BTN", "agent": "GUEST_AGENT", "initctl": "INITCTL", "signal": "SIGNAL"}
    modes["paravirt"] = "PARAVIRT"
    if mode not in modes:
        raise ValueError(f"unknown mode {mode!r}; libvirt has {', '.join(modes)}")
    return flag(prefix + modes[mode])
