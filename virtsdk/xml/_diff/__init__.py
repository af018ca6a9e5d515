"""Differences between two models, by meaning."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from virtsdk.errors import XmlError
from virtsdk.errors.frames import shows_no_variables
from virtsdk.model import Model, settle
from virtsdk.xml._diff.matching import pairs
from virtsdk.xml._diff.parts import Items, Part, alike, differing, order
from virtsdk.xml._diff.report import Change, Changes
from virtsdk.xml._diff.together import ITSELF
from virtsdk.xml._fields import describe

__all__ = ["Change", "Changes", "diff"]


@shows_no_variables
def diff(before: Model, after: Model, *, only_said: bool = False) -> Changes:
    """List what differs between two models of one class, by meaning.

    Values compare by what their field means: numbers and PCI addresses by value, in hex or not; sizes in
    bytes, whatever their unit; sets of CPUs, UUIDs, MAC and IPv6 addresses, modes and World Wide Names in
    whatever form; free XML without the white space between its elements. Text is text: a serial number
    ``0x1F`` is not 31.

    An item of a list is the same item where its identity is: a disk's target, an interface's MAC address, the
    name of a CPU feature. Another identity is another item: one is gone, one is new. Several items of one
    identity, or of none, pair so that the fewest changes remain. The order counts only where it means
    something: boot devices, command lines, rules of network filters.

    ``==`` compares models field by field.

    Parameters
    ----------
    before, after
        Two models of the same class.
    only_said
        Take `after` as a wish: what it leaves unsaid is no change. That is a field that is None, an element
        that is not there, such as ``features.acpi``, an attribute beyond the schema, a list that is empty. A
        list that is not empty says all its items: those that only `before` has are changes. Inside an item
        that both have, what `after` leaves unsaid is no change again. Free XML and the elements beyond the
        schema at one place are said as a whole.

    Returns
    -------
    Changes
        A list of `Change`, in the order of the fields; empty where both mean the same. It shows as a table,
        and ``.frame()`` makes a frame of it.

    Raises
    ------
    TypeError
        One is no model, the models are of different classes, or a field holds what no document can say.
    XmlError
        One nests too deeply, or holds itself.

    Examples
    --------
    >>> from virtsdk import xml
    >>> one = xml.parse("<domain><memory unit='GiB'>8</memory><vcpu cpuset='0,1,2,3'>4</vcpu></domain>")
    >>> two = xml.parse("<domain><memory unit='MiB'>4096</memory><vcpu cpuset='0-3'>4</vcpu></domain>")
    >>> xml.diff(one, two)
    1 change
      memory: 8 GiB -> 4 GiB
    >>> xml.diff(one, xml.parse("<domain><name>web1</name></domain>"), only_said=True)
    1 change
      name: nothing -> 'web1'
    """
    for given in (before, after):
        if not isinstance(given, Model):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(
                "diff() takes two models, such as those of xml.parse() or definition(), "
                f"not {type(given).__name__}"
            )
    if type(before) is not type(after):
        raise TypeError(f"not of one class: {type(before).__name__} and {type(after).__name__}")
    try:
        if before == after:
            return Changes()
        settle(before)
        settle(after)
        return Changes(_changes(Part(before), Part(after), "", "", only_said))
    except RecursionError:
        raise XmlError(f"{type(before).__name__} nests too deeply, or holds itself") from None


def _changes(before: Part, after: Part, path: str, item: str, only_said: bool) -> Iterator[Change]:
    places = order(type(after.model))
    found = sorted(differing(before, after, only_said=only_said), key=lambda each: places[each[0]])
    for name, old, new in found:
        field = (after if new is not None else before).field(name)
        here = ".".join(filter(None, (path, field)))
        if isinstance(old, Items | None) and isinstance(new, Items | None):
            yield from _listed(old, new, before, after, name, here, item, only_said)
        elif isinstance(old, Part) and isinstance(new, Part):
            yield from _changes(old, new, here, item, only_said)
        else:
            yield _change(before, after, name, old, new, here, item)


def _change(
    before: Part, after: Part, name: str, old: Hashable, new: Hashable, path: str, item: str
) -> Change:
    return Change(
        path or "value",
        None if old is None else before.shown(name),
        None if new is None else after.shown(name),
        item,
        _is_secret(type(after.model), name),
    )


def _is_secret(cls: type[Model], name: str) -> bool:
    field = describe(cls).field(name) if name != ITSELF else None
    return bool(field and field.secret)


def _label(old: Items | None, i: int | None, new: Items | None, j: int | None) -> str:
    """Say which item a change is about: by its identity if one of the two has it, as it was if both do."""
    sides = [
        (items, position)
        for items, position in ((old, i), (new, j))
        if items is not None and position is not None
    ]
    items, position = next((each for each in sides if each[0].is_known(each[1])), sides[0])
    return items.label(position)


def _listed(
    old: Items | None,
    new: Items | None,
    before: Part,
    after: Part,
    name: str,
    path: str,
    item: str,
    only_said: bool,
) -> Iterator[Change]:
    secret = _is_secret(type(after.model), name)
    for i, j in pairs(old, new, only_said=only_said):
        here = f"{path}[{i if j is None else j}]"
        label = _label(old, i, new, j) or item
        one = old.entries[i] if old and i is not None else None
        other = new.entries[j] if new and j is not None else None
        if isinstance(one, Part) and isinstance(other, Part):
            if not alike(one, other):
                yield from _changes(one, other, here, label, only_said)
        elif one != other:
            yield Change(
                here,
                None if i is None else getattr(before.model, name)[i],
                None if j is None else getattr(after.model, name)[j],
                label,
                secret,
            )
