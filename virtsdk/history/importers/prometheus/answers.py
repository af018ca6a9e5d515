"""Prometheus's JSON: answers of ``query_range`` and ``query``, and lines of ``/api/v1/export``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, cast

import numpy as np

from virtsdk.display.text import shorten
from virtsdk.errors import RecordingError
from virtsdk.history.importers.readings import Times, Values


@dataclass(slots=True)
class Raw:
    """A series as it was found.

    Attributes
    ----------
    labels
        With ``__name__``.
    times, values
        µs since 1970, and what they say.
    """

    labels: dict[str, str]
    times: Times
    values: Values


@dataclass(slots=True)
class Found:
    """Series of a source, and how it gives them.

    Attributes
    ----------
    series
        All of them.
    stepped
        They were asked for by a step: a series that ended is repeated for a while.
    """

    series: list[Raw] = field(default_factory=list[Raw])
    stepped: bool = False


def series_of_json(text: str | bytes, source: str) -> Found:
    """Read JSON of Prometheus or of what speaks its language.

    Parameters
    ----------
    text
        One answer (``query_range``, ``query``), a list of them, or a line a series.
    source
        What messages call it.

    Raises
    ------
    RecordingError
        It is none, is an error that the server gave, or is nested too deeply.
    """
    found = Found()
    for document, where in _documents(text, source):
        _take(document, where, found)
    found.stepped = found.stepped and _on_a_grid(found.series)
    return found


def _on_a_grid(series: list[Raw]) -> bool:
    """Tell whether all samples are whole steps apart, as those of an evaluation by steps."""
    times = [one.times for one in series if len(one.times)]
    apart = [int(np.diff(np.sort(one)).min()) for one in times if len(one) > 1]
    step = min((one for one in apart if one > 0), default=0)
    return step > 0 and all(bool(((one - times[0][0]) % step == 0).all()) for one in times)


def _documents(text: str | bytes, source: str) -> Iterator[tuple[Any, str]]:
    first, rest = _halves(text)
    if not rest.strip():
        yield _parsed(text, source), source
        return
    try:
        head = json.loads(first)
    except (ValueError, RecursionError):
        yield _parsed(text, source), source  # one document over many lines
        return
    yield head, f"{source}, line 1"
    for number, line in enumerate(rest.splitlines(), 2):
        if line.strip():
            yield _parsed(line, f"{source}, line {number}"), f"{source}, line {number}"


def _halves(text: Any) -> tuple[Any, Any]:
    end = text.find(b"\n" if isinstance(text, bytes) else "\n")
    return (text, text[:0]) if end < 0 else (text[:end], text[end + 1 :])


def _parsed(text: Any, where: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        line = f"line {error.lineno}, " if error.lineno > 1 else ""
        raise RecordingError(
            f"{where}: no JSON ({line}column {error.colno}: {error.msg}): is the file complete?"
        ) from error
    except RecursionError:
        raise RecordingError(f"{where}: the JSON is nested too deeply for an answer of Prometheus") from None
    except ValueError as error:
        raise RecordingError(f"{where}: no JSON: {error}") from error


def _take(document: Any, where: str, found: Found) -> None:
    """Take the series of a document, whichever of the forms it has."""
    if isinstance(document, list):
        for number, one in enumerate(cast("list[Any]", document)):
            _take(one, f"{where}, item {number}", found)
        return
    if not isinstance(document, dict):
        raise RecordingError(f"{where}: expected an answer of Prometheus, not {_word(document)}")
    known = cast("dict[str, Any]", document)
    if known.get("status") == "error":
        raise RecordingError(f"{where}: the server gave an error, {shorten(str(known.get('error')), 300)}")
    data = known.get("data", known)
    if isinstance(data, dict) and "result" in data:
        answer = cast("dict[str, Any]", data)
        kind = answer.get("resultType", "matrix")
        if kind not in ("matrix", "vector"):
            raise RecordingError(f"{where}: expected series (a matrix), not resultType {kind!r}")
        rows = answer["result"]
        if not isinstance(rows, list):
            raise RecordingError(f"{where}: 'result' must be a list, not {_word(rows)}")
        found.stepped |= kind == "matrix"
        for number, row in enumerate(cast("list[Any]", rows)):
            found.series.append(_series(row, f"{where}, result {number}"))
        return
    if "metric" in document and "timestamps" in document:
        found.series.append(_line(document, where))
        return
    if "metric" in document:
        found.stepped = True
        found.series.append(_series(document, where))
        return
    keys = ", ".join(map(repr, list(cast("Any", document))[:5])) or "nothing"
    raise RecordingError(
        f"{where}: no answer of query_range ('data': 'result') and no line of an export ('metric', 'values', "
        f"'timestamps'): it has {shorten(keys, 200)}"
    )


def _labels(row: Any, where: str) -> dict[str, str]:
    found = cast("dict[str, Any]", row) if isinstance(row, dict) else dict[str, Any]()
    labels = found.get("metric")
    plain = cast("dict[str, Any]", labels) if isinstance(labels, dict) else None
    if plain is None or not all(isinstance(one, str) for one in plain.values()):
        raise RecordingError(
            f"{where}: 'metric' must be labels with their values, not {_word(cast('Any', labels))}"
        )
    return plain


def _series(row: Any, where: str) -> Raw:
    """Read ``{"metric": {...}, "values": [[seconds, "value"], ...]}``, or ``"value"``."""
    labels = _labels(row, where)
    found = row.get("values", [row["value"]] if "value" in row else None)
    if found is None and ("histograms" in row or "histogram" in row):
        found = []
    pairs = cast("list[Any]", found)
    try:
        flat: list[Any] = list(chain.from_iterable(pairs))
        if not {*map(len, pairs)} <= {2}:
            raise ValueError("pairs of a time and a value are expected")
        seconds = np.array(flat[0::2], dtype=np.float64)
        values = np.fromiter(map(float, flat[1::2]), np.float64, len(pairs))
    except (TypeError, ValueError, OverflowError) as error:
        raise RecordingError(
            f"{where}: 'values' must be pairs of seconds since 1970 and a number in quotes: {error}"
        ) from error
    return Raw(labels, microseconds(seconds, where, 1e6), values)


def _line(row: Any, where: str) -> Raw:
    """Read ``{"metric": {...}, "values": [...], "timestamps": [ms, ...]}``."""
    labels = _labels(row, where)
    try:
        values = np.array(row["values"], dtype=np.float64)  # None becomes NaN
        times = np.array(row["timestamps"], dtype=np.float64)
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise RecordingError(
            f"{where}: 'values' and 'timestamps' must be lists of numbers: {error}"
        ) from error
    if values.shape != times.shape:
        raise RecordingError(f"{where}: {len(values)} values and {len(times)} timestamps: is it complete?")
    return Raw(labels, microseconds(times, where, 1e3), values)


def microseconds(times: Values, where: str, factor: float) -> Times:
    """Return times as µs since 1970.

    Raises
    ------
    RecordingError
        One is none.
    """
    scaled = times * factor
    if times.ndim != 1 or not (np.abs(scaled) < 2.5e17).all():  # NaN is not, either
        raise RecordingError(f"{where}: a time is none, or outside the years 1 to 9999")
    return np.rint(scaled).astype(np.int64)


def _word(value: object) -> str:
    return "nothing" if value is None else f"{type(value).__name__} ({shorten(str(value), 40)})"
