# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Act on a guest
#
# A disk is plugged in and grown while its guest runs, something goes wrong and is taken back, and a backup
# makes a second guest. All of it in the names that you find with Tab: verbs on the guest itself, and nouns
# for its parts, `guest.disks`, `guest.agent`, `guest.snapshots`, `guest.checkpoints`, `guest.tuning`.
#
# The host is a throwaway daemon with a real guest. This one gets a drive for CDs before it boots.

# %%
import time

import virtsdk
from virtsdk import errors
from virtsdk.models.domain import Disk, DiskDriver, DiskSource, DiskTarget
from virtsdk.models.storage_pool import StoragePoolDef, StoragePoolTarget
from virtsdk.models.storage_volume import StorageVolumeDef, StorageVolumeFormat, StorageVolumeTarget
from virtsdk.units import MiB

lab = virtsdk.lab.hosts(1, guests=1, wait=False)
(host,) = lab.start()
guest = host.domains["web1"]
folder = host.layout.home / "images"
folder.mkdir()
(folder / "tools.iso").write_bytes(bytes(2**20))

guest.destroy()
definition = guest.definition(persistent=True)
assert definition.devices
drive = Disk(device="cdrom", target=DiskTarget(dev="hda", bus="ide"))
drive.source = DiskSource(file=folder / "tools.iso")
definition.devices.disks.append(drive)
host.domains.define(definition)
guest.start()
guest.wait("agent", timeout=180)
guest

# %% [markdown]
# ## The daily questions
#
# Which guests does the host not start by itself? What is this one's address? What does it say?

# %%
[one.name for one in host.domains if not one.autostart]

# %%
guest.set_title("shop, front")
guest.address(), guest.agent.run(["uname", "-r"]).stdout

# %% [markdown]
# A program's exit code and what it wrote are a value; `check=True` raises where the code is not 0.

# %%
guest.agent.run(["ls", "/nowhere"])

# %% [markdown]
# Why is it paused? A state has a reason.

# %%
guest.suspend()
why = guest.state, guest.state_reason
guest.resume()
why

# %% [markdown]
# The CD has been copied; eject it. `change_media(target, path)` would put another in.

# %%
guest.change_media("hda", None)
guest.disks.frame()[["target", "bus", "format", "capacity_bytes", "source"]]

# %% [markdown]
# ## Plug a disk in, and grow it
#
# A volume of a storage pool, attached while the guest runs. A verb that libvirt calls with "affect" flags has
# `scope=`: `"auto"` changes what runs and what the next start takes, in one call.

# %%
pool = host.storage_pools.define(
    StoragePoolDef(type="dir", name="images", target=StoragePoolTarget(path=folder))
)
pool.start()
qcow2 = StorageVolumeTarget(format=StorageVolumeFormat(type="qcow2"))
volume = pool.volumes.create(StorageVolumeDef(name="data.qcow2", capacity=MiB(64), target=qcow2))


def partitions(awaited: str = "") -> str:
    """What the guest itself sees; it takes a moment to notice."""
    for _ in range(300):
        seen = guest.agent.run(["grep", "vd", "/proc/partitions"]).text
        if awaited in seen:
            return seen
        time.sleep(0.1)
    raise TimeoutError(f"the guest does not see {awaited}")


guest.attach(
    Disk(
        type="file",
        driver=DiskDriver(name="qemu", type="qcow2"),
        source=DiskSource(file=volume.path),
        target=DiskTarget(dev="vdb", bus="virtio"),
    )
)
print(partitions("65536 vdb"))

# %% [markdown]
# The guest sees more of it at once. Making it smaller would cut data off, so it is refused unless it is
# said; and who uses the volume is a question to the volume.

# %%
guest.disks["vdb"].resize(MiB(128))
try:
    guest.disks["vdb"].resize(MiB(1))
except (errors.VirtError, ValueError) as error:
    print(error)
print(partitions("131072 vdb"), volume.used_by())

# %% [markdown]
# ## Try something, and take it back
#
# A snapshot has disks and memory: the guest goes on from it, programs and all.

# %%
guest.agent.write_file("/mnt/settings", b"workers = 4\n")
guest.agent.run(["sync"])
before = guest.snapshots.create("before the upgrade", description="4 workers, all well")
guest.agent.run(["sh", "-c", "echo 'workers = -1' >/mnt/settings; sync"])
guest.snapshots.create("upgraded")
guest.agent.read_file("/mnt/settings")

# %% [markdown]
# That did not go well. `revert` returns when the guest's agent answers again; what was tried stays as a
# branch until somebody deletes it.

# %%
before.revert()
guest.agent.run(["sh", "-c", "echo 'workers = 5' >>/mnt/settings; sync"])
guest.snapshots.create("more workers")
print(guest.agent.read_file("/mnt/settings").decode())
guest.snapshots.tree()

# %% [markdown]
# Deleting a snapshot leaves the guest as it is.

# %%
before.delete(children=True)
len(guest.snapshots)

# %% [markdown]
# ## Back up what runs
#
# A full backup makes a checkpoint, from which the next one copies changes alone. Long verbs have
# `progress="auto"` for a bar; with `wait=False` they give an `Operation` that goes on behind.

# %%
backups = folder / "backups"
backups.mkdir()
monday = guest.backup(backups, checkpoint="monday", disks=["vda"])
monday

# %%
guest.agent.run(["sh", "-c", "echo tuesday >/mnt/diary; sync"])
print(guest.checkpoints["monday"].size_bytes, "bytes have changed")
with guest.backup(backups, incremental="monday", checkpoint="tuesday", disks=["vda"], wait=False) as going:
    print(going)
tuesday = going.result
tuesday.frame()[["disk", "file", "incremental", "checkpoint"]]

# %% [markdown]
# `restored` is the definition of a guest that boots from them, each incremental one on top of what it needs;
# a backup that is missing between two is an error and not a broken guest.

# %%
copy = tuesday.restored(guest.definition(persistent=True), monday)
assert copy.devices
copy.name, copy.uuid = "web1-copy", None
copy.devices.interfaces = []
copy.devices.disks = copy.devices.disks[:1]
for serial in copy.devices.serials:
    serial.log = None
copy.devices.disks[0]

# %%
second = host.domains.create(copy)
second.wait("agent", timeout=180)
diary = second.agent.read_file("/mnt/diary")
second.destroy()
diary

# %% [markdown]
# ## Unplug, and leave
#
# `detach` returns when the guest has let go of the device, not when it was asked.

# %%
guest.detach("vdb")
print(partitions())
for checkpoint in guest.checkpoints:
    checkpoint.delete()

# %% [markdown]
# In a cell with `await`, a verb need not block the loop: `await host.run(guest.shutdown)`, and so with all.

# %%
guest.shutdown()
guest.wait("shutoff", timeout=180)
guest

# %% [markdown]
# ## Where to go from here
#
# - `guest.migrate` and the other long verbs take `progress=`, and `wait=False` for an `Operation` of its own.
# - `host.explore()` has the small verbs as buttons, on one guest or many.
# - `03_typed_definitions` changes how a guest is defined, rather than what it does now.

# %%
lab.stop()
