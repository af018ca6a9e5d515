"""The base of every part of `Tuning`: whose it is, and the way to libvirt's parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from virtsdk.binding.protocol import Record, VirDomain
from virtsdk.resources.domain.part import Part
from virtsdk.resources.domain.tuning import parameters
from virtsdk.resources.domain.tuning.parameters import Parameters
from virtsdk.resources.domain.tuning.values import Whose
from virtsdk.resources.scope import Scope


class Facts(TypedDict):
    """Whose a value is: what every `TuningValue` begins with."""

    host: str
    domain: str
    name: str
    scope: Whose


class TuningPart(Part):
    """A guest's tuning, without its verbs."""

    @property
    def _driver(self) -> str:
        return self._guest.host.driver

    def _facts(self, whose: str) -> Facts:
        return {
            "host": self._guest.host.name,
            "domain": self._guest.key,
            "name": self._guest.name,
            "scope": "persistent" if whose == "persistent" else "live",
        }

    def _parameters(self, group: Parameters, scope: Scope, timeout: float | None) -> tuple[Record, Facts]:
        record, whose = parameters.read(self._call, self._driver, group, scope, timeout)
        return record, self._facts(whose)

    def _set(self, group: Parameters, wanted: Mapping[str, Any], scope: Scope, timeout: float | None) -> None:
        parameters.change(self._call, self._driver, group, wanted, scope, timeout)

    def _whose(self, raw: VirDomain, scope: Scope) -> Whose:
        return "persistent" if scope == "persistent" or not raw.isActive() else "live"
