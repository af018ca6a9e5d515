"""Bulk figures: one call for many domains."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from virtsdk.binding.library import constants, flag
from virtsdk.binding.protocol import Record, VirConnect, VirDomain

_log = logging.getLogger(__name__)

_ALIASES = {"cpu": "cpu-total", "net": "interface", "nic": "interface", "disk": "block"}
_STATES = ("active", "inactive", "persistent", "transient", "running", "paused", "shutoff", "other")


@dataclass(frozen=True)
class RecordOptions:
    """Options of a bulk call; see `Host.stats_records`."""

    states: tuple[str, ...] = ()
    enforce: bool = False
    nowait: bool = False
    backing: bool = False
    runs: bool = False

    def __post_init__(self) -> None:
        for state in self.states:
            if state not in _STATES:
                raise ValueError(f"unknown state {state!r}; known are {', '.join(_STATES)}")

    def flags(self) -> int:
        """Give libvirt's flags of the bulk call."""
        prefix = "VIR_CONNECT_GET_ALL_DOMAINS_STATS_"
        flags = sum(flag(f"{prefix}{state.upper()}") for state in set(self.states))
        for wanted, name in (
            (self.enforce, "ENFORCE_STATS"),
            (self.nowait, "NOWAIT"),
            (self.backing, "BACKING"),
        ):
            flags |= flag(f"{prefix}{name}") if wanted else 0
        return flags

    def list_flags(self) -> int:
        """Give libvirt's flags for a list of the same domains."""
        return sum(flag(f"VIR_CONNECT_LIST_DOMAINS_{state.upper()}") for state in set(self.states))


def read_records(
    conn: VirConnect,
    groups: Iterable[str] | None,
    domains: Sequence[VirDomain] | None,
    options: RecordOptions,
) -> list[tuple[str, str, dict[str, object]]]:
    """Make libvirt's bulk call; see `Host.stats_records`."""
    mask, flags = group_mask(groups), options.flags()
    if domains is not None and not domains:
        return []
    try:
        if domains is None:
            records = conn.getAllDomainStats(mask, flags)
        else:
            records = conn.domainListGetStats(domains, mask, flags)
    except UnicodeDecodeError:  # a path of one of them, that of an image's backing file above all
        chosen = conn.listAllDomains(options.list_flags()) if domains is None else domains
        records = [_readable(conn, raw, mask, flags) for raw in chosen]
    return [(raw.UUIDString(), raw.name(), _of_run(record, raw.ID(), options)) for raw, record in records]


def _readable(conn: VirConnect, raw: VirDomain, mask: int, flags: int) -> tuple[VirDomain, Record]:
    """Read the figures of one domain, as far as they are UTF-8: all, or those of no images, or its state."""
    plain = flags & ~flag("VIR_CONNECT_GET_ALL_DOMAINS_STATS_BACKING")
    for wanted, options in ((mask, flags), (mask, plain), (flag("VIR_DOMAIN_STATS_STATE"), 0)):
        try:
            found = conn.domainListGetStats([raw], wanted, options)
            return found[0] if found else (raw, {})
        except UnicodeDecodeError as error:
            _log.info("figures of domain %r are not all UTF-8: %r", raw.name(), error.object[:200])
    return raw, {}


def _of_run(record: Record, run: int, options: RecordOptions) -> Record:
    """Add the number of a run; without one leave out the CPU time, which is that of libvirt 9 itself."""
    if run < 0:
        return {key: value for key, value in record.items() if not key.startswith("cpu.")}
    return {**record, "domain.id": run} if options.runs else record


def group_mask(groups: Iterable[str] | None) -> int:
    """Give libvirt's bits for names of groups; 0, for all that the driver has, for None.

    Raises
    ------
    ValueError
        This libvirt has no such group.
    """
    known = group_names()
    return 0 if groups is None else sum(known[word] for word in group_words(groups))


def group_words(groups: Iterable[str]) -> set[str]:
    """Give libvirt's words for names of groups.

    Raises
    ------
    ValueError
        This libvirt has no such group.
    """
    if isinstance(groups, str | bytes) or not isinstance(groups, Iterable):  # pyright: ignore
        raise TypeError(f"groups must be a list of names, [{groups!r}], not {groups!r}")
    known = group_names()
    words: set[str] = set()
    for group in groups:
        name = str(group).lower().replace("_", "-")
        name = _ALIASES.get(name, name)
        if name not in known:
            raise ValueError(f"unknown group {group!r}; this libvirt has {', '.join(known)}")
        words.add(name)
    return words


def group_names() -> dict[str, int]:
    """Give the groups that this libvirt has, with their bits."""
    # the same prefix holds the names of single keys in newer versions: those are texts and not numbers
    return constants("VIR_DOMAIN_STATS_")
