"""The pages about documents: every class once, with its places, its fields, and an example that holds."""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from tools.site import model_classes, model_examples, model_pages
from virtsdk import models, xml
from virtsdk.model import Model, kinds
from virtsdk.xml._extras import walk


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return model_pages.pages()


@pytest.fixture(scope="module")
def entries(pages: dict[str, str]) -> dict[str, str]:
    """The text of each entry by its class."""
    found: dict[str, str] = {}
    for text in pages.values():
        for part in re.split(r"^\.\. py:class:: ", text, flags=re.MULTILINE)[1:]:
            found[part.partition("\n")[0]] = part
    return found


def test_every_class_is_described_once(pages: dict[str, str]) -> None:
    homes = Counter(re.findall(r"^\.\. py:class:: (\w+)$", "\n".join(pages.values()), re.MULTILINE))
    assert {*homes} == {*model_classes.classes(), *model_classes.enumerations()}
    assert max(homes.values()) == 1


def test_an_entry_has_its_place_and_every_field(entries: dict[str, str]) -> None:
    for name, cls in model_classes.classes().items():
        for path in model_classes.paths(cls):
            assert f"``{path}``" in entries[name], name
        for field in kinds(cls):
            assert f"\n   ``{field}`` : " in entries[name], (name, field)


def test_every_place_that_a_docstring_names_is_walked() -> None:
    """But for what is within a guest's document that another document holds."""
    inner = ("domainsnapshot/domain/", "domainsnapshot/inactiveDomain", "domaincheckpoint/domain/")
    for name, cls in model_classes.classes().items():
        for path in model_classes.paths(cls):
            if not path.startswith(inner):
                assert model_classes.walked().get(path) == name, path


def test_every_path_leads_to_its_class(pages: dict[str, str]) -> None:
    lines = {*(pages["paths"] + "\n" + pages["paths.others"]).split("\n")}
    for path, name in model_classes.walked().items():
        assert f"* ``{path}`` :py:obj:`~virtsdk.models.{name}`" in lines


def test_an_example_parses_back_equal(entries: dict[str, str]) -> None:
    for name, cls in model_classes.classes().items():
        source, text = model_examples.example(cls)
        made = model_examples.evaluate(source)
        assert xml.parse(text, cls=type(made)) == made, name
        assert model_examples.evaluate("\n".join(model_pages.formatted(source))) == made, name
        for line in text.split("\n"):
            assert line in entries[name], name


def test_an_example_that_somebody_wrote_is_of_its_class_and_valid() -> None:
    roots = {home.partition(":")[2] for home in models.ROOTS.values()}
    for name, source in model_examples.written().items():
        made = model_examples.evaluate(source)
        assert type(made).__name__ == name
        if name in roots:
            assert xml.validate(made) == [], name


def test_a_document_of_examples_is_valid_and_its_python_makes_it() -> None:
    for name, document in model_examples.documents().items():
        assert xml.validate(document) == [], name
        assert xml.extras(document) == [], name
        source = model_examples.source_of(document)
        assert xml.diff(model_examples.evaluate(source), document) == [], name


def test_a_part_that_somebody_wrote_is_valid_in_the_place_of_another_of_its_class() -> None:
    roots = {home.partition(":")[2] for home in models.ROOTS.values()}
    for name, source in model_examples.written().items():
        if name not in roots:
            assert any(xml.validate(one) == [] for one in _with(model_examples.evaluate(source))), name


def _with(part: Model) -> Iterator[Model]:
    """Yield the documents of ours with a part in the place of each of its class."""
    for document in model_examples.documents().values():
        places = [path for path, one in walk(document) if type(one) is type(part)]
        for place in places:
            twin = copy.deepcopy(document)
            there = next(one for path, one in walk(twin) if path == place)
            for kind in kinds(type(part)).values():
                setattr(there, kind.slot, copy.deepcopy(getattr(part, kind.slot)))
            yield twin


def test_no_class_has_only_the_least_that_renders() -> None:
    """The bar: a class that a newer schema brings gets a place in a document of examples."""
    ours = {*model_examples.WRITTEN, *model_examples.written(), *model_examples.parts()}
    assert sorted(model_classes.classes().keys() - ours) == []


@pytest.mark.parametrize(
    ("source", "same"),
    [
        ("<memory unit='GiB'>4</memory>", "memory=GiB(4)"),
        ("<memory unit='GiB' dumpCore='on'>4</memory>", "Memory(unit='GiB', value=4, dump_core='on')"),
        ("<memory unit='b'>4</memory>", "Memory(unit='b', value=4)"),
        ("<features><acpi/></features>", "features=Features(acpi=True)"),
        ("<os><boot dev='hd'/></os>", "os=Os(boots=[OsBoot(dev='hd')])"),
        (
            "<cpu><numa><cell id='0' memory='2' unit='MiB'/></numa></cpu>",
            "CpuNumaCell(id=0, memory=MiB(2))",
        ),
    ],
)
def test_the_python_of_a_model(source: str, same: str) -> None:
    assert same in model_examples.source_of(xml.parse(f"<domain>{source}</domain>"))


def test_of_several_examples_the_one_that_says_most_in_few_lines_is_shown() -> None:
    disk, size = models.Disk(type="file"), models.ScaledMemory(value=4)
    told = [model_examples._told(disk, "x" * length) for length in (0, 2000, 701, 700)]
    assert told == sorted(told)[:1] + told[1:] == sorted(told)
    assert model_examples._told(size, "x") > model_examples._told(size, "xx")


def test_what_people_write_has_an_example_of_ours() -> None:
    """Every document and device; what a host alone tells is the least that says something."""
    told = {"Capabilities", "DomainCapabilities", "StoragePoolCapabilities", "Nvram"}
    roots = {home.partition(":")[2] for home in models.ROOTS.values()}
    assert roots - told <= model_examples.written().keys()


def test_pages_are_not_heavy(pages: dict[str, str]) -> None:
    assert max(map(len, pages.values())) < 120_000  # four times as much in HTML


@pytest.mark.parametrize(
    ("name", "field", "said"),
    [
        ("Disk", "type", "word of :py:obj:`DiskType`, ``type=``"),
        ("Disk", "backing_store", ":py:obj:`BackingStore`, ``<backingStore>``"),
        ("Disk", "readonly", "presence, ``<readonly>``"),
        ("Devices", "disks", "list of :py:obj:`Disk`, ``<disk>``"),
        ("DomainDef", "name", "text, ``<name>``"),
        ("RngBackend", "value", "text, the text"),
    ],
)
def test_a_field_says_its_form(name: str, field: str, said: str) -> None:
    cls: type[Model] = getattr(models, name)
    assert model_pages.form(kinds(cls)[field]) == said


def test_a_class_is_at_home_where_its_name_says() -> None:
    assert model_classes.home(models.DiskSource) == "domain/devices/disk/source"
    assert model_pages.section(models.DiskTarget) == "domain.devices.disk"
    assert model_pages.section(models.NetworkDef) == "network"
    assert model_pages.section(models.Empty) == "base"
