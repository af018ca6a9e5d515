"""On which CPUs of the host each vCPU may run, from definitions: ``host.domains.vcpus_frame()``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from virtsdk.models.domain import DomainDef
from virtsdk.resources.figures.facts import read_definitions

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.resources.domain import Domain
    from virtsdk.resources.host import Host

_COLUMNS: Final = {"host": "str", "domain": "str", "name": "str", "vcpu": "Int64", "cpus": "str"}


def vcpus_of(definition: DomainDef) -> list[tuple[int, str | None]]:
    """Return each vCPU that is online, and the CPUs that it may use in libvirt's words; None for any.

    Parameters
    ----------
    definition
        Of a domain: its live one tells what holds now.

    Examples
    --------
    >>> from virtsdk import xml
    >>> guest = xml.parse("<domain><vcpu cpuset='0-3'>2</vcpu><cputune>"
    ...                   "<vcpupin vcpu='1' cpuset='2'/></cputune></domain>", DomainDef)
    >>> vcpus_of(guest)
    [(0, '0-3'), (1, '2')]
    """
    vcpu, tune = definition.vcpu, definition.cputune
    number = 1 if vcpu is None or vcpu.value is None else int(vcpu.value)
    online = list(range(number if vcpu is None or vcpu.current is None else int(vcpu.current)))
    if definition.vcpus is not None:
        online = [
            int(one.id) for one in definition.vcpus.vcpus if one.enabled == "yes" and one.id is not None
        ]
    whole = None if vcpu is None else vcpu.cpuset
    pins: dict[Any, str | None] = {one.vcpu: one.cpuset for one in tune.vcpupins} if tune else {}
    return [(one, pins.get(one) or whole or None) for one in online]


def vcpus_frame(host: Host, items: Iterable[Domain], subject: str) -> pd.DataFrame:
    """Make the frame of domains that were just listed; see ``host.domains.vcpus_frame()``."""
    import pandas as pd

    from virtsdk import xml

    names = {item.uuid: item.name for item in items}
    texts = host.session.call(
        "read the definitions of the", subject, lambda conn: read_definitions(conn, names)
    )
    rows = [
        (host.name, uuid, names[uuid], number, cpus)
        for uuid, text in texts.items()
        for number, cpus in vcpus_of(xml.parse(text, DomainDef))
    ]
    return pd.DataFrame(rows, columns=pd.Index(list(_COLUMNS))).astype(_COLUMNS)
