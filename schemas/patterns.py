"""RELAX NG as data: name classes, patterns, and grammars with their defines."""

from __future__ import annotations

from dataclasses import dataclass, field


class SchemaError(Exception):
    """A schema that this compiler does not understand, with the place in it."""


@dataclass(frozen=True)
class Where:
    """A place in a RELAX NG file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


# --- name classes ---


@dataclass(frozen=True)
class Name:
    """One qualified name."""

    namespace: str
    local: str


@dataclass(frozen=True)
class AnyName:
    """Every name, or every name of one namespace, but for some."""

    namespace: str | None = None
    excepted: tuple[Name | AnyName, ...] = ()


NameClass = Name | AnyName

# --- patterns ---


@dataclass(frozen=True, eq=False)
class Pattern:
    """A node of the pattern tree; compared by identity, since its place matters."""

    where: Where


@dataclass(frozen=True, eq=False)
class Empty(Pattern):
    """No content."""


@dataclass(frozen=True, eq=False)
class NotAllowed(Pattern):
    """Nothing matches."""


@dataclass(frozen=True, eq=False)
class Text(Pattern):
    """Any text."""


@dataclass(frozen=True, eq=False)
class Value(Pattern):
    """One literal."""

    type: str
    text: str


@dataclass(frozen=True, eq=False)
class Data(Pattern):
    """A value of a datatype of W3C XML Schema, with facets, but for some values."""

    type: str
    params: tuple[tuple[str, str], ...] = ()
    excepted: Pattern | None = None


@dataclass(frozen=True, eq=False)
class ListOf(Pattern):
    """Tokens separated by white space."""

    content: Pattern


@dataclass(frozen=True, eq=False)
class Group(Pattern):
    """All of the parts; ``ordered`` where they stand in this order (group), not where in any (interleave)."""

    parts: tuple[Pattern, ...]
    ordered: bool = True


@dataclass(frozen=True, eq=False)
class Choice(Pattern):
    """One of the parts."""

    parts: tuple[Pattern, ...]


@dataclass(frozen=True, eq=False)
class Repeat(Pattern):
    """The content again and again: at least ``minimum`` (0 or 1) times."""

    content: Pattern
    minimum: int


@dataclass(frozen=True, eq=False)
class Element(Pattern):
    """An element."""

    name: NameClass
    content: Pattern


@dataclass(frozen=True, eq=False)
class Attribute(Pattern):
    """An attribute."""

    name: NameClass
    content: Pattern


@dataclass(frozen=True, eq=False)
class Ref(Pattern):
    """A reference to a define of a grammar."""

    grammar: Grammar
    name: str

    def target(self) -> Pattern:
        """Return the pattern of the define."""
        return self.grammar.pattern(self.name, self.where)


@dataclass
class _Define:
    combine: str | None
    parts: list[Pattern]
    fixed: bool  # a part without @combine was seen


@dataclass(eq=False)
class Grammar:
    """A scope of defines; ``parent`` is the enclosing grammar of a nested one."""

    parent: Grammar | None = None
    defines: dict[str, _Define] = field(default_factory=dict[str, "_Define"])
    _patterns: dict[str, Pattern] = field(default_factory=dict[str, Pattern])

    def pattern(self, name: str, where: Where) -> Pattern:
        """Return the combined pattern of one define."""
        if name not in self._patterns:
            define = self.defines.get(name)
            if define is None:
                raise SchemaError(f"{where}: no define named {name!r}")
            parts = tuple(define.parts)
            if len(parts) == 1:
                self._patterns[name] = parts[0]
            else:
                first = parts[0].where
                choice = define.combine == "choice"
                self._patterns[name] = Choice(first, parts) if choice else Group(first, parts, ordered=False)
        return self._patterns[name]

    def add(self, name: str, combine: str | None, pattern: Pattern) -> None:
        """Add one define, combining it with an earlier one of that name."""
        known = self.defines.get(name)
        if known is None:
            self.defines[name] = _Define(combine, [pattern], combine is None)
            return
        if combine is None and known.fixed:
            raise SchemaError(f"{pattern.where}: {name!r} is defined twice without @combine")
        if combine and known.combine and combine != known.combine:
            raise SchemaError(f"{pattern.where}: {name!r} is combined by {combine} and by {known.combine}")
        known.combine = known.combine or combine
        known.fixed = known.fixed or combine is None
        known.parts.append(pattern)
