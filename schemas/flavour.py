"""Our xsdata generator: XSD -> dataclasses that read well.

xsdata parses the XSD and resolves its types into ``Class`` objects; this module writes them: StrEnum, plural
lists, ``type`` stays ``type``, ``Model`` as base, every field optional, docstrings with the place in the
documents and the allowed values.
"""

from __future__ import annotations

import logging
import textwrap
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from xsdata.codegen.models import Attr, AttrType, Class
from xsdata.codegen.transformer import ResourceTransformer
from xsdata.formats.mixins import AbstractGenerator, GeneratorResult
from xsdata.models.config import GeneratorConfig, StructureStyle
from xsdata.models.enums import DataType, Tag

from schemas.docs import Docs
from schemas.fields import Field
from schemas.naming import Naming
from schemas.order import Order
from schemas.patterns import SchemaError
from schemas.source import RESERVED, RESERVED_SCALED, WIDTH, Writer, Written
from schemas.tree import Node
from schemas.xsdindex import XsdIndex


def load(paths: list[Path], config: GeneratorConfig) -> tuple[list[Class], set[str]]:
    """Run xsdata's analysis; return its classes and the names of those with free content."""
    transformer = ResourceTransformer(config)
    transformer.process_sources([path.resolve().as_uri() for path in paths])
    elements = {
        cls.qname: cls.extensions[0].type if cls.extensions else cls.attrs[0].types[0]
        for cls in transformer.classes
        if cls.tag == Tag.ELEMENT
    }
    classes = [cls for cls in transformer.classes if cls.tag != Tag.ELEMENT]
    free: set[str] = set()
    for cls in classes:
        for attr in cls.attrs:
            # an element of a foreign namespace stands for its type
            attr.types = [elements.get(item.qname, item).clone() for item in attr.types]
        # attributes of any name are kept by every model
        cls.attrs = [attr for attr in cls.attrs if attr.tag != Tag.ANY_ATTRIBUTE]
        if cls.mixed:
            wildcard = any(attr.tag == Tag.ANY for attr in cls.attrs)
            if wildcard:
                free.add(cls.name)
                cls.attrs.clear()
            else:
                cls.attrs.append(_text_attr())
            cls.mixed = False
    logging.getLogger("xsdata").setLevel(logging.ERROR)
    return transformer.analyze_classes(classes), free


def _text_attr() -> Attr:
    string = AttrType(qname=str(DataType.STRING), native=True)
    return Attr(tag=Tag.EXTENSION, name="value", types=[string])


class VirtsdkGenerator(AbstractGenerator):
    """Writes xsdata's classes as virtsdk models."""

    def __init__(
        self, config: GeneratorConfig, naming: Naming, index: XsdIndex, docs: Docs, order: Order
    ) -> None:
        super().__init__(config)
        self.order = order
        self.naming = naming
        self.index = index
        self.docs = docs
        self.enums = index.enumerations()
        self.free: set[str] = set()
        self.elements = self._element_names()

    # xsdata's interface

    def render(self, classes: list[Class]) -> Iterator[GeneratorResult]:
        """Yield the modules of the package."""
        written = {cls.name: self.convert(cls) for cls in classes if self._is_model(cls)}
        reachable = self._reachable(written)
        written = {name: cls for name, cls in written.items() if name in reachable}
        enums = {name: self.index.homes[name] for name in self.enums if name in reachable}
        fields = {name: [item.name for item in (*cls.fields, *cls.views)] for name, cls in written.items()}
        self.docs.check(fields | {name: [] for name in enums})
        check_tables(self.naming, fields)
        self.order.check_classes(fields)
        self.writer = Writer(written, self.enums, enums, self._with_roots(written), self.docs)
        for module, source in self.writer.modules():
            yield GeneratorResult(Path(f"{module}.py"), module, source)

    def module_name(self, module: str) -> str:
        """Return the name of a module: as it is."""
        return module

    def package_name(self, package: str) -> str:
        """Return the name of a package: as it is."""
        return package

    def _with_roots(self, written: dict[str, Written]) -> Naming:
        """Complete the table of roots: what naming.toml says goes before what the XSD declares."""
        roots: dict[str, str] = {}
        for module, declared in self.index.roots.items():
            for name, type_name in declared:
                if type_name in written and not written[type_name].namespace:
                    roots.setdefault(name, f"{module}:{type_name}")
        return replace(self.naming, roots=roots | self.naming.roots)

    # classes -> what is written

    def _is_model(self, cls: Class) -> bool:
        return not cls.is_enumeration and cls.name != "Empty" and cls.name not in self.naming.same

    def _home(self, cls: Class) -> str:
        return (cls.module or "").rpartition(".")[2]

    def _element_names(self) -> dict[str, str]:
        """Find the element that each class is: the first that is declared of it, roots first."""
        found: dict[str, str] = {}
        for roots in self.index.roots.values():
            for name, type_name in roots:
                found.setdefault(type_name, name)
        for owner in self.index.complex:
            for node in self.index.complex[owner].iter("{http://www.w3.org/2001/XMLSchema}element"):
                type_name = (node.get("type") or "").rpartition(":")[2]
                if node.get("name") and type_name:
                    found.setdefault(type_name, node.get("name", ""))
        return found

    def convert(self, cls: Class) -> Written:
        """Turn one class of xsdata into what is written."""
        element = self.elements.get(cls.name, cls.name)
        unit = self.naming.scaled.get(cls.name, "")
        base = "FreeXml" if cls.name in self.free else "Scaled" if unit else "Model"
        result = Written(cls.name, self._home(cls), base, element, cls.target_namespace or "", unit, "")
        order = {Tag.ATTRIBUTE: 0, Tag.ELEMENT: 2}  # the text stands between
        for attr in sorted(cls.attrs, key=lambda item: order.get(item.tag, 1)):
            result.fields.append(self._field(cls, attr, result))
        names = [item.name for item in result.fields]
        twice = {name for name in names if names.count(name) > 1}
        taken = RESERVED | RESERVED_SCALED if base == "Scaled" else RESERVED
        for item in result.fields:
            # an attribute and an element of one name: the element says so
            if item.name in twice and item.kind == "Element":
                item.name = f"{item.name}_element"
            if item.name in taken:
                item.name += "_"
        for item in result.fields:
            item.doc = self.docs.field(cls.name, item.name)
            item.stands = f"{cls.name}.{item.name}" in self.naming.stands
            item.hexadecimal = f"{cls.name}.{item.name}" in self.naming.hexadecimal
            item.secret = f"{cls.name}.{item.name}" in self.naming.secret
        names = [item.name for item in result.fields]
        if len(set(names)) != len(names):
            raise SchemaError(f"{cls.name}: fields of one name, see naming.toml [fields]: {sorted(twice)}")
        result.first_decides = cls.name in self.order.first
        for name, elements in self.order.lists.get(cls.name, {}).items():
            result.gather(name, elements, self.docs.field(cls.name, name))
        result.doc = self._docstring(cls, result)
        return result

    def _field(self, cls: Class, attr: Attr, owner: Written) -> Field:
        kind = {Tag.ATTRIBUTE: "Attribute", Tag.ELEMENT: "Element"}.get(attr.tag, "Text")
        many = kind == "Element" and attr.is_list
        namespace = attr.namespace or "" if kind == "Element" else ""
        foreign = namespace if namespace != owner.namespace else ""
        name = (
            "value"
            if kind == "Text"
            else self.naming.field(cls.name, attr.local_name, kind.lower(), namespace=foreign, many=many)
        )
        value_type, literals = self._type(cls, attr, kind)
        if value_type not in ("str", "int"):
            owner.uses.add(value_type)
        return Field(
            name=name,
            xml_name=attr.local_name,
            kind=kind,
            type=value_type,
            many=many,
            namespace=namespace,
            literals=literals,
            octal=self._given(cls, attr, kind) in self.naming.text,
        )

    def _given(self, cls: Class, attr: Attr, kind: str) -> str | Node:
        """Return the simple type of a field, as the XSD says."""
        if kind == "Text":
            return self.index.text_base(cls.name)
        return self.index.type_of(self.index.part(cls.name, kind.lower(), attr.local_name))

    def _type(self, cls: Class, attr: Attr, kind: str) -> tuple[str, list[str]]:
        """Return the type of a field's value, and the values that are allowed."""
        types = [item for item in attr.types if not item.native]
        if len(types) == 1:
            name = self.naming.same.get(types[0].name, types[0].name)
            if name in self.enums:
                return name, self.enums[name]
            if name in self.index.complex:
                return name, []
        given = self._given(cls, attr, kind)
        if isinstance(given, str) and given in self.enums:
            return given, self.enums[given]
        literals = self.index.literals(given)
        if self.index.is_integer(given, self.naming.text):
            return "int", literals
        return "str", literals

    def _reachable(self, written: dict[str, Written]) -> set[str]:
        """Return what the documents and their parts use; the XSD has types that the models merge away."""
        todo = [name for roots in self.index.roots.values() for _, name in roots]
        seen: set[str] = set()
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                if name in written:
                    todo.extend(written[name].uses)
        return seen

    # text

    def _docstring(self, cls: Class, written: Written) -> str:
        paths = self.index.paths(cls.name)
        lines = [self.docs.summary(cls.name) or f"The ``<{written.element}>`` element."]
        lines += ["", *textwrap.wrap(f"Place: {paths}.", WIDTH - 4, break_long_words=False)]
        parts: list[str] = []
        for item in (*written.fields, *written.views):
            allowed = ", ".join(value or "(empty)" for value in item.literals[:40])
            more = f" and {len(item.literals) - 40} more" if len(item.literals) > 40 else ""
            text = item.doc + (f" One of: {allowed}{more}." if allowed else "")
            if text:
                parts.append(item.name)
                parts.extend(
                    textwrap.wrap(
                        text.strip(),
                        WIDTH - 4,
                        initial_indent="    ",
                        subsequent_indent="    ",
                        break_long_words=False,
                        break_on_hyphens=False,
                    )
                )
        if parts:
            lines += ["", "Attributes", "----------", *parts]
        return "\n".join(lines)


def check_tables(naming: Naming, fields: Mapping[str, Collection[str]]) -> None:
    """Refuse words of naming.toml about what the models, {class: fields}, do not have."""
    known = {f"{name}.{part}" for name, parts in fields.items() for part in parts} | set(fields)
    tables = {
        "hexadecimal": naming.hexadecimal,
        "secret": naming.secret,
        "firsts": naming.firsts,
        "stands": naming.stands,
        "flags": naming.flags,
        "[sizes]": naming.sizes,
        "[scaled]": naming.scaled,
        "[ambiguous]": naming.ambiguous,
    }
    for table, given in tables.items():
        if unknown := sorted(set(given) - known):
            raise SchemaError(f"naming.toml {table} names what no class has: {', '.join(unknown)}")


def generate(
    paths: list[Path], naming: Naming, docs: Docs, order: Order
) -> tuple[dict[str, str], VirtsdkGenerator]:
    """Return {file name: source} of the models package, and the generator that knows what it wrote."""
    config = GeneratorConfig()
    config.output.package = "virtsdk.models"
    config.output.structure_style = StructureStyle.FILENAMES
    classes, free = load(paths, config)
    generator = VirtsdkGenerator(config, naming, XsdIndex.read(paths), docs, order)
    generator.free = free
    files = {str(result.path): result.source for result in generator.render(classes)}
    return files, generator
