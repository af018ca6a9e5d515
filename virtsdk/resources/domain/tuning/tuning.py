"""`Tuning`: what a guest is given of its host, and the limits on that."""

from __future__ import annotations

from virtsdk.display import html, text
from virtsdk.resources.domain.core import DomainCore
from virtsdk.resources.domain.tuning.iothreads import IOThreadVerbs
from virtsdk.resources.domain.tuning.limits import LimitVerbs
from virtsdk.resources.domain.tuning.nics import NicVerbs
from virtsdk.resources.domain.tuning.processors import ProcessorVerbs

_ASKS = {
    "scheduler()": "CPU time: weights and quotas",
    "memory_limits()": "memory of the host that its process may take",
    "block_weights()": "weight and limits on the host's block devices",
    "numa()": "NUMA cells that its memory is from",
    "bandwidth(nic)": "how fast a nic may go",
    "perf_events()": "events of the processor that are counted",
    "iothreads()": "threads that work for its disks",
}


class Tuning(ProcessorVerbs, LimitVerbs, NicVerbs, IOThreadVerbs):
    """What a guest is given of its host, and the limits on that: ``guest.tuning``.

    Each is read as a frozen value with ``.frame()``, and set by keyword: ``scheduler()`` and
    ``set_scheduler(cpu_shares=2048)``. A set verb reads back and returns what is now.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.connect("test:///default") as host:
    ...     print(host.domains["test"].tuning)
    <Tuning of test: scheduler(), memory_limits(), block_weights(), numa(), bandwidth(nic), ...>
    """

    def __repr__(self) -> str:
        return f"<Tuning of {text.printable(self._guest.name)}: {', '.join(_ASKS)}>"

    def _repr_html_(self) -> str:
        return html.view(
            html.heading(f"tuning of {self._guest.name}", "each asks the host"), html.outline(_ASKS)
        )


class TuningVerbs(DomainCore):
    """The way to a guest's tuning."""

    @property
    def tuning(self) -> Tuning:
        """Scheduler, limits on memory, disks and network, NUMA, perf events, iothreads."""
        return Tuning(self, self._call)
