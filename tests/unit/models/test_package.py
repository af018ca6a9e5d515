"""`virtsdk.models` serves every class by its name, and loads what is asked for."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import virtsdk
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


@pytest.mark.parametrize("page", ["docs/documents.md", "schemas/README.md"])
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


def test_a_module_lists_its_classes_and_nothing_that_they_are_made_of():
    for name in sorted(set(m.HOMES.values())):
        module = import_module(f"virtsdk.models.{name}")
        assert dir(module) == sorted(module.__all__)
        assert not {"ClassVar", "Literal", "StrEnum", "field", "model", "Text"} & set(dir(module))


# --- sizes without a unit: what the models take them for is what libvirt does

PLACED = """<domain type='test'><name>sizes</name><memory>1048576</memory><vcpu>4</vcpu>{}
<os><type>hvm</type></os>{}<devices>{}</devices></domain>"""
KEPT = "level='3' associativity='direct' policy='writeback'"
CACHE = f"<cache {KEPT}><size value='2048'/><line value='2048'/></cache>"
BANDWIDTH = "<bandwidth initiator='0' target='0' type='access' value='2048'/>"
NUMA = f"<cell id='0' cpus='0-3' memory='1048576'>{CACHE}</cell><interconnects>{BANDWIDTH}</interconnects>"
CACHETUNE = "<cachetune vcpus='0-1'><cache id='0' level='3' type='both' size='3072'/></cachetune>"
DRIVER = (
    "<driver name='qemu' type='qcow2'><metadata_cache><max_size>1048576</max_size></metadata_cache></driver>"
)


def unsaid(before="", after="", devices=""):
    return PLACED.format(before, after, devices)


SIZES = {
    "memory": (unsaid(), "memory.bytes"),
    "hard_limit": (unsaid("<memtune><hard_limit>1024</hard_limit></memtune>"), "memtune.hard_limit.bytes"),
    "cachetune": (unsaid(f"<cputune>{CACHETUNE}</cputune>"), "cputune.cachetunes[0].caches[0].size_bytes"),
    "hugepages": (
        unsaid("<memoryBacking><hugepages><page size='2048'/></hugepages></memoryBacking>"),
        "memory_backing.hugepages.pages[0].size_bytes",
    ),
    "cell": (unsaid("", f"<cpu><numa>{NUMA}</numa></cpu>"), "cpu.numa.cells[0].memory_bytes"),
    "cache": (unsaid("", f"<cpu><numa>{NUMA}</numa></cpu>"), "cpu.numa.cells[0].caches[0].size.bytes"),
    "line": (unsaid("", f"<cpu><numa>{NUMA}</numa></cpu>"), "cpu.numa.cells[0].caches[0].line.bytes"),
    "bandwidth": (
        unsaid("", f"<cpu><numa>{NUMA}</numa></cpu>"),
        "cpu.numa.interconnects.bandwidths[0].bytes",
    ),
    "tseg": (
        unsaid("", "<features><smm state='on'><tseg>8</tseg></smm></features>"),
        "features.smm.tseg.bytes",
    ),
    "hpt": (
        unsaid("", "<features><hpt><maxpagesize>1048576</maxpagesize></hpt></features>"),
        "features.hpt.maxpagesize.bytes",
    ),
    "shmem": (
        unsaid(devices="<shmem name='a'><size>4194304</size></shmem>"),
        "devices.shmems[0].size.bytes",
    ),
    "pcihole64": (
        unsaid(
            devices="<controller type='pci' index='0' model='pci-root'>"
            "<pcihole64>1048576</pcihole64></controller>"
        ),
        "devices.controllers[0].pcihole64.bytes",
    ),
    "usage": (
        unsaid(devices="<filesystem type='ram'><source usage='1024'/><target dir='/a'/></filesystem>"),
        "devices.filesystems[0].source.usage_bytes",
    ),
    "space": (
        unsaid(
            devices="<filesystem type='mount'><source dir='/a'/><target dir='/b'/>"
            "<space_hard_limit>4096</space_hard_limit></filesystem>"
        ),
        "devices.filesystems[0].space_hard_limit.bytes",
    ),
    "max_size": (
        unsaid(devices=f"<disk type='file'>{DRIVER}<source file='/a'/><target dev='vda'/></disk>"),
        "devices.disks[0].driver.metadata_cache.max_size.bytes",
    ),
}


@pytest.mark.parametrize("name", SIZES)
def test_a_size_without_a_unit_is_what_libvirt_takes_it_for(name):
    text, path = SIZES[name]
    read = xml.to_frame([xml.parse(text)], columns=[path])[path][0]
    with virtsdk.connect("test:///default") as host:
        defined = host.domains.define(text)
        try:
            assert xml.to_frame([defined.definition()], columns=[path])[path][0] == read > 0
        finally:
            defined.undefine()


def test_docstrings_say_the_units_that_the_models_take():
    wrong, checked = [], 0
    for home in sorted(set(m.HOMES.values())):
        for cls in vars(import_module(f"virtsdk.models.{home}")).values():
            if not (isinstance(cls, type) and issubclass(cls, model.Model) and cls.__module__.endswith(home)):
                continue
            for kind in model.kinds(cls).values():
                said = None
                if kind.unit_field:
                    about = (cls.__doc__ or "").partition(f"\n    {kind.unit_field}\n")[2]
                    about = re.split(r"\n    (?=\S)", about)[0]  # up to the next field
                    said = re.search(r"Default: (\w+)", about)
                checked += said is not None
                if said and said[1] != kind.unit:
                    wrong.append(f"{cls.__name__}.{kind.name}: {kind.unit}, not {said[1]}")
    assert not wrong
    assert checked > 5
