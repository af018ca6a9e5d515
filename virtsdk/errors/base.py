"""The root of all errors, with the facts that each carries."""

from __future__ import annotations

from typing import TypedDict


class Details(TypedDict, total=False):
    """Facts of an error beside its message; `VirtError` says what each is."""

    code: int | None
    code_name: str | None
    domain: int | None
    libvirt_message: str | None
    operation: str | None
    subject: str | None


class VirtError(Exception):
    """Anything that virtsdk raises on purpose.

    A notebook shows two lines of it: what is wrong, and the line of the cell that met it. ``%tb Plain`` shows
    the full traceback, ``%xmode Verbose`` does from then on.

    Parameters
    ----------
    message
        What happened, to what, and what to do about it.
    code, code_name
        libvirt's ``virErrorNumber`` and its symbol, where libvirt raised it.
    domain
        libvirt's ``virErrorDomain``: the part of libvirt that raised it.
    libvirt_message
        libvirt's own words.
    operation
        The verb that failed, for example ``"start"``.
    subject
        What it failed on, for example ``"domain 'web1'"``.
    """

    def __init__(
        self,
        message: str = "",
        *,
        code: int | None = None,
        code_name: str | None = None,
        domain: int | None = None,
        libvirt_message: str | None = None,
        operation: str | None = None,
        subject: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.code_name = code_name
        self.domain = domain
        self.libvirt_message = libvirt_message
        self.operation = operation
        self.subject = subject

    def __str__(self) -> str:
        return self.message

    def _render_traceback_(self) -> list[str]:
        """Show a notebook two lines in place of a traceback; ``%tb Plain`` gives all of it."""
        from virtsdk.errors.rendering import rendered

        return rendered(self)

    @property
    def details(self) -> Details:
        """Its facts beside the message, for an error that says more: ``kind(text, **error.details)``."""
        return Details(
            code=self.code,
            code_name=self.code_name,
            domain=self.domain,
            libvirt_message=self.libvirt_message,
            operation=self.operation,
            subject=self.subject,
        )
