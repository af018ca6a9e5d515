"""The base of the verbs on a guest's devices: its definitions, read in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirDomain
from virtsdk.binding.undecoded import decoded
from virtsdk.resources.domain.core import DomainCore
from virtsdk.resources.domain.devices.found import View, all_like, named, there_is, words_of
from virtsdk.resources.scope import CONFIG, LIVE, Scope, affected

if TYPE_CHECKING:
    from virtsdk.model import Model


class DeviceCore(DomainCore):
    """A guest, as far as its definitions go that a change of a device concerns."""

    def _views(self, raw: VirDomain, operation: str, scope: Scope, *, secure: bool = False) -> list[View]:
        """Read the definitions that a scope means, in a call: what runs, what its next start takes, or both.

        Raises
        ------
        InvalidState
            The guest is not what `scope` says.
        """
        from virtsdk import xml
        from virtsdk.models.domain import DomainDef

        flags = affected(raw, scope, operation=operation, subject=self.subject)
        hidden = flag("VIR_DOMAIN_XML_SECURE") if secure else 0
        kinds = {LIVE: 0, CONFIG: flag("VIR_DOMAIN_XML_INACTIVE")}
        return [
            View(one, xml.parse(decoded(raw.XMLDesc, more | hidden), DomainDef))
            for one, more in kinds.items()
            if flags & one
        ]

    def _read_back(
        self, operation: str, scope: Scope, timeout: float | None, *, secure: bool = False
    ) -> list[View]:
        """Read what came of a change, and the guest's state with it."""
        views = self._call(
            "read the definition of",
            lambda raw: self._views(raw, operation, scope, secure=secure),
            timeout=timeout,
        )
        self._changed(operation)
        return views

    def _require(self, feature: str, operation: str) -> None:
        """Refuse what the driver does not do, before a call."""
        from virtsdk.binding import features

        if not self._host.supports(feature):  # pyright: ignore[reportArgumentType]
            since = features.since(feature, self._session.driver)
            why = (
                f"it takes libvirt {since}"
                if since
                else f"the {self._session.driver} driver does not do that"
            )
            raise errors.NotSupported(
                f"cannot {operation} {self.subject}: {why} (host.supports({feature!r}))",
                operation=operation,
                subject=self.subject,
            )

    def _found(
        self,
        operation: str,
        views: list[View],
        wanted: Model | str | None,
        find: Callable[[Iterable[Model], Model], Model | None] | None = None,
    ) -> dict[int, Model]:
        """Find a device in definitions: by their flags, what each has of it."""
        found: dict[int, Model] = {}
        name = wanted if isinstance(wanted, str) else None
        for view in views:
            if isinstance(wanted, str):
                those = named(view.devices, wanted)
            elif wanted is None or find is not None:
                one = None if wanted is None or find is None else find(view.devices, wanted)
                those = [] if one is None else [one]
            else:
                those = all_like(view.devices, wanted)
            if len(those) > 1 and not found:
                what = f"called {wanted!r}" if name is not None else f"like this {words_of(wanted)}"
                raise errors.InvalidArgument(
                    f"cannot {operation} {self.subject}: {len(those)} devices are {what}; give the one that "
                    "is meant by its alias, or as the definition has it",
                    operation=operation,
                    subject=self.subject,
                )
            if those:
                found[view.flag] = wanted = those[0]  # its name may be libvirt's own, and the other has none
        if not found:
            what = repr(name) if name is not None else words_of(wanted)
            hint = f"; {there_is(views, name)}" if name is not None else ""
            raise errors.DeviceNotFound(
                f"cannot {operation} {self.subject}: it has no {'device ' if name else ''}{what}{hint}",
                operation=operation,
                subject=self.subject,
            )
        return found
