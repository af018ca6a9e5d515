"""A backup that a client reads over NBD: `BackupServer`, its exports and its end."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, cast
from urllib.parse import quote

from virtsdk import errors
from virtsdk.binding.live import Live
from virtsdk.binding.protocol import VirDomain
from virtsdk.display import html, text
from virtsdk.resources.base import raw_of
from virtsdk.resources.domain.saving import on_host

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.models.domain_backup import BackupServer as ServerDef
    from virtsdk.models.domain_backup import DomainBackupDef
    from virtsdk.resources.domain.core import DomainCore

_log = logging.getLogger(__name__)
_END_SECONDS: Final = 30.0
_LONGEST: Final = 107  # bytes of a socket's path, on Linux
_OPERATION: Final = "end the backup server of"


@dataclass(frozen=True)
class BackupExport:
    """A disk that a backup server offers.

    Attributes
    ----------
    disk
        Target of the disk: ``"vda"``.
    name
        Name of the NBD export.
    uri
        Where a client finds it: ``nbd+unix:///vda?socket=/run/web1.sock``, ``nbd://127.0.0.1:10809/vda``.
    bitmap
        Of an incremental one: name of the dirty bitmap that says which parts have changed.
    """

    disk: str
    name: str
    uri: str
    bitmap: str | None

    @property
    def context(self) -> str | None:
        """What an NBD client asks for to see the bitmap: ``qemu:dirty-bitmap:backup-vda``."""
        return None if self.bitmap is None else f"qemu:dirty-bitmap:{self.bitmap}"


class BackupServer(Live):
    """A running backup that clients read over NBD; made by ``guest.backup_server(...)``.

    What is read is the disks as they were when it began, however the guest goes on. As a context manager it
    ends with its block. For example, with QEMU's own client::

        with guest.backup_server("/run/web1.sock") as server:
            for export in server.exports.values():
                subprocess.run(["qemu-img", "convert", "-O", "qcow2", export.uri, f"{export.disk}.qcow2"])

    Attributes
    ----------
    exports
        A `BackupExport` for each disk, by its target.
    incremental
        The checkpoint since which the bitmaps show the changes; None of a full one.
    checkpoint
        The checkpoint that was made with it; None where none was.
    """

    exports: Mapping[str, BackupExport]
    incremental: str | None
    checkpoint: str | None

    def __init__(
        self,
        domain: DomainCore,
        exports: Mapping[str, BackupExport],
        incremental: str | None,
        checkpoint: str | None,
    ) -> None:
        self._domain = domain
        self.exports = exports
        self.incremental = incremental
        self.checkpoint = checkpoint
        self._open = True

    @property
    def addresses(self) -> dict[str, str]:
        """Where clients find each disk, by its target: NBD URIs."""
        return {disk: export.uri for disk, export in self.exports.items()}

    def frame(self) -> pd.DataFrame:
        """Give its exports as a frame.

        Returns
        -------
        pandas.DataFrame
            One row per disk: host, domain (the guest's UUID), domain_name, disk, name (of the export), uri,
            bitmap (missing of a full one), context.
        """
        import pandas as pd

        domain = self._domain
        whose = {"host": domain.host.name, "domain": domain.key, "domain_name": domain.name}
        rows = [{**whose, **vars(one), "context": one.context} for one in self.exports.values()]
        types = dict.fromkeys(("host", "domain", "domain_name", "disk", "name", "uri"), "str")
        types |= {"bitmap": "string", "context": "string"}
        return pd.DataFrame(rows, columns=pd.Index(list(types))).astype(types)

    def close(self) -> None:
        """End it; clients are cut off. A second call does nothing.

        Raises
        ------
        OperationFailed
            It had ended before, since the guest went off or somebody aborted it: what was read last may be
            no backup.
        ConnectionLost
            The host did not come back; the server may still be there, and ``guest.abort_job()`` ends it.
        """
        if not self._open:
            return
        self._open = False
        domain, session = self._domain, self._domain.host.session

        def end(raw: VirDomain) -> bool:
            there = is_there(raw)
            if there:
                try:
                    with session.translated(raw.connect(), _OPERATION, domain.subject):
                        raw.abortJob()
                except errors.InvalidState:  # it is just being ended
                    there = False
            deadline = time.monotonic() + _END_SECONDS
            while is_there(raw) and time.monotonic() < deadline:
                time.sleep(0.02)
            return there

        def attempt() -> bool:
            return session.call(
                _OPERATION,
                domain.subject,
                lambda conn: end(raw_of(domain, conn)),
                changes=True,
                about=lambda: domain.about,
            )

        def is_there(raw: VirDomain) -> bool:
            try:
                with session.translated(raw.connect(), _OPERATION, domain.subject):
                    raw.backupGetXMLDesc(0)
            except (errors.NotFound, errors.InvalidState):
                return False
            return True

        try:
            ended = attempt()
        except errors.ConnectionLost:  # the guest keeps it going
            ended = attempt()
        if not ended:
            raise errors.OperationFailed(
                f"the backup server of {domain.subject} had ended before: the guest went off, or somebody "
                "aborted the job; what was read last may be no backup",
                operation=_OPERATION,
                subject=domain.subject,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self.close()
        except errors.VirtError as trouble:
            if error is None:
                raise
            _log.warning("%s", trouble)  # what the block raised says more

    # --- how it shows itself ------------------------------------------------------------

    def __repr__(self) -> str:
        try:
            kind = f"changes since {text.printable(self.incremental)}" if self.incremental else "full"
            disks = text.count(len(self.exports), "disk")
            ended = "" if self._open else ", ended"
            return f"<BackupServer of {text.printable(self._domain.name)}, {kind}, {disks}{ended}>"
        except AttributeError:
            return "<BackupServer>"

    def _repr_html_(self) -> str:
        rows = [[one.disk, one.uri, one.context] for one in self.exports.values()]
        note = "ended" if not self._open else f"on {self._domain.host.name}"
        return html.view(
            html.heading(f"backup server of {self._domain.name}", note),
            html.table(["disk", "address", "context"], rows),
        )


def place_of(where: object, address: object) -> ServerDef:
    """Say where the server listens: a socket's path, or a port.

    Raises
    ------
    TypeError, ValueError
        It is neither.

    Examples
    --------
    >>> place_of("/run/web1.sock", "127.0.0.1").transport.value, place_of(10809, "127.0.0.1").port
    ('unix', 10809)
    """
    from virtsdk.models.domain_backup import BackupServer

    if isinstance(where, bool) or not isinstance(where, int | str | PathLike):
        raise TypeError(f"where must be a port or the path of a socket, not {where!r}")
    if not isinstance(where, int):
        socket = on_host(cast("str | PathLike[str]", where))
        if len(socket.encode()) > _LONGEST:
            raise ValueError(
                f"where must be a path of {_LONGEST} bytes at most, as of all sockets, not {socket!r}"
            )
        return BackupServer(transport="unix", socket=socket)
    if not 0 < where < 65536:
        raise ValueError(f"where must be a port from 1 to 65535, not {where}")
    if not isinstance(address, str) or not address:
        raise TypeError(f"address must be text, not {address!r}")
    return BackupServer(transport="tcp", name=address, port=where)


def exports_of(document: DomainBackupDef, server: ServerDef) -> dict[str, BackupExport]:
    """Read from the document of a running backup what its server offers.

    Examples
    --------
    >>> from virtsdk import xml
    >>> document = xml.parse(
    ...     "<domainbackup mode='pull'><disks>"
    ...     "<disk name='vda' backup='yes' exportname='vda' exportbitmap='backup-vda'/>"
    ...     "<disk name='vdb' backup='no'/></disks></domainbackup>"
    ... )
    >>> exports_of(document, place_of(10809, "::1"))["vda"].uri
    'nbd://[::1]:10809/vda'
    """
    disks = [] if document.disks is None else document.disks.disks
    found: dict[str, BackupExport] = {}
    for disk in disks:
        if disk.name is None or disk.backup == "no":
            continue
        export = disk.exportname or disk.name
        found[disk.name] = BackupExport(disk.name, export, _uri(server, export), disk.exportbitmap)
    return found


def _uri(server: ServerDef, export: str) -> str:
    name = quote(export, safe="")
    if server.transport == "unix":
        return f"nbd+unix:///{name}?socket={quote(server.socket or '')}"
    address = f"[{server.name}]" if ":" in (server.name or "") else server.name
    return f"nbd://{address}:{server.port}/{name}"
