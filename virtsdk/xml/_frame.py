"""Models as a frame: paths become columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, cast

from virtsdk.errors.frames import shows_no_variables
from virtsdk.model import Empty, FreeXml, Model, settle
from virtsdk.xml._fields import XmlField, describe
from virtsdk.xml._paths import first, nearest, sized

if TYPE_CHECKING:
    import pandas as pd

_STEP = re.compile(r"(?P<name>[A-Za-z_]\w*)(?:\[(?P<index>\d*)\])?")


@dataclass(frozen=True, slots=True)
class _Step:
    """A field on the way: the field itself, one item of a list, or each of them."""

    name: str
    index: int | None = None
    each: bool = False


@shows_no_variables
def to_frame(
    models: Iterable[Model] | Mapping[tuple[str, str], Model], columns: Sequence[str]
) -> pd.DataFrame:
    """Read values out of models, one column a path.

    Parameters
    ----------
    models
        Models, such as the definitions of a host's domains; or those of several hosts, by host and UUID
        (``fleet.domains.definitions()``).
    columns
        Paths: ``"name"``, ``"memory.bytes"``, ``"devices.disks[0].target.dev"``, or with ``[]`` for each item
        of a list, ``"devices.disks[].source.file"``. Where columns repeat, they must repeat over one and the
        same list (or a list inside it).

    Returns
    -------
    pandas.DataFrame
        One row a model; where a column has ``[]``, one row an item, and one row for a model without items.
        Whole numbers are ``Int64``, an element that is only there or not is a bool, everything else keeps its
        form. Sizes are in bytes where the path ends in ``.bytes``, of an attribute too
        (``"devices.videos[0].model.vram.bytes"``), else in the document's unit. A list that mostly holds one
        item has a path to its first: ``"os.first_boot.dev"``. Of several hosts, the columns ``host``
        and ``domain`` (its UUID; of networks ``network``, and so on) come first.

    Raises
    ------
    TypeError
        One model, or one column, where a list is asked for; or an item that is no model.
    ValueError
        A path that the models do not have, with the nearest that they have; columns that repeat over
        different lists; or a size that is none, such as one whose unit libvirt does not have.

    Examples
    --------
    >>> from virtsdk import xml
    >>> one = xml.parse("<domain><name>web1</name><memory unit='MiB'>512</memory></domain>")
    >>> xml.to_frame([one], columns=["name", "memory.bytes"])
       name  memory.bytes
    0  web1     536870912
    """
    import pandas as pd

    owners, names = _owners(models)
    every = _given(models.values() if isinstance(models, Mapping) else models, columns)  # pyright: ignore
    paths = {column: _steps(column) for column in columns}
    flags: dict[str, bool] = {}
    for cls in dict.fromkeys(type(model) for model in every):
        for column, steps in paths.items():
            flags[column] = _check(cls, column, steps) or flags.get(column, False)
    spread = _spread(paths)
    rows: list[list[Any]] = []
    of: list[int] = []
    for number, model in enumerate(every):
        try:
            found = _rows(model, list(paths.values()), spread)
            rows += found
            of += [number] * len(found)
        except ValueError as error:  # a size that is none
            raise ValueError(f"models[{number}]: {error}") from None
    data: dict[str, Any] = {}
    for position, name in enumerate(names):
        data[name] = pd.array([owners[number][position] for number in of], dtype="str")
    for position, column in enumerate(paths):
        values = [row[position] for row in rows]
        if flags.get(column):
            data[column] = [value is not None for value in values]
        elif values and all(value is None or type(value) is int for value in values):
            data[column] = pd.array(cast("Any", values), dtype="Int64")
        else:
            data[column] = values
    return pd.DataFrame(data, columns=list(dict.fromkeys([*data, *columns])))


def _owners(models: object) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
    """Return the keys of a mapping of models, and the names of the columns that they become."""
    if not isinstance(models, Mapping):
        return [], ()
    keys = list(cast("Mapping[Any, Any]", models))
    names: tuple[str, ...] = getattr(cast("Any", models), "key_names", ("host", "key"))
    if not all(isinstance(key, tuple) and len(cast("Any", key)) == len(names) for key in keys):
        raise TypeError(f"models must be a list of models, or models by ({', '.join(names)}): give values()")
    return keys, names


def _given(models: object, columns: object) -> list[Model]:
    """Return the models; raise where one thing was given for a list of them."""
    if isinstance(models, (Model, str, bytes)) or not isinstance(models, Iterable):
        raise TypeError(f"models must be a list of models, not {type(models).__name__}")
    if isinstance(columns, str):
        raise TypeError(f"columns must be a list of paths, such as [{columns!r}], not text")
    every = list(cast("Iterable[Any]", models))
    for number, each in enumerate(every):
        if not isinstance(each, Model):
            raise TypeError(f"models[{number}] must be a model, not {type(each).__name__}")
    return every


def _steps(column: str) -> tuple[_Step, ...]:
    steps: list[_Step] = []
    for part in column.split("."):
        match = _STEP.fullmatch(part)
        if match is None:
            raise ValueError(f"not a path: {column!r}; write something like 'devices.disks[].target.dev'")
        index = match["index"]
        steps.append(_Step(match["name"], int(index) if index else None, index == ""))
    return tuple(steps)


def _check(cls: type[Model], column: str, steps: tuple[_Step, ...]) -> bool:
    """Hold that a class has the path; tell whether it ends in an element that is only there or not."""
    here: type[Model] | None = cls
    field: XmlField | None = None
    written = column.split(".")
    for position, step in enumerate(steps):
        last = position == len(steps) - 1
        if here is None:
            if last and field is not None and field.unit and step.name in ("bytes", "size"):
                return False
            raise ValueError(
                f"{column!r}: {steps[position - 1].name} is a plain value, it has no {step.name!r}"
            )
        if sized(here, step.name):
            if last:
                return False
            raise ValueError(f"{column!r}: {step.name} is a number, it has no {written[position + 1]!r}")
        chosen = first(here, step.name)
        if chosen is not None and step.index is None and not step.each:
            field, here = chosen, chosen.model
            continue
        field = describe(here).field(step.name)
        if field is None:
            path = nearest(here, written[position:])
            meant = f", did you mean {'.'.join([*written[:position], path])!r}?" if path else _listed(here)
            raise ValueError(f"{column!r}: {here.__name__} has no {step.name!r}{meant}")
        if field.choices:
            views = " or ".join(f"{one.name}[]" for one in field.choices)
            raise ValueError(f"{column!r}: {step.name} holds items of several classes; write {views}")
        indexed = step.each or step.index is not None
        if field.many and not indexed:
            raise ValueError(f"{column!r}: {step.name} is a list, write {step.name}[] or {step.name}[0]")
        if indexed and not field.many:
            raise ValueError(f"{column!r}: {step.name} is no list")
        here = field.model
    return here is not None and issubclass(here, Empty)


def _listed(cls: type[Model]) -> str:
    xml = describe(cls)
    return f"; it has {', '.join(each.name for each in (*xml.attributes, *xml.tags))}"


def _spread(paths: dict[str, tuple[_Step, ...]]) -> tuple[_Step, ...]:
    """Give the longest path that repeats; the others that do must be its beginnings."""
    repeating: dict[tuple[_Step, ...], str] = {}
    for column, steps in paths.items():
        last = max((position for position, step in enumerate(steps) if step.each), default=-1)
        if last >= 0:
            repeating.setdefault(steps[: last + 1], column)
    longest = max(repeating, key=len, default=())
    for steps, column in repeating.items():
        if longest[: len(steps)] != steps:
            raise ValueError(
                f"{column!r} and {repeating[longest]!r} repeat over different lists: make a frame of each"
            )
    return longest


def _rows(model: Model, paths: list[tuple[_Step, ...]], spread: tuple[_Step, ...]) -> list[list[Any]]:
    try:
        return [[_value(model, steps, chosen) for steps in paths] for chosen in _choices(model, spread)]
    except (AttributeError, TypeError):  # a list holds what stands for a model
        settle(model)
        return [[_value(model, steps, chosen) for steps in paths] for chosen in _choices(model, spread)]


def _choices(model: Any, spread: tuple[_Step, ...]) -> Iterator[tuple[int, ...]]:
    """Yield the positions to take for each ``[]`` of the spread; one empty choice where there is nothing."""
    for position, step in enumerate(spread):
        model = getattr(model, step.name, None)
        if step.each:
            rest = spread[position + 1 :]
            for number, item in enumerate(model or ()):
                for below in _choices(item, rest) if rest else [()]:
                    yield (number, *below)
            if not model:
                yield ()
            return
        if step.index is not None:
            model = _item(model, step.index)
    yield ()


def _value(model: Any, steps: tuple[_Step, ...], chosen: tuple[int, ...]) -> Any:
    remaining = iter(chosen)
    holder, name = model, ""
    for step in steps:
        if model is None:
            return None
        if not isinstance(model, Model):  # a size that is an attribute
            return getattr(holder, "bytes" if name == "value" else f"{name}_bytes")
        size = sized(type(model), step.name)
        if size and getattr(model, size.slot) is None:
            return None
        holder, name = model, step.name
        model = getattr(model, step.name)
        if step.each or step.index is not None:
            model = _item(model, next(remaining, None) if step.each else step.index)
    if isinstance(model, Enum):
        return model.value
    if isinstance(model, FreeXml) and not model:
        return None
    return int(model) if isinstance(model, int) else model


def _item(items: Any, index: int | None) -> Any:
    return items[index] if items and index is not None and index < len(items) else None
