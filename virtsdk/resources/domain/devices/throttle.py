"""Limits that disks of a guest share by name."""

from __future__ import annotations

from collections.abc import Callable
from operator import methodcaller
from typing import TYPE_CHECKING, Any, Unpack

from virtsdk import errors
from virtsdk.binding.live import Live
from virtsdk.binding.protocol import VirDomain
from virtsdk.binding.session import Session
from virtsdk.resources.domain.devices.disk_core import calling
from virtsdk.resources.domain.devices.io_tune import Limits, check_limits, parameters
from virtsdk.resources.scope import CONFIG, LIVE, Scope, affected, check_scope

if TYPE_CHECKING:
    from virtsdk.resources.domain import Domain


class ThrottleVerbs(Live):
    """The disks of a guest, as far as the limits go that they share; what people use is `GuestDisks`."""

    def __init__(self, domain: Domain) -> None:
        self._domain = domain
        self._session: Session = domain.host.session

    @property
    def domain(self) -> Domain:
        """The guest that has them."""
        return self._domain

    def set_throttle_group(
        self,
        group: str,
        *,
        scope: Scope = "auto",
        timeout: float | None = None,
        **limits: Unpack[Limits],
    ) -> None:
        """Make a group of limits that disks name in their definitions, or change it (libvirt 11.2).

        Parameters
        ----------
        group
            Its name.
        scope, timeout
            As of `GuestDisk.set_iotune`.
        **limits
            By the names of `IoTune`; 0 takes one away.

        Raises
        ------
        TypeError, ValueError
            There is no such limit; it is no number.
        NotApplied
            libvirt accepted it, and the definition does not have the group.
        NotSupported, InvalidState, ReadOnly
            The driver or its version has none (``host.supports("throttle_groups")``) ...
        """
        operation, given = "set a throttle group of", check_limits(limits)
        self._check_group(operation, group, scope)
        if not given:
            raise ValueError("give a limit, such as total_iops=500")
        self._change(
            operation,
            lambda raw, flags: raw.setThrottleGroup(group, parameters(given), flags),
            scope,
            timeout,
        )
        if group not in self.throttle_groups():
            raise errors.NotApplied(
                f"cannot {operation} {self._domain.subject}: the host accepted {group!r}, and the definition "
                "does not have it",
                paths=("throttlegroups",),
                operation=operation,
                subject=self._domain.subject,
            )

    def remove_throttle_group(
        self, group: str, *, scope: Scope = "auto", timeout: float | None = None
    ) -> None:
        """Remove a group of limits that no disk names any more (libvirt 11.2).

        Parameters
        ----------
        group, scope, timeout
            As of `set_throttle_group`.

        Raises
        ------
        NotSupported, InvalidState, ReadOnly
            As of `set_throttle_group`.
        """
        operation = "remove a throttle group of"
        self._check_group(operation, group, scope)
        self._change(operation, lambda raw, flags: raw.delThrottleGroup(group, flags), scope, timeout)

    def throttle_groups(self) -> tuple[str, ...]:
        """Read the names of the groups of limits that disks can share; asks the host."""
        groups: Any = self._domain.definition().throttlegroups
        return () if groups is None else tuple(one.group_name for one in groups.throttlegroups)

    def _check_group(self, operation: str, group: object, scope: Scope) -> None:
        if not isinstance(group, str) or not group:
            raise ValueError(f"group must be a name, not {group!r}")
        check_scope(scope)
        self._session.refuse_readonly(operation, self._domain.subject)
        methodcaller("_require", "throttle_groups", operation)(self._domain)

    def _change(
        self,
        operation: str,
        function: Callable[[VirDomain, int], object],
        scope: Scope,
        timeout: float | None,
    ) -> None:
        subject = self._domain.subject

        def change(raw: VirDomain) -> None:
            flags = affected(raw, scope, operation=operation, subject=subject)
            for one in (LIVE, CONFIG):  # libvirt takes one at a time
                if flags & one:
                    function(raw, one)

        calling(self._domain, operation, change, changes=True, timeout=timeout)
