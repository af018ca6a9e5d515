"""The tab of the guests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from virtsdk.errors import DomainNotFound
from virtsdk.tables.columns import COLUMNS
from virtsdk.tables.kinds.kind import Kind, Within
from virtsdk.tables.rows import LABELS, rows_of
from virtsdk.tables.verbs import VERBS
from virtsdk.words import DOMAIN_STATES

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.resources.domain import Domain
    from virtsdk.resources.host import Host
    from virtsdk.tables.source import Source


def _read(source: Source, _within: Within | None) -> pd.DataFrame:
    return source.host.domains.frame()


def _handle(host: Host, uuid: str, _within: Within | None) -> Domain:
    return host.domains[uuid]


GUESTS = Kind(
    tab="guests",
    noun="domain",
    columns=COLUMNS,
    key="domain",
    read=_read,
    beat=5.0,
    follows=("domain",),
    missing=DomainNotFound,
    verbs=VERBS,
    collection="domains",
    handle=_handle,
    states=DOMAIN_STATES,
    labels=LABELS,
    written=rows_of,
)
