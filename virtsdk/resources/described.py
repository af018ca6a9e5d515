"""Title, description and own elements, of all kinds of objects that have them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar, TypeVar, overload

from virtsdk import errors
from virtsdk.binding.library import library
from virtsdk.binding.protocol import VirDescribed
from virtsdk.binding.undecoded import decoded
from virtsdk.resources.base import Lasting
from virtsdk.resources.documents import is_one_line
from virtsdk.resources.scope import CONFIG, Scope, affected, check_scope

T = TypeVar("T")
DescribedT = TypeVar("DescribedT", bound=VirDescribed)

_PREFIX = "app"  # of an element whose author names none; libvirt wants one


class Described(Lasting[DescribedT]):
    """A handle on something that says what it is for, in its definition: a domain, a network.

    A kind sets `_metadata_constants`, what libvirt's constants begin with, and `_metadata_since`, the libvirt
    that brought them, where a libvirt-python may be without them.
    """

    _metadata_constants: ClassVar[str]
    _metadata_since: ClassVar[str] = ""

    # --- title and description ------------------------------------------------------------

    @property
    def title(self) -> str | None:
        """Its title, in one line; None where it has none. Asks the host."""
        return self._said("title")

    @property
    def description(self) -> str | None:
        """Its description, of any length; None where it has none. Asks the host."""
        return self._said("description")

    def set_title(self, title: str | None, *, scope: Scope = "auto", timeout: float | None = None) -> None:
        """Give it a title.

        Parameters
        ----------
        title
            One line; None for none.
        scope
            Of what runs and the definition (``"auto"``), or of one of them: ``"live"``, ``"persistent"``.
        timeout
            Seconds; None for the connection's own.

        Raises
        ------
        InvalidState
            `scope` is ``"live"`` and it is off, or ``"persistent"`` and it is transient.
        NotSupported
            The driver has no titles (``host.supports("metadata")``), or, of a network, libvirt is older than
            9.7, here or there.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     guest = host.domains["test"]
        ...     guest.set_title("shop, front")
        ...     guest.title
        'shop, front'
        """
        if title is not None and not is_one_line(_text("title", title)):
            raise ValueError("title must be one line; a description may have more of them")
        self._say("title", title or None, scope, timeout)

    def set_description(
        self, description: str | None, *, scope: Scope = "auto", timeout: float | None = None
    ) -> None:
        """Give it a description.

        Parameters
        ----------
        description
            Any text; None for none.
        scope, timeout
            As for `set_title`.

        Raises
        ------
        InvalidState, NotSupported
            As for `set_title`.
        """
        if description is not None:
            _text("description", description)
        self._say("description", description or None, scope, timeout)

    def _said(self, what: str) -> str | None:
        with suppress(errors.MetadataNotFound):
            return self._read_metadata(what, f"read the {what} of", None, 0)
        return None

    def _say(self, what: str, text: str | None, scope: Scope, timeout: float | None) -> None:
        operation = f"set the {what} of"

        def say(raw: DescribedT, flags: int) -> object:
            number = self._kind_of(what, operation)
            return raw.setMetadata(number, text, None, None, flags)

        self._set(operation, say, scope, timeout)

    # --- what applications keep in it ------------------------------------------------------------

    @overload
    def metadata(self, uri: str, *, persistent: bool = False) -> Any: ...
    @overload
    def metadata(self, uri: str, cls: type[T], *, persistent: bool = False) -> T: ...
    def metadata(self, uri: str, cls: type[Any] | None = None, *, persistent: bool = False) -> Any:
        """Read the element that an application keeps in its definition.

        Parameters
        ----------
        uri
            The element's namespace.
        cls
            A dataclass to read it as; as of ``definition().metadata.get``.
        persistent
            Of the definition that its next start takes, rather than of the one that it runs with.

        Returns
        -------
        lxml.etree._Element or cls
            What is in it of the application's namespace.

        Raises
        ------
        MetadataNotFound
            There is none.
        NotSupported
            As for `set_title`.
        """
        from virtsdk.model import FreeXml

        _check_uri(uri)
        said = self._read_metadata("element", "read the metadata of", uri, CONFIG if persistent else 0)
        kept = FreeXml()
        kept.set(uri, said, prefix=_PREFIX)  # libvirt leaves the namespace out
        return kept.get(uri) if cls is None else kept.get(uri, cls)

    def set_metadata(
        self,
        uri: str,
        element: object,
        *,
        key: str | None = None,
        scope: Scope = "auto",
        timeout: float | None = None,
    ) -> None:
        """Keep an application's element in its definition, in the place of that of the same namespace.

        Parameters
        ----------
        uri
            The element's namespace.
        element
            A dataclass, a model, an element of lxml or ElementTree, or XML text; None removes what is there.
        key
            The prefix that its names get; None for the element's own.
        scope, timeout
            As for `set_title`.

        Raises
        ------
        ValueError, TypeError, XmlError
            It is no such element, or one of another namespace.
        InvalidState, NotSupported
            As for `set_title`.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     guest = host.domains["test"]
        ...     guest.set_metadata("urn:example:owner", "<owner><name>ana</name></owner>", key="own")
        ...     guest.metadata("urn:example:owner")[0].text
        'ana'
        """
        operation = "set the metadata of"
        _check_uri(uri)
        text, prefix = (None, None) if element is None else _as_libvirt_takes_it(uri, element)
        name = key or prefix or _PREFIX

        def keep(raw: DescribedT, flags: int) -> object:
            number = self._kind_of("element", operation)
            return raw.setMetadata(number, text, None if text is None else name, uri, flags)

        self._set(operation, keep, scope, timeout)

    def _set(
        self,
        operation: str,
        function: Callable[[DescribedT, int], object],
        scope: Scope,
        timeout: float | None,
    ) -> None:
        """Change what runs, the definition or both, as the scope says."""
        check_scope(scope)

        def change(raw: DescribedT) -> object:
            return function(raw, affected(raw, scope, operation=operation, subject=self.subject))

        self._change(operation, change, timeout=timeout)

    def _read_metadata(self, what: str, operation: str, uri: str | None, flags: int) -> str:
        def read(raw: DescribedT) -> str:
            number = self._kind_of(what, operation)  # first: without it the object has no such method
            return decoded(raw.metadata, number, uri, flags)

        return self._call(operation, read)

    def _kind_of(self, what: str, operation: str) -> int:
        """Return libvirt's number for a title, a description or an element."""
        number = getattr(library(), f"{self._metadata_constants}{what.upper()}", None)
        if number is None:
            raise errors.NotSupported(
                f"cannot {operation} {self.subject}: libvirt-python here is built for a libvirt before "
                f"{self._metadata_since}, the first whose {self.kind}s have metadata",
                operation=operation,
                subject=self.subject,
            )
        return number


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be text or None, not {type(value).__name__}")
    return value


def _check_uri(uri: object) -> None:
    if not isinstance(uri, str) or not uri.strip():
        raise ValueError(f"uri must be the namespace of an application's element, not {uri!r:.80}")


def _as_libvirt_takes_it(uri: str, element: object) -> tuple[str, str | None]:
    from virtsdk.xml import _metadata

    return _metadata.bare(uri, element)
