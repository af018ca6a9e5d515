"""Network filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirConnect, VirNWFilter
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.base import Identified
from virtsdk.resources.listed import Listable, Listed

if TYPE_CHECKING:
    from virtsdk.model import Model
    from virtsdk.models.nwfilter import NWFilterDef


class NWFilter(Identified[VirNWFilter], Listable[VirNWFilter]):
    """A live handle on a network filter."""

    kind: ClassVar[str] = "network filter"

    def _lookup(self, conn: VirConnect) -> VirNWFilter:
        return conn.nwfilterLookupByUUIDString(self.key)

    def definition(self) -> NWFilterDef:
        """Read its rules as a typed document.

        Returns
        -------
        NWFilterDef
            Read from the host at that moment; changing it changes nothing there before it is defined again.
        """
        from virtsdk.models.nwfilter import NWFilterDef

        return self._parsed(NWFilterDef)

    def undefine(self) -> None:
        """Remove it; no running guest may use it."""
        self._change("undefine", lambda raw: raw.undefine())


class NWFilters(Listed[NWFilter, VirNWFilter]):
    """All network filters of a host.

    The frame has one row per filter: host, nwfilter (its UUID), name.
    """

    _handle_class = NWFilter
    _noun: ClassVar[str] = "network filter"
    _key_column: ClassVar[str] = "nwfilter"
    _missing: ClassVar[type[errors.NotFound]] = errors.NwFilterNotFound
    _columns: ClassVar[Mapping[str, str]] = {"nwfilter": "str", "name": "str"}

    def _all(self, conn: VirConnect, flags: int) -> list[VirNWFilter]:
        return conn.listAllNWFilters(flags)

    def _find_name(self, conn: VirConnect, name: str) -> VirNWFilter:
        return conn.nwfilterLookupByName(name)

    def _find_uuid(self, conn: VirConnect, uuid: str) -> VirNWFilter:
        return conn.nwfilterLookupByUUIDString(uuid)

    def _identity(self, raw: VirNWFilter) -> tuple[str, str]:
        return raw.name(), raw.UUIDString()

    @shows_no_variables
    def define(self, definition: Model | str, *, validate: bool = False) -> NWFilter:
        """Define a filter, or change the rules of the one that has its UUID, also for guests that run.

        Parameters
        ----------
        definition
            A `NWFilterDef`, or libvirt's XML text.
        validate
            Have libvirt check it against its schema first.

        Returns
        -------
        NWFilter
            Its handle.

        Raises
        ------
        XmlError
            libvirt does not take the document; the message says why.
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        flags = flag("VIR_NWFILTER_DEFINE_VALIDATE") if validate else 0

        def make(conn: VirConnect, text: str) -> VirNWFilter:
            return conn.nwfilterDefineXMLFlags(text, flags) if flags else conn.nwfilterDefineXML(text)

        return self._made("define", definition, make)
