"""Other ways into a guest than its console: channels to its programs, sockets of its screens."""

from __future__ import annotations

import socket
from typing import Literal

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirConnect, VirDomain
from virtsdk.binding.streams import Stream
from virtsdk.resources.domain.console.channel import Channel
from virtsdk.resources.domain.core import DomainCore
from virtsdk.resources.domain.newer import newer


class WaysIn(DomainCore):
    """Channels and screens of a guest."""

    def channel(
        self, name: str | None = None, *, force: bool = False, timeout: float | None = None
    ) -> Channel:
        """Open a channel to a program in it.

        Parameters
        ----------
        name
            The channel's target (``"org.example.0"``) or its alias; None for the first. The agent's own is
            libvirt's: `agent` asks it.
        force
            Take it over from another client, whose channel then ends.
        timeout
            Seconds to open it; None for the connection's own.

        Returns
        -------
        Channel
            A context manager: ``write``, ``read``, ``read_until``, in bytes. It does not come back after a
            loss of the connection: open it again.

        Raises
        ------
        DeviceNotFound
            It has no such channel, or none that a client may open.
        ResourceBusy
            Another client has it open.
        InvalidState
            It is off.
        NotSupported
            The driver has none (``host.supports("channel")``).
        ReadOnly
            The connection was opened read-only.
        """
        if name is not None and (not isinstance(name, str) or not name):  # pyright: ignore
            raise ValueError(f"name must be that of a channel, or None for the first, not {name!r}")
        flags = flag("VIR_DOMAIN_CHANNEL_FORCE") if force else 0
        session, operation, guest = self._session, "open a channel of", self._name

        def begin(conn: VirConnect) -> Stream:
            return Stream(
                session,
                conn,
                "use",
                f"a channel of {guest!r}",
                lambda stream: self._renewed(conn).openChannel(name, stream, flags),
                blocking=False,
            )

        session.refuse_readonly(operation, self.subject)
        with session.audited(operation, self.subject, lambda: self.about):
            try:
                stream = session.call(operation, self.subject, begin, timeout=timeout)
            except errors.ResourceBusy as error:
                error.add_note("channel(force=True) takes it over")
                raise
        return Channel(stream, guest, name or "first", session.timeout)

    def graphics_socket(
        self, screen: int = 0, *, skip_authentication: bool = False, timeout: float | None = None
    ) -> socket.socket:
        """Connect to one of its graphical screens, as a viewer does: VNC or SPICE is spoken on it.

        Parameters
        ----------
        screen
            Which of its ``<graphics>``, where it has several.
        skip_authentication
            Without the screen's password.
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        socket.socket
            Connected; close it, or use it as a context manager.

        Raises
        ------
        InvalidState
            It is off.
        DeviceNotFound
            It has no such screen.
        NotSupported
            The host is not this machine, as a socket is handed over; or the driver does not
            (``host.supports("graphics_socket")``).
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        if isinstance(screen, bool) or not isinstance(screen, int) or screen < 0:  # pyright: ignore
            raise ValueError(f"screen must be a number, from 0, not {screen!r}")
        flags = flag("VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH") if skip_authentication else 0
        number = self._call(
            "connect to a screen of",
            lambda raw: raw.openGraphicsFD(screen, flags),
            changes=True,
            timeout=timeout,
        )
        return socket.socket(fileno=number)

    def reload_graphics(self, kind: Literal["any", "vnc"] = "any", *, timeout: float | None = None) -> None:
        """Have its screens read their certificates again.

        Parameters
        ----------
        kind
            Of which screens.
        timeout
            Seconds; None for the connection's own.

        Raises
        ------
        InvalidState
            It does not run.
        NotSupported
            It needs libvirt 10.2, here and there (``host.supports("graphics_reload")``).
        ReadOnly
            The connection was opened read-only; nothing is sent.
        """
        if kind not in {"any", "vnc"}:
            raise ValueError(f"kind must be 'any' or 'vnc', not {kind!r}")
        operation, number = "reload the graphics of", 0 if kind == "any" else 1  # virDomainGraphicsReloadType

        def reload(raw: VirDomain) -> object:
            return newer(raw, "graphicsReload", "10.2", operation, self.subject)(number, 0)

        self._call(operation, reload, changes=True, timeout=timeout)
