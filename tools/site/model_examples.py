"""An example of every model class: ours, or out of a document of ours, else the least that says something.

docs/models/examples.py has expressions, and docs/models/examples/ whole documents in XML: a part that one of
them has is the example of its class, so it is valid beside what it stands with.
"""

from __future__ import annotations

import ast
import re
from functools import cache

from tools.site.model_classes import EXAMPLES, fields
from virtsdk import models, units, xml
from virtsdk.model import Empty, FreeXml, Model, Scaled, kinds
from virtsdk.model._fields import Kind
from virtsdk.xml._extras import walk

DOCUMENTS = EXAMPLES.with_suffix("")
DEPTH = 3
FEW = 3
"""Attributes of an example that nobody wrote."""
LONG = 700
"""Characters from which on an example is too long, where there is a shorter one."""

WRITTEN = {
    "Model": "Disk(type='file', device='disk')",
    "Empty": "Features(acpi=True)",
    "Scaled": "Memory.of(GiB(8))",
    "FreeXml": "DomainDef(metadata='<app:owner xmlns:app=\"urn:example:app\">web</app:owner>')",
}
TEXTS = {
    "name": "web1",
    "uuid": "4dea22b3-1d52-4c5e-9a5c-6b7d6a8f9e01",
    "address": "192.168.122.10",
    "mac": "52:54:00:12:34:56",
    "ip": "192.168.122.10",
    "host": "storage1.example.org",
    "file": "/var/lib/libvirt/images/web1.qcow2",
    "path": "/var/lib/libvirt/images",
    "dir": "/srv/share",
    "cpuset": "0-3",
    "cpus": "0-3",
    "nodeset": "0",
    "username": "web",
    "alias": "ua-web1",
    "description": "Web server",
    "title": "Web server",
    "bridge": "virbr0",
    "interface": "eth0",
    "dev": "eth0",
    "srcmacaddr": "52:54:00:12:34:56",
    "srcmacmask": "ff:ff:ff:ff:ff:ff",
    "current_address": "52:54:00:12:34:56",
    "srcipaddr": "192.168.122.10",
    "netmask": "255.255.255.0",
    "gateway": "192.168.122.1",
    "hostname": "web1",
    "domain": "example.org",
    "machine": "q35",
    "device": "/dev/sdb",
    "evdev": "/dev/input/event3",
    "log_file": "/var/log/libvirt/web1.log",
    "socket": "/run/libvirt/web1.sock",
    "agentsock": "/run/libvirt/agent.sock",
    "keyfile": "/etc/libvirt/web1.key",
    "rendernode": "/dev/dri/renderD128",
    "wwnn": "20000000c9831b4b",
    "wwpn": "10000000c9831b4b",
    "fabric_wwn": "2002000573de9a81",
    "vcpus": "0-1",
    "id": "0",
    "index": "0",
    "root": "/srv/containers/web1",
    "partition": "/machine/web",
    "incremental": "monday",
    "exportbitmap": "monday",
    "service": "http",
    "protocol": "tcp",
    "startport": "80",
    "bus": "0x06",
    "slot": "0x02",
    "version": "1.0",
    "release_date": "04/01/2024",
    "parent": "computer",
    "usage": "/images/web1",
    "value": "1",
}


def example(cls: type[Model]) -> tuple[str, str]:
    """Return the Python that makes one of a class, and the XML that it renders."""
    name = cls.__name__
    source = WRITTEN.get(name) or written().get(name) or parts().get(name) or make(cls)
    made = evaluate(source)
    return source, xml.render(made).strip()


@cache
def written() -> dict[str, str]:
    """Return the examples that people wrote, of docs/models/examples.py."""
    text = EXAMPLES.read_text(encoding="utf-8")
    tree = ast.parse(text)
    calls = [one.value for one in tree.body if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call)]
    return {
        one.func.id: str(ast.get_source_segment(text, one)) for one in calls if isinstance(one.func, ast.Name)
    }


@cache
def documents() -> dict[str, Model]:
    """Return the documents of docs/models/examples/, by their names."""
    found: dict[str, Model] = {}
    for path in sorted(DOCUMENTS.glob("*.xml")):
        # a guest's <interface> and a host's have one name
        cls = models.InterfaceDef if path.name.startswith("interface-") else None
        found[path.stem] = xml.parse(path.read_text(encoding="utf-8"), cls)
    return found


@cache
def parts() -> dict[str, str]:
    """Return the Python of what documents of ours hold: of several that which says most in few lines."""
    found: dict[str, str] = {}
    for document in documents().values():
        for _, one in walk(document):
            name, source = type(one).__name__, source_of(one)
            if _told(one, source) > _told(one, found.get(name, "")):
                found[name] = source
    return found


def _told(model: Model, source: str) -> tuple[bool, int]:
    """Rank an example: a size by its briefness, others by what they say, as long as that is not much."""
    brief = isinstance(model, Scaled) or len(source) > LONG
    return bool(source), -len(source) if brief else len(source)


def source_of(model: Model) -> str:
    """Write the Python that makes a model."""
    known = kinds(type(model))
    units_beside = {kind.unit_field for kind in known.values() if kind.unit_field and _size(model, kind)}
    told: list[str] = []
    for name, kind in known.items():
        value = getattr(model, kind.slot)
        if value is None or value == [] or name in units_beside:
            continue
        one = f"[{', '.join(map(_source, value))}]" if kind.many else _size(model, kind) or _source(value)
        told.append(f"{name}={one}")
    return f"{type(model).__name__}({', '.join(told)})"


def _source(value: object) -> str:
    if isinstance(value, Empty):
        return "True"
    if isinstance(value, Scaled):
        return _size(value, kinds(type(value))["value"]) or source_of(value)
    if isinstance(value, Model):
        return source_of(value)
    return repr(value) if isinstance(value, int) else repr(str(value))


def _size(model: Model, kind: Kind) -> str:
    """Write a number with the unit beside it as a size; empty for what is none."""
    value = getattr(model, kind.slot)
    unit = getattr(model, f"_{kind.unit_field}") if kind.unit_field else None
    others = [name for name, one in kinds(type(model)).items() if one.slot != kind.slot and name != "unit"]
    alone = not isinstance(model, Scaled) or all(getattr(model, f"_{name}") is None for name in others)
    return f"{unit}({value})" if unit in ("KiB", "MiB", "GiB") and isinstance(value, int) and alone else ""


def evaluate(source: str) -> Model:
    """Make what an example says."""
    names = {
        name: getattr(models, name) for name in re.findall(r"\b[A-Z]\w+", source) if hasattr(models, name)
    }
    sizes = {name: getattr(units, name) for name in ("KiB", "MiB", "GiB")}
    return eval(source, {"__builtins__": {"True": True}}, names | sizes)


def make(cls: type[Model], depth: int = DEPTH, seen: tuple[type, ...] = ()) -> str:
    """Write the least that says something of a class."""
    chosen = _chosen(cls, depth, seen)
    return f"{cls.__name__}({', '.join(f'{name}={value}' for name, value in chosen)})"


def _chosen(cls: type[Model], depth: int, seen: tuple[type, ...]) -> list[tuple[str, str]]:
    said = fields(cls)
    own = [one for one in kinds(cls).values() if one.model is None and one.name != "unit"]
    own = [one for one in own if one.metadata.get("type") in ("Attribute", "Text")] or own
    needed = [one for one in own if not re.search(r"Default|Unset|optional", said.get(one.name, ""))]
    picked = sorted((needed or own[:1])[:FEW], key=own.index)
    found = [(one.name, _plain(one, said.get(one.name, ""))) for one in picked]
    if found or depth == 0:
        return found
    for one in kinds(cls).values():
        kind = one.model or (one.choices[0] if one.choices else None)
        if kind is None or kind in seen or kind is FreeXml or one.name in ("alias", "address", "acpi"):
            continue
        if kind is Empty:
            return [(one.name, "True")]
        value = make(kind, depth - 1, (*seen, cls))
        return [(one.name, f"[{value}]" if one.many else value)]
    return []


def _plain(kind: Kind, said: str) -> str:
    value = _value(kind, said)
    return f"[{value}]" if kind.many else value


def _value(kind: Kind, said: str) -> str:
    if kind.enum is not None:
        return repr(str(next(iter(kind.enum)).value))
    if kind.unit:
        return "GiB(1)" if kind.unit_field else "1"
    such = re.search(r"(?:such as|as in|like) ``([^`]+)``", said)
    if kind.integer:
        return such[1] if such and such[1].isdecimal() else "1"
    if such:
        return repr(such[1])
    return repr(TEXTS.get(kind.name, f"{kind.name.replace('_', '-')}1"))
