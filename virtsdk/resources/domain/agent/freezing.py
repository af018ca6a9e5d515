"""File systems of a guest that stand still, and that go on again whatever happens."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Final, Self

from virtsdk import errors
from virtsdk.binding.live import Live
from virtsdk.display import text
from virtsdk.resources.domain.agent.asking import AgentCore, mountpoints_of

_PATIENCE: Final = 60.0  # seconds for a thaw after a loss: the daemon comes back, and its agent after it
_ONCE: Final = 10.0  # seconds for one try
_AFTER_NO_ANSWER: Final = 15.0  # seconds for a thaw after a freeze that may still come
_PAUSE: Final = 0.2
_PASSES = (
    errors.ConnectionLost,
    errors.AgentUnresponsive,
    errors.AgentUnsynced,
    errors.TimedOut,
    errors.ResourceBusy,
)
_NOTHING_FROZEN = (errors.InvalidState, errors.DomainNotFound)  # the guest is off, or gone


class Frozen(Live):
    """File systems that stand still until the block ends; made by `Agent.freeze`.

    Attributes
    ----------
    count
        How many stand still.
    is_over
        They go on: thawed by this object.
    """

    count: int
    is_over: bool

    def __init__(self, thaw: Callable[[], int], count: int, name: str) -> None:
        self._thaw, self._name = thaw, name
        self.count = count
        self.is_over = False

    def thaw(self) -> int:
        """Let them go on; a second call does nothing.

        Returns
        -------
        int
            How many did not stand still any more after it, and did before.

        Raises
        ------
        VirtError
            It was tried for a minute; they may still stand still.
        """
        if self.is_over:
            return 0
        thawed = self._thaw()
        self.is_over = True
        return thawed

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.thaw()

    def __repr__(self) -> str:
        state = "thawed" if self.is_over else "frozen"
        return f"<Frozen {text.count(self.count, 'file system')} of {text.printable(self._name)}, {state}>"


class FreezeVerbs(AgentCore):
    """Keeping the guest from writing, for a snapshot or a backup."""

    def freeze(self, mountpoints: Iterable[str] | None = None, *, timeout: float | None = None) -> Frozen:
        """Have the guest write out what it has in memory, and write no more until the block ends.

        It stands still from this call on; leave it soon, as programs that write wait::

            with guest.agent.freeze():
                ...  # copy its disks

        The block's end thaws it, also after an error, a Ctrl-C, a lost connection: then it is tried again for
        a minute. Only where this process is killed it stays frozen, until `thaw`.

        Parameters
        ----------
        mountpoints
            Which file systems; None for all. While they stand still, the agent does little else but thaw.
        timeout
            As for `info`. A freeze that comes later is thawed.

        Returns
        -------
        Frozen
            A context manager; ``.count`` file systems stand still.

        Raises
        ------
        OperationFailed
            Fewer stand still than mount points were named: one of them is none, say. All go on.
        AgentError
            The agent could not; some are frozen already, say.
        AgentMissing, AgentUnresponsive, InvalidState, NotSupported, ReadOnly
            As for `info`.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     with host.domains["test"].agent.freeze() as frozen:
        ...         print(frozen)
        ...     print(frozen)
        <Frozen 2 file systems of test, frozen>
        <Frozen 2 file systems of test, thawed>
        """
        points = mountpoints_of(mountpoints)
        operation = "freeze the file systems of"
        try:
            count = self._do(operation, lambda raw: raw.fsFreeze(points, 0), timeout)
        except BaseException as error:
            if _may_have_frozen(error):
                self._thaw_after(error)
            raise
        frozen = Frozen(lambda: self._thaw_surely(_PATIENCE), count, self._guest.name)
        if points is not None and count < len(set(points)):
            frozen.thaw()
            named = ", ".join(points)
            raise self._failed(operation, f"{count} stand still, and these were named: {named}; all go on")
        return frozen

    def thaw(self, *, timeout: float | None = None) -> int:
        """Let file systems go on that someone froze; nothing happens where none is frozen.

        Parameters
        ----------
        timeout
            As for `info`.

        Returns
        -------
        int
            How many were thawed.

        Raises
        ------
        AgentError, AgentMissing, AgentUnresponsive, InvalidState, NotSupported, ReadOnly
            As for `info`.
        """
        return self._do("thaw the file systems of", lambda raw: raw.fsThaw(None, 0), timeout)

    def _thaw_after(self, error: BaseException) -> None:
        """Thaw after a freeze of which nobody knows whether it took place."""
        try:
            self._thaw_surely(_AFTER_NO_ANSWER)
        except errors.VirtError as again:
            error.add_note(f"its file systems may stand still yet: agent.thaw() lets them go on ({again})")

    def _thaw_surely(self, patience: float) -> int:
        """Thaw, and try again for as long as there is hope: nothing else undoes a freeze."""
        until = time.monotonic() + patience
        while True:
            try:
                return self.thaw(timeout=_ONCE)
            except _NOTHING_FROZEN:
                return 0
            except _PASSES as error:
                hopeless = (
                    isinstance(error, errors.ConnectionLost) and not self._guest.host.session.reconnects
                )
                if hopeless or time.monotonic() > until:
                    error.add_note("its file systems stand still: agent.thaw() lets them go on")
                    raise
            except errors.VirtError as error:
                error.add_note("its file systems stand still: agent.thaw() lets them go on")
                raise
            time.sleep(_PAUSE)


def _may_have_frozen(error: BaseException) -> bool:
    """Tell whether an agent may have been asked, and its answer was not heard."""
    if isinstance(error, errors.AgentUnresponsive):
        said = error.libvirt_message or ""
        return error.code_name == "VIR_ERR_AGENT_COMMAND_TIMEOUT" or "disappeared" in said
    return isinstance(error, errors.TimedOut | errors.ConnectionLost) or not isinstance(error, Exception)
