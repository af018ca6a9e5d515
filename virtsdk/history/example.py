"""`example_recording`: a recording to try things on, which comes with the package."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from virtsdk.history.recording import Recording

_DATA: Final = Path(__file__).with_name("example_data")


def example_recording() -> Recording:
    """Open a recording that comes with the package: three hosts, nine guests, 15 days, one storage pool.

    Real guests of the lab ran under made-up daily load shapes and were recorded for ten minutes; then times
    and counters were stretched by one factor to 15 days, so that rates a second, memory and sizes are as they
    were recorded. ``.about`` says so. It needs no libvirt and is only read.

    Returns
    -------
    Recording
        Samples an hour apart (ask for use of ``"2h"``), sizes of the pool six hours apart, from 2026-11-02
        on. One guest is too large (``shop1``), one is idle (``old1``), one has too little CPU at night
        (``ci1``), the memory of ``db1`` grows, and ``test1`` is started on the tenth day.

    Examples
    --------
    >>> import virtsdk
    >>> recording = virtsdk.example_recording()
    >>> usage = recording.usage(every="2h")
    >>> sorted(usage["name"].unique())
    ['cache1', 'ci1', 'db1', 'old1', 'report1', 'shop1', 'test1', 'web1', 'web2']
    """
    return Recording(_DATA)
