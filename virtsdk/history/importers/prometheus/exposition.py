"""OpenMetrics text, and Prometheus's own: lines of a name, labels, a value and a time."""

from __future__ import annotations

import re
from functools import partial
from typing import Any, Final

import numpy as np

from virtsdk.display.text import shorten
from virtsdk.errors import RecordingError
from virtsdk.history.importers.prometheus.answers import Found, Raw, microseconds
from virtsdk.history.importers.readings import Values
from virtsdk.history.parquet.arrow import pa, pc

_LINE: Final = (
    r"^\s*(?P<series>(?:[a-zA-Z_:][\w:]*)?\s*(?:\{(?:[^\"}]|\"(?:[^\"\\]|\\.)*\")*\})?)\s*"
    r"(?P<value>[-+]?(?:[0-9][0-9a-fA-FxX.eE+-]*|\.[0-9]+(?:[eE][+-]?[0-9]+)?|[iI]nf(?:inity)?|[nN]a[nN]))"
    r"(?:\s+(?P<time>[-+]?[0-9][0-9.eE+-]*))?\s*(?:#\s*\{.*)?$"
)
_SERIES = re.compile(r"\s*([a-zA-Z_:][\w:]*)?\s*(?:\{(.*)\})?\s*", re.DOTALL)
_LABEL = re.compile(r'\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)', re.DOTALL)
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
    parts: Any = pc.extract_regex(column, pattern=_LINE)
    plain = pc.or_(
        pc.starts_with(pc.utf8_trim_whitespace(column), "#"),
        pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(column)), 0),
    )
    strange = pc.and_(pc.is_null(parts), pc.invert(plain)).to_numpy(zero_copy_only=False)
    if strange.any():
        number = int(strange.argmax())
        raise RecordingError(
            f"{source}, line {number + 1}: no metric ({shorten(lines[number].strip(), 60)}): expected a "
            "name, labels, a value and a time"
        )
    keep = pc.invert(pc.or_(pc.is_null(parts), plain))
    numbers = np.flatnonzero(keep.to_numpy(zero_copy_only=False))
    parts = parts.filter(keep)
    if not len(parts):
        return Found()
    series, value, at = (parts.field(place) for place in range(3))
    values = _floats(value, numbers, source, "value")
    absent = pc.equal(pc.utf8_length(at), 0).to_numpy(zero_copy_only=False)
    if absent.any() and time is None:
        raise RecordingError(
            f"{source}, line {int(numbers[absent.argmax()]) + 1}: it has no time, as a scrape has none: give "
            "time= of the scrape, or export with times"
        )
    seconds = _floats(pc.if_else(absent, "0", at), numbers, source, "time")
    if not text.rstrip().endswith("# EOF"):  # OpenMetrics ends so, and has seconds
        seconds = np.where(np.abs(seconds) >= _MILLISECONDS, seconds / 1e3, seconds)
    seconds = np.where(absent, 0.0 if time is None else time, seconds)
    times = microseconds(seconds, source, 1e6)
    return Found(_divided(series, times, values, numbers, source))


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


def _floats(column: Any, numbers: Any, source: str, what: str) -> Values:
    try:
        return np.asarray(pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
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
