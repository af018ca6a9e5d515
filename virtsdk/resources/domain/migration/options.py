"""The options of a migration, and libvirt's flags and parameters for them."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Real
from typing import TYPE_CHECKING, Literal, TypedDict

from virtsdk.binding.library import flag
from virtsdk.binding.protocol import Record
from virtsdk.resources.documents import as_document
from virtsdk.units import EiB, MiB

if TYPE_CHECKING:
    from virtsdk.model import Model

CopyStorage = Literal["all", "incremental"]

_FLAGS = {
    "live": "LIVE",
    "persistent": "PERSIST_DEST",
    "undefine_source": "UNDEFINE_SOURCE",
    "paused": "PAUSED",
    "offline": "OFFLINE",
    "postcopy": "POSTCOPY",
    "auto_converge": "AUTO_CONVERGE",
    "compressed": "COMPRESSED",
    "tunnelled": "TUNNELLED",
    "tls": "TLS",
    "unsafe": "UNSAFE",
}
_LONGEST = 10**9  # seconds; QEMU itself takes up to 2,000
_COPY = {"all": "NON_SHARED_DISK", "incremental": "NON_SHARED_INC"}
_TEXTS = {"name": "destination_name", "uri": "migrate_uri", "disks_uri": "disks_uri"}
_DOCUMENTS = {"definition": "destination_xml", "persistent_definition": "persistent_xml"}


class MigrationOptions(TypedDict, total=False):
    """What `Domain.migrate` takes beside the destination; its docstring says what they mean."""

    live: bool
    persistent: bool | None
    undefine_source: bool | None
    paused: bool
    offline: bool
    copy_storage: CopyStorage | None
    disks: Iterable[str] | None
    postcopy: bool
    auto_converge: bool
    compressed: bool
    parallel: int | None
    tunnelled: bool
    tls: bool
    unsafe: bool
    name: str | None
    uri: str | None
    disks_uri: str | None
    bandwidth: int | None
    max_downtime_seconds: float | None
    definition: Model | str | None
    persistent_definition: Model | str | None
    timeout: float | None


def check(options: MigrationOptions, *, peer_to_peer: bool) -> None:
    """Refuse what makes no sense, before anything is sent.

    Raises
    ------
    TypeError, ValueError
        The message says what does not go with what.
    """
    for option in _TEXTS:
        value = options.get(option)
        if value is not None and not isinstance(value, str):
            raise TypeError(f"{option} is text, not {type(value).__name__}")
    copies = options.get("copy_storage")
    if copies is not None and copies not in _COPY:
        raise ValueError(f"unknown copy_storage {copies!r}; there is {', '.join(_COPY)}")
    if options.get("tunnelled") and not peer_to_peer:
        raise ValueError(
            "tunnelled=True goes from daemon to daemon: give the destination as the URI "
            "by which the source's daemon reaches it, not as a Host"
        )
    if options.get("disks") is not None and copies is None:
        raise ValueError("disks says which ones copy_storage copies: give both")
    if isinstance(options.get("disks"), str):
        raise TypeError("disks takes a list of targets: ['vda']")
    parallel = options.get("parallel")
    if parallel is not None and parallel < 1:
        raise ValueError(f"parallel={parallel} connections make no sense")
    if options.get("offline"):
        _check_offline(options)
    elif options.get("undefine_source") and options.get("persistent") is False:
        raise ValueError(
            "undefine_source=True with persistent=False would leave no definition anywhere; "
            "to mean that, undefine the domain at its source first"
        )
    bandwidth = options.get("bandwidth")
    if bandwidth is not None:
        mebibytes(bandwidth)
    downtime = options.get("max_downtime_seconds")
    if downtime is not None:
        milliseconds(downtime)


def _check_offline(options: MigrationOptions) -> None:
    if options.get("persistent") is False:
        raise ValueError("offline=True moves the definition, so it cannot be persistent=False")
    for name in ("copy_storage", "postcopy", "tunnelled", "max_downtime_seconds"):
        if options.get(name):
            raise ValueError(f"offline=True moves the definition alone; {name} is for a guest that runs")


def flags_of(options: MigrationOptions, *, persistent: bool, peer_to_peer: bool) -> int:
    """Give libvirt's flags.

    Parameters
    ----------
    options
        As they were given, and checked.
    persistent
        Whether the domain is persistent at its source: what ``persistent=None`` stands for.
    peer_to_peer
        The source's daemon does it, not this process.
    """
    chosen: dict[str, object] = {**options}
    offline = bool(options.get("offline"))
    wanted = options.get("persistent")
    chosen["persistent"] = offline or (persistent if wanted is None else wanted)
    if options.get("undefine_source") is None:
        chosen["undefine_source"] = persistent and chosen["persistent"]
    chosen["live"] = options.get("live", True) and not offline
    names = [name for option, name in _FLAGS.items() if chosen.get(option)]
    copies = options.get("copy_storage")
    if copies is not None:
        names.append(_COPY[copies])
    if options.get("parallel") is not None:
        names.append("PARALLEL")
    if peer_to_peer:
        names.append("PEER2PEER")
    return sum(flag(f"VIR_MIGRATE_{name}") for name in names)


def parameters_of(options: MigrationOptions) -> Record:
    """Give libvirt's typed parameters, which `check` has seen."""
    found: Record = {}
    for option, name in _TEXTS.items():
        value = options.get(option)
        if value is not None:
            found[name] = value
    for option, name in _DOCUMENTS.items():
        document = options.get(option)
        if document is not None:
            found[name] = as_document(document)
    bandwidth, parallel, disks = options.get("bandwidth"), options.get("parallel"), options.get("disks")
    if bandwidth is not None:
        found["bandwidth"] = mebibytes(bandwidth)
    if parallel is not None:
        found["parallel.connections"] = parallel
    if disks is not None:
        found["migrate_disks"] = list(disks)
    return found


def mebibytes(bandwidth: int) -> int:
    """Give bytes a second in libvirt's whole MiB a second, rounded down to stay below what is asked for.

    Raises
    ------
    TypeError
        It is no whole number of bytes.
    ValueError
        It is less than one (for libvirt 0 is no limit at all), or more than libvirt counts.
    """
    if isinstance(bandwidth, bool) or not isinstance(bandwidth, int):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"bandwidth is bytes a second, MiB(100), not {bandwidth!r}")
    if not MiB(1) <= bandwidth < EiB(8):
        raise ValueError(f"libvirt limits bandwidth in whole MiB a second, from one: not {bandwidth} bytes")
    return bandwidth // MiB(1)


def milliseconds(seconds: float) -> int:
    """Give seconds in libvirt's milliseconds, at least one.

    Raises
    ------
    TypeError, ValueError
        It is no number, or not above 0.
    """
    if isinstance(seconds, bool) or not isinstance(seconds, Real):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"a downtime is a number of seconds, not {type(seconds).__name__}")
    if not 0 < seconds < _LONGEST:
        raise ValueError(f"a downtime of {seconds} seconds makes no sense")
    return max(1, round(seconds * 1000))
