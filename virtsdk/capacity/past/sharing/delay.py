"""How long guests waited for a CPU, checked: what cannot be seconds a second is refused."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from virtsdk.capacity.past.series import Floats
from virtsdk.capacity.past.usage import MAKER, Usage
from virtsdk.display.text import count, figure

DELAY: Final = "vcpu_delay_seconds_per_second"


def some(usage: Usage) -> None:
    """Refuse a usage frame without rows.

    Raises
    ------
    ValueError
        It has none.
    """
    if not len(usage.time):
        raise ValueError(
            f"the usage frame has no rows; expected one per domain and time, as of {MAKER} (is there a "
            "filter that nothing passes?)"
        )


def delays(usage: Usage) -> Floats | None:
    """Return what guests waited in each sample, in seconds a second; None where the frame has no such column.

    Raises
    ------
    ValueError
        A guest waited longer than its vCPUs can: above twice of them and 1, as for use. The kernel counts a
        wait when it ends, so that one sample can have more of it than its length.
    """
    waited = usage.more.get(DELAY)
    if waited is None:
        return None
    most = np.fmax(usage.vcpus, usage.most(usage.vcpus)[usage.group])
    wrong = waited > 2 * most + 1
    if wrong.any():
        row = int(wrong.argmax())
        when = pd.Timestamp(int(usage.time[row]), unit="us", tz="UTC")
        others = int(wrong.sum()) - 1
        more = f" (and {count(others, 'other row')})" if others else ""
        raise ValueError(
            f"column {DELAY!r} of the usage frame is {figure(float(waited[row]), 6)} at {when}, of domain "
            f"{str(usage.domains[usage.group[row]])!r}{more}; expected seconds a second, at most one for "
            f"each of its vCPUs ({most[row]:g}), not nanoseconds or percent"
        )
    return waited
