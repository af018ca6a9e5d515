"""Definitions of guests elsewhere: in a hypervisor's own words, and in files of saved guests."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Final, Literal, get_args

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirConnect
from virtsdk.binding.undecoded import decoded
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.documents import as_document, for_c
from virtsdk.resources.domain import Domain
from virtsdk.resources.domain.restoring import RestoringDomains
from virtsdk.resources.domain.saving import on_host, resumed
from virtsdk.resources.domain.tuning.checks import one_of

if TYPE_CHECKING:
    from virtsdk.model import Model
    from virtsdk.models.domain import DomainDef

NativeFormat = Literal["qemu-argv", "lxc-tools", "xen-xl", "xen-xm", "xen-sxpr", "vmware-vmx", "bhyve-argv"]
"""Configurations of hypervisors, in libvirt's words."""
_FORMATS: Final[tuple[NativeFormat, ...]] = get_args(NativeFormat)
_NATIVE: Final = {
    "qemu": "qemu-argv",
    "lxc": "lxc-tools",
    "xen": "xen-xl",
    "esx": "vmware-vmx",
    "bhyve": "bhyve-argv",
}


class DocumentVerbs(RestoringDomains):
    """The verbs about definitions of guests elsewhere."""

    @shows_no_variables
    def to_native(
        self,
        definition: Domain | Model | str,
        format: NativeFormat | None = None,  # noqa: A002 - the word for it
        *,
        timeout: float | None = None,
    ) -> str:
        """Write a definition in the hypervisor's own words: QEMU's command line, an ``.xl`` file, a ``.vmx``.

        Parameters
        ----------
        definition
            A guest of this host, a `DomainDef` or XML text.
        format
            ``"qemu-argv"``, ``"xen-xl"``, ``"vmware-vmx"`` ...; None for the driver's own.
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        str
            The configuration, with passwords where the definition has some.

        Raises
        ------
        ReadOnly
            The connection was opened read-only.
        NotSupported, InvalidArgument
            The driver does not write that.
        """
        chosen = self._native(format)
        operation, subject = f"write as {chosen}", "a domain"
        self._session.refuse_readonly(operation, subject)
        of_guest = isinstance(definition, Domain)
        document = definition.definition_xml(persistent=True, secure=True) if of_guest else definition  # pyright: ignore
        text = as_document(document)  # pyright: ignore[reportArgumentType]

        def ask(conn: VirConnect, text: str = text) -> str:
            return decoded(conn.domainXMLToNative, chosen, text, 0)

        del definition, document, text
        return self._session.call(operation, subject, ask, timeout=timeout)

    @shows_no_variables
    def from_native(
        self,
        configuration: str,
        format: NativeFormat | None = None,  # noqa: A002 - the word for it
        *,
        timeout: float | None = None,
    ) -> DomainDef:
        """Read a hypervisor's own configuration as a definition; nothing is defined.

        Parameters
        ----------
        configuration
            The text of the configuration.
        format
            As of `to_native`. libvirt reads no command lines of QEMU any more.
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        DomainDef
            The typed document, for `define`.

        Raises
        ------
        ReadOnly
            The connection was opened read-only.
        NotSupported, InvalidArgument
            The driver does not read that.
        """
        from virtsdk import xml
        from virtsdk.models.domain import DomainDef

        chosen = self._native(format)
        operation, subject = f"read as {chosen}", "a configuration"
        if not isinstance(configuration, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"configuration must be text, not {type(configuration).__name__}")
        self._session.refuse_readonly(operation, subject)

        def ask(conn: VirConnect, text: str = for_c(configuration)) -> str:
            return decoded(conn.domainXMLFromNative, chosen, text, 0)

        del configuration
        return xml.parse(self._session.call(operation, subject, ask, timeout=timeout), DomainDef)

    def _native(self, given: str | None) -> str:
        if given is not None:
            return one_of("format", given, _FORMATS)
        driver = self._session.driver
        if driver not in _NATIVE:
            raise errors.NotSupported(
                f"cannot choose a format: the {driver} driver has none of its own; libvirt has "
                f"{', '.join(_FORMATS)}",
                operation="choose a format",
            )
        return _NATIVE[driver]

    def saved_definition(
        self, path: str | PathLike[str], *, secure: bool = False, timeout: float | None = None
    ) -> DomainDef:
        """Read the definition in a file that `Domain.save` wrote.

        Parameters
        ----------
        path
            The file, as the host sees it; absolute.
        secure
            With passwords; needs a connection that may write.
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        DomainDef
            The typed document: change it for `redefine_saved`, or give it to ``restore``.

        Raises
        ------
        OperationFailed
            The file cannot be read, or is none that libvirt wrote.
        ReadOnly
            The connection was opened read-only, to which libvirt tells nothing of it.
        """
        from virtsdk import xml
        from virtsdk.models.domain import DomainDef

        file = on_host(path)
        subject = f"the saved domain in {file!r}"
        self._session.refuse_readonly("read", subject)  # as libvirt does
        flags = flag("VIR_DOMAIN_SAVE_IMAGE_XML_SECURE") if secure else 0
        document = self._session.call(
            "read", subject, lambda conn: decoded(conn.saveImageGetXMLDesc, file, flags), timeout=timeout
        )
        return xml.parse(document, DomainDef)

    @shows_no_variables
    def redefine_saved(
        self,
        path: str | PathLike[str],
        definition: Model | str,
        *,
        paused: bool | None = None,
        timeout: float | None = None,
    ) -> None:
        """Put another definition into a file that `Domain.save` wrote: other paths of disks, say.

        Parameters
        ----------
        path
            The file, as the host sees it; absolute.
        definition
            A `DomainDef`, or XML text. It has to look the same to the guest, and has its UUID.
        paused
            Whether it comes back paused; None for as it was saved.
        timeout
            Seconds; None for the connection's own.

        Raises
        ------
        ConfigNotSupported
            It would not look the same to the guest.
        OperationFailed
            The file cannot be read or written, or is none that libvirt wrote.
        """
        document = as_document(definition)
        file = on_host(path)
        flags = resumed(paused)

        def send(conn: VirConnect, text: str = document) -> int:
            return conn.saveImageDefineXML(file, text, flags)

        del definition, document
        self._session.call("redefine", f"the saved domain in {file!r}", send, changes=True, timeout=timeout)
