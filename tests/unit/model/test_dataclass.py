"""To those who use them, models are dataclasses with slots, as `dataclass` itself makes them."""

import copy
import dataclasses
import inspect
import pickle
import subprocess
import sys
import typing
from importlib import import_module

import pytest
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.serializers import XmlSerializer

from virtsdk import models, xml
from virtsdk.model import Empty, Extras, FreeXml, Model, Scaled, kinds
from virtsdk.model._fields import _evaluated
from virtsdk.models.domain import (
    Devices,
    Disk,
    DiskSource,
    DiskTarget,
    DomainDef,
    Features,
    Filesystem,
    FilesystemSource,
    Memory,
)
from virtsdk.units import GiB

CLASSES = sorted(
    {
        cls
        for home in set(models.HOMES.values())
        for cls in vars(import_module(f"virtsdk.models.{home}")).values()
        if isinstance(cls, type) and issubclass(cls, Model)
    },
    key=lambda cls: cls.__qualname__,
)


def disk():
    return Disk(type="file", source=DiskSource(file="/a"), extras=Extras(attributes={"new": "1"}))


@pytest.mark.parametrize("cls", [Model, Empty, FreeXml, Scaled, Disk, Devices, Memory])
def test_what_dataclasses_say_of_a_class_is_what_they_say_of_their_own(cls):
    declared = [(each.name, each.type, each) for each in dataclasses.fields(cls)]
    peer = dataclasses.make_dataclass("Peer", [], slots=True, kw_only=True, repr=False)
    assert dataclasses.is_dataclass(cls)
    assert declared[0][0] == "extras"
    assert all(each.kw_only and each.init and each.compare for _, _, each in declared)
    assert {each.default_factory for _, _, each in declared} <= {list, dataclasses.MISSING}
    assert repr(cls.__dataclass_params__) == repr(peer.__dataclass_params__)
    assert (cls.__hash__, cls.__match_args__) == (peer.__hash__, peer.__match_args__)


def test_fields_come_in_order_with_those_of_the_base_first():
    assert [each.name for each in dataclasses.fields(Memory)] == ["extras", "unit", "value", "dump_core"]
    assert [each.name for each in dataclasses.fields(DiskTarget())][:3] == ["extras", "dev", "bus"]


def test_replace_makes_another_and_takes_what_an_assignment_takes():
    one = disk()
    for change in (dataclasses.replace, getattr(copy, "replace", dataclasses.replace)):
        two = change(one, type="block", readonly=True)
        assert (one.type, two.type, two.readonly, two.extras) == ("file", "block", Empty(), one.extras)
        with pytest.raises(TypeError, match="unknown field 'tpye' of Disk; nearest: type"):
            change(one, tpye="block")


def test_asdict_and_astuple_go_all_the_way_down():
    held = dataclasses.asdict(Devices(disks=[disk()]))
    assert held["disks"][0]["source"]["file"] == "/a"
    assert held["interfaces"] == []
    assert dataclasses.astuple(DiskTarget(dev="vda"))[1] == "vda"


def test_models_compare_by_value_and_class_and_do_not_hash():
    assert disk() == disk()
    assert disk() != dataclasses.replace(disk(), extras=None)
    assert DiskTarget() != DiskSource()
    assert DiskTarget() != None  # noqa: E711
    with pytest.raises(TypeError, match="unhashable"):
        hash(disk())


def test_a_list_that_was_only_looked_at_makes_no_difference():
    one, two = Devices(), Devices()
    assert one.disks == []
    assert one == two
    assert two == one
    assert repr(one) == repr(two) == "Devices()"
    assert pickle.dumps(copy.deepcopy(one)) == pickle.dumps(two)
    one.disks.append(Disk())
    assert one.disks == [Disk()]
    assert two.disks == []


def test_there_is_no_room_for_anything_else():
    with pytest.raises(AttributeError):
        Disk().anything = 1
    assert not hasattr(Disk(), "__dict__")


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_hold_what_is_set(protocol):
    one = DomainDef(name="web1", memory=GiB(2), devices=Devices(disks=[disk()]))
    twin = pickle.loads(pickle.dumps(one, protocol))
    assert twin == one
    assert twin.devices.interfaces == []
    assert len(pickle.dumps(DomainDef(), protocol)) < 200


def test_a_shallow_copy_shares_what_the_model_holds():
    one = Devices(disks=[disk()])
    two = copy.copy(one)
    assert two == one
    assert two.disks is one.disks
    two.disks = []
    assert one.disks


# --- deep copies


def test_a_deep_copy_shares_nothing():
    one = DomainDef(name="web1", memory=GiB(2), devices=Devices(disks=[disk()]), features=Features(acpi=True))
    two = copy.deepcopy(one)
    assert two == one
    two.devices.disks[0].source.file = "/b"
    two.devices.disks[0].extras.attributes["new"] = "2"
    two.devices.disks.append(Disk())
    two.memory.value = 1
    assert one == DomainDef(
        name="web1", memory=GiB(2), devices=Devices(disks=[disk()]), features=Features(acpi=True)
    )


def test_a_deep_copy_keeps_what_is_one_thing_one_thing():
    source, disks = DiskSource(file="/a"), [Disk()]
    disks[0].source = source
    pair = [
        Devices(disks=[Disk(source=source), Disk(source=source)]),
        Devices(disks=disks),
        Devices(disks=disks),
    ]
    first, second, third = copy.deepcopy(pair)
    assert first.disks[0].source is first.disks[1].source is second.disks[0].source
    assert first.disks[0].source is not source
    assert second.disks is third.disks is not disks
    loop = Disk()
    loop.backing_store = xml.parse("<disk><backingStore/></disk>", Disk).backing_store
    loop.backing_store.backing_store = loop.backing_store
    twin = copy.deepcopy(loop)
    assert twin.backing_store.backing_store is twin.backing_store is not loop.backing_store


def test_a_deep_copy_takes_along_what_does_not_belong_there():
    devices = Devices()
    devices.disks += [disk()]
    devices.disks.append(["odd"])
    twin = copy.deepcopy(devices)
    assert twin.disks == [disk(), ["odd"]]
    assert twin.disks[1] is not devices.disks[1]


# --- classes below a model (of Filesystem: xsdata's JSON reader tries the subclasses of what it reads)


class Noted(Filesystem):
    """A plain subclass."""

    class Meta:
        name = "filesystem"


@dataclasses.dataclass(slots=True, kw_only=True, repr=False)
class Labelled(Filesystem):
    """A dataclass below a model, with a field of its own."""

    class Meta:
        name = "filesystem"

    label: str | None = dataclasses.field(default=None, metadata={"type": "Attribute"})


@pytest.mark.parametrize("cls", [Noted, Labelled])
def test_a_subclass_is_a_model_too(cls):
    one = cls(type="mount", source=FilesystemSource(dir="/a"), readonly=True)
    assert one.readonly == Empty()
    assert xml.parse(xml.render(one), cls) == one
    for twin in (copy.deepcopy(one), copy.copy(one), pickle.loads(pickle.dumps(one))):
        assert type(twin) is cls
        assert twin == one
    assert copy.deepcopy(one).source is not one.source
    written = xml.render(Devices(filesystems=[one]), pretty=False)
    assert written == '<devices><filesystem type="mount"><source dir="/a"/><readonly/></filesystem></devices>'


def test_a_subclass_keeps_what_it_adds():
    noted, labelled = Noted(type="mount"), Labelled(type="mount", label="here")
    noted.note = "here"
    for change in (copy.deepcopy, copy.copy, lambda one: pickle.loads(pickle.dumps(one))):
        assert change(noted).note == "here"
        assert change(labelled).label == "here"
    assert xml.parse("<filesystem label='here' type='mount'/>", Labelled) == labelled
    assert xml.render(labelled, pretty=False) == '<filesystem type="mount" label="here"/>'


# --- what tools see


def test_help_and_completion_see_the_fields():
    assert [*inspect.signature(DiskTarget).parameters][:3] == ["extras", "dev", "bus"]
    assert all(
        each.kind is each.KEYWORD_ONLY and each.default in (None, [])
        for each in inspect.signature(Devices).parameters.values()
    )
    assert "virtio" in str(inspect.signature(DiskTarget).parameters["bus"].annotation)
    assert {"source", "target"} <= set(dir(Disk()))
    assert repr(Disk.source) == "<field 'source' of Disk>"


@pytest.mark.parametrize("jedi", [False, True])
def test_completion_goes_through_fields_and_lists(jedi):
    pytest.importorskip("IPython")
    code = f"""
    from IPython.core.completer import provisionalcompleter
    from IPython.core.interactiveshell import InteractiveShell
    from virtsdk.models.domain import Devices, Disk, DiskSource
    shell = InteractiveShell.instance()
    shell.Completer.use_jedi = {jedi}
    shell.user_ns["devices"] = Devices(disks=[Disk(source=DiskSource(file="/a"))])
    text = "devices.disks[0].source.proto"
    with provisionalcompleter():
        print([each.text.lstrip(".") for each in shell.Completer.completions(text, len(text))])
    """
    done = subprocess.run(
        [sys.executable, "-c", inspect.cleandoc(code)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['protocol']"


def test_annotations_say_to_everyone_what_the_codec_reads_from_them():
    assert len(CLASSES) > 500
    for cls in CLASSES:
        assert typing.get_type_hints(cls), cls
        for name, kind in kinds(cls).items():
            said = (kind.many, kind.model, kind.enum, kind.integer)
            assert said == _evaluated(cls, name), (cls, name)


def test_no_slot_hides_what_every_model_has():
    ours = set(dir(Model))
    for cls in CLASSES:
        assert not {kind.slot for kind in kinds(cls).values()} & ours, cls


def test_stock_xsdata_reads_and_writes_models():
    one = DomainDef(
        type="kvm", name="web1", memory=GiB(2), features=Features(acpi=True), devices=Devices(disks=[disk()])
    )
    one.devices.disks[0].extras = None
    text = XmlSerializer().render(one)
    assert xml.parse(text.encode(), DomainDef) == one
    assert XmlParser().from_string(xml.render(one), DomainDef) == one
