"""Two notebooks run at a time, each in one worker with all tests that look at it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.lanes import Lanes

LONG = ("first_look", "stats_you_can_trust", "explore_live", "fleet")
NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.py"))


def lane(nodeid: str) -> str:
    """The notebook that a test's name or parameter names (`first_look` or `01_first_look`), else its file."""
    subjects = (path.stem.partition("_")[2] for path in NOTEBOOKS)
    return next((one for one in subjects if one in nodeid), nodeid.partition("::")[0])


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Lanes | None:
    return Lanes(config, log, lane, LONG) if config.getvalue("dist") == "loadfile" else None
