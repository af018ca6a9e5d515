"""Network filters that are bound to a guest's port."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from virtsdk import errors
from virtsdk.binding.protocol import VirConnect, VirNWFilterBinding
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.listed import Listable, Listed

if TYPE_CHECKING:
    from virtsdk.model import Model
    from virtsdk.models.nwfilter_binding import NWFilterBindingDef


class NWFilterBinding(Listable[VirNWFilterBinding]):
    """A live handle on a binding; its name is the port's (``vnet0``)."""

    kind: ClassVar[str] = "network filter binding"

    def _lookup(self, conn: VirConnect) -> VirNWFilterBinding:
        return conn.nwfilterBindingLookupByPortDev(self.key)

    def definition(self) -> NWFilterBindingDef:
        """Read what is bound as a typed document.

        Returns
        -------
        NWFilterBindingDef
            Read from the host at that moment; changing it changes nothing there before it is defined again.
        """
        from virtsdk.models.nwfilter_binding import NWFilterBindingDef

        return self._parsed(NWFilterBindingDef)

    def delete(self) -> None:
        """Take the filter off the port."""
        self._change("delete", lambda raw: raw.delete())


class NWFilterBindings(Listed[NWFilterBinding, VirNWFilterBinding]):
    """All bindings of a host.

    The frame has one row per binding: host, name (the port's), nwfilter_name (the filter's).
    """

    _handle_class = NWFilterBinding
    _noun: ClassVar[str] = "network filter binding"
    _key_column: ClassVar[str] = "name"
    _missing: ClassVar[type[errors.NotFound]] = errors.NwFilterBindingNotFound
    _columns: ClassVar[Mapping[str, str]] = {"name": "str", "nwfilter_name": "str"}

    def _all(self, conn: VirConnect, flags: int) -> list[VirNWFilterBinding]:
        return conn.listAllNWFilterBindings(flags)

    def _find_name(self, conn: VirConnect, name: str) -> VirNWFilterBinding:
        return conn.nwfilterBindingLookupByPortDev(name)

    def _identity(self, raw: VirNWFilterBinding) -> tuple[str, str]:
        return raw.portDev(), raw.portDev()

    def _more(self, raw: VirNWFilterBinding) -> dict[str, object]:
        return {"nwfilter_name": raw.filterName()}

    @shows_no_variables
    def create(self, definition: Model | str) -> NWFilterBinding:
        """Bind a filter to a port.

        Parameters
        ----------
        definition
            A `NWFilterBindingDef`, or libvirt's XML text.

        Returns
        -------
        NWFilterBinding
            Its handle.

        Raises
        ------
        XmlError
            libvirt does not take the document; the message says why.
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        return self._made("create", definition, lambda conn, text: conn.nwfilterBindingCreateXML(text, 0))
