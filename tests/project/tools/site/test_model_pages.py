"""The pages about documents: every class once, with its places, its fields, and an example that holds."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tools.site import model_classes, model_examples, model_pages
from virtsdk import models, xml
from virtsdk.model import Model, kinds


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
