"""The options of a migration: one table of their types, their defaults and libvirt's names for them."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Annotated, Any, Literal, TypedDict, TypeVar, get_args, get_type_hints

from virtsdk.binding.library import flag
from virtsdk.binding.protocol import Record
from virtsdk.model import Model
from virtsdk.resources.documents import as_document, is_one_line
from virtsdk.units import EiB, MiB

F = TypeVar("F", bound=Callable[..., Any])

CopyStorage = Literal["all", "incremental"]

_LONGEST = 10**9  # seconds; QEMU itself takes up to 2,000
_COPY = {"all": "NON_SHARED_DISK", "incremental": "NON_SHARED_INC"}


@dataclass(frozen=True)
class Option:
    """Facts about an option beside its type.

    Attributes
    ----------
    flag
        Its flag, without VIR_MIGRATE_.
    text, document
        Its typed parameter, for text or for a document.
    default
        Its value where it is left out.
    """

    flag: str | None = None
    text: str | None = None
    document: str | None = None
    default: bool | None = None


class MigrationOptions(TypedDict, total=False):
    """Options of `Domain.migrate`, whose docstring explains each."""

    live: Annotated[bool, Option(flag="LIVE", default=True)]
    persistent: Annotated[bool | None, Option(flag="PERSIST_DEST")]
    undefine_source: Annotated[bool | None, Option(flag="UNDEFINE_SOURCE")]
    paused: Annotated[bool, Option(flag="PAUSED", default=False)]
    offline: Annotated[bool, Option(flag="OFFLINE", default=False)]
    copy_storage: CopyStorage | None
    disks: Iterable[str] | None
    postcopy: Annotated[bool, Option(flag="POSTCOPY", default=False)]
    auto_converge: Annotated[bool, Option(flag="AUTO_CONVERGE", default=False)]
    compressed: Annotated[bool, Option(flag="COMPRESSED", default=False)]
    parallel: int | None
    tunnelled: Annotated[bool, Option(flag="TUNNELLED", default=False)]
    tls: Annotated[bool, Option(flag="TLS", default=False)]
    unsafe: Annotated[bool, Option(flag="UNSAFE", default=False)]
    name: Annotated[str | None, Option(text="destination_name")]
    uri: Annotated[str | None, Option(text="migrate_uri")]
    disks_uri: Annotated[str | None, Option(text="disks_uri")]
    bandwidth: int | None
    max_downtime_seconds: float | None
    definition: Annotated[Model | str | None, Option(document="destination_xml")]
    persistent_definition: Annotated[Model | str | None, Option(document="persistent_xml")]
    timeout: float | None


def _option(hint: object) -> Option:
    return next((one for one in get_args(hint)[1:] if isinstance(one, Option)), Option())


_TABLE: dict[str, Option] = {
    name: _option(hint) for name, hint in get_type_hints(MigrationOptions, include_extras=True).items()
}


def spelled_out(method: F) -> F:
    """Give a method that takes ``**options`` the signature that names each: for help and for Tab."""
    signature = inspect.signature(method)
    given = [one for one in signature.parameters.values() if one.kind is not one.VAR_KEYWORD]
    types = get_type_hints(MigrationOptions)
    named = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=one.default, annotation=types[name])
        for name, one in _TABLE.items()
    ]
    last = [one for one in given if one.kind is one.KEYWORD_ONLY]
    parameters = [*(one for one in given if one not in last), *named, *last]
    setattr(method, "__signature__", signature.replace(parameters=parameters))  # noqa: B010
    return method


def check(options: MigrationOptions, *, peer_to_peer: bool) -> None:
    """Refuse options that are unknown, of a wrong type, or do not go together, before anything is sent.

    Raises
    ------
    TypeError, ValueError
        The message names the option.
    """
    _check_types(options)
    copies = options.get("copy_storage")
    if copies is not None and copies not in _COPY:
        raise ValueError(f"copy_storage must be one of {', '.join(_COPY)}, not {copies!r}")
    if options.get("tunnelled") and not peer_to_peer:
        raise ValueError(
            "tunnelled=True goes from daemon to daemon: give the destination as the URI "
            "by which the source's daemon reaches it, not as a Host"
        )
    if options.get("disks") is not None and copies is None:
        raise ValueError("disks names those that copy_storage copies: give both")
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


def _check_types(options: Mapping[str, Any]) -> None:
    for name, value in options.items():
        if name not in _TABLE:
            near = difflib.get_close_matches(name, _TABLE, n=1)
            raise TypeError(
                f"unknown option {name!r} of migrate; "
                + (f"did you mean {near[0]!r}?" if near else f"known options: {', '.join(_TABLE)}")
            )
        option = _TABLE[name]
        if option.flag is not None and value is not option.default and value not in (True, False):
            raise TypeError(f"{name} must be True or False, not {value!r}")
        if option.text is not None and not isinstance(value, str | None):
            raise TypeError(f"{name} must be text, not {type(value).__name__}")
    renamed = options.get("name")
    if renamed is not None and (not renamed or not is_one_line(renamed)):
        raise ValueError(f"name must be a name without line breaks or the like, not {renamed!r}")
    disks, parallel = options.get("disks"), options.get("parallel")
    if isinstance(disks, str):
        raise TypeError(f"disks must be a list of targets, [{disks!r}], not {disks!r}")
    if parallel is not None and (isinstance(parallel, bool) or not isinstance(parallel, Integral)):
        raise TypeError(f"parallel must be a number of connections, not {parallel!r}")
    if parallel is not None and parallel < 1:
        raise ValueError(f"parallel must be at least 1, not {parallel}")


def _check_offline(options: MigrationOptions) -> None:
    if options.get("persistent") is False:
        raise ValueError("offline=True moves the definition, so it cannot be persistent=False")
    for name in ("copy_storage", "postcopy", "tunnelled", "max_downtime_seconds"):
        if options.get(name):
            raise ValueError(f"offline=True moves the definition alone; {name} is for a guest that runs")


def flags_of(options: MigrationOptions, *, persistent: bool, peer_to_peer: bool) -> int:
    """Return libvirt's flags.

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
    names = [option.flag for name, option in _TABLE.items() if option.flag and chosen.get(name)]
    copies = options.get("copy_storage")
    if copies is not None:
        names.append(_COPY[copies])
    if options.get("parallel") is not None:
        names.append("PARALLEL")
    if peer_to_peer:
        names.append("PEER2PEER")
    return sum(flag(f"VIR_MIGRATE_{name}") for name in names)


def parameters_of(options: MigrationOptions) -> Record:
    """Return libvirt's typed parameters for options that were checked."""
    given: Mapping[str, Any] = options
    found: Record = {}
    for name, option in _TABLE.items():
        value = given.get(name)
        if value is not None and option.text is not None:
            found[option.text] = value
        elif value is not None and option.document is not None:
            found[option.document] = as_document(value)
    bandwidth, parallel, disks = options.get("bandwidth"), options.get("parallel"), options.get("disks")
    if bandwidth is not None:
        found["bandwidth"] = mebibytes(bandwidth)
    if parallel is not None:
        found["parallel.connections"] = int(parallel)
    if disks is not None:
        found["migrate_disks"] = list(disks)
    return found


def mebibytes(bandwidth: int) -> int:
    """Convert bytes per second to libvirt's whole MiB per second, rounded down to stay below the limit.

    Raises
    ------
    TypeError
        It is no whole number of bytes.
    ValueError
        It is less than one (for libvirt 0 is no limit at all), or more than libvirt counts.
    """
    if isinstance(bandwidth, bool) or not isinstance(bandwidth, Integral):
        raise TypeError(f"bandwidth must be bytes per second, MiB(100), not {bandwidth!r}")
    if not MiB(1) <= bandwidth < EiB(8):
        raise ValueError(f"bandwidth must be at least MiB(1) per second, libvirt's unit, not {bandwidth}")
    return int(bandwidth) // MiB(1)


def milliseconds(seconds: float) -> int:
    """Convert seconds to libvirt's milliseconds, at least one.

    Raises
    ------
    TypeError, ValueError
        It is no number, or not above 0.
    """
    if isinstance(seconds, bool) or not isinstance(seconds, Real):
        raise TypeError(f"a downtime must be a number of seconds, not {type(seconds).__name__}")
    if not 0 < seconds < _LONGEST:
        raise ValueError(f"a downtime must be above 0 and below {_LONGEST:g} seconds, not {seconds}")
    return max(1, round(seconds * 1000))
