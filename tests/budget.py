"""How many examples a property is tried on: few in every run, many in `make soak`."""

from __future__ import annotations

from typing import Any

from hypothesis import settings

SOAK = 50  # times as many


def examples(every_run: int, **more: Any) -> settings:
    """Give a property a number of examples of its own, for one that is dear; `more` as for `settings`."""
    soak = settings.get_current_profile_name() == "soak"
    return settings(max_examples=every_run * (SOAK if soak else 1), **more)
