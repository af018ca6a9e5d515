"""What an agent tells of its guest: system, file systems, disks, people, clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import Record
from virtsdk.resources.domain.agent.asking import AgentCore
from virtsdk.resources.domain.agent.info import AgentInfo
from virtsdk.resources.domain.agent.values import (
    AgentCommand,
    AgentDisk,
    FileSystem,
    GuestInterface,
    GuestOs,
    GuestTimezone,
    GuestUser,
    Trimmed,
)
from virtsdk.resources.domain.rows import Rows

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class TellingVerbs(AgentCore):
    """Asking the agent about its guest; libvirt asks it for none but a connection that may write."""

    def info(self, *, timeout: float | None = None) -> AgentInfo:
        """Read the agent's version and its commands.

        Parameters
        ----------
        timeout
            Seconds; None for the connection's own, and where that has none 30. So it is for all verbs here.

        Returns
        -------
        AgentInfo
            ``.version``, ``.commands``, ``.can("guest-exec")``, ``.frame()``.

        Raises
        ------
        AgentMissing, AgentUnresponsive
            The guest has no channel for an agent, or none answers.
        InvalidState
            The guest is off.
        NotSupported
            The driver has no agents (``host.supports("agent")``).
        ReadOnly
            The connection was opened read-only.
        """
        said = self._ask("read the agent of", "guest-info", again=True, timeout=timeout)
        commands = sorted(said["supported_commands"], key=lambda one: one["name"])
        told = [
            AgentCommand(one["name"], one["enabled"], one.get("success-response", True)) for one in commands
        ]
        return AgentInfo(said["version"], Rows(told, AgentCommand, self._about()))

    def os(self, *, timeout: float | None = None) -> GuestOs:
        """Read which operating system the guest runs; what it does not say is None.

        Parameters
        ----------
        timeout
            As for `info`.

        Raises
        ------
        AgentMissing, AgentUnresponsive, InvalidState, NotSupported, ReadOnly
            As for `info`.
        """
        said = self._info("os", timeout)
        return GuestOs(
            **{name: said.get(f"os.{name.replace('_', '-')}") for name in GuestOs.__dataclass_fields__}
        )

    def timezone(self, *, timeout: float | None = None) -> GuestTimezone:
        """Read the guest's time zone.

        Parameters
        ----------
        timeout
            As for `info`.

        Raises
        ------
        AgentMissing, AgentUnresponsive, InvalidState, NotSupported, ReadOnly
            As for `info`.
        """
        said = self._info("timezone", timeout)
        return GuestTimezone(said.get("timezone.name"), int(said["timezone.offset"]))

    def users(self, *, timeout: float | None = None) -> Rows[GuestUser]:
        """Read who is logged in on the guest.

        Parameters
        ----------
        timeout
            As for `info`.

        Returns
        -------
        list of GuestUser
            With ``.frame()``: one row per login.

        Raises
        ------
        AgentMissing, AgentUnresponsive, InvalidState, NotSupported, ReadOnly
            As for `info`.
        """
        found = [
            GuestUser(one["name"], _moment(one.get("login-time")), one.get("domain"))
            for one in _items(self._info("users", timeout), "user")
        ]
        return Rows(found, GuestUser, self._about())

    def disks(self, *, timeout: float | None = None) -> Rows[AgentDisk]:
        """Read the disks and partitions that the guest has, mounted or not.

        Parameters
        ----------
        timeout
            As for `info`.

        Returns
        -------
        list of AgentDisk
            With ``.frame()``: one row per disk or partition.

        Raises
        ------
        AgentMissing, AgentUnresponsive, InvalidState, NotSupported, ReadOnly
            As for `info`.
        """
        found = [
            AgentDisk(
                device=one["name"],
                partition=bool(one["partition"]),
                disk=one.get("alias"),
                guest_alias=one.get("guest_alias"),
                dependencies=tuple(_values(one, "dependency", "name")),
                serial=one.get("serial"),
            )
            for one in _items(self._info("disks", timeout), "disk")
        ]
        return Rows(found, AgentDisk, self._about())

    def interfaces(self, *, timeout: float | None = None) -> Rows[GuestInterface]:
        """Read the guest's network interfaces, with those that no nic stands behind.

        `Domain.addresses` gives the addresses by which others reach it.

        Parameters
        ----------
        timeout
            As for `info`.

        Returns
        -------
        list of GuestInterface
            With ``.frame()``: one row per interface.

        Raises
        ------
        AgentMissing, AgentUnresponsive, InvalidState, NotSupported, ReadOnly
            As for `info`.
        """
        found = [
            GuestInterface(
                one["name"],
                one.get("hwaddr"),
                tuple(f"{each['addr']}/{each['prefix']}" for each in _items(one, "addr") if "addr" in each),
            )
            for one in _items(self._info("interfaces", timeout), "if")
        ]
        return Rows(found, GuestInterface, self._about())

    def filesystems(self, *, timeout: float | None = None) -> Rows[FileSystem]:
        """Read the guest's mounted file systems; `Host.guest_stats` reads those of all guests.

        Parameters
        ----------
        timeout
            As for `info`.

        Returns
        -------
        list of FileSystem
            With ``.frame()``: one row per file system. Sizes are None where the driver gives none.

        Raises
        ------
        AgentMissing, AgentUnresponsive, InvalidState, NotSupported, ReadOnly
            As for `info`.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     [one.mountpoint for one in host.domains["test"].agent.filesystems()]
        ['/', '/boot']
        """
        if self._guest.host.supports("guest_info"):
            found = [
                FileSystem(
                    mountpoint=one["mountpoint"],
                    fstype=one["fstype"],
                    device=one.get("name"),
                    disks=tuple(_values(one, "disk", "alias")),
                    total_bytes=one.get("total-bytes"),
                    used_bytes=one.get("used-bytes"),
                )
                for one in _items(self._info("filesystem", timeout), "fs")
            ]
        else:
            said = self._read("read the file systems of", lambda raw: raw.fsInfo(0), timeout)
            found = [FileSystem(point, kind, name, tuple(disks)) for point, name, kind, disks in said]
        return Rows(sorted(found, key=lambda one: one.mountpoint), FileSystem, self._about())

    def hostname(self, *, timeout: float | None = None) -> str:
        """Read the guest's own host name.

        Parameters
        ----------
        timeout
            As for `info`.

        Raises
        ------
        AgentMissing, AgentUnresponsive, InvalidState, NotSupported, ReadOnly
            As for `info`.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.domains["test"].agent.hostname()
        'testhost'
        """
        return self._read("read the host name of", lambda raw: raw.hostname(0), timeout)

    # --- the clock ------------------------------------------------------------

    def time(self, *, timeout: float | None = None) -> datetime:
        """Read the guest's clock.

        Parameters
        ----------
        timeout
            As for `info`.

        Returns
        -------
        datetime
            In UTC; how far it is off is this minus ``datetime.now(UTC)``, give or take the way back.

        Raises
        ------
        AgentMissing, AgentUnresponsive, InvalidState, NotSupported, ReadOnly
            As for `info`.
        """
        said = self._read("read the time of", lambda raw: raw.getTime(0), timeout)
        return _EPOCH + timedelta(seconds=said["seconds"], microseconds=said["nseconds"] // 1000)

    def set_time(self, when: datetime | Literal["host"], *, timeout: float | None = None) -> None:
        """Set the guest's clock: after it was paused, saved, or migrated slowly, say.

        Parameters
        ----------
        when
            A moment with its time zone; or ``"host"`` to take it from the guest's hardware clock, which the
            host keeps (as its definition's ``<clock>`` says).
        timeout
            As for `info`.

        Raises
        ------
        AgentError
            The guest could not; the message has the agent's words.
        AgentMissing, AgentUnresponsive, InvalidState, NotSupported, ReadOnly
            As for `info`.
        """
        if when == "host":
            sync = flag("VIR_DOMAIN_TIME_SYNC")
            self._do("set the time of", lambda raw: raw.setTime(None, sync), timeout)
            return
        if not isinstance(when, datetime):
            raise TypeError(f"when must be a datetime or 'host', not {when!r}")
        if when.tzinfo is None:
            raise ValueError(f"when must have a time zone, not {when!r}; datetime.now(UTC) has one")
        since = when - _EPOCH
        if since < timedelta(0):
            raise ValueError(f"when must be 1970 or later, not {when!r}")
        whole = since // timedelta(seconds=1)
        wanted = {"seconds": whole, "nseconds": (since - timedelta(seconds=whole)).microseconds * 1000}
        self._do("set the time of", lambda raw: raw.setTime(wanted, 0), timeout)

    # --- trimming ------------------------------------------------------------

    def trim(self, *, minimum_bytes: int = 0, timeout: float | None = None) -> Rows[Trimmed]:
        """Tell the disks of the guest which of their bytes its mounted file systems do not use.

        Parameters
        ----------
        minimum_bytes
            Leave smaller gaps alone, which is quicker.
        timeout
            As for `info`.

        Returns
        -------
        list of Trimmed
            One per file system, with ``.frame()``, also for those that could not (``.error``); none where the
            driver does not say.

        Raises
        ------
        AgentError
            None of them could be trimmed.
        AgentMissing, AgentUnresponsive, InvalidState, NotSupported, ReadOnly
            As for `info`.
        """
        if isinstance(minimum_bytes, bool) or not isinstance(minimum_bytes, int) or minimum_bytes < 0:
            raise ValueError(f"minimum_bytes must be a number of bytes, not {minimum_bytes!r}")
        operation = "trim the file systems of"
        found: list[Trimmed] = []
        if self._guest.host.supports("agent"):
            given = {"minimum": minimum_bytes}
            said = self._ask(operation, "guest-fstrim", given, changes=True, timeout=timeout)
            found = [Trimmed(one["path"], one.get("trimmed"), one.get("error")) for one in said["paths"]]
            if found and all(one.error for one in found):
                raise self._failed(operation, f"none of them could be: {found[0].error}", errors.AgentError)
        else:
            self._do(operation, lambda raw: raw.fSTrim(None, minimum_bytes, 0), timeout)
        return Rows(found, Trimmed, self._about())

    # --- ---------------------------------------------------------------------

    def _info(self, what: str, timeout: float | None) -> Record:
        number = flag(f"VIR_DOMAIN_GUEST_INFO_{what.upper()}")
        return self._read(f"ask the agent for {what} of", lambda raw: raw.guestInfo(number, 0), timeout)


def _items(said: Mapping[str, Any], of: str) -> Iterator[dict[str, Any]]:
    """Give libvirt's ``fs.0.name``, ``fs.1.name`` ... as a mapping each."""
    for number in range(int(said.get(f"{of}.count", 0))):
        before = f"{of}.{number}."
        yield {key.removeprefix(before): value for key, value in said.items() if key.startswith(before)}


def _values(said: Mapping[str, Any], of: str, name: str) -> Iterator[str]:
    return (str(one[name]) for one in _items(said, of) if name in one)


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else _EPOCH + timedelta(milliseconds=milliseconds)
