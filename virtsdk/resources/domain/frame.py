"""All guests of a host as a frame: what was listed of each, and what lists and one bulk call say of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirConnect
from virtsdk.resources.base import raw_of
from virtsdk.resources.domain import Domain
from virtsdk.resources.domain.values import reason_in_words

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.resources.host import Host

_COLUMNS = {
    "host": "str",
    "domain": "str",
    "name": "str",
    "state": "str",
    "state_reason": "str",
    "run_id": "Int64",
    "vcpus": "Int64",
    "memory_bytes": "Int64",
    "memory_current_bytes": "Int64",
    "persistent": "boolean",
    "autostart": "boolean",
}


def domains_frame(
    host: Host, items: Sequence[Domain], subject: str, *, placement: bool = False
) -> pd.DataFrame:
    """Make the frame of domains that were just listed; see ``host.domains.frame()``."""
    import pandas as pd

    seen = {item: glance for item in items if (glance := item.last_seen) is not None}
    active = {item.uuid: glance.state.is_active for item, glance in seen.items()}

    def read(conn: VirConnect) -> tuple[dict[str, tuple[bool, bool]], dict[str, str]]:
        return _persistence(conn, active), _reasons(host, conn, list(seen))

    persistence, reasons = host.session.call("list the", subject, read)
    rows: list[dict[str, Any]] = [
        {
            "host": host.name,
            "domain": item.uuid,
            "name": item.name,
            "state": glance.state.value,
            "state_reason": reasons.get(item.uuid),
            "run_id": glance.run_id,
            "vcpus": glance.vcpus,
            "memory_bytes": glance.memory_bytes,
            "memory_current_bytes": glance.memory_current_bytes,
            "persistent": persistence[item.uuid][0],
            "autostart": persistence[item.uuid][1],
        }
        for item, glance in seen.items()
    ]
    types = dict(_COLUMNS)
    if placement:
        types |= _add_placement(host, rows, subject)
    return pd.DataFrame(rows, columns=pd.Index(list(types))).astype(types)


def no_domains(*, placement: bool = False) -> pd.DataFrame:
    """Make the frame of no domains, with its columns and their types."""
    import pandas as pd

    from virtsdk.resources.domain.placement import COLUMNS

    types = {**_COLUMNS, **(COLUMNS if placement else {})}
    return pd.DataFrame([], columns=pd.Index(list(types))).astype(types)


def _add_placement(host: Host, rows: list[dict[str, Any]], subject: str) -> dict[str, str]:
    """Add the columns about placement to rows; return their types."""
    from virtsdk.resources.domain.placement import COLUMNS, read_placement

    memory = {row["domain"]: row["memory_bytes"] for row in rows}
    found = host.session.call(
        "read the definitions of the", subject, lambda conn: read_placement(host.session, conn, memory)
    )
    for row in rows:
        row.update(found.get(row["domain"], dict.fromkeys(COLUMNS)))
    return COLUMNS


def _reasons(host: Host, conn: VirConnect, items: Sequence[Domain]) -> dict[str, str]:
    """Read by UUID how domains came into their states: in one call where the driver has a bulk form."""
    if host.supports("bulk_stats"):
        records = conn.getAllDomainStats(flag("VIR_DOMAIN_STATS_STATE"), 0)
        said = [(raw, record.get("state.state", 0), record.get("state.reason", 0)) for raw, record in records]
        return {raw.UUIDString(): reason_in_words(state, reason) for raw, state, reason in said}
    found: dict[str, str] = {}
    for item in items:
        with (
            suppress(errors.DomainNotFound),  # gone meanwhile
            host.session.translated(conn, "read the state of", item.subject),
        ):
            found[item.uuid] = reason_in_words(*raw_of(item, conn).state(0))
    return found


def _persistence(conn: VirConnect, active: Mapping[str, bool]) -> dict[str, tuple[bool, bool]]:
    """Read (persistent, autostart) by UUID; what is off is persistent; transient means no autostart."""
    plain = _uuids(conn, "PERSISTENT", "NO_AUTOSTART")
    rest = active.keys() - plain
    transient = _uuids(conn, "TRANSIENT") if any(active[uuid] for uuid in rest) else set[str]()
    return {uuid: (uuid not in transient, uuid in rest and uuid not in transient) for uuid in active}


def _uuids(conn: VirConnect, *filters: str) -> set[str]:
    flags = sum(flag(f"VIR_CONNECT_LIST_DOMAINS_{one}") for one in filters)
    return {raw.UUIDString() for raw in conn.listAllDomains(flags)}
