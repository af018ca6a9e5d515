"""Decoders that are written with the models, and those that are compiled when they are first needed."""

import dataclasses
import gc
import subprocess
import sys
import threading

import pytest
from lxml import etree

from virtsdk import model, xml
from virtsdk.errors import XmlError
from virtsdk.models.domain import Disk, DomainDef
from virtsdk.xml import _decoder

DOCUMENT = """<domain type='kvm' id='3' zz='1'><name y='2'>web1</name><memory unit='GiB'>2</memory>text
<metadata><a:b xmlns:a='urn:a'>x</a:b></metadata><vcpu current='1'>4</vcpu><features><acpi/><pae/></features>
<devices><emulator>/q</emulator><disk type='file'><source file='/a' startupPolicy='optional'/>
<target dev='vda' bus='virtio'/><unknown/></disk><disk type='odd'/>
<interface type='network'><mac address='52:54:00:00:00:01'/>
</interface>
<graphics type='vnc' port='-1' autoport='yes'><listen type='address' address='0.0.0.0'/></graphics>
</devices><name>twice</name></domain>"""


def test_a_decoder_that_is_compiled_gives_what_the_written_one_gives():
    written = _decoder.decoder(DomainDef)
    compiled = _decoder._compiled(DomainDef)
    assert compiled is not written
    element = etree.fromstring(DOCUMENT)
    assert compiled(element) == written(element)
    assert written(element).extras is not None


def test_the_written_decoders_are_used():
    code = """
import sys
from virtsdk import xml
from virtsdk.models.secret import SecretDef
compiled = []
real = compile
import builtins
builtins.compile = lambda *given, **more: compiled.append(given[1]) or real(*given, **more)
xml.parse("<secret ephemeral='no'><usage type='volume'><volume>/x</volume></usage></secret>", SecretDef)
print([name for name in compiled if "decoder" in str(name)], "virtsdk.xml.written.domain" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] False"


@dataclasses.dataclass(slots=True, kw_only=True, repr=False)
class Vendored(model.Model):
    """A class of someone else's, with parts of the models in it."""

    class Meta:
        name = "vendored"

    label: str | None = dataclasses.field(default=None, metadata={"type": "Attribute"})
    count: int | str | None = dataclasses.field(default=None, metadata={"type": "Element"})
    disks: list[Disk] = dataclasses.field(default_factory=list, metadata={"name": "disk", "type": "Element"})


@model.model
class Modelled(model.Model):
    """The same as a model."""

    class Meta:
        name = "vendored"

    label: model.Text = model.field(default=None, metadata={"type": "Attribute"})
    count: model.Number = model.field(default=None, metadata={"type": "Element"})
    disks: model.Parts[Disk] = model.field(default_factory=list, metadata={"name": "disk", "type": "Element"})


@pytest.mark.parametrize("cls", [Vendored, Modelled])
def test_a_class_of_someone_else_is_read_and_written(cls):
    text = '<vendored label="x"><count>4</count><disk type="file"/><disk/></vendored>'
    read = xml.parse(text, cls)
    assert read == cls(label="x", count=4, disks=[Disk(type="file"), Disk()])
    assert xml.render(read, pretty=False) == text


def test_many_threads_get_a_decoder_at_once():
    found, start = [], threading.Barrier(8)

    def work():
        start.wait()
        found.append(xml.parse("<vendored count='1'><disk/></vendored>", Late))

    class Late(Modelled):
        class Meta:
            name = "vendored"

    threads = [threading.Thread(target=work) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(found) == 8
    assert all(each == found[0] for each in found)


# --- the collector


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_afterwards_as_it_was(enabled):
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        xml.parse(DOCUMENT)
        with pytest.raises(XmlError):
            xml.parse("<domain")
        with pytest.raises(TypeError):
            xml.parse(None)
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()


def test_many_models_are_parsed_without_a_collection():
    runs = []

    def note(phase, info):
        runs.append(info["generation"])

    text = DOCUMENT.encode()
    gc.collect()
    gc.callbacks.append(note)
    try:
        kept = [xml.parse(text, DomainDef) for _ in range(500)]
    finally:
        gc.callbacks.remove(note)
    assert len(kept) == 500
    assert len(runs) <= 4
