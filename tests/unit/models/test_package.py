"""`virtsdk.models` serves every class by its name, and loads what is asked for."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import virtsdk.models as m
from virtsdk import model, xml
from virtsdk.models import domain, domain_checkpoint, domain_snapshot, network

ROOT = Path(__file__).resolve().parents[3]


def loaded_after(code):
    script = f"{code}\nimport sys\nprint(*(name for name in sys.modules if name.startswith('virtsdk')))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_every_class_is_there_and_the_bases_too():
    for name, home in m.HOMES.items():
        assert getattr(m, name) is getattr(import_module(f"virtsdk.models.{home}"), name)
    assert (m.Empty, m.Model, m.Scaled, m.FreeXml) == (model.Empty, model.Model, model.Scaled, model.FreeXml)
    assert m.Features(acpi=m.Empty()).acpi
    assert m.domain.Disk is m.Disk


def test_dir_lists_what_is_there_and_nothing_else():
    assert {"Disk", "DiskType", "NetworkDef", "Empty", "domain", "LIBVIRT", "ROOTS"} <= set(dir(m))
    for name in dir(m):
        getattr(m, name)
    assert not [name for name in dir(m) if name.startswith("_")]


def test_a_name_that_is_not_there_says_what_was_perhaps_meant():
    with pytest.raises(AttributeError, match="has no class 'Dsik'; nearest: Disk"):
        _ = m.Dsik
    with pytest.raises(AttributeError):
        _ = m._repr_html_


def test_nothing_is_loaded_before_it_is_used():
    assert not [name for name in loaded_after("import virtsdk.models as m; dir(m)") if "models." in name]
    after = loaded_after("import virtsdk.models as m; m.SecretDef")
    assert "virtsdk.models.secret" in after
    assert "virtsdk.models.domain" not in after


@pytest.mark.parametrize(
    ("name", "text", "other"),
    [
        ("Interface", "<interface type='network'/>", "InterfaceDef"),
        ("Disk", "<disk type='file'/>", "SnapshotDisk"),
        ("Memory", "<memory>1</memory>", "MemoryDevice"),
        ("Cpu", "<cpu mode='custom'/>", "CpuDef"),
        ("Secret", "<secret usage='x'/>", "SecretDef"),
        ("Sysinfo", "<sysinfo type='smbios'/>", "SysinfoDef"),
    ],
)
def test_names_that_could_mean_several_things_are_told_apart(name, text, other):
    assert type(xml.parse(text, getattr(m, name))).__name__ == name
    assert f"\n{name}\n" in m.__doc__
    assert other in m.__doc__
    assert getattr(m, other) is not getattr(m, name)


@pytest.mark.parametrize("page", ["README.md", "schemas/README.md"])
def test_the_schemas_that_the_models_were_made_from_are_named(page):
    assert f"libvirt {m.LIBVIRT}" in m.__doc__
    assert f"libvirt {m.LIBVIRT}" in (ROOT / page).read_text()


@pytest.mark.parametrize(
    ("module", "own", "shared"),
    [
        (domain, "Disk", ["CpuNumaCell", "YesNo", "QemuCommandline"]),
        (network, "NetworkDef", ["Metadata", "YesNo"]),
        (domain_checkpoint, "DomainCheckpointDef", []),
        (domain_snapshot, "DomainSnapshotDef", ["DiskAuth", "YesNo"]),
    ],
)
def test_a_documents_module_has_its_parts_wherever_they_live(module, own, shared):
    for name in (own, *shared):
        assert name in module.__all__
        assert getattr(module, name) is getattr(m, name)


def test_a_module_imports_of_another_document_what_its_own_classes_use():
    assert {name for name in domain_checkpoint.__all__ if m.HOMES[name] == "domain"} == {"DomainDef"}
    used = {name for name in domain_snapshot.__all__ if m.HOMES[name] == "domain"}
    assert "DomainDef" in used
    assert len(used) < 40
