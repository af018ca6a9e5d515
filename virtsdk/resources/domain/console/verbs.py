"""The screen and the console of a guest."""

from __future__ import annotations

from virtsdk import errors
from virtsdk.binding.deadlines import Patience
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirConnect, VirStream
from virtsdk.binding.streams import Stream
from virtsdk.resources.domain.console.console import Console
from virtsdk.resources.domain.console.screenshot import Screenshot
from virtsdk.resources.domain.core import DomainCore


class ConsoleVerbs(DomainCore):
    """Looking at the screen of a guest, and typing at its console."""

    def console(
        self, device: str | None = None, *, force: bool = False, timeout: float | None = None
    ) -> Console:
        r"""Open its console.

        Parameters
        ----------
        device
            The alias of a console, serial or parallel device (``"serial0"``); None for the first.
        force
            Take it over from another client, whose console then ends; not on LXC, where several clients may
            have a console open, and each gets a part of what is printed.
        timeout
            Seconds to open it; None for the connection's own.

        Returns
        -------
        Console
            A context manager: ``write``, ``read``, ``read_until``. It belongs to this connection and does not
            come back after a loss of it: open it again.

        Raises
        ------
        InvalidState
            It is off.
        ResourceBusy
            Another client has the console open.
        DeviceNotFound
            It has no such device, or no console at all.
        NotSupported
            The driver has no consoles (see ``host.supports("console")``), or does not force them.
        ReadOnly
            The connection was opened read-only.

        Notes
        -----
        A transient guest that goes off while its console is open can leave a daemon of libvirt 9.0 waiting
        for itself, for good (seen once in some fifty runs, on a busy machine): close the console first. The
        consoles of a defined guest stay with its definition and are not part of that.

        For example, on a guest that boots with a shell on its console::

            with guest.console() as console:
                console.write("cat /proc/loadavg\n")
                print(console.read_until("# ", timeout=10))
        """
        flags = flag("VIR_DOMAIN_CONSOLE_FORCE") if force else 0
        session, operation = self._session, "open the console of"

        def begin(conn: VirConnect) -> Stream:
            return Stream(
                session,
                conn,
                "use",
                f"the console of {self._name!r}",
                lambda stream: self._renewed(conn).openConsole(device, stream, flags),
                blocking=False,
            )

        session.refuse_readonly(operation, self.subject)
        with session.audited(operation, self.subject, lambda: self.about):
            try:
                stream = session.call(operation, self.subject, begin, timeout=timeout)
            except errors.ResourceBusy as error:
                error.add_note("console(force=True) takes it over")
                raise
        return Console(stream, self._name, session.timeout)

    def screenshot(self, screen: int = 0, *, timeout: float | None = None) -> Screenshot:
        """Take a picture of its screen.

        Parameters
        ----------
        screen
            Which one, where it has several.
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        Screenshot
            Shows itself in a notebook; ``.save(path)``, ``.png``, ``.width``, ``.height``.

        Raises
        ------
        InvalidState
            It is off.
        InvalidState, InvalidArgument
            It has no such screen; which of the two depends on the driver.
        NotSupported
            The driver takes no pictures (see ``host.supports("screenshot")``), or the guest has no screen.
        ReadOnly
            The connection was opened read-only.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     picture = host.domains["test"].screenshot()
        ...     picture.mime, picture.width > picture.height
        ('image/png', True)
        """
        if not isinstance(screen, int):
            raise TypeError(f"screen must be a number, from 0, not {screen!r}; .save(path) keeps the picture")
        operation, session = "take a screenshot of", self._session
        mime: list[str] = []

        def begin(conn: VirConnect) -> Stream:
            def ask(stream: VirStream) -> None:
                mime[:] = [self._bound(conn).screenshot(stream, screen, 0)]

            return Stream(session, conn, operation, self.subject, ask)

        session.refuse_readonly(operation, self.subject)
        patience = Patience(timeout, session.timeout)
        pieces: list[bytes] = []
        with (
            patience.told(operation, self.subject),
            session.call(operation, self.subject, begin, timeout=patience.next()) as stream,
        ):
            while got := stream.receive(patience.next()):
                pieces += [piece for piece in got if isinstance(piece, bytes)]
            stream.finish(patience.next())
        return Screenshot.of(b"".join(pieces), mime[0], name=self._name)
