"""Content models -> XSD 1.1: one file a kind of document, one for what is shared, one a foreign namespace.

Children stand in ``xs:all``, which in XSD 1.1 may hold repeated elements and so says what RELAX NG's
interleave says. Where RELAX NG demands an order, or a choice of groups, the XSD accepts more: every document
that the RELAX NG accepts is accepted, and ``docs`` in the annotations say what a type is for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from lxml import etree

from schemas.content import UNBOUNDED, AttributeUse, ChildUse
from schemas.naming import Naming, class_names
from schemas.patterns import Name, SchemaError
from schemas.roles import Graph, Role, prefix
from schemas.tree import Node
from schemas.values import XS, Reference, SimpleTypes

COMMON = "common"
EMPTY = "Empty"
_Use = TypeVar("_Use", AttributeUse, ChildUse)
HEADER = (
    " Derived from libvirt's RELAX NG by `python -m schemas.generate`; do not edit, fix the recipe.\n"
    "     SPDX-License-Identifier: LGPL-2.1-or-later "
)


@dataclass
class Module:
    """One XSD file in the making."""

    name: str
    namespace: str = ""
    roots: list[Node] = field(default_factory=list[Node])
    complex_types: dict[str, Node] = field(default_factory=dict[str, Node])
    simple_types: dict[str, Node] = field(default_factory=dict[str, Node])
    needs: set[str] = field(default_factory=set[str])  # other modules


class Compiler:
    """Turns a graph of roles into XSD files."""

    def __init__(self, graph: Graph, naming: Naming) -> None:
        self._graph = graph
        self._naming = naming
        self._names = class_names(graph, naming)
        self._types = SimpleTypes(graph.identity, naming)
        self._modules: dict[str, Module] = {}
        self._foreign_homes = self._foreign()
        self._namespaces = {module: namespace for namespace, module in self._foreign_homes.items()}
        self._home = {role: self._home_of(role) for role in graph if role.is_class}
        self._simple_home: dict[str, str] = {}
        self._stems = {role: naming.documents[key].stem for key, (_, role) in graph.roots.items()}

    def compile(self) -> dict[str, bytes]:
        """Return {file name: XSD}."""
        self._check_order()
        declared = [(role, self._declare(role)) for role in self._graph if role.is_class]
        for role, (_, needs) in declared:
            for document in role.documents:
                self._types.use(needs, document)
        self._place_simple_types({role: needs for role, (_, needs) in declared})
        for role, (node, needs) in declared:
            module = self._module(self._home[role])
            module.complex_types[self._names[role]] = node
            module.needs.update(self._simple_home[name] for name in needs)
        both = set(self._types.declared) & set(self._names.values())
        if both:
            raise SchemaError(f"classes and enumerations of one name, see naming.toml: {sorted(both)}")
        self._add_roots()
        self._finish_names()
        return {f"{module.name}.xsd": self._render(module) for module in self._modules.values()}

    # where a type lives

    def _foreign(self) -> dict[str, str]:
        """Map the foreign namespaces to modules: qemu of the domain -> domain_qemu."""
        found: dict[str, str] = {}
        for role in self._graph:
            for name in role.children:
                if name.namespace and name.namespace not in found:
                    document = self._naming.documents[role.documents[0]]
                    found[name.namespace] = f"{document.module}_{prefix(name.namespace)}"
        return found

    def _home_of(self, role: Role) -> str:
        namespaces = {name.namespace for _, name in role.parents if name.namespace}
        if namespaces:
            (namespace,) = namespaces
            return self._foreign_homes[namespace]
        return self._document_home(role.documents)

    def _document_home(self, documents: list[str]) -> str:
        """One document: its module; a document and those that contain it: its module; else the shared one."""
        if len(documents) == 1:
            return self._naming.documents[documents[0]].module
        for key in documents:
            _, root = self._graph.roots[key]
            if all(other in root.documents for other in documents):
                return self._naming.documents[key].module
        return COMMON

    def _module(self, name: str) -> Module:
        if name not in self._modules:
            self._modules[name] = Module(name, self._namespaces.get(name, ""))
        return self._modules[name]

    def _place_simple_types(self, needs_of: dict[Role, set[str]]) -> None:
        order = list(self._naming.documents)
        for name, declared in self._types.declared.items():
            users = sorted(declared.users, key=order.index)
            self._simple_home[name] = self._document_home(users) if users else COMMON
        # a foreign namespace's file must not need the file that needs it
        for role, home in self._home.items():
            if home in self._namespaces:
                for name in needs_of[role]:
                    self._share(name)
        for name, declared in self._types.declared.items():
            module = self._module(self._simple_home[name])
            module.simple_types[name] = declared.node
            module.needs.update(self._simple_home[need] for need in declared.needs)

    def _share(self, name: str) -> None:
        self._simple_home[name] = COMMON
        for need in self._types.declared[name].needs:
            self._share(need)

    # declarations

    def _declare(self, role: Role) -> tuple[Node, set[str]]:
        """Return the complex type of a role and the simple types that it needs."""
        name = self._names[role]
        content = role.content
        node = etree.Element(f"{{{XS}}}complexType", {"name": name}, nsmap={"xs": XS})
        _document(node, role)
        needs: set[str] = set()
        owner = node
        if content.text and not (content.children or content.any_child):
            simple = etree.SubElement(node, f"{{{XS}}}simpleContent")
            reference = self._types.reference(
                content.text, name, "value", may_be_empty=not content.text_required
            )
            owner = etree.SubElement(simple, f"{{{XS}}}extension")
            needs |= reference.needs
            if reference.name is None and reference.node is not None:
                # an extension names its base: give the anonymous type a name of its own
                reference = self._types.declare(f"{name}-value", reference)
                needs |= reference.needs
            reference.put(owner, "base")
        elif role.is_free:
            node.set("mixed", "true")
            sequence = etree.SubElement(node, f"{{{XS}}}sequence")
            etree.SubElement(
                sequence,
                f"{{{XS}}}any",
                {"minOccurs": "0", "maxOccurs": "unbounded", "processContents": "skip"},
            )
        elif content.children or content.any_child:
            if content.text:
                node.set("mixed", "true")
            every = etree.SubElement(node, f"{{{XS}}}all")
            for child_name, use in self._ordered(name, content.children):
                needs |= self._child(every, role, child_name, use)
            if content.any_child:
                where = role.elements[0].where
                raise SchemaError(f"{where}: {role.paths[0]}: named children beside any children")
        for attribute_name, attribute in self._ordered(name, content.attributes):
            needs |= self._attribute(owner, self._stem(role), attribute_name, attribute)
        if content.any_attribute and not role.is_free:
            etree.SubElement(owner, f"{{{XS}}}anyAttribute", {"processContents": "skip"})
        return node, needs

    def _ordered(self, class_name: str, parts: dict[Name, _Use]) -> list[tuple[Name, _Use]]:
        """Sort attributes or children as naming.toml says; the others keep the RELAX NG's order."""
        first = self._naming.order.get(class_name, [])
        if parts and isinstance(next(iter(parts.values())), AttributeUse):
            first = [*(name for name in ("type", "name") if name not in first), *first]
        rank = {name: index for index, name in enumerate(first)}
        return sorted(parts.items(), key=lambda item: rank.get(item[0].local, len(rank)))

    def _check_order(self) -> None:
        """Refuse an order that names what is not there."""
        roles = {name: role for role, name in self._names.items()}
        for class_name, order in self._naming.order.items():
            known: set[str] = set()
            if role := roles.get(class_name):
                known.update(name.local for name in role.content.attributes)
                known.update(name.local for name in role.content.children)
            if unknown := [name for name in order if name not in known]:
                raise SchemaError(f"naming.toml [order] {class_name}: no such class or parts: {unknown}")

    def _stem(self, role: Role) -> str:
        """Beginning of the names of a role's enumerations."""
        return self._stems.get(role) or self._names[role]

    def _child(self, every: Node, role: Role, name: Name, use: ChildUse) -> set[str]:
        child = role.children[name]
        node = etree.SubElement(every, f"{{{XS}}}element")
        needs: set[str] = set()
        own_namespace = self._namespaces.get(self._home[role], "")
        if name.namespace != own_namespace:
            # XSD: an element of another namespace is declared in that namespace's file
            module = self._module(self._foreign_homes[name.namespace])
            self._module(self._home[role]).needs.add(module.name)
            node.set("ref", f"{{{name.namespace}}}{name.local}")
            self._foreign_root(module, name, child)
        else:
            node.set("name", name.local)
            reference = self._type_of(child, self._stem(role), name)
            needs |= reference.needs
            reference.put(node, "type")
            if child.is_class:
                self._module(self._home[role]).needs.add(self._home[child])
            elif child.is_empty:
                self._module(self._home[role]).needs.add(COMMON)
        if use.minimum != 1:
            node.set("minOccurs", str(use.minimum))
        if use.maximum != 1:
            node.set("maxOccurs", "unbounded" if use.maximum == UNBOUNDED else str(int(use.maximum)))
        return needs

    def _type_of(self, child: Role, owner: str, name: Name) -> Reference:
        if child.is_class:
            return Reference(self._names[child])
        if child.is_empty:
            return Reference(EMPTY)
        content = child.content
        return self._types.reference(content.text, owner, name, may_be_empty=not content.text_required)

    def _attribute(self, owner: Node, owner_stem: str, name: Name, use: AttributeUse) -> set[str]:
        if name.namespace:
            place = f"{use.values[0].where}: " if use.values else ""
            raise SchemaError(f"{place}an attribute with a namespace has no form in the models: {name}")
        node = etree.SubElement(owner, f"{{{XS}}}attribute", {"name": name.local})
        reference = self._types.reference(use.values, owner_stem, name)
        reference.put(node, "type")
        if use.required:
            node.set("use", "required")
        return reference.needs

    # roots

    def _add_roots(self) -> None:
        for key, (name, role) in self._graph.roots.items():
            module = self._module(self._naming.documents[key].module)
            _root(module, name.local, self._names[role])
            module.needs.add(self._home[role])
        # devices and parts on their own
        for role in self._graph:
            if role.is_class and self._names[role] == "Devices":
                for name, child in role.children.items():
                    if child.is_class:
                        _root(self._module(self._home[role]), name.local, self._names[child])

    def _foreign_root(self, module: Module, name: Name, child: Role) -> None:
        if any(root.get("name") == name.local for root in module.roots):
            return
        root = etree.Element(f"{{{XS}}}element", {"name": name.local}, nsmap={"xs": XS})
        reference = self._type_of(child, "", name)
        reference.put(root, "type")
        module.roots.append(root)

    # files

    def _finish_names(self) -> None:
        """Write types of a foreign namespace with its prefix, everywhere that they are referred to."""
        homes = {self._names[role]: home for role, home in self._home.items()}
        self._module(COMMON).complex_types[EMPTY] = _empty_type()
        prefixes = {module: module.rsplit("_", 1)[1] for module in self._namespaces}
        for module in self._modules.values():
            for node in [*module.complex_types.values(), *module.roots]:
                for part in node.iter(f"{{{XS}}}element"):
                    named = part.get("type", "")
                    if homes.get(named) in prefixes:
                        part.set("type", f"{prefixes[homes[named]]}:{named}")
                    ref = part.get("ref")
                    if ref:
                        name = etree.QName(ref)
                        home = self._foreign_homes[name.namespace or ""]
                        part.set("ref", f"{prefixes[home]}:{name.localname}")

    def _render(self, module: Module) -> bytes:
        needs = sorted(module.needs - {module.name})
        nsmap: dict[str, str] = {"xs": XS}
        for name in [module.name, *needs]:
            if name in self._namespaces:
                nsmap[name.rsplit("_", 1)[1]] = self._namespaces[name]
        schema = etree.Element(f"{{{XS}}}schema", nsmap=nsmap)
        if module.namespace:
            schema.set("targetNamespace", module.namespace)
            schema.set("elementFormDefault", "qualified")
        for name in needs:
            other = self._namespaces.get(name, "")
            tag = "include" if other == module.namespace else "import"
            node = etree.SubElement(schema, f"{{{XS}}}{tag}", {"schemaLocation": f"{name}.xsd"})
            if tag == "import" and other:
                node.set("namespace", other)
        schema.extend(module.roots)
        schema.extend(node for _, node in sorted(module.complex_types.items()))
        schema.extend(node for _, node in sorted(module.simple_types.items()))
        schema.insert(0, etree.Comment(HEADER))
        etree.indent(schema, "  ")
        return etree.tostring(schema, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _root(module: Module, name: str, type_name: str) -> None:
    if any(root.get("name") == name for root in module.roots):
        return
    module.roots.append(
        etree.Element(f"{{{XS}}}element", {"name": name, "type": type_name}, nsmap={"xs": XS})
    )


def _empty_type() -> Node:
    return etree.Element(f"{{{XS}}}complexType", {"name": EMPTY}, nsmap={"xs": XS})


def _document(node: Node, role: Role) -> None:
    """Say where the type stands in the documents."""
    paths = list(dict.fromkeys(role.paths))
    shown = ", ".join(paths[:3]) + (
        f" and {more} more place{'s' * (more > 1)}" if (more := len(paths) - 3) > 0 else ""
    )
    annotation = etree.SubElement(node, f"{{{XS}}}annotation")
    etree.SubElement(annotation, f"{{{XS}}}documentation").text = shown
