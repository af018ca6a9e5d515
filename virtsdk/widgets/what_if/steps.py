"""Settings to verbs of a `Fleet`: the same steps are taken, and written as Python."""

from __future__ import annotations

import keyword
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, cast

from virtsdk.display import listing
from virtsdk.widgets.what_if.settings import ANY, MOST_GUESTS, RULES, Ground, Settings

if TYPE_CHECKING:
    from virtsdk.capacity import Fleet

RESULT: Final = "changed"
"""The name that the code gives the fleet that it makes."""


@dataclass(frozen=True)
class Step:
    """One call of a `Fleet`'s verb.

    Attributes
    ----------
    verb
        The method.
    arguments
        Its arguments; of ``"with_policy"`` the rules that change, as (name, value).
    note
        Why, for a comment above the call; empty for nothing.
    """

    verb: str
    arguments: tuple[Any, ...]
    note: str = ""

    def take(self, fleet: Fleet) -> Fleet:
        """Call the verb."""
        if self.verb == "with_policy":
            return fleet.with_policy(replace(fleet.policy, **dict(self.arguments)))
        return getattr(fleet, self.verb)(*self._given())

    def _given(self) -> list[Any]:
        return [[*cast("tuple[str, ...]", one)] if isinstance(one, tuple) else one for one in self.arguments]

    def lines(self, name: str) -> list[str]:
        """Write the call on a fleet of this name as lines of Python."""
        if self.verb == "with_policy":
            rules = ", ".join(f"{rule}={value!r}" for rule, value in self.arguments)
            return [f"{RESULT} = {name}.with_policy(replace({name}.policy, {rules}))"]
        note = [f"# {self.note}"] if self.note else []
        return [*note, f"{RESULT} = {name}.{self.verb}({', '.join(map(repr, self._given()))})"]


def grown(guests: int, percent: float, months: int) -> int:
    """How many guests join in some months, each of which has so many percent more than the one before.

    Examples
    --------
    >>> grown(100, 2, 6), grown(100, 2, 0)
    (13, 0)
    """
    power = min(months * math.log1p(percent / 100), 50.0)  # beyond, it is more than can be added anyway
    return round(min(guests * math.expm1(power), 10.0 * MOST_GUESTS))


def steps_of(ground: Ground, settings: Settings) -> tuple[Step, ...]:
    """The steps that the settings mean: rules, hosts that are emptied, growth, more guests, failures last.

    So it is asked of the fleet to come whether a failure does harm.

    Raises
    ------
    ValueError
        They do not go together, or lead too far.
    """
    both = [one for one in settings.fail if one in settings.drain]
    if both:
        raise ValueError(f"{listing.names(both)} cannot fail: drain has taken it out of the fleet already")
    steps: list[Step] = []
    rules = tuple(
        (name, getattr(settings, name))
        for name in RULES
        if getattr(settings, name) != getattr(ground.policy, name)
    )
    if rules:
        steps.append(Step("with_policy", rules))
    if settings.drain:
        steps.append(Step("drain", (settings.drain,)))
    size: Any = settings.like or dict(ANY)
    joining = grown(ground.guests, settings.growth, settings.months)
    if joining:
        note = f"{settings.growth:g} % a month for {settings.months} months, of {ground.guests} guests"
        steps.append(Step("add", (size, joining), note))
    if settings.add:
        steps.append(Step("add", (size, settings.add)))
    if joining + settings.add > MOST_GUESTS:
        raise ValueError(f"add and growth must be at most {MOST_GUESTS:,} guests together")
    if settings.fail:
        steps.append(Step("fail", (settings.fail,)))
    return tuple(steps)


def code_of(steps: Sequence[Step], name: str = "fleet") -> str:
    """Write the steps as Python that runs where the fleet has this name, and calls its result `RESULT`.

    Examples
    --------
    >>> print(code_of([Step("drain", (("kvm2",),)), Step("add", ("web1", 40))]))
    changed = fleet.drain(['kvm2'])
    changed = changed.add('web1', 40)
    """
    if not steps:
        return f"{RESULT} = {name}"
    lines = ["from dataclasses import replace", ""] if steps[0].verb == "with_policy" else []
    for number, step in enumerate(steps):
        lines += step.lines(RESULT if number else name)
    return "\n".join(lines)


def checked_name(name: object) -> str:
    """Check that a fleet can be called so in Python."""
    if not isinstance(name, str):
        raise TypeError(f"name must be the fleet's name in Python, not {name!r}")
    if not name.isidentifier() or keyword.iskeyword(name):
        raise ValueError(f"name must be a name in Python, not {name!r}")
    return name


class Path:
    """The fleets along the last steps: those that a new way begins with as well are not worked out again."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleets: list[tuple[Step | None, Fleet]] = [(None, fleet)]

    def take(self, steps: Sequence[Step]) -> Fleet:
        """Take the steps, and return where they lead."""
        kept = 0
        for step, (known, _) in zip(steps, self._fleets[1:], strict=False):
            if step != known:
                break
            kept += 1
        self._fleets = self._fleets[: kept + 1]
        for step in steps[kept:]:
            self._fleets.append((step, step.take(self._fleets[-1][1])))
        return self._fleets[-1][1]
