"""A guest: `Domain`, the live handle."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from virtsdk.display import html, text
from virtsdk.resources.domain.agent.agent import AgentVerbs
from virtsdk.resources.domain.console.verbs import ConsoleVerbs
from virtsdk.resources.domain.console.ways_in import WaysIn
from virtsdk.resources.domain.devices.verbs import DeviceVerbs
from virtsdk.resources.domain.dirty_rate import DirtyRateVerbs
from virtsdk.resources.domain.hypervisor.verbs import HypervisorVerbs
from virtsdk.resources.domain.input.verbs import InputVerbs
from virtsdk.resources.domain.lifecycle import LifecycleVerbs
from virtsdk.resources.domain.long import LongVerbs
from virtsdk.resources.domain.migration.limits import MigrationLimitVerbs
from virtsdk.resources.domain.migration.verbs import MigrationVerbs
from virtsdk.resources.domain.saving import SavingVerbs
from virtsdk.resources.domain.settings.saved import SavedDefinitionVerbs
from virtsdk.resources.domain.settings.verbs import SettingVerbs
from virtsdk.resources.domain.snapshots.verbs import SnapshotVerbs
from virtsdk.resources.domain.tuning.memory import MemoryVerbs
from virtsdk.resources.domain.tuning.tuning import TuningVerbs
from virtsdk.resources.domain.tuning.vcpus import VcpuVerbs
from virtsdk.resources.sight import Look, Shown

if TYPE_CHECKING:
    from virtsdk.stats.change.spacing import Interval
    from virtsdk.widgets.timeline import Timeline


class Domain(
    LifecycleVerbs,
    InputVerbs,
    SettingVerbs,
    SavedDefinitionVerbs,
    HypervisorVerbs,
    DirtyRateVerbs,
    SavingVerbs,
    MigrationVerbs,
    MigrationLimitVerbs,
    ConsoleVerbs,
    DeviceVerbs,
    SnapshotVerbs,
    WaysIn,
    AgentVerbs,
    MemoryVerbs,
    VcpuVerbs,
    TuningVerbs,
    LongVerbs,  # behind all that are made with it
    Shown,
):
    """A live handle on a guest.

    `state` and the other properties ask the host, and so does showing it in a notebook, for 2 s at most;
    ``repr()`` is what was last read.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.connect("test:///default") as host:
    ...     guest = host.domains["test"]
    ...     guest.state.value, guest.is_active
    ('running', True)
    """

    def live(self, *, every: float = 2.0, keep: Interval = "1h") -> Timeline:
        """Show its figures over time, as they come (extra ``[widgets]``).

        `Host.live` with this guest alone; its host's other guests can be laid beside it
        (`Timeline.neighbours`): who takes whose CPU.

        Parameters
        ----------
        every, keep
            As of `Host.live`.

        Returns
        -------
        Timeline
            A widget that shows itself.

        Raises
        ------
        MissingDependency
            The extra is not installed; the message says what to install.
        VirtError
            The figures could not be read.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host, host.domains["test"].live() as view:
        ...     print(view)
        <Timeline ...: test>
        """
        from virtsdk.widgets.timeline import guest_view

        return guest_view(self, every=every, keep=keep)

    @property
    def _read_at(self) -> datetime | None:
        return None if self._glance is None else self._glance.time

    @property
    def _reading(self) -> str:
        return f"read the state of {self.subject}"

    def _read_again(self, timeout: float) -> None:
        self.refresh(timeout=timeout)

    def _in_text(self, look: Look) -> str:
        glance = self._glance
        parts = [text.printable(self._name)]
        if glance is not None:
            parts.append(glance.state.value)
            if glance.vcpus is not None:
                parts.append(f"{glance.vcpus} vCPU")
            if glance.memory_bytes is not None:
                parts.append(text.size(glance.memory_bytes))
        return look.marked(f"<Domain {' '.join(parts)}>")

    def _in_html(self, look: Look) -> str:
        glance = self._glance
        said = {} if glance is None else {"vCPUs": glance.vcpus, "memory": text.size(glance.memory_bytes)}
        return html.view(
            html.heading(self._name, look.words if glance is None else f"{glance.state.value}, {look.words}"),
            *([html.paragraph(look.trouble)] if look.trouble else []),
            html.outline({**said, "host": self._host.name, "UUID": self.key}),
        )
