"""What commands write for scripts: JSON that any reader takes."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from typing import Any, cast

from virtsdk.cli.output.streams import Output


def write_json(value: object, *, indent: int | None = 1) -> None:
    """Write a value as JSON to stdout: ASCII, so that a terminal takes no control character from it.

    Parameters
    ----------
    value
        Plain values; a number that is none is null, and what JSON has no form for is written as text.
    indent
        Blanks for each level; None for all in one line.
    """
    text = json.dumps(_plain(value), indent=indent, allow_nan=False, default=str)
    sys.stdout.write(f"{text}\n")


def write_bytes(data: bytes, stream: Any = None) -> None:
    """Write a text in UTF-8, whatever the encoding of the stream: what a program reads, not a person.

    Parameters
    ----------
    data
        The text.
    stream
        Where to, after what was written there before; stdout where left out.
    """
    stream = sys.stdout if stream is None else stream
    if isinstance(stream, Output):
        stream.write_bytes(data)
    else:
        Output(stream).write_bytes(data)


def _plain(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in cast("Mapping[Any, object]", value).items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in cast("list[object]", value)]
    return value
