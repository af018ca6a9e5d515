"""Arguments of the command line: values, or words that say what they have to be."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from virtsdk.cli.arguments import (
    directory,
    document,
    guests,
    keep,
    length,
    listen,
    mode,
    names,
    place,
    positive,
    url,
)


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (length, "8h", 28_800.0),
        (directory, "history", Path("history")),
        (document, "-", "-"),
        (positive, "3", 3),
        (guests, "64", 64),
        (place, "history", Path("history")),
        (place, "memory://history", "memory://history"),
        (names, "events, jobs", frozenset({"events", "jobs"})),
        (keep, "raw=14d, 5min=2y", {"raw": "14d", "5min": "2y"}),
        (mode, "640", 0o640),
        (listen, "127.0.0.1:9177", ("127.0.0.1", 9177)),
        (listen, "[::1]:0", ("::1", 0)),
    ],
)
def test_a_text_is_a_value(read, text: str, value: object) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text", "said"),
    [
        (length, "soon", "it must be"),
        (directory, "", "it is empty"),
        (document, "", "it is empty; '-' is the standard input"),
        (guests, "0", "from 1 to 64"),
        (guests, "65", "from 1 to 64"),
        (positive, "0", "a whole number from 1 on"),
        (positive, "two", "a whole number from 1 on"),
        (directory, "s3://bucket/history", "of this machine"),
        (url, "history", "it must be a URL"),
        (url, "nonsense://history", "nonsense"),
        (names, "everything", "everything"),
        (keep, "raw=long", "long"),
        (mode, "rw", "it must be rights such as 640, not 'rw'"),
        (listen, "9177", "an address and a port"),
        (listen, "a:99999", "an address and a port"),
    ],
)
def test_a_wrong_one_is_explained(read, text: str, said: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as error:
        read(text)
    assert said in str(error.value)
