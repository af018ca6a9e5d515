"""What a type checker says of code that writes and reads models."""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# A line with "# error: RULE" is refused for that reason, every other line is not.
CODE = """
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import assert_type

import virtsdk.models as m
from virtsdk.model import Empty
from virtsdk.models.common import CpuNumaCell
from virtsdk.models.domain import (
    Devices, Disk, DiskSource, DiskTarget, DiskTargetBus, DomainDef, Features, Memory, Os, OsBoot, Vcpu
)
from virtsdk.units import GiB

# words of the schema, members of the enumeration, nothing else
DiskTarget(bus="virtio")
DiskTarget(bus=DiskTargetBus.VIRTIO)
DiskTarget(bus="virtoi")  # error: reportArgumentType
target = DiskTarget()
target.bus = "scsi"
target.bus = None
target.bus = "virtoi"  # error: reportAttributeAccessIssue
assert_type(target.bus, DiskTargetBus | str | None)

# what people have
guest = DomainDef(name="web1", uuid=uuid.uuid4(), memory=GiB(8), vcpu=4)
guest.memory = 4096
guest.memory = Memory.of(GiB(8))
guest.memory = "lots"  # error: reportAttributeAccessIssue
assert_type(guest.memory, Memory | None)
def read(given: DomainDef):
    if given.memory is not None:
        assert_type(given.memory.bytes, int)
    given.memory.bytes  # error: reportOptionalMemberAccess
guest.vcpu = "4"
guest.vcpu = Vcpu(value=4, placement="static")
guest.vcpu = Memory()  # error: reportAttributeAccessIssue
guest.name = Path("web1")
guest.name = 1.5  # error: reportAttributeAccessIssue
CpuNumaCell(id=0, cpus="0-7", memory=GiB(32))

features = Features(acpi=True, pae=Empty())
features.acpi = False
features.acpi = "yes"  # error: reportAttributeAccessIssue
assert_type(features.acpi, Empty | None)

devices = Devices(disks=[Disk(type="file", source=DiskSource(file=Path("/a")), readonly=True)])
devices.disks.append(Disk())
devices.disks = (Disk() for _ in range(2))
devices.disks = [Memory()]  # error: reportAttributeAccessIssue
devices.disks.append("vda")  # error: reportArgumentType
assert_type(devices.disks, list[Disk])
assert_type(Os(boots=[OsBoot(dev="hd")]).first_boot, OsBoot | None)

# what an element is about, and what says something by being there
assert_type(Os(boots=["hd", OsBoot(dev="cdrom")]).boots, list[OsBoot])
Os(boots=["hdd"])  # error: reportArgumentType
Disk(target="vda", alias="ua-a")
features.apic = True
features.apic = "yes"  # error: reportAttributeAccessIssue

# metadata is there, whatever is written
@dataclass
class Owner:
    name: str = ""
guest.metadata.set("urn:a", Owner("ana"), prefix="a")
assert_type(guest.metadata.get("urn:a", Owner), Owner | None)
assert_type(guest.metadata.remove("urn:a"), bool)
guest.metadata = None

# names
Disk(soruce=None)  # error: reportCallIssue
Disk("file")  # error: reportCallIssue
Disk().soruce  # error: reportAttributeAccessIssue

# the package has every class
assert_type(m.Disk(), Disk)
assert_type(m.Empty(), Empty)
assert_type(m.domain.Disk(), Disk)
"""


def test_a_type_checker_knows_what_fields_take_and_give(tmp_path):
    file = tmp_path / "authoring.py"
    file.write_text(CODE)
    (tmp_path / "pyrightconfig.json").write_text(
        json.dumps(
            {"extraPaths": [str(ROOT)], "typeCheckingMode": "standard", "reportUnusedExpression": False}
        )
    )
    command = [
        sys.executable,
        "-m",
        "pyright",
        "--outputjson",
        "--pythonpath",
        sys.executable,
        "-p",
        str(tmp_path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = {
        (each["range"]["start"]["line"], each["rule"])
        for each in json.loads(done.stdout)["generalDiagnostics"]
    }
    expected = {
        (number, match[1])
        for number, line in enumerate(CODE.splitlines())
        if (match := re.search(r"# error: (\w+)$", line))
    }
    assert said == expected
