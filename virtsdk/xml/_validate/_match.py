"""The nearest form of a document that the rules allow, and what the document lacks or has too much for it.

Every choice of the rules is tried at its place, and the one that costs least is taken. Where nothing costs
anything the document is valid. Parts that stand side by side have names of their own (RELAX NG demands it of
an interleave), so each is matched on its own with the items that it can use.
"""

from __future__ import annotations

from dataclasses import replace

from virtsdk.xml._validate._problem import (
    FAULT,
    FITS,
    MORE,
    NEVER,
    NOTHING,
    UNLISTED,
    UNUSED,
    Items,
    Match,
    Node,
    Problem,
)
from virtsdk.xml._validate._relaxng import takes
from virtsdk.xml._validate._rules import Rule, find


class Matcher:
    """Matches elements with rules.

    Parameters
    ----------
    avoid
        A problem that is not to occur if that can be: what else would have to change?
    closed
        Problems with a value that are not to occur either, each by its own rule.
    known
        An earlier matcher of the same document, whose results hold where these problems have no part.
    misspelt
        Attributes, and elements with ``""``, whose text no rule takes: they do not tell what is meant.
    """

    def __init__(
        self,
        avoid: Problem | None = None,
        closed: tuple[Problem, ...] = (),
        known: Matcher | None = None,
        misspelt: frozenset[tuple[Node, str]] = frozenset(),
    ) -> None:
        self._avoid = avoid.key if avoid else None
        self._closed = {(each.key, each.rule) for each in closed}
        self._known = known
        self._open = {node for each in (avoid, *closed) if each is not None for node in each.node.up()}
        self._misspelt = misspelt if known is None else known._misspelt
        self._unlisted: set[tuple[Node, str]] = set()
        self._nodes: dict[tuple[Node, Rule], Match] = {}
        self._inside: dict[tuple[Node, Rule, Items], Match] = {}
        self._tried: dict[Node, list[Rule]] = {} if known is None else known._tried

    def document(self, root: Node, rule: Rule) -> Match:
        """Match a whole document with the rule of its class."""
        return self._match(root, rule, Items(children=(root,)))

    # --- what was tried

    def contents(self, node: Node) -> list[Rule]:
        """Return the content of every rule that an element was matched with."""
        return [rule.inner[0] for rule in self._tried.get(node, ())]

    def fitting(self, node: Node) -> list[Rule]:
        """Return the rules that an element fits, of those that it was matched with."""
        return [rule for rule in self._tried.get(node, ()) if not self._nodes[node, rule].cost]

    def values(self, node: Node, name: str) -> list[Rule]:
        """Return the rules of an attribute's value, or of the text, whichever form the element has."""
        contents = self.contents(node)
        if not name:
            return [value for rule in contents for value in find(rule, "text")]
        return [each.inner[0] for rule in contents for each in find(rule, "@", name)]

    def is_known(self, node: Node, name: str) -> bool:
        """Tell whether an attribute's value, or the text, is right in some form of the element."""
        text = node.attributes[name] if name else node.text
        return any(takes(each, text, attribute=bool(name)) for each in self.values(node, name))

    def misspelt(self) -> frozenset[tuple[Node, str]]:
        """Return the attributes and elements whose text is right in no form."""
        return frozenset(each for each in self._unlisted if not self.is_known(*each))

    # --- elements

    def element(self, node: Node, rule: Rule) -> Match:
        """Match an element with a rule for it."""
        if rule.is_free:
            return FITS
        if self._known is not None and node not in self._open:
            return self._known.element(node, rule)
        key = (node, rule)
        found = self._nodes.get(key)
        if found is None:
            self._tried.setdefault(node, []).append(rule)
            items = Items(tuple(node.attributes), node.children, node.text)
            match = self._branch(node, rule.inner[0], items)
            found = self._nodes[key] = Match(
                match.cost,
                tuple(replace(each, within=rule) if each.node is node else each for each in match.problems),
            )
        return found

    def _match(self, node: Node, rule: Rule, items: Items) -> Match:
        """Match a rule with items of an element, of which it can use each."""
        if rule.is_value:
            return self._value(node, "", rule, items.text or "")
        match rule.kind:
            case "ref":
                return self._match(node, rule.parts[0], items)
            case "e" | "t":
                return FITS
            case "!":
                return Match(NEVER)
            case "@":
                return self._attribute(node, rule, items)
            case "<":
                return self._child(node, rule, items)
            case _:
                pass
        key = (node, rule, items)
        found = self._inside.get(key)
        if found is None:
            match rule.kind:
                case "|":
                    found = self._choice(node, rule, items)
                case "*" | "+":
                    found = self._repeat(node, rule, items)
                case _:
                    found = self._all(node, rule, items)
            self._inside[key] = found
        return found

    def _fault(self, problem: Problem) -> Match:
        never = problem.key == self._avoid or (problem.key, problem.rule) in self._closed
        price = NEVER if never else problem.price
        return Match(price, (problem,))

    def _extra(self, node: Node, items: Items, price: int = FAULT) -> Match:
        """Rest that nothing matched."""
        made = FITS
        for name in items.attributes:
            made += self._fault(Problem("extra attribute", node, name, price=price))
            price = MORE if price == FAULT else price
        for child in items.children:
            made += self._fault(Problem("extra child", node, child=child, price=price + child.below))
            price = MORE if price == FAULT else price
        if items.text is not None and items.text.strip():
            made += self._fault(Problem("extra text", node, price=price))
        return made

    # --- one item

    def _value(self, node: Node, name: str, rule: Rule, text: str) -> Match:
        if takes(rule, text, attribute=bool(name)):
            return FITS
        if not rule.is_list or (node, name) in self._misspelt:
            return self._fault(Problem("value", node, name, rule=rule))
        self._unlisted.add((node, name))
        return self._fault(Problem("value", node, name, rule=rule, price=UNLISTED))

    def _attribute(self, node: Node, rule: Rule, items: Items) -> Match:
        if not items.attributes:
            (name,) = rule.names.named or {"*"}
            return self._fault(Problem("missing attribute", node, name, rule=rule))
        name, *rest = items.attributes
        return self._value(node, name, rule.inner[0], node.attributes[name]) + self._extra(
            node, Items(tuple(rest))
        )

    def _child(self, node: Node, rule: Rule, items: Items) -> Match:
        if not items.children:
            (name,) = rule.names.named or {"*"}
            return self._fault(Problem("missing child", node, name, rule=rule))
        best, taken = FITS, None
        for child in items.children:
            match = self.element(child, rule)
            if taken is None or match.cost < best.cost:
                best, taken = match, child
            if not match.cost:
                break
        return best + self._extra(
            node, Items(children=tuple(child for child in items.children if child is not taken))
        )

    # --- several

    def _choice(self, node: Node, rule: Rule, items: Items) -> Match:
        """Take the best of the parts; one that uses none of the items is bad where another part uses some."""
        best: Match | None = None
        used = any(_uses(part, items) for part in rule.parts)
        for part in rule.parts:
            price = UNUSED if used and not _uses(part, items) else FAULT
            match = self._branch(node, part, items, price)
            if best is None or match.cost < best.cost:
                best = match
            if not match.cost:
                break
        assert best is not None
        return best

    def _branch(self, node: Node, rule: Rule, items: Items, price: int = FAULT) -> Match:
        """Match a rule with items, some of which it may have no use for."""
        text = items.text if rule.has_text else None
        own = Items(
            tuple(name for name in items.attributes if name in rule.attributes),
            tuple(child for child in items.children if child.tag in rule.children),
            text,
        )
        left = Items(
            tuple(name for name in items.attributes if name not in rule.attributes),
            tuple(child for child in items.children if child.tag not in rule.children),
            items.text if text is None else None,
        )
        return self._match(node, rule, own) + self._extra(node, left, price)

    def _all(self, node: Node, rule: Rule, items: Items) -> Match:
        """Match a group or interleave: each part with what it can use."""
        if rule.kind == "," and rule.is_ambiguous:
            return self._sequence(node, rule, items)
        shares = _shares(rule, items, items.children)
        made = FITS
        if rule.kind == "," and len(items.children) > 1:
            made += self._order(node, items.children, [rule.taker("<", each.tag) for each in items.children])
        for place in sorted(shares.keys() | rule.needed):
            made += self._match(node, rule.parts[place], shares.get(place, NOTHING))
        return made

    def _order(self, node: Node, children: tuple[Node, ...], positions: list[int]) -> Match:
        """Find children that stand behind one that has to follow them."""
        made = FITS
        last = 0
        for child, position in zip(children, positions, strict=True):
            if position < positions[last]:
                made += self._fault(Problem("order", node, children[last].tag, child))
            else:
                last = children.index(child)
        return made

    def _sequence(self, node: Node, rule: Rule, items: Items) -> Match:
        """Match a group of which several parts can use one child: every way to share the children out."""
        shares = _shares(rule, items, ())
        best = {0: FITS}  # how many children are used up -> the best way to it
        for place, part in enumerate(rule.parts):
            own = shares.get(place, NOTHING)
            found: dict[int, Match] = {}
            for start, before in best.items():
                for end in range(start, len(items.children) + 1):
                    if end - start > part.most:
                        break
                    match = before + self._branch(
                        node, part, own._replace(children=items.children[start:end])
                    )
                    if end not in found or match.cost < found[end].cost:
                        found[end] = match
            best = found
        ends = [match + self._extra(node, Items((), items.children[end:])) for end, match in best.items()]
        return min(ends, key=lambda match: match.cost)

    def _repeat(self, node: Node, rule: Rule, items: Items) -> Match:
        part = rule.parts[0]
        if items == NOTHING:
            return FITS if rule.kind == "*" else self._match(node, part, items)
        made = FITS
        for name in items.attributes:
            made += self._branch(node, part, Items((name,)))
        if items.text is not None:
            made += self._branch(node, part, Items(text=items.text))
        if part.most <= 1:
            for child in items.children:
                made += self._branch(node, part, Items(children=(child,)))
            return made
        best = [FITS]  # of the first n children
        for end in range(1, len(items.children) + 1):
            ways = [
                best[start] + self._branch(node, part, Items(children=items.children[start:end]))
                for start in range(end)
                if end - start <= part.most
            ]
            best.append(min(ways, key=lambda match: match.cost))
        return made + best[-1]


def _shares(rule: Rule, items: Items, children: tuple[Node, ...]) -> dict[int, Items]:
    """Share attributes, the given children and text out to the parts of a rule, by their places."""
    attributes: dict[int, list[str]] = {}
    for name in items.attributes:
        attributes.setdefault(rule.taker("@", name), []).append(name)
    below: dict[int, list[Node]] = {}
    for child in children:
        below.setdefault(rule.taker("<", child.tag), []).append(child)
    texts = {}
    if items.text is not None:
        texts = {place: items.text for place, part in enumerate(rule.parts) if part.has_text}
    return {
        place: Items(tuple(attributes.get(place, ())), tuple(below.get(place, ())), texts.get(place))
        for place in attributes.keys() | below.keys() | texts.keys()
    }


def _uses(rule: Rule, items: Items) -> bool:
    return (
        any(name in rule.attributes for name in items.attributes)
        or any(child.tag in rule.children for child in items.children)
        or (rule.has_text and bool(items.text))
    )
