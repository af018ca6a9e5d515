"""docs.toml: our words about the models, checked against the models."""

import re
import tomllib
from pathlib import Path

import pytest

import virtsdk.models
from schemas.docs import Docs
from schemas.patterns import SchemaError
from schemas.xsdindex import XsdIndex
from tools.site import model_classes
from virtsdk.model import FreeXml, Scaled, kinds

MODELS = {"Disk": ["device", "target"], "DiskBus": []}
BASE = {*kinds(FreeXml), *kinds(Scaled)}
"""Fields that the base of all models describes."""
DOCS = Path(__file__).parents[3] / "schemas" / "docs.toml"


def read(tmp_path: Path, text: str) -> Docs:
    path = tmp_path / "docs.toml"
    path.write_text(text)
    return Docs.read(path)


def test_summary_and_fields_come_back_and_what_is_not_written_is_empty(tmp_path: Path) -> None:
    docs = read(tmp_path, '[Disk]\nsummary = "A disk."\ntarget = "Where it is plugged in."\n')
    docs.check(MODELS)
    assert docs.summary("Disk") == "A disk."
    assert docs.field("Disk", "target") == "Where it is plugged in."
    assert docs.field("Disk", "device") == ""
    assert docs.summary("DiskBus") == ""


def test_an_enumeration_takes_a_summary(tmp_path: Path) -> None:
    read(tmp_path, '[DiskBus]\nsummary = "Buses."\n').check(MODELS)


def test_every_unknown_class_and_field_is_named(tmp_path: Path) -> None:
    docs = read(
        tmp_path, '[Disk]\ntarget = "x"\ntraget = "x"\n\n[Disc]\nsummary = "x"\n\n[DiskBus]\nide = "x"\n'
    )
    with pytest.raises(SchemaError) as caught:
        docs.check(MODELS)
    message = str(caught.value)
    for name in ("Disk.traget", "Disc", "DiskBus.ide"):
        assert name in message
    assert "Disk.target" not in message


SHARED = """
[Disk]
target = "Its own."
[DiskCopy]
like = "Disk"
["Disk*"]
target = "Of all."
device = "Of all."
["*"]
device = "Of the last."
model = "Of the last."
"""


def test_a_field_has_its_own_words_then_those_of_its_like_then_those_of_a_pattern(tmp_path: Path) -> None:
    docs = read(tmp_path, SHARED)
    docs.check({"Disk": ["device", "target", "model"], "DiskCopy": ["target"], "DiskBus": []})
    assert docs.field("Disk", "target") == docs.field("DiskCopy", "target") == "Its own."
    assert docs.field("DiskMirror", "target") == docs.field("Disk", "device") == "Of all."
    assert docs.field("Video", "model") == docs.field("Disk", "model") == "Of the last."
    assert docs.field("Video", "target") == docs.summary("DiskMirror") == ""


def test_words_for_what_nothing_fits_are_named(tmp_path: Path) -> None:
    docs = read(tmp_path, '["Dusk*"]\na = "x"\n["Disk*"]\nbus = "x"\n[Disk]\nlike = "Dusk"\n')
    with pytest.raises(SchemaError, match=r"Dusk\*, Disk\*\.bus, Disk\.like$"):
        docs.check(MODELS)


def test_every_class_and_every_field_is_described() -> None:
    """The bar: a class or field that a newer schema brings gets words, too."""
    docs = Docs.read(DOCS)
    missing = [
        f"{name}.{field}"
        for name, cls in model_classes.classes().items()
        for field in kinds(cls)
        if not docs.field(name, field) and cls.__module__.startswith("virtsdk.models.") and field not in BASE
    ]
    assert missing == []
    assert [name for name, cls in model_classes.classes().items() if not model_classes.about(cls)] == []
    assert [
        f"{name}.{field}"
        for name, cls in model_classes.classes().items()
        for field, text in model_classes.fields(cls).items()
        if re.sub(r"One of: [^.]*[.]$", "", text).strip() == ""
    ] == []


def test_the_words_are_sentences_that_fit_a_docstring() -> None:
    for name, lines in tomllib.loads(DOCS.read_text()).items():
        for key, text in lines.items():
            if key == "like":
                continue
            assert text.endswith("."), f"{name}.{key}"
            assert text == " ".join(text.split()), f"{name}.{key}"
            assert '"""' not in text, f"{name}.{key}"
            assert "\\" not in text, f"{name}.{key}"
        assert len(lines.get("summary", "")) <= 96, name


def test_every_line_reaches_the_docstring_of_its_class() -> None:
    for name, lines in tomllib.loads(DOCS.read_text()).items():
        if "*" in name:
            continue
        docstring = " ".join((getattr(virtsdk.models, name).__doc__ or "").split())
        for key, text in lines.items():
            if key == "like":
                continue
            wanted = text if key == "summary" else f" {key} {text}"
            assert wanted in docstring, f"{name}.{key}"


def test_literals_are_listed_only_where_they_are_all_that_is_allowed(tmp_path: Path) -> None:
    path = tmp_path / "part.xsd"
    path.write_text(
        """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
          <xs:simpleType name="closed"><xs:union memberTypes="two">
            <xs:simpleType><xs:restriction base="xs:token"><xs:enumeration value="c"/></xs:restriction>
            </xs:simpleType></xs:union></xs:simpleType>
          <xs:simpleType name="two"><xs:restriction base="xs:token">
            <xs:enumeration value="a"/><xs:enumeration value="b"/></xs:restriction></xs:simpleType>
          <xs:simpleType name="open"><xs:union memberTypes="two xs:int"/></xs:simpleType>
        </xs:schema>"""
    )
    index = XsdIndex.read([path])
    assert index.literals("closed") == ["a", "b", "c"]
    assert index.literals("open") == []
