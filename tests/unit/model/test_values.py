"""Text, numbers and words: what fields take for them, in which form they keep them, and what they refuse."""

import enum
import pathlib
import uuid

import numpy as np
import pytest

from tests.unit.model.assigning import ways
from virtsdk import models, xml
from virtsdk.errors import XmlError
from virtsdk.model import Model, kinds
from virtsdk.models.domain import (
    Address,
    Disk,
    DiskTarget,
    DiskTargetBus,
    DomainDef,
    Filesystem,
    LaunchSecurity,
    MemoryDeviceTargetAddress,
    Vcpu,
)
from virtsdk.models.node_device import NodeDeviceCapabilityVendor
from virtsdk.models.storage_volume import StoragePermissions
from virtsdk.xml._diff.values import hexadecimal, spelling_of
from virtsdk.xml._fields import describe

DOMAIN = uuid.UUID("4dea22b3-1d52-d8f3-2516-782e98ab3fa0")


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("a", "a"),
        (np.str_("a"), "a"),
        (pathlib.PurePosixPath("/a/b"), "/a/b"),
        (DOMAIN, str(DOMAIN)),
        (7, "7"),
        (np.uint8(7), "7"),
    ],
)
def test_text_is_text(given, text):
    for guest in ways(DomainDef, "name", given):
        assert guest.name == text
        assert type(guest.name) is str


class Answer(enum.Enum):
    NUMBER = 42
    WORD = "all"


@pytest.mark.parametrize(
    ("given", "number"),
    [
        (4, 4),
        (np.int64(4), 4),
        (np.uint8(4), 4),
        ("4", 4),
        ("0x1f", "0x1f"),
        ("007", "007"),
        ("four", "four"),
        (np.str_("four"), "four"),
        (Answer.NUMBER, 42),
        (Answer.WORD, "all"),
    ],
)
def test_a_number_is_an_int_where_writing_it_gives_the_same_text(given, number):
    for vcpu in ways(Vcpu, "value", given):
        assert (vcpu.value, type(vcpu.value)) == (number, type(number))


@pytest.mark.parametrize(
    "wrong", [True, np.True_, 1.5, np.float64(1), float("nan"), b"x", ["x"], {}, Disk(), pathlib]
)
def test_text_and_numbers_are_nothing_else(wrong):
    for cls, field in ((DomainDef, "name"), (Vcpu, "value")):
        said = rf"{cls.__name__}\.{field} must be text or a whole number, not "
        with pytest.raises(TypeError, match=said):
            cls(**{field: wrong})
        with pytest.raises(TypeError, match=said):
            setattr(cls(), field, wrong)


def test_an_octal_number_is_text():
    for mode in ("0644", "644"):
        assert StoragePermissions(mode=mode).mode == mode
    for cls, field in ((StoragePermissions, "mode"), (Filesystem, "fmode")):
        with pytest.raises(
            TypeError, match=rf"{field} must be an octal number as text, such as '0644', not 420"
        ):
            cls(**{field: 0o644})


def test_a_number_that_libvirt_reads_to_base_16_is_text():
    """An int would be written in decimals, which libvirt takes for hexadecimal digits."""
    assert Address(iobase="0x505").iobase == "0x505" and Address(reg="3000").reg == "3000"
    for cls, fields in (
        (Address, "base iobase irq reg"),
        (MemoryDeviceTargetAddress, "base"),
        (LaunchSecurity, "policy"),
        (NodeDeviceCapabilityVendor, "id"),
    ):
        for field in fields.split():
            with pytest.raises(TypeError, match=rf"{field} must be a hexadecimal number as text, .* not 31"):
                cls(**{field: 31})
            with pytest.raises(
                XmlError, match=rf"^{field} must be a hexadecimal number as text, .* a number"
            ):
                xml.from_dict({field: 31}, cls)
    assert Address(bus=6, slot=2).bus == 6


def test_every_number_that_compares_as_hexadecimal_is_text():
    for name, home in models.HOMES.items():
        cls = getattr(models, name)
        for field in describe(cls).attributes + describe(cls).elements if issubclass(cls, Model) else ():
            if field.model is None and not field.choices and spelling_of(name, field) is hexadecimal:
                assert kinds(cls)[field.name].metadata.get("hexadecimal"), f"{home}: {name}.{field.name}"


def test_a_word_that_the_schema_knows_is_its_member_and_others_stay_text():
    for target in (*ways(DiskTarget, "bus", "virtio"), *ways(DiskTarget, "bus", DiskTargetBus.VIRTIO)):
        assert target.bus is DiskTargetBus.VIRTIO
    assert DiskTarget(bus="warp").bus == "warp"
    with pytest.raises(TypeError, match=r"Disk\.rawio must be one of 'yes', 'no', not True"):
        Disk(rawio=True)
