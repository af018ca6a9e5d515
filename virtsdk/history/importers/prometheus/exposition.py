"""OpenMetrics text, and Prometheus's own: lines of a name, labels, a value and a time."""

from __future__ import annotations

import re
from functools import partial
from typing import Any, Final

import numpy as np

from virtsdk.display.text import shorten
from virtsdk.errors import RecordingError
from virtsdk.history.importers.prometheus.answers import Found, Raw, microseconds
from virtsdk.history.importers.readings import Flags, Values
from virtsdk.history.parquet.arrow import pa, pc

_LINE: Final = (
    r"^\s*(?P<series>(?:[a-zA-Z_:][\w:]*)?\s*(?:\{(?:[^\"}]|\"(?:[^\"\\]|\\.)*\")*\})?)\s*"
    r"(?P<value>[-+]?(?:[0-9][0-9a-fA-FxX.eE+-]*|\.[0-9]+(?:[eE][+-]?[0-9]+)?|[iI]nf(?:inity)?|[nN]a[nN]))"
    r"(?:\s+(?P<time>[-+]?[0-9][0-9.eE+-]*))?\s*(?:#\s*\{.*)?$"
)
_SERIES = re.compile(r"\s*([a-zA-Z_:][\w:]*)?\s*(?:\{(.*)\})?\s*", re.DOTALL)
_LABEL = re.compile(r'\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)', re.DOTALL)
_SERIES_ALONE = re.compile(r'(?:[a-zA-Z_:][\w:]*)?(?:\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})?')
_ESCAPED = re.compile(r"\\(.)")
_MILLISECONDS: Final = 1e11
"""From here on a time is in milliseconds: it would be of the year 5138 in seconds."""


def series_of_text(text: str, source: str, time: float | None = None) -> Found:
    """Read series out of lines of text.

    Parameters
    ----------
    text
        OpenMetrics (times in seconds), Prometheus's text format (milliseconds), or what
        ``promtool tsdb dump`` writes.
    source
        What messages call it.
    time
        Of lines that have none (seconds since 1970): the text is one scrape.

    Raises
    ------
    RecordingError
        A line is none, or has no time where none is given.
    """
    lines = text.splitlines()
    column = pa.array(lines, pa.string())
    bare = pc.utf8_trim_whitespace(column)
    plain = pc.or_(pc.starts_with(bare, "#"), pc.equal(pc.binary_length(bare), 0))
    keep = pc.invert(plain)
    numbers = np.flatnonzero(keep.to_numpy(zero_copy_only=False))
    if not len(numbers):
        return Found()
    bare = bare.filter(keep)
    series, values, seconds, absent = _split(bare) or _matched(bare, numbers, source)
    if absent.any() and time is None:
        raise RecordingError(
            f"{source}, line {int(numbers[absent.argmax()]) + 1}: it has no time, as a scrape has none: give "
            "time= of the scrape, or export with times"
        )
    if not text.rstrip().endswith("# EOF"):  # OpenMetrics ends so, and has seconds
        seconds = np.where(np.abs(seconds) >= _MILLISECONDS, seconds / 1e3, seconds)
    seconds = np.where(absent, 0.0 if time is None else time, seconds)
    times = microseconds(seconds, source, 1e6)
    return Found(_divided(series, times, values, numbers, source))


def _split(lines: Any) -> tuple[Any, Values, Values, Flags] | None:
    """Read lines that are a series, a value and a time with a blank between; None where some are not."""
    parts = pc.split_pattern(lines, " ", max_splits=2, reverse=True)
    if not pc.all(pc.equal(pc.list_value_length(parts), 3)).as_py():
        return None
    if pc.any(pc.match_substring(lines, " # {")).as_py():  # exemplars
        return None
    series, value, at = (pc.list_element(parts, place) for place in range(3))
    try:
        found = [_plain_floats(one) for one in (value, at)]
    except pa.ArrowInvalid:
        return None
    if not all(_SERIES_ALONE.fullmatch(one) for one in series.unique().to_pylist()):
        return None
    return series, found[0], found[1], np.zeros(len(lines), dtype=bool)


def _matched(lines: Any, numbers: Any, source: str) -> tuple[Any, Values, Values, Flags]:
    """Read lines of any form.

    Raises
    ------
    RecordingError
        One is none.
    """
    parts: Any = pc.extract_regex(lines, pattern=_LINE)
    strange = parts.is_null().to_numpy(zero_copy_only=False)
    if strange.any():
        row = int(strange.argmax())
        raise RecordingError(
            f"{source}, line {int(numbers[row]) + 1}: no metric ({shorten(lines[row].as_py(), 60)}): "
            "expected a name, labels, a value and a time"
        )
    series, value, at = (parts.field(place) for place in range(3))
    absent = pc.equal(pc.binary_length(at), 0).to_numpy(zero_copy_only=False)
    values = _floats(value, numbers, source, "value")
    return series, values, _floats(pc.if_else(absent, "0", at), numbers, source, "time"), absent


def _divided(series: Any, times: Any, values: Values, numbers: Any, source: str) -> list[Raw]:
    """Put the samples of each series together, in the order of the lines."""
    coded: Any = series.dictionary_encode()
    codes = coded.indices.to_numpy()
    order = np.argsort(codes, kind="stable")
    edges = np.searchsorted(codes[order], np.arange(len(coded.dictionary) + 1))
    found: list[Raw] = []
    for place, said in enumerate(coded.dictionary.to_pylist()):
        rows = order[edges[place] : edges[place + 1]]
        where = partial("{}, line {}".format, source, int(numbers[rows[0]]) + 1)
        found.append(Raw(labels_of(said, where()), times[rows], values[rows]))
    return found


def labels_of(said: str, where: str) -> dict[str, str]:
    r"""Read the name and the labels of a series.

    Raises
    ------
    RecordingError
        They are none.

    Examples
    --------
    >>> labels_of('up{job="libvirt",instance="kvm7:9177"}', "a file")
    {'__name__': 'up', 'job': 'libvirt', 'instance': 'kvm7:9177'}
    """
    match = _SERIES.fullmatch(said)
    found: dict[str, str] = {}
    if match is not None:
        if match[1]:
            found["__name__"] = match[1]
        rest, place = match[2] or "", 0
        while place < len(rest) and (label := _LABEL.match(rest, place)):
            found[label[1]] = _ESCAPED.sub(_plain, label[2])
            place = label.end()
        if rest[place:].strip():
            match = None
    if match is None or "__name__" not in found:
        raise RecordingError(
            f'{where}: no name and labels ({shorten(said, 60)}): expected name{{label="value"}}'
        )
    return found


def _plain(match: re.Match[str]) -> str:
    return "\n" if match[1] == "n" else match[1]


def _plain_floats(column: Any) -> Values:
    return np.asarray(pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def _floats(column: Any, numbers: Any, source: str, what: str) -> Values:
    try:
        return _plain_floats(column)
    except pa.ArrowInvalid:
        texts = column.to_pylist()
    values = np.zeros(len(texts))
    for place, one in enumerate(texts):  # hexadecimal, or none: rare
        try:
            values[place] = float(one)
        except ValueError as error:
            raise RecordingError(
                f"{source}, line {int(numbers[place]) + 1}: its {what} is no number: {shorten(one, 40)}"
            ) from error
    return values
