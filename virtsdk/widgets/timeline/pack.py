"""Packing of points for the page: float64 times and float32 values in two buffers, and who they are of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from virtsdk.widgets.timeline.sources.series import Floats


def packed(parts: Iterable[tuple[str, Floats, Floats]]) -> dict[str, Any]:
    """Pack points of lines.

    Parameters
    ----------
    parts
        Key, times (ms since 1970) and values (a row a time, a column a panel) of each line.

    Returns
    -------
    dict
        ``lines``: key and number of points of each; ``times``: all times as float64, line after line;
        ``values``: all values as float32, line after line, and within a line panel after panel.

    Examples
    --------
    >>> import numpy as np
    >>> found = packed([("u1", np.array([1.0, 2.0]), np.array([[10.0, 20.0], [11.0, 21.0]]))])
    >>> found["lines"], np.frombuffer(found["values"], np.float32).tolist()
    ([['u1', 2]], [10.0, 11.0, 20.0, 21.0])
    """
    given = list(parts)
    times = [np.asarray(times, dtype="<f8") for _, times, _ in given]
    values = [np.asarray(values, dtype="<f4").T.ravel() for _, _, values in given]
    return {
        "lines": [[key, len(some)] for key, some, _ in given],
        "times": np.concatenate(times).tobytes() if times else b"",
        "values": np.concatenate(values).tobytes() if values else b"",
    }
