"""The definition in a managed save: what the next start goes on with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from virtsdk.binding.library import flag
from virtsdk.binding.undecoded import decoded
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.documents import as_document
from virtsdk.resources.domain.core import DomainCore
from virtsdk.resources.domain.saving import resumed

if TYPE_CHECKING:
    from virtsdk.model import Model
    from virtsdk.models.domain import DomainDef


class SavedDefinitionVerbs(DomainCore):
    """Reading and changing the definition that a managed save keeps."""

    def managed_save_definition(self, *, secure: bool = False, timeout: float | None = None) -> DomainDef:
        """Read the definition that its managed save goes on with; `definition` reads another one.

        Parameters
        ----------
        secure
            With passwords; needs a connection that may write.
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        DomainDef
            The typed document.

        Raises
        ------
        InvalidState
            It has no managed save.
        ReadOnly
            `secure` needs a connection that may write.
        NotSupported
            The driver does not say.
        """
        from virtsdk import xml
        from virtsdk.models.domain import DomainDef

        operation = "read the managed save of"
        if secure:
            self._session.refuse_readonly(operation, self.subject)
        flags = flag("VIR_DOMAIN_SAVE_IMAGE_XML_SECURE") if secure else 0
        document = self._call(
            operation, lambda raw: decoded(raw.managedSaveGetXMLDesc, flags), timeout=timeout
        )
        return xml.parse(document, DomainDef)

    @shows_no_variables
    def set_managed_save_definition(
        self, definition: Model | str, *, paused: bool | None = None, timeout: float | None = None
    ) -> None:
        """Have its managed save go on with another definition: other paths of its disks, say.

        Parameters
        ----------
        definition
            A `DomainDef`, or XML text: ``managed_save_definition(secure=True)``, changed. It has to look the
            same to the guest.
        paused
            Whether it comes back paused; None for as it was saved.
        timeout
            Seconds; None for the connection's own.

        Raises
        ------
        InvalidState
            It has no managed save.
        ConfigNotSupported
            It would look different to the guest.
        XmlError
            libvirt does not take it; the message says why.
        NotSupported
            The driver does not do that.
        """
        document, flags = as_document(definition), resumed(paused)
        self._change(
            "change the managed save of", lambda raw: raw.managedSaveDefineXML(document, flags), timeout
        )
