"""What is asked seldom, beside the samples: jobs of guests, and their file systems."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Mapping
from typing import Final

import pandas as pd

from virtsdk import errors
from virtsdk.history.hosts import named
from virtsdk.resources.figures.guests import collect_guests
from virtsdk.resources.figures.jobs import collect_jobs
from virtsdk.resources.host import Host

EVERY: Final = {"jobs": 60.0, "filesystems": 600.0}
"""Seconds between two questions, or the interval of the samples where that is longer."""
_AGENT = 2.0  # seconds for a guest's agent
_log = logging.getLogger(__name__)


def read_jobs(host: Host) -> dict[str, pd.DataFrame]:
    """Read what guests are busy with."""
    return {"domain.jobs": collect_jobs(host, timeout=_AGENT).jobs}


def read_file_systems(host: Host) -> dict[str, pd.DataFrame]:
    """Read the sizes of the guests' file systems, of those whose agent is there."""
    stats = host.stats(["state"]).domains
    seen = stats.loc[stats["agent_seen"].fillna(False).astype(bool), "domain"].tolist()
    if not seen:
        return {}
    return {"guest.filesystems": collect_guests(host, seen, timeout=_AGENT).filesystems}


READ: Final[Mapping[str, Callable[[Host], dict[str, pd.DataFrame]]]] = {
    "jobs": read_jobs,
    "filesystems": read_file_systems,
}


class Slowly:
    """Asks a host something every now and then; runs on the same schedule as its sampler.

    Parameters
    ----------
    name
        The host's name in the recording.
    what
        Of `READ`.
    host
        Gives the host where it is open and answers; None else.
    take
        Is given the frames.
    begin, interval, until
        Of the samples (monotonic seconds).
    """

    def __init__(
        self,
        name: str,
        what: str,
        host: Callable[[], Host | None],
        take: Callable[[Mapping[str, pd.DataFrame]], None],
        *,
        begin: float,
        interval: float,
        until: float | None = None,
    ) -> None:
        self._name = name
        self._what = what
        self._host = host
        self._take = take
        self._every = max(EVERY[what], interval)
        self._next = begin + interval / 2  # apart from the samples
        self._until = math.inf if until is None else until
        self._lacking = False

    @property
    def due(self) -> float | None:
        """When to ask next; None: not any more."""
        return None if self._lacking or self._next >= self._until else self._next

    def run(self) -> None:
        """Ask, and hand on what came."""
        host = self._host()
        try:
            if host is not None:
                frames = READ[self._what](host)
                self._take(named({key: one for key, one in frames.items() if len(one)}, self._name))
        except errors.ReadOnly as error:
            _log.warning("%s of %s are not recorded: %s", self._what, self._name, error)
            self._lacking = True
        except (errors.NotSupported, errors.HostClosed) as error:
            _log.info("%s of %s are not recorded: %s", self._what, self._name, error)
            self._lacking = True
        except Exception as error:  # noqa: BLE001 - a recording of weeks outlives what nobody thought of
            _log.info("%s of %s: %s", self._what, self._name, error)
        self._next = max(self._next + self._every, time.monotonic())
