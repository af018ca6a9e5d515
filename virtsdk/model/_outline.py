"""The outline of a model: what is set, on few lines, long parts folded, sizes as people say them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from virtsdk import units
from virtsdk.model._extras import Extras
from virtsdk.model._fields import Kind, is_model, kinds
from virtsdk.model._secrets import MASK
from virtsdk.model._show import plain, show

if TYPE_CHECKING:
    from virtsdk.model._base import Model

ROWS = 40
"""Lines of an outline; only a document with more different parts at the top has more."""

WIDTH = 110
"""Characters of what a line says of a part."""

_LAST = ("alias", "address")  # what says least about a device
_LONG = 300  # characters of a text
_FEW = 10  # items of a list that get lines of their own
_WALKED = 200  # items of a list that a line looks at
_TOLD = 40  # words of an item that tell it from others


def outline(model: Model, rows: int = ROWS) -> dict[str, object]:
    """Show what is set as names and values, nested where a part takes more than a line.

    Parts are unfolded from the top, as long as there are not more than `rows`; what stays folded is one line,
    which ends in ``...`` where it does not say all.
    """
    top = _parts(model)
    count = len(top)
    waiting = deque([[each] for each in top])  # what is unfolded together: the items of a list, or one part
    while waiting:
        folded = [each for each in waiting.popleft() if each.is_cut]
        if any(each.is_list and len(each.value) > _FEW for each in folded):
            continue
        inside = [_parts(each.value) for each in folded]
        more = sum(map(len, inside)) - sum(each.is_list for each in folded)
        if count + more > rows:
            continue
        count += more
        for each, parts in zip(folded, inside, strict=True):
            each.parts = parts
            waiting.extend([parts] if each.is_list else [[part] for part in parts])
    return _nested(top)


def text(model: Model) -> str:
    """Write a model as people read it: in one line where that is enough, else the outline in two columns."""
    if not _shortened(_words(model))[1]:
        return show(model)
    shown = outline(model)
    title = f"{type(model).__name__}  {note(model) or ''}".rstrip()
    return "\n".join([title, *_lines(shown, "  ")])


def note(model: Model) -> str | None:
    """Say that parts of the outline are folded, where some are."""
    return "what ends in ... goes on: show that part itself" if _is_folded(outline(model)) else None


def _is_folded(pairs: dict[str, object]) -> bool:
    """Tell whether a line of an outline does not say all."""
    return any(
        _is_folded(cast("dict[str, object]", each)) if isinstance(each, dict) else str(each).endswith("...")
        for each in pairs.values()
    )


def _lines(pairs: dict[str, object], indent: str) -> Iterator[str]:
    width = max(map(len, pairs), default=0)
    for name, value in pairs.items():
        if isinstance(value, dict):
            yield f"{indent}{name}"
            yield from _lines(cast("dict[str, object]", value), f"{indent}  ")
        else:
            yield f"{indent}{name:{width}}  {value}"


# --- parts


@dataclass(slots=True, eq=False)
class _Part:
    """A line of the outline.

    Attributes
    ----------
    name
        The field, with the position in its list.
    value
        A model, a list, or what is shown as it is.
    says
        The line.
    is_cut
        The line does not say all.
    parts
        The lines below it, where it is unfolded.
    """

    name: str
    value: Any
    says: str
    is_cut: bool
    parts: list[_Part] | None = None

    @property
    def is_list(self) -> bool:
        """Whether its parts are the items of a list."""
        return isinstance(self.value, _Items)


def _nested(parts: list[_Part]) -> dict[str, object]:
    found: dict[str, object] = {}
    for each in parts:
        if each.parts is None:
            found[each.name] = each.says
        elif each.is_list:
            found |= _nested(each.parts)
        else:
            found[each.name] = _nested(each.parts)
    return found


def _parts(value: Any) -> list[_Part]:
    """Give the parts of a model or of a list of models, folded."""
    if isinstance(value, _Items):
        return [_part(f"{value.name}[{position}]", item) for position, item in enumerate(value)]
    return [_part(name, item) for name, item in _said(value)]


def _part(name: str, value: Any) -> _Part:
    if isinstance(value, _Items) and len(value) == 1:
        return _part(f"{name}[0]", value[0])
    if isinstance(value, _Items):
        says, is_cut = _shortened(_heads(value))
        return _Part(name, value, f"{len(value)}: {says}", is_cut or "..." in says)
    if is_model(value):
        said = list(islice(_said(value), 2))
        if len(said) == 1 and said[0][0] in ("value", "content"):
            return _part(name, said[0][1])
        says, is_cut = _shortened(_words(value))
        return _Part(name, value, says or "yes", is_cut)
    return _Part(name, value, _shortened(iter([_flat(value)]), _LONG)[0], is_cut=False)


def _said(model: Model, *, late: bool = True) -> Iterator[tuple[str, Any]]:
    """Yield what a model says, by field: models, `_Items`, words; sizes as people say them."""
    known = kinds(type(model))
    units_of = {each.unit_field for each in known.values() if each.unit_field and _size(model, each)}
    last: list[tuple[str, Any]] = []
    for each in sorted(known.values(), key=lambda each: each.metadata.get("type") != "Text"):
        value: Any = getattr(model, each.slot)
        if value is None or value == [] or each.name in units_of:
            continue
        if each.secret:
            value = MASK
        elif each.many and not is_model(value):
            value = _Items(value, each.name)
        elif each.unit and (size := _size(model, each)):
            value = size
        elif not is_model(value):
            value = plain(value)
        if each.name in _LAST:
            last.append((each.name, value))
        else:
            yield each.name, value
    yield from last if late else ()
    if model.extras is not None:
        extras: Extras = model.extras
        count = len(extras.attributes) + len(extras.content) + len(extras.leaves)
        yield "extras", f"{count} beyond the schema"


def _size(model: Model, kind: Kind) -> str:
    """Write a size as people say it, with what is written where that is another; empty for what is none."""
    value = getattr(model, kind.slot)
    unit = str((getattr(model, f"_{kind.unit_field}") if kind.unit_field else None) or kind.unit)
    try:
        size = units.Size.parse(str(value), unit)
    except ValueError:
        return ""
    said = str(size)
    try:
        return said if units.Size.parse(said) == size else f"{said} ({value} {unit})"
    except ValueError:
        return f"{said} ({value} {unit})"


class _Items(list[Any]):
    """A list, with the name of its field."""

    def __init__(self, items: Any, name: str) -> None:
        super().__init__(cast("list[Any]", items) if isinstance(items, (list, tuple)) else [items])
        self.name = name


# --- what a line says


def _words(value: Any, depth: int = 0, *, late: bool = True) -> Iterator[str]:
    """Yield the words of a line about a model."""
    if depth > 8:
        yield "..."
        return
    for name, item in _said(value, late=late):
        if name == "value":
            yield _flat(item)
        elif isinstance(item, _Items):
            yield f"{name}["
            for position, each in enumerate(item):
                yield f"{'; ' if position else ''}"
                yield from _words(each, depth + 1) if is_model(each) else [_flat(plain(each))]
            yield "]"
        elif is_model(item):
            yield from _inner(name, item, depth)
        else:
            yield f"{name}={_flat(item)}"


def _inner(name: str, model: Any, depth: int) -> Iterator[str]:
    words = _words(model, depth + 1)
    begin = list(islice(words, 2))
    if not begin:
        yield name
    elif len(begin) == 1 and "=" not in begin[0] and not begin[0].endswith(("[", "]", ")")):
        yield f"{name}={begin[0]}"
    else:
        yield f"{name}("
        yield from begin
        yield from words
        yield ")"


def _heads(items: _Items) -> Iterator[str]:
    """Yield the words of a line about a list: what each item begins with, and how often.

    Where that is cut before what tells two items apart, it is what not all of them say instead.
    """
    walked = items[:_WALKED]
    heads = [
        _shortened(_words(each, late=False), 60) if is_model(each) else (_flat(plain(each)), False)
        for each in walked
    ]
    cut = [head for head, is_cut in heads if is_cut]
    if len(set(cut)) < len(cut):
        said = [_telling(each) if is_model(each) else [] for each in walked]
        shared: set[str] = set(said[0]).intersection(*said[1:])
        apart = [" ".join(word for word in words if word not in shared) for words in said]
        heads = [_shortened(iter([one or head]), 60) for one, (head, _) in zip(apart, heads, strict=True)]
    counts: dict[str, int] = {}
    for head, _ in heads:
        counts[head or "yes"] = counts.get(head or "yes", 0) + 1
    for position, (head, count) in enumerate(counts.items()):
        yield f"{', ' if position else ''}{head}{f' x {count}' if count > 1 else ''}"
    if len(items) > _WALKED:
        yield ", ..."


def _telling(model: Model) -> list[str]:
    """Give the first words about a model, without those that hold others together."""
    return [
        word
        for word in islice(_words(model, late=False), _TOLD)
        if word not in ("", ")", "]", "; ") and not word.endswith(("(", "["))
    ]


def _flat(value: object) -> str:
    """Write a value without line breaks."""
    return " ".join(str(value)[: 4 * _LONG].split())


def _shortened(words: Iterator[str], width: int = WIDTH) -> tuple[str, bool]:
    """Join words to a line; tell whether it was cut, which no more words are asked for."""
    line = ""
    for word in words:
        glued = not line or line.endswith(("(", "[", " ")) or word in (")", "]", "") or word[0] in ",;"
        line = f"{line}{'' if glued else ' '}{word}"
        if len(line) > width:
            return f"{line[: width - 3].rstrip()}...", True
    return line, False
