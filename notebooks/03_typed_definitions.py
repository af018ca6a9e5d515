# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Definitions as typed objects
#
# libvirt describes everything in XML: a guest, a network, a disk to attach. Here you read such a document as
# Python objects, change it with completion, see what changed, find a mistake before libvirt does, write a
# guest from nothing, and compare guests across hosts in one frame.
#
# The guests come from a **lab**: real QEMU guests inside this notebook's own process, gone with it.

# %%
import virtsdk
from virtsdk import xml
from virtsdk.models.domain import DomainDef
from virtsdk.units import GiB, MiB

lab = virtsdk.lab.embedded(guests=2)
host = lab.start()
host.domains

# %% [markdown]
# ## Read
#
# `definition()` is the guest's document as dataclasses. A list is a list, a number is a number, and an editor
# completes every name: press Tab behind `definition.devices.` A document may lack any part, which is then
# `None`; the `assert` tells a type checker that this one has them.

# %%
guest = next(iter(host.domains))
definition = guest.definition()
assert definition.devices and definition.memory
definition.os

# %%
[
    (disk.target.dev, disk.driver.type, disk.source.file)
    for disk in definition.devices.disks
    if disk.target and disk.driver and disk.source
]

# %% [markdown]
# Sizes are sizes, whatever unit the document is written in; a part that is only there or not is true or
# false.

# %%
definition.memory.bytes, definition.memory.size, bool(definition.features and definition.features.acpi)

# %% [markdown]
# Values with a known set are enumerations that are also plain text, so both ways of asking work. A value that
# this version does not know stays the text that it was.

# %%
disk = definition.devices.disks[0]
disk.device == "disk", disk.device

# %% [markdown]
# ## Change, and see what changed
#
# A model is a dataclass: set a field, add to a list. A size, a number, a path or True goes in as it is.
# `copy` keeps the original, `xml.diff` names each difference by its path. Devices are matched by what
# identifies them (a disk by its target, a network card by its MAC address), not by their position.

# %%
from copy import deepcopy

from virtsdk.models.domain import Disk, DiskDriver, DiskSource, DiskTarget

changed = deepcopy(definition)
assert changed.devices
changed.title = "Changed in a notebook"
changed.memory = MiB(512)
changed.devices.disks.insert(
    0,
    Disk(
        type="file",
        device="disk",
        driver=DiskDriver(name="qemu", type="qcow2"),
        source=DiskSource(file="/var/lib/libvirt/images/data.qcow2"),
        target=DiskTarget(dev="vdz", bus="virtio"),
    ),
)
xml.diff(definition, changed)

# %% [markdown]
# Written back, it is libvirt's XML again. Any part can be written or read on its own, as attaching a device
# needs it.

# %%
print(xml.render(changed.devices.disks[0]))

# %% [markdown]
# ## Nothing is lost
#
# A document may say more than the schema of this version knows: an attribute of a newer libvirt, an element
# of somebody's tool. It is kept, written back in its place, and listed.

# %%
text = "<domain type='kvm'><name colour='blue'>web1</name><hologram mode='3d'/><vcpu>2</vcpu></domain>"
newer = xml.parse(text)
xml.extras(newer)

# %%
print(xml.render(newer))

# %% [markdown]
# ## Find the mistake
#
# An editor that checks types marks `bus="virtoi"` where it is typed. In a document from elsewhere,
# `xml.validate` goes by libvirt's own schema, and says where in the model and in the text the fault is.
# There are three of them in here:

# %% tags=["findings"]
text = xml.render(changed).replace('bus="virtio"', 'bus="virtoi"', 1)
mistaken = xml.parse(text.replace('offset="utc"', 'offset="lunch"'), DomainDef)
assert mistaken.devices
mistaken.devices.disks[1].target = None
xml.validate(mistaken)

# %% [markdown]
# ## Write one from nothing
#
# Every part is optional while a model grows; `validate` tells what is still missing.

# %%
from virtsdk.models.domain import Devices, Interface, InterfaceModel, InterfaceSource, Os, OsBoot, OsType

new = DomainDef(type="test", memory=GiB(2), vcpu=2)
xml.validate(new)

# %%
new.name = "notebook-guest"
new.os = Os(type=OsType(value="hvm", arch="x86_64"), boots=[OsBoot(dev="hd")])
new.devices = Devices(
    disks=[
        Disk(
            type="file",
            device="disk",
            source=DiskSource(file="/guest/notebook.qcow2"),
            target=DiskTarget(dev="vda", bus="virtio"),
        )
    ],
    interfaces=[
        Interface(
            type="network", source=InterfaceSource(network="default"), model=InterfaceModel(type="virtio")
        )
    ],
)
xml.validate(new)

# %% [markdown]
# A host takes the model as it is. libvirt's test driver is a host without hardware, made for trying things
# out; what it filled in by itself is, again, a diff away.

# %%
other = virtsdk.connect("test:///default")
defined = other.domains.define(new)
xml.diff(new, defined.definition())

# %% [markdown]
# ## Compare guests across hosts
#
# `xml.to_frame` turns paths into columns: one row a guest, or with `[]` one row an item of a list.

# %% tags=["frame"]
guests = [guest.definition() for each in (host, other) for guest in each.domains]
xml.to_frame(guests, columns=["name", "type", "memory.bytes", "vcpu.value", "os.type.machine"])

# %%
xml.to_frame(guests, columns=["name", "devices.disks[].target.dev", "devices.disks[].source.file"])

# %% [markdown]
# ## Where to go from here
#
# - `03b_guests_from_nothing` writes guests of seven kinds, from Windows 11 to a container.
# - `09_act_on_a_guest` changes one that runs, by devices, snapshots and backups.
# - `virtsdk diff A.xml B.xml` and `virtsdk validate FILE` do the same in a terminal.
#
# Last, clean up: remove what was defined, and take the lab down.

# %%
defined.undefine()
other.close()
lab.stop()
