"""The filter of a table: a line of words in, the rows that match all of them out."""

from __future__ import annotations

import fnmatch
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from virtsdk.tables.columns import TEXTS, Column
from virtsdk.tables.kinds import GUESTS, Kind
from virtsdk.units import Size

if TYPE_CHECKING:
    import pandas as pd

# "cpu > 50%" is one word, as people write it; "name: state:running" are two, and the first lacks something
_WORD = re.compile(
    r"""\s*((?:[A-Za-z]+\s*(?:>=|<=|[:~=<>])\s*(?![A-Za-z]+\s*[:~=<>]))?(?:"[^"]*"|[^\s"])+)"""
)
_TERM = re.compile(r"(?P<key>[A-Za-z]+)\s*(?P<operator>>=|<=|[:~=<>])\s*(?P<value>.*)", re.DOTALL)
_QUOTED = re.compile('"[^"]*"')
_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ":": operator.eq,
}
_EXAMPLES = {"percent": "50%", "bytes": "4GiB", "rate": "10MB/s", "count": "2"}


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a filter.

    Parameters
    ----------
    column
        What it is about; None where it may be in any column of text.
    operator
        ``~`` (contains), ``:`` (is, where ``*`` and ``?`` stand for anything), or a comparison.
    text
        What it is compared with, in lower case.
    number
        The same as a number in the column's base unit; None where the column is text.
    """

    column: Column | None
    operator: str
    text: str
    number: float | None = None

    def matches(self, frame: pd.DataFrame) -> pd.Series[bool]:
        """Tell of each row whether it matches; what is not known does not."""
        column = self.column
        if column is not None and self.number is not None:
            return _COMPARE[self.operator](frame[column.source], self.number).fillna(False).astype(bool)
        if column is None:
            wild = "*" in self.text or "?" in self.text
            return frame[ANY].str.contains(_somewhere(self.text) if wild else self.text, regex=wild)
        said = frame[f"{column.key} text"]
        if self.operator == "~":
            return said.str.contains(self.text, regex=False)
        pattern = fnmatch.translate(self.text)
        found = said.str.match(pattern)
        if column.key == "state":
            found |= frame["state"].str.match(pattern)
        return found


ANY = "any text"


def hidden(kind: Kind) -> list[str]:
    """Return the columns that `with_texts` adds."""
    return [ANY, *(f"{column.key} text" for column in kind.columns.values() if column.kind in TEXTS)]


def with_texts(frame: pd.DataFrame, kind: Kind = GUESTS) -> pd.DataFrame:
    """Add what a filter looks at: each column of text as the page shows it, and all of them, in lower case.

    It takes a while with thousands of rows, and so is done when they are read, and not for each filter.
    """
    texts: dict[str, pd.Series[str]] = {}
    anywhere: pd.Series[str] | None = None
    for column in kind.columns.values():
        if column.kind not in TEXTS:
            continue
        said = kind.texts(column, frame[column.source]).str.casefold()
        texts[f"{column.key} text"] = said
        if column.kind != "flag":
            anywhere = said if anywhere is None else anywhere + "\n" + said
    return frame.assign(**texts, **{ANY: anywhere})


@dataclass(frozen=True, slots=True)
class Query:
    """A filter that was read; made by `parse`."""

    terms: tuple[Term, ...]

    def matches(self, frame: pd.DataFrame) -> pd.Series[bool]:
        """Tell of each row of a frame of `with_texts` whether all words match it."""
        import pandas as pd

        found = pd.Series(True, index=frame.index)
        for term in self.terms:
            found &= term.matches(frame)
        return found


def parse(text: str, kind: Kind = GUESTS) -> Query:
    """Read a filter.

    Parameters
    ----------
    text
        Words; a row has to match each. A plain word is looked for in all columns of text, ``name~web`` in
        the name; ``host:kvm*`` is the whole of it, where ``*`` and ``?`` stand for anything; numbers are
        compared with ``>``, ``>=``, ``<``, ``<=`` and ``=``, and have units: ``cpu>50%``, ``mem > 4GiB``,
        ``net>10MB/s``, ``vcpus=2``. Quotes take a word as it is: ``"a b"``. Case does not matter.
    kind
        What is listed: its columns are what a filter can ask for.

    Raises
    ------
    ValueError
        A word cannot be read; the message says how it is written.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"name": "web1", "state": "running", "host": "kvm7", "memory_bytes": 8 * 2**30}
    >>> frame = with_texts(pd.DataFrame([row]))
    >>> parse("state:running mem>4GiB name~WEB").matches(frame).tolist()
    [True]
    >>> parse("cpu>lots")
    Traceback (most recent call last):
        ...
    ValueError: cpu must be compared with a percentage, as in cpu>50%, not 'lots'
    """
    _refuse_not(text)
    if text.count('"') % 2:
        raise ValueError('the filter lacks a closing "')
    return Query(tuple(_term(word, kind) for word in _WORD.findall(text)))


def _term(word: str, kind: Kind) -> Term:
    found = _TERM.fullmatch(word)
    if word.startswith('"') or found is None:
        return Term(None, "~", word.replace('"', "").casefold())
    key, sign, value = found["key"].casefold(), found["operator"], found["value"].replace('"', "")
    labels = {one.label.casefold(): one for one in kind.columns.values()}  # what the header says will do, too
    column = kind.columns.get(key) or labels.get(key)
    if column is None:
        raise ValueError(
            f"{found['key']} is no column to filter by; there are {', '.join(kind.columns)}; "
            f'a word with {sign} in it needs quotes: "{word}"'
        )
    if not value:
        raise ValueError(f"{key}{sign} lacks what to compare with")
    if column.kind not in TEXTS:
        return Term(column, sign, value, _number(column, sign, value))
    if sign not in ":=~":
        raise ValueError(f"{key} is text: write {key}:WORD or {key}~PART")
    if column.kind == "flag" and value.casefold() not in ("yes", "no"):
        raise ValueError(f"{key} must be yes or no, not {value!r}")
    if column.key == "state" and sign != "~":
        _check_state(value, kind)
    return Term(column, "~" if sign == "~" else ":", value.casefold())


def _check_state(value: str, kind: Kind) -> None:
    words = [*kind.states, *kind.labels.values()]
    if not any(fnmatch.fnmatchcase(word, value.casefold()) for word in words):
        raise ValueError(f"state must be one of {', '.join(kind.states)}, not {value!r}")


def _number(column: Column, sign: str, value: str) -> float:
    example = f"{column.key}>{_EXAMPLES[column.kind]}"
    noun = {"percent": "a percentage", "bytes": "a size", "rate": "bytes per second"}.get(
        column.kind, "a number"
    )
    wrong = ValueError(f"{column.key} must be compared with {noun}, as in {example}, not {value!r}")
    if sign == "~":
        raise wrong
    try:
        if column.kind in ("bytes", "rate"):
            text = value.removesuffix("/s") if column.kind == "rate" else value
            if text.strip().replace(".", "").isdigit() and float(text) != 0:
                raise wrong  # 4 of what?
            return float(Size.parse(text))
        if column.kind == "percent" and not value.endswith("%"):
            raise wrong
        number = float(value.removesuffix("%") if column.kind == "percent" else value)
    except ValueError:
        raise wrong from None
    if not math.isfinite(number):
        raise wrong
    return number


def _refuse_not(text: str) -> None:
    if "!=" in _QUOTED.sub("", text):
        raise ValueError('a filter has no "not": write what is to be shown, as in state:running')


def _somewhere(text: str) -> str:
    """Return a pattern for text in which ``*`` and ``?`` stand for anything but the end of what is said."""
    return re.escape(text).replace(r"\*", "[^\n]*").replace(r"\?", "[^\n]")
