"""Title, description, own elements, what follows a power off, and starting with the host."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal, TypeVar, get_args, overload

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirDomain
from virtsdk.binding.undecoded import decoded
from virtsdk.resources.documents import is_one_line
from virtsdk.resources.domain.core import DomainCore
from virtsdk.resources.domain.newer import newer
from virtsdk.resources.scope import Scope, affected, check_scope

T = TypeVar("T")

LifecycleEvent = Literal["poweroff", "reboot", "crash"]
LifecycleAction = Literal[
    "destroy", "restart", "preserve", "rename-restart", "coredump-destroy", "coredump-restart"
]
_CONSTANTS: dict[str, str] = {"rename-restart": "RESTART_RENAME"}
_PREFIX = "app"  # of an element whose author names none; libvirt wants one


class SettingVerbs(DomainCore):
    """Setting what is said of a guest, and what follows its end."""

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
            The driver has no titles (``host.supports("metadata")``).

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

    @property
    def is_updated(self) -> bool:
        """True where libvirt says that it was changed since it started; asks the host.

        libvirt says so of few changes, so False says nothing: compare ``definition()`` with
        ``definition(persistent=True)``.
        """
        return bool(self._call("read the state of", lambda raw: raw.isUpdated()))

    def _said(self, what: str) -> str | None:
        number = flag(f"VIR_DOMAIN_METADATA_{what.upper()}")
        with suppress(errors.MetadataNotFound):
            return self._call(f"read the {what} of", lambda raw: decoded(raw.metadata, number, None, 0))
        return None

    def _say(self, what: str, text: str | None, scope: Scope, timeout: float | None) -> None:
        number = flag(f"VIR_DOMAIN_METADATA_{what.upper()}")

        def say(raw: VirDomain, flags: int) -> object:
            return raw.setMetadata(number, text, None, None, flags)

        self._set(f"set the {what} of", say, scope, timeout)

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
            The driver keeps none (``host.supports("metadata")``).
        """
        from virtsdk.model import FreeXml

        number, flags = flag("VIR_DOMAIN_METADATA_ELEMENT"), 2 if persistent else 0
        kept = FreeXml()
        _check_uri(uri)
        said = self._call("read the metadata of", lambda raw: decoded(raw.metadata, number, uri, flags))
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
        number = flag("VIR_DOMAIN_METADATA_ELEMENT")
        _check_uri(uri)
        text, prefix = (None, None) if element is None else _as_libvirt_takes_it(uri, element)
        name = key or prefix or _PREFIX

        def keep(raw: VirDomain, flags: int) -> object:
            return raw.setMetadata(number, text, None if text is None else name, uri, flags)

        self._set("set the metadata of", keep, scope, timeout)

    # --- what follows its end, and its host's beginning ------------------------------------------------

    def set_lifecycle_action(
        self,
        event: LifecycleEvent,
        action: LifecycleAction,
        *,
        scope: Scope = "auto",
        timeout: float | None = None,
    ) -> None:
        """Say what follows when the guest powers off, reboots or crashes.

        Parameters
        ----------
        event
            ``"poweroff"``, ``"reboot"`` or ``"crash"``.
        action
            ``"destroy"``, ``"restart"``, ``"preserve"`` (keep it for a look) or ``"rename-restart"``; of a
            crash ``"coredump-destroy"`` and ``"coredump-restart"`` as well, which write its memory to a file
            first. QEMU preserves after a crash alone.
        scope, timeout
            As for `set_title`.

        Raises
        ------
        ConfigNotSupported
            The driver does not do that then.
        InvalidState, NotSupported
            As for `set_title`.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     guest = host.domains["test"]
        ...     guest.set_lifecycle_action("crash", "preserve")
        ...     guest.definition().on_crash.value
        'preserve'
        """
        if event not in get_args(LifecycleEvent):
            raise ValueError(f"event must be one of {', '.join(get_args(LifecycleEvent))}, not {event!r}")
        if action not in get_args(LifecycleAction):
            raise ValueError(f"action must be one of {', '.join(get_args(LifecycleAction))}, not {action!r}")
        if action.startswith("coredump") and event != "crash":
            raise ValueError(f"action must be another than {action!r}, which is of a crash, for {event!r}")
        kind = flag(f"VIR_DOMAIN_LIFECYCLE_{event.upper()}")
        word = _CONSTANTS.get(action, action.upper().replace("-", "_"))
        then = flag(f"VIR_DOMAIN_LIFECYCLE_ACTION_{word}")

        def set_it(raw: VirDomain, flags: int) -> object:
            return raw.setLifecycleAction(kind, then, flags)

        self._set("set a lifecycle action of", set_it, scope, timeout)

    def set_autostart(self, on: bool = True, *, once: bool = False) -> None:
        """Have it started when the host's daemon starts, or not.

        Parameters
        ----------
        on
            False: not any more.
        once
            The next time that the host boots, and not after that; beside what was set without it.

        Raises
        ------
        NotSupported
            `once` needs libvirt 11.2, here and there (``host.supports("autostart_once")``).
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        if not once:
            super().set_autostart(on)
            return
        operation = "set the autostart of"
        self._change(
            operation,
            lambda raw: newer(raw, "setAutostartOnce", "11.2", operation, self.subject)(int(on)),
        )

    @property
    def autostart_once(self) -> bool:
        """True where it is started the next time that the host boots, and then no more; asks the host."""
        operation = "read the autostart of"
        return bool(
            self._call(operation, lambda raw: newer(raw, "autostartOnce", "11.2", operation, self.subject)())
        )

    def _set(
        self,
        operation: str,
        function: Callable[[VirDomain, int], object],
        scope: Scope,
        timeout: float | None,
    ) -> None:
        """Change what runs, the definition or both, as the scope says."""
        check_scope(scope)

        def change(raw: VirDomain) -> object:
            return function(raw, affected(raw, scope, operation=operation, subject=self.subject))

        self._change(operation, change, timeout)


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
