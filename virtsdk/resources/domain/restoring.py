"""Bringing guests back that were saved to files."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Callable
from os import PathLike
from typing import TYPE_CHECKING, Literal, overload

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirConnect
from virtsdk.binding.session import About
from virtsdk.binding.undecoded import decoded
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.collection import Collection
from virtsdk.resources.documents import as_document, subject_of
from virtsdk.resources.domain import Domain
from virtsdk.resources.domain.saving import file_parameters, format_parameters, on_host, resumed
from virtsdk.resources.operation import Operation, followed, patience_with, started
from virtsdk.resources.operation.figures import Shown
from virtsdk.words import ACTIVE

if TYPE_CHECKING:
    from virtsdk.model import Model


class RestoringDomains(Collection[Domain]):
    """All guests of a host, as far as files with saved ones go; what people use is `Domains`."""

    @overload
    def restore(
        self,
        path: str | PathLike[str],
        *,
        paused: bool | None = None,
        bypass_cache: bool = False,
        definition: Model | str | None = None,
        parallel: int | None = None,
        timeout: float | None = None,
        wait: Literal[True] = True,
        progress: Shown | None = None,
    ) -> Domain: ...
    @overload
    def restore(
        self,
        path: str | PathLike[str],
        *,
        paused: bool | None = None,
        bypass_cache: bool = False,
        definition: Model | str | None = None,
        parallel: int | None = None,
        timeout: float | None = None,
        wait: Literal[False],
        progress: Shown | None = None,
    ) -> Operation[Domain]: ...
    @shows_no_variables
    def restore(
        self,
        path: str | PathLike[str],
        *,
        paused: bool | None = None,
        bypass_cache: bool = False,
        definition: Model | str | None = None,
        parallel: int | None = None,
        timeout: float | None = None,
        wait: bool = True,
        progress: Shown | None = None,
    ) -> Domain | Operation[Domain]:
        """Bring a guest back that `Domain.save` wrote to a file; the file stays.

        Parameters
        ----------
        path
            The file, as the host sees it; absolute.
        paused
            Whether it comes back paused; None for as it was saved.
        bypass_cache
            Keep the file out of the host's page cache.
        definition
            A `DomainDef`, or XML text, in place of the saved one: other paths, say. It has to look the same
            to the guest.
        parallel
            Read through this many channels at once, what was saved as ``"sparse"``; needs libvirt 11.2: see
            ``host.supports("save_format")``.
        timeout
            Seconds to wait; None for the connection's own. The call itself goes on after `TimedOut`.
        wait
            False: do not wait, and give an `Operation`. Nothing ends it early.
        progress
            ``"auto"`` draws a bar, which has no end: libvirt does not say how far it is.

        Returns
        -------
        Domain or Operation
            The guest; with ``wait=False`` an operation whose result that is.

        Raises
        ------
        OperationFailed
            The file cannot be read, or is none that libvirt wrote.
        InvalidState, DomainExists
            The domain runs, or another one has its name.
        """
        document = None if definition is None else as_document(definition)
        file = on_host(path)
        flags = resumed(paused) | (flag("VIR_DOMAIN_SAVE_BYPASS_CACHE") if bypass_cache else 0)
        operation, subject = "restore", f"a domain from {file!r}"
        more = format_parameters(operation, subject, self._host, None, parallel)
        parameters = None if more is None else file_parameters(file, document) | more
        self._session.refuse_readonly(operation, subject)
        saved: list[About] = []
        restored: list[About] = []

        def restore(conn: VirConnect) -> None:
            text = decoded(conn.saveImageGetXMLDesc, file, 0)  # restoring itself does not say whom
            saved[:] = [About(subject_of(self._noun, text), _uuid_of(text))]
            if parameters is None:
                conn.restoreFlags(file, document, flags)
            else:
                conn.restoreParams(parameters, flags)
            restored[:] = saved

        def run(seconds: float | None) -> Domain:
            self._session.call(
                operation,
                subject,
                restore,
                changes=True,
                timeout=seconds,
                about=lambda: restored[0] if restored else About(subject),
            )
            return outcome()

        def outcome() -> Domain:
            return self.get(uuids.UUID(saved[0].uuid))

        def again(lost: errors.ConnectionLost) -> Domain:
            if not saved:
                raise lost
            return followed(
                lost,
                lambda: self._comes(saved[0]),
                lambda: self._came(lost, outcome),
                patience=patience_with(self._session),
            )

        return started(
            run,
            what=f"{operation} {subject}",
            wait=wait,
            progress=progress,
            timeout=timeout,
            again=again,
        )

    def _comes(self, about: About) -> object | None:
        """Tell whether a guest is being restored, after the call for that was lost."""
        found = self.find(uuids.UUID(about.uuid))
        return found if found is not None and found.state_reason.startswith("starting") else None

    def _came(self, lost: errors.ConnectionLost, outcome: Callable[[], Domain]) -> Domain:
        try:
            found = outcome()
        except errors.DomainNotFound as error:
            raise lost from error
        if found.state in ACTIVE:
            return found
        raise lost


def _uuid_of(document: str) -> str:
    from virtsdk import xml
    from virtsdk.models.domain import DomainDef

    return xml.parse(document, DomainDef).uuid or ""
