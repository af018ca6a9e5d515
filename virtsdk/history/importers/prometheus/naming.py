"""Names of hosts and domains, as the labels of series tell them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from virtsdk.errors import RecordingError
from virtsdk.history.importers.notes import Notes
from virtsdk.history.importers.prometheus.answers import Raw
from virtsdk.history.importers.prometheus.presets import FAMILIES, Rule, family_of

_PORT = re.compile(r"(?:\[(?P<six>[^\]]*)\]|(?P<name>[^:/]*)):\d+")


@dataclass(frozen=True, slots=True)
class Naming:
    """How hosts and domains are named.

    Attributes
    ----------
    labels
        Which label is meant by ``host``, ``domain``, ``uuid`` and parts, where it is not the exporter's.
    host
        The host of series that do not name theirs.
    hosts
        Names by what the label says, with or without its port.
    ports
        Keep the port of ``instance``.
    """

    labels: Mapping[str, str]
    host: str | None
    hosts: Mapping[str, str]
    ports: bool


class Hosts:
    """The names of hosts and domains of a source."""

    def __init__(self, series: list[Raw], naming: Naming, notes: Notes) -> None:
        self.naming = naming
        self._notes = notes
        self._nodes = {
            key: one.labels["nodename"]
            for one in series
            if one.labels.get("__name__") == "node_uname_info" and one.labels.get("nodename")
            for key in (one.labels.get("instance", ""), without_port(one.labels.get("instance", "")))
        }
        self._ports = naming.ports or self._clash(series)

    def _clash(self, series: list[Raw]) -> bool:
        """Tell whether two instances of one machine give the same figures: then they are two hosts."""
        ranges: dict[tuple[Any, ...], list[tuple[int, int, str]]] = {}
        for one in series:
            label = self._label(one.labels.get("__name__", ""))
            instance = one.labels.get(label, "")
            if without_port(instance) != instance and one.labels.get("__name__", "").startswith(FAMILIES):
                rest = tuple(
                    sorted((key, value) for key, value in one.labels.items() if key not in (label, "job"))
                )
                span = (int(one.times.min()), int(one.times.max()), instance)
                ranges.setdefault((without_port(instance), *rest), []).append(span)
        for (host, *_), spans in ranges.items():
            spans.sort()
            for before, after in pairwise(spans):
                if before[2] != after[2] and after[0] <= before[1]:
                    self._notes.add(
                        f"{before[2]} and {after[2]} give the same figures at the same time: hosts keep "
                        "their ports in their names",
                        host=host,
                    )
                    return True
        return False

    def _label(self, metric: str) -> str:
        return self.naming.labels.get("host") or family_of(metric).host

    def of(self, one: Raw, origin: str, source: str) -> str:
        """Return the host of a series."""
        label = self._label(one.labels.get("__name__", ""))
        value = one.labels.get("instance" if label == "nodename" else label)
        if not value:
            if self.naming.host:
                return self.naming.host
            raise RecordingError(
                f"{source}: {origin} has no label {label!r} that tells its host: give "
                "labels={'host': LABEL}, or host=NAME where all is of one host"
            )
        short = value if self._ports else without_port(value)
        if label == "nodename":
            short = self._nodes.get(value, self._nodes.get(without_port(value), short))
        hosts = self.naming.hosts
        return hosts.get(value, hosts.get(short, short))

    def domain_labels(self, metric: str) -> str:
        """Return the labels that name a domain."""
        own = self.naming.labels.get("domain")
        return own or ", ".join(family_of(metric).domain)

    def domain(self, one: Raw, metric: str, rule: Rule) -> tuple[str | None, str]:
        """Return the name and UUID of the domain or pool; none of the host's own."""
        if rule.frame == "storage.pools":
            label = rule.part[0] if rule.part else "name"
            return one.labels.get(label), one.labels.get("storage_pool", "") if label == "name" else ""
        if rule.frame.startswith("node."):
            return "", ""
        family = family_of(metric)
        labels = (self.naming.labels["domain"],) if "domain" in self.naming.labels else family.domain
        words = [one.labels.get(label, "") for label in labels]
        if not words[-1]:
            return None, ""
        return "/".join(word for word in words if word), one.labels.get(
            self.naming.labels.get("uuid", family.uuid), ""
        )


def without_port(instance: str) -> str:
    """Leave the port of an address away.

    Examples
    --------
    >>> without_port("kvm7:9177"), without_port("[fe80::7]:9177"), without_port("kvm7")
    ('kvm7', 'fe80::7', 'kvm7')
    """
    match = _PORT.fullmatch(instance)
    return instance if match is None else match["six"] or match["name"] or instance
