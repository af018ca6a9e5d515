"""Plugging devices into a guest and out of it."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, overload

from virtsdk import errors
from virtsdk.binding.deadlines import seconds
from virtsdk.binding.protocol import VirDomain
from virtsdk.binding.undecoded import decoded
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.domain.devices.core import DeviceCore
from virtsdk.resources.domain.devices.found import (
    Given,
    View,
    alias_of,
    as_device,
    devices_of,
    identity_of,
    kind_of,
    like,
    words_of,
)
from virtsdk.resources.domain.devices.removal import Leaving, Removal
from virtsdk.resources.domain.devices.turns import turn
from virtsdk.resources.scope import CONFIG, LIVE, Scope, affected, check_scope
from virtsdk.words import RUNS, DomainState

if TYPE_CHECKING:
    from virtsdk.model import Model
    from virtsdk.models.domain import DomainDef

M = TypeVar("M", bound="Model")


class PluggingVerbs(DeviceCore):
    """Plugging devices in and out."""

    @overload
    def attach(self, device: M, *, scope: Scope = "auto", timeout: float | None = None) -> M: ...
    @overload
    def attach(self, device: str, *, scope: Scope = "auto", timeout: float | None = None) -> Model: ...
    @shows_no_variables
    def attach(self, device: Model | str, *, scope: Scope = "auto", timeout: float | None = None) -> Model:
        """Plug a device in.

        Parameters
        ----------
        device
            A device's model (``virtsdk.models.domain.Disk``, ``Interface`` ...) or its XML text.
        scope
            ``"auto"``: the guest that runs, and its definition where it has one that stays; ``"live"`` or
            ``"persistent"``: one of the two.
        timeout
            Seconds to wait for the call, which itself goes on after `TimedOut`; None for the connection's
            own.

        Returns
        -------
        Model
            The device as the definition has it now, with what libvirt chose: its alias (of a guest that
            runs), its address, a nic's MAC address.

        Raises
        ------
        NotLive
            Its kind cannot be plugged into a guest that runs; the message names ``scope="persistent"``.
        NotApplied
            libvirt accepted it, and the definition does not have it.
        NotSupported
            The driver does not do it (see ``host.supports("hotplug")``).
        AlreadyExists
            The target is taken.
        OperationFailed, InternalError
            The file is not there ...
        InvalidState
            It is off and `scope` is ``"live"``, or transient and it is ``"persistent"``.
        ReadOnly
            The connection was opened read-only; nothing is sent.

        Examples
        --------
        >>> import virtsdk
        >>> from virtsdk.models.domain import Disk, DiskSource, DiskTarget
        >>> disk = Disk(type="file", source=DiskSource(file="/b.img"), target=DiskTarget(dev="vdb"))
        >>> with virtsdk.connect("test:///default") as host:
        ...     if host.driver == "qemu":  # a test driver may have no hotplug
        ...         host.domains["test"].attach(disk)
        """
        operation, given = "attach a device to", as_device(device)
        check_scope(scope)
        self._session.refuse_readonly(operation, self.subject)
        self._require("hotplug", operation)
        known: list[View] = []

        def attach(raw: VirDomain) -> None:
            if identity_of(given.model) is None:
                known.extend(self._views(raw, operation, scope))
            flags = affected(raw, scope, operation=operation, subject=self.subject)
            raw.attachDeviceFlags(given.text, flags)

        with turn(self, operation, seconds(timeout)):
            self._call(operation, attach, changes=True, timeout=timeout)
        return self._attached(given, known, self._read_back(operation, scope, timeout))

    def _attached(self, given: Given, known: list[View], views: list[View]) -> Model:
        """Find what was attached in what was read after it; what runs first."""
        before = {view.flag: view.devices for view in known}
        for view in views:
            found = like((one for one in view.devices if one not in before.get(view.flag, [])), given.model)
            if found is not None:
                return found
        raise errors.NotApplied(
            f"cannot attach a device to {self.subject}: the host accepted the {kind_of(given.model)}, and "
            "the definition does not have it",
            paths=(f"devices.{kind_of(given.model)}",),
            operation="attach a device to",
            subject=self.subject,
        )

    @shows_no_variables
    def detach(self, device: Model | str, *, scope: Scope = "auto", timeout: float = 30.0) -> None:
        """Plug a device out, and wait until the guest has let go of it.

        Parameters
        ----------
        device
            Which: its target (``"vdb"``), its MAC address, its alias (``"net0"``), the file of a disk; or its
            model or XML text.
        scope
            ``"auto"``: from wherever it is; ``"live"``: the guest that runs; ``"persistent"``: the definition
            that its next start takes.
        timeout
            Seconds for all of it.

        Raises
        ------
        TimedOut
            The guest has not let go of it in time: it is paused, booting or busy. It was asked, and may do
            so later; the definition for the next start, where `scope` means that too, is without it already.
        OperationFailed
            The guest refused.
        DeviceNotFound
            There is no such device; the message names those that there are.
        NotLive
            Its kind cannot be plugged out of a guest that runs; the message names ``scope="persistent"``.
        InvalidArgument
            Several devices have that name.
        NotSupported, InvalidState, ReadOnly
            As for `attach`.

        Notes
        -----
        libvirt's own call returns before the guest has let go, or after 5 s if it does not. This waits for
        libvirt's events, and where a driver has none, for the definition. A guest whose agent is not there
        yet boots, and did not hear of it: it is asked again every 8 s. Threads of one process take turns at a
        guest, `attach` too: asked for several devices at once, a guest may let go of one that came later.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     if host.driver == "qemu":  # a test driver may have no hotplug
        ...         host.domains["test"].detach("vdb")
        """
        operation, limit = "detach a device of", seconds(timeout)
        if limit is None:
            raise TypeError("timeout must be a number of seconds, not None: a guest may never let go")
        deadline = time.monotonic() + limit
        wanted = device if isinstance(device, str) and not device.lstrip().startswith("<") else None
        given = as_device(device) if wanted is None else None
        check_scope(scope)
        self._session.refuse_readonly(operation, self.subject)
        self._require("hotplug", operation)
        name = given.model if given is not None else str(wanted)
        self._take_out(operation, name, scope, deadline, limit)
        self._changed(operation)

    def _take_out(
        self, operation: str, wanted: Model | str, scope: Scope, deadline: float, limit: float
    ) -> None:
        found: dict[int, Model] = {}
        pending: list[errors.VirtError] = []
        booting: list[View] = []

        def take_out(raw: VirDomain) -> None:
            from virtsdk import xml

            views = self._views(raw, operation, scope)
            found.update(self._found(operation, views, wanted))
            booting.extend(view for view in views if view.flag == LIVE and _is_silent(view.definition))
            if LIVE in found:
                try:
                    with self._session.translated(raw.connect(), operation, self.subject):
                        self._ask_back(raw, found[LIVE])
                except errors.DeviceNotFound:  # the guest let go of it in this moment, by itself
                    del found[LIVE]
                except errors.ResourceBusy as error:
                    if "in the process of unplug" not in str(error):
                        raise
                    pending.append(error)  # it was asked before: what comes of it is what is waited for
            if CONFIG in found:
                raw.detachDeviceFlags(xml.render(found[CONFIG]), CONFIG)

        with turn(self, operation, limit), Removal(self) as removal:
            self._call(
                operation, take_out, changes=True, timeout=min(limit, deadline - time.monotonic() + 0.001)
            )
            device: Any = found.get(LIVE)
            if device is None:
                return
            leaving = Leaving(
                words_of(device),
                alias_of(device),
                partial(self._has, device),
                partial(self._ask_again, operation, device) if booting else None,
            )
            if not removal.wait(leaving, deadline):
                self._say_stuck(operation, device, limit, CONFIG in found, pending)

    def _ask_again(self, operation: str, device: Model, left: float) -> bool:
        """Ask a guest that runs once more, by all that the device is: another may have its alias by now."""
        from virtsdk import xml
        from virtsdk.models.domain import DomainDef

        text = xml.render(device)

        def ask(raw: VirDomain) -> bool:
            silent = _is_silent(xml.parse(decoded(raw.XMLDesc, 0), DomainDef))
            if DomainState.of(raw.state(0)[0]) in RUNS:
                raw.detachDeviceFlags(text, LIVE)
            return silent

        return self._call(operation, ask, timeout=left)

    def _ask_back(self, raw: VirDomain, device: Model) -> None:
        """Ask the guest to let go of a device; by its alias the call does not wait until it has."""
        from virtsdk import xml

        alias = alias_of(device)
        if alias is not None and self._host.supports("detach_alias"):
            raw.detachDeviceAlias(alias, LIVE)
        else:
            raw.detachDeviceFlags(xml.render(device), LIVE)

    def _has(self, device: Model, left: float) -> bool:
        """Tell whether what runs has a device; what does not run has none."""
        from virtsdk import xml
        from virtsdk.models.domain import DomainDef

        def read(raw: VirDomain) -> str | None:
            return decoded(raw.XMLDesc, 0) if raw.isActive() else None

        try:
            text = self._call("read the definition of", read, timeout=left)
        except errors.DomainNotFound:  # a transient one that stopped meanwhile
            return False
        except errors.TimedOut:
            return True
        if text is None:
            return False
        alias, identity = alias_of(device), identity_of(device)
        devices = [one for one in devices_of(xml.parse(text, DomainDef)) if type(one) is type(device)]
        if alias is None:
            return like(devices, device) is not None
        return any(alias_of(one) == alias and identity_of(one) == identity for one in devices)

    def _say_stuck(
        self, operation: str, device: Model, limit: float, forgotten: bool, pending: list[errors.VirtError]
    ) -> None:
        more = "; its next start is without it" if forgotten else ""
        asked = " (it had been asked before)" if pending else ""
        raise errors.TimedOut(
            f"cannot detach {words_of(device)} from {self.subject} in {limit:g} s: still attached; the guest "
            f"has not let go of it{asked}: paused, booting, or busy{more}",
            operation=operation,
            subject=self.subject,
        ) from (pending[0] if pending else None)


def _is_silent(definition: DomainDef) -> bool:
    """Tell whether a guest has a channel for its agent, and no agent there: it boots, or has none."""
    channels: Any = [] if definition.devices is None else definition.devices.channels
    agents = [one.target for one in channels if one.target is not None and one.target.name == _AGENT]
    return any(one.state == "disconnected" for one in agents)


_AGENT = "org.qemu.guest_agent.0"
