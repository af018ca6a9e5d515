"""Write a field of a model: its annotation, its metadata, and the properties that read it."""

from __future__ import annotations

from dataclasses import dataclass, field

FORMS = {
    "Text": "Texts",
    "Number": "Numbers",
    "Word": "Words",
    "Flag": "Parts",
    "Part": "Parts",
    "Amount": "Parts",
    "Worded": "WordedParts",
    "Free": "Parts",
    "Switch": "Parts",
    "Named": "NamedParts",
}
"""Forms of a field of `virtsdk.model`, and those of a list."""


@dataclass
class Field:
    """A field of a model, ready to be written."""

    name: str
    xml_name: str
    kind: str  # Attribute, Element or Text
    type: str  # str, int, a class or an enumeration
    many: bool
    namespace: str
    literals: list[str]
    octal: bool = False
    hexadecimal: bool = False
    secret: bool = False
    stands: bool = False  # what it says stands for the element
    words: list[str] = field(default_factory=list[str])  # that stand for the element that the field holds
    doc: str = ""
    shared: bool = False  # another field of the class has the same XML name
    form: str = ""  # of virtsdk.model, in the singular: Text, Number, Word, Flag, Part, Amount ... (`FORMS`)
    unit: str = ""  # of a size where none is written
    unit_field: str = ""  # the field that holds the unit
    choices: list[Field] = field(default_factory=list["Field"])  # what a list of several elements holds

    def typed(self) -> str:
        """Write the annotation."""
        form = FORMS[self.form] if self.many else self.form
        if form in ("Text", "Texts", "Number", "Numbers", "Flag"):
            return form
        if self.form not in ("Word", "Named"):
            return f"{form}[{self.type}]"
        return f"{form}[{self.type}, Literal[{', '.join(map(quote, self.words or self.literals))}]]"

    def gives(self) -> str:
        """Write the type of the value."""
        plain = {"Number": "int | str", "Word": f"{self.type} | str"}.get(self.form, self.type)
        return f"list[{plain}]" if self.many else f"{plain} | None"

    def source(self) -> str:
        """Write the field."""
        metadata: list[str] = []
        if self.shared or self.choices:
            return self._choice()
        if self.kind != "Text" and self.name != self.xml_name:
            metadata.append(f'"name": "{self.xml_name}"')
        metadata.append(f'"type": "{self.kind}"')
        if self.namespace:
            metadata.append(f'"namespace": "{self.namespace}"')
        if self.octal:
            metadata.append('"octal": True')
        if self.hexadecimal:
            metadata.append('"hexadecimal": True')
        if self.secret:
            metadata.append('"secret": True')
        if self.stands:
            metadata.append('"stands": True')
        if self.unit:
            metadata.append(f'"unit": "{self.unit}"')
        if self.unit_field:
            metadata.append(f'"unit_field": "{self.unit_field}"')
        default = "default_factory=list" if self.many else "default=None"
        return f"    {self.name}: {self.typed()} = field({default}, metadata={{{', '.join(metadata)}}})\n"

    def _choice(self) -> str:
        """Write a list of several elements, or an element that shares its XML name.

        As a choice of one it gets its own key in xsdata's JSON.
        """
        default = "default_factory=list" if self.many else "default=None"
        choices = ", ".join(each.one_of(self.name) for each in self.choices) or f"{self.one_of(self.name)},"
        metadata = f'{{"type": "Elements", "choices": ({choices})}}'
        return f"    {self.name}: {self.typed()} = field({default}, metadata={metadata})\n"

    def one_of(self, field: str) -> str:
        """Write the element as one of those that a field may hold; with its view, where that is another."""
        where = f', "namespace": "{self.namespace}"' if self.namespace else ""
        view = f', "view": "{self.name}"' if self.name != field else ""
        return f'{{"name": "{self.xml_name}", "type": ForwardRef("{self.type}"){where}{view}}}'

    def view(self, field: str) -> str:
        """Write the view on the field that holds these elements along with others."""
        return f'    {self.name}: {self.typed()} = view("{field}")\n'


def size(name: str, item: Field) -> str:
    """Write the property that gives a size in bytes."""
    word = "whatever unit it is written in" if item.unit_field else f"written in {item.unit}"
    return (
        f"\n    @property\n    def {name}(self) -> int:\n"
        f'        """``{item.name}`` in bytes, {word}; a ValueError where it is not set."""\n'
        f'        return self._as_size("{item.name}").bytes\n'
    )


def first(name: str, item: Field) -> str:
    """Write the property that gives the first item of a list."""
    return (
        f"\n    @property\n    def {name}(self) -> {item.gives()[5:-1]} | None:\n"
        f'        """The first of ``{item.name}``, which mostly holds one; None where it is empty."""\n'
        f"        return self.{item.name}[0] if self.{item.name} else None\n"
    )


def quote(value: str) -> str:
    """Write a text as a literal."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
