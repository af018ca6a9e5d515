"""Free XML in a document: what applications keep in it is read and written by its namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from virtsdk.model._base import Model
from virtsdk.model._extras import beyond
from virtsdk.model._fields import field, model
from virtsdk.model._forms import Text

if TYPE_CHECKING:
    from virtsdk.model._fields import FreeAttribute

T = TypeVar("T")


class _Owned(Model):
    """A model that stands for what is not written; it is, once something is put in."""

    __slots__ = ("_owner",)

    if TYPE_CHECKING:
        _owner: tuple[Model, FreeAttribute]


@model
class FreeXml(_Owned):
    """An element whose content is free XML, kept to the character; false where there is none.

    Applications keep their own elements in it, each in a namespace of its own. `get`, `set` and `remove` are
    about one of these, and leave the rest as it is. ``definition.metadata`` gives one also where nothing is
    written: it is written with what is first put in.

    Attributes
    ----------
    content
        What stands between the tags, as XML text: elements with their prefixes, white space, comments. Each
        element in it declares the namespaces that it uses. None where the element is not written.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from virtsdk import xml
    >>> from virtsdk.models.domain import DomainDef
    >>> @dataclass
    ... class Owner:
    ...     name: str = ""
    ...     cost: int = 0
    >>> guest = DomainDef(name="web1")
    >>> guest.metadata.set("urn:example:owner", Owner(name="ana", cost=7), prefix="o")
    >>> guest.metadata.get("urn:example:owner", Owner)
    Owner(name='ana', cost=7)
    >>> print(xml.render(guest))
    <domain>
      <name>web1</name>
      <metadata>
        <o:Owner xmlns:o="urn:example:owner">
          <o:name>ana</o:name>
          <o:cost>7</o:cost>
        </o:Owner>
      </metadata>
    </domain>
    >>> guest.metadata.remove("urn:example:owner")
    True
    """

    content: Text = field(default=None, metadata={"type": "Text"})

    @overload
    def get(self, uri: str) -> Any: ...
    @overload
    def get(self, uri: str, cls: type[T]) -> T | None: ...
    def get(self, uri: str, cls: type[Any] | None = None) -> Any:
        """Read the element of an application.

        Parameters
        ----------
        uri
            The element's namespace. Of several of one namespace, the first: libvirt keeps no other.
        cls
            A dataclass to read it as, plain or with xsdata's metadata, or a model class. Where the class says
            no namespace, the element's is not looked at.

        Returns
        -------
        lxml.etree._Element or cls or None
            A copy: change it, then `set` it. None where there is no such element.

        Raises
        ------
        XmlError
            The class has no place for a part of the element, or a value is not of its field's type.
        TypeError
            `cls` is no dataclass.
        """
        from virtsdk.xml import _metadata

        return _metadata.get(self, uri, cls)

    def set(self, uri: str, element: object, *, prefix: str | None = None) -> None:
        """Write the element of an application: in the place of the one that is there, else at the end.

        Parameters
        ----------
        uri
            Its namespace. Others of the same namespace are removed: libvirt keeps one.
        element
            An instance of a dataclass or of a model, an element of lxml or ElementTree, or XML text. Where
            the element has no namespace, it and all in it that has none get `uri`.
        prefix
            The prefix of its names; without it that of the element that is there, else the element's own.

        Raises
        ------
        ValueError
            The element is of another namespace, or the prefix is none.
        TypeError
            `element` is none of these.
        XmlError
            Text that is not well-formed.
        """
        from virtsdk.xml import _metadata

        return _metadata.put(self, uri, element, prefix)

    def remove(self, uri: str) -> bool:
        """Take the element of an application away, and the white space before it.

        Parameters
        ----------
        uri
            Its namespace.

        Returns
        -------
        bool
            Whether there was one.
        """
        from virtsdk.xml import _metadata

        return _metadata.remove(self, uri)

    def __bool__(self) -> bool:
        return bool(self.content) or self.extras is not None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FreeXml) or other.__class__ is not self.__class__:
            return NotImplemented
        return (self.content or "") == (other.content or "") and beyond(self) == beyond(other)

    def _accept_value(self, name: str, value: object) -> object:
        """Take XML as it is: whether it is well-formed is told when it is written."""
        if name != "content":
            return Model._accept_value(self, name, value)
        if hasattr(self, "_owner"):
            owner, attribute = self._owner
            attribute.hold(owner, self)
            del self._owner
        return value

    def _written(self) -> FreeXml:
        """Give what is written, if by now something is; else itself."""
        if not hasattr(self, "_owner"):
            return self
        owner, attribute = self._owner
        held = attribute.held(owner)
        return self if held is None else held
