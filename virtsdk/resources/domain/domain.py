"""A guest: `Domain`, the live handle."""

from __future__ import annotations

from virtsdk.display import html, text
from virtsdk.resources.domain.console.verbs import ConsoleVerbs
from virtsdk.resources.domain.job import JobVerbs
from virtsdk.resources.domain.lifecycle import LifecycleVerbs
from virtsdk.resources.domain.migration.verbs import MigrationVerbs
from virtsdk.resources.domain.saving import SavingVerbs
from virtsdk.resources.domain.waiting import WaitingVerbs


class Domain(LifecycleVerbs, WaitingVerbs, JobVerbs, SavingVerbs, MigrationVerbs, ConsoleVerbs):
    """A live handle on a guest.

    `state` and the other properties ask the host; the repr shows what was last read.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.connect("test:///default") as host:
    ...     guest = host.domains["test"]
    ...     guest.state.value, guest.is_active
    ('running', True)
    """

    def __repr__(self) -> str:
        glance = self._glance
        if glance is None:
            return f"<Domain {text.printable(self._name)}>"
        parts = [text.printable(self._name), glance.state.value]
        if glance.vcpus is not None:
            parts.append(f"{glance.vcpus} vCPU")
        if glance.memory_bytes is not None:
            parts.append(text.size(glance.memory_bytes))
        return f"<Domain {' '.join(parts)}>"

    def _repr_html_(self) -> str:
        glance = self._glance
        if glance is None:
            return html.view(
                html.heading(self._name), html.outline({"host": self._host.name, "UUID": self.key})
            )
        return html.view(
            html.heading(self._name, f"{glance.state.value}, read {glance.time:%H:%M:%S} UTC"),
            html.outline(
                {
                    "vCPUs": glance.vcpus,
                    "memory": text.size(glance.memory_bytes),
                    "host": self._host.name,
                    "UUID": self.key,
                }
            ),
        )
