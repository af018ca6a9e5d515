"""Which tests one worker of pytest-xdist takes together, where more than a file is shared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling


class Lanes(LoadFileScheduling):
    """Give each worker all tests of a lane, one lane after the other."""

    def __init__(self, config: pytest.Config, log: Any, lane: Callable[[str], str]) -> None:
        super().__init__(config, log)
        self._lane = lane

    def _split_scope(self, nodeid: str) -> str:
        return self._lane(nodeid)
