"""Which tests one worker of pytest-xdist takes together, where more than a file is shared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling


class Lanes(LoadFileScheduling):
    """Give each worker all tests of a lane, one lane after the other, and none at last what takes long.

    Parameters
    ----------
    config, log
        Of pytest and pytest-xdist.
    lane
        The lane of a test.
    first
        Lanes that take long, the longest first; those with most tests come after them.
    """

    def __init__(
        self, config: pytest.Config, log: Any, lane: Callable[[str], str], first: Sequence[str] = ()
    ) -> None:
        super().__init__(config, log)
        self._lane = lane
        self._first = first

    def schedule(self) -> None:
        collections = {tuple(one) for one in self.registered_collections.values()}
        if self.collection is None and len(collections) == 1:  # else it is the other's to say what differs
            tests = Counter(map(self._lane, collections.pop()))
            place = {lane: number for number, lane in enumerate(self._first)}
            for lane in sorted(tests, key=lambda one: (place.get(one, len(place)), -tests[one])):
                self.workqueue[lane] = {}  # filled in this order
        super().schedule()

    def _split_scope(self, nodeid: str) -> str:
        return self._lane(nodeid)
