"""What an agent tells of its guest, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import ClassVar

from virtsdk.display import html, text
from virtsdk.resources.domain.rows import Line


@dataclass(frozen=True)
class AgentCommand(Line):
    """A command of a guest's agent.

    Attributes
    ----------
    command
        Its name.
    enabled
        The agent's configuration, and the moment, allow it: while file systems are frozen most are not.
    answers
        It says when it is done; a shutdown does not.
    """

    columns: ClassVar[Mapping[str, str]] = {"command": "str", "enabled": "bool", "answers": "bool"}

    command: str
    enabled: bool
    answers: bool


@dataclass(frozen=True)
class FileSystem(Line):
    """A mounted file system of a guest, in the guest's own figures.

    Attributes
    ----------
    mountpoint, fstype
        Where it is mounted, and its kind.
    device
        The guest's name of the device that it is on.
    disks
        Targets of the guest's disks that it is on, as its definition calls them.
    total_bytes, used_bytes
        None where the agent does not say.
    """

    columns: ClassVar[Mapping[str, str]] = {
        "mountpoint": "str",
        "fstype": "str",
        "device": "str",
        "disk": "str",
        "total_bytes": "Int64",
        "used_bytes": "Int64",
    }

    mountpoint: str
    fstype: str
    device: str | None
    disks: tuple[str, ...]
    total_bytes: int | None = None
    used_bytes: int | None = None

    @property
    def disk(self) -> str | None:
        """The first of `disks`; None where there is none."""
        return next(iter(self.disks), None)


@dataclass(frozen=True)
class AgentDisk(Line):
    """A disk, or a partition of one, as a guest has it.

    Attributes
    ----------
    device
        The guest's name: ``"/dev/vda1"``.
    partition
        It is a part of another.
    disk
        The disk's target in the guest's definition, where libvirt finds it.
    guest_alias
        Another name that the guest has for it, of a device mapper say.
    dependencies
        Devices that it is made of.
    serial
        Its serial number.
    """

    columns: ClassVar[Mapping[str, str]] = {
        "device": "str",
        "partition": "bool",
        "disk": "str",
        "guest_alias": "str",
        "serial": "str",
    }

    device: str
    partition: bool
    disk: str | None
    guest_alias: str | None = None
    dependencies: tuple[str, ...] = ()
    serial: str | None = None


@dataclass(frozen=True)
class GuestUser(Line):
    """A person who is logged in on a guest.

    Attributes
    ----------
    user
        The name.
    logged_in
        Since when.
    user_domain
        Of Windows.
    """

    columns: ClassVar[Mapping[str, str]] = {
        "user": "str",
        "user_domain": "str",
        "logged_in": "datetime64[ms, UTC]",
    }

    user: str
    logged_in: datetime | None
    user_domain: str | None = None


@dataclass(frozen=True)
class GuestInterface(Line):
    """A network interface, as a guest has it.

    Attributes
    ----------
    interface
        The guest's name: ``"eth0"``.
    mac
        None where it has none.
    addresses
        With their prefixes: ``("10.0.0.7/24",)``; the loopback's, too.
    """

    columns: ClassVar[Mapping[str, str]] = {"interface": "str", "mac": "str", "addresses": "str"}

    interface: str
    mac: str | None
    addresses: tuple[str, ...]

    def row(self) -> dict[str, object]:
        """Give its values by column; the addresses as one text."""
        return super().row() | {"addresses": ", ".join(self.addresses)}


@dataclass(frozen=True)
class Trimmed(Line):
    """What trimming a file system gave back.

    Attributes
    ----------
    mountpoint
        The file system.
    trimmed_bytes
        Unused bytes that its disk was told of; None where that failed.
    error
        Why it failed, in the agent's words.
    """

    columns: ClassVar[Mapping[str, str]] = {"mountpoint": "str", "trimmed_bytes": "Int64", "error": "str"}

    mountpoint: str
    trimmed_bytes: int | None
    error: str | None = None


class _Told:
    """A value whose page is its attributes, below a title."""

    _title: ClassVar[str]

    def to_dict(self) -> dict[str, object]:
        """Give plain values: the attributes."""
        return asdict(self)  # type: ignore[call-overload]  # pyright: ignore

    def _repr_html_(self) -> str:
        known = {name: value for name, value in self.to_dict().items() if value is not None}
        return html.view(
            html.heading(self._title),
            html.outline({text.label(name): text.said(name, value) for name, value in known.items()}),
        )


@dataclass(frozen=True)
class GuestOs(_Told):
    """The operating system of a guest, in its own words; None where it does not say.

    Attributes
    ----------
    id, name, pretty_name, version, version_id, variant, variant_id
        As of ``/etc/os-release``; ``id`` is ``"mswindows"`` on Windows.
    kernel_release, kernel_version, machine
        As of ``uname``.
    """

    _title = "operating system of a guest"

    id: str | None = None
    name: str | None = None
    pretty_name: str | None = None
    version: str | None = None
    version_id: str | None = None
    variant: str | None = None
    variant_id: str | None = None
    kernel_release: str | None = None
    kernel_version: str | None = None
    machine: str | None = None

    def __repr__(self) -> str:
        name = self.pretty_name or self.name or self.id or "of no name"
        kernel = "" if self.kernel_release is None else f", kernel {self.kernel_release}"
        return text.printable(f"<GuestOs {name}{kernel}>")


@dataclass(frozen=True)
class GuestTimezone(_Told):
    """The time zone of a guest.

    Attributes
    ----------
    zone
        Its abbreviation: ``"CET"``; None where the guest does not say.
    offset_seconds
        East of UTC; less than 0 west of it.
    """

    _title = "time zone of a guest"

    zone: str | None
    offset_seconds: int

    def __repr__(self) -> str:
        hours, minutes = divmod(abs(self.offset_seconds) // 60, 60)
        offset = f"UTC{'-' if self.offset_seconds < 0 else '+'}{hours:02}:{minutes:02}"
        return text.printable(f"<GuestTimezone {self.zone + ', ' if self.zone else ''}{offset}>")


@dataclass(frozen=True)
class AgentResult(_Told):
    """What became of a program in a guest; its repr shows none of what the program printed.

    Attributes
    ----------
    exit_code
        0 for success; 128 + N where signal N ended it.
    stdout, stderr
        What it printed, as bytes.
    truncated
        It printed more than was kept, on either.
    """

    _title = "program in a guest"

    exit_code: int
    stdout: bytes = field(repr=False)
    stderr: bytes = field(repr=False)
    truncated: bool = False

    @property
    def text(self) -> str:
        """`stdout` as text; what is not UTF-8 becomes ``�``."""
        return self.stdout.decode("utf-8", "replace")

    def __bool__(self) -> bool:
        """True for success."""
        return self.exit_code == 0

    def __repr__(self) -> str:
        more = ", truncated" if self.truncated else ""
        sizes = f"{len(self.stdout)} bytes of output, {len(self.stderr)} of errors{more}"
        return f"<AgentResult exit code {self.exit_code}, {sizes}>"

    def _repr_html_(self) -> str:
        sizes = {"stdout": f"{len(self.stdout)} bytes", "stderr": f"{len(self.stderr)} bytes"}
        facts = {"exit code": self.exit_code, **sizes, "truncated": self.truncated}
        return html.view(html.heading(self._title), html.outline(facts))
