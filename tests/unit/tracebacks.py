"""What the variables of a traceback show, as debuggers and error trackers print them."""

import os
import traceback
from pathlib import Path

import virtsdk

PACKAGE = str(Path(virtsdk.__file__).parent) + os.sep


def showing(error: BaseException, secret: str) -> list[str]:
    """The functions of virtsdk's whose frames show a secret, of an error and of those behind it."""
    found: list[str] = []
    waiting = [traceback.TracebackException.from_exception(error, capture_locals=True)]
    while waiting:
        one = waiting.pop()
        frames = [frame for frame in one.stack if frame.filename.startswith(PACKAGE)]
        found += [frame.name for frame in frames if secret in repr(frame.locals or {})]
        waiting += [behind for behind in (one.__cause__, one.__context__) if behind]
    return found
