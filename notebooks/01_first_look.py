# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A first look at a host
#
# You look after a hypervisor. The first question is always the same: is there room for one more? Then come
# the others: who uses what, since when, and how do I know?
#
# ## Is there room?
#
# Headroom compares what the guests were promised with what the machine has. How much may be promised is a
# **policy**, and yours to decide: here a physical CPU may carry four vCPUs.

# %% tags=["capacity"]
import virtsdk
from virtsdk import capacity, stats
from virtsdk.display import charts

host = virtsdk.lab.demo_host()
room = capacity.headroom(host.node_info().frame(), host.domains.frame(), capacity.Policy(vcpu_ratio=4))
room

# %%
room.chart(interactive=True)

# %% [markdown]
# That was a host with real guests: a throwaway **lab** of QEMU in this notebook's own process, unless
# `VIRTSDK_URI` names a host of yours, which is then opened read-only. Rest the pointer on a bar for its
# figures.
#
# ## What do the guests do with it?
#
# Promised and used are two things. A short recording shows the use: a sample a second, in threads of its
# own, written to a folder. `virtsdk.record` does the same for months, and `recorder.stop()` ends it.

# %%
from tempfile import TemporaryDirectory

folder = TemporaryDirectory()  # yours would be a place to keep
recorder = virtsdk.record(host, f"{folder.name}/history", interval="1s", duration="12s")
recorder.wait()
recording = virtsdk.open_recording(f"{folder.name}/history")
recording

# %%
charts.usage(recording.usage("2s"), interactive=True)

# %% [markdown]
# Counters only grow: CPU seconds, bytes read, bytes sent. What a guest does is the difference of two
# samples over the time between them. `rates` knows which columns are counters, and leaves out what was
# reset in between, rather than make up a figure. Here are the first and the last sample of the recording:

# %%
first, last = recording.stats(recording.start), recording.stats()
used = stats.rates(first, last)
used

# %%
charts.cpu(used.domains, interactive=True)

# %%
charts.disks(used.disks, interactive=True)

# %% [markdown]
# The same as a frame, to go on with: one row a guest, base units (bytes, seconds, counts), and the unit in
# the column's name, so that nothing has to be guessed or converted twice.

# %% tags=["figures"]
disks = used.disks.groupby("name")[["read_bytes_per_second", "write_bytes_per_second"]].sum(min_count=1)
used.domains.set_index("name")[["cpu_used_vcpus", "memory_used_bytes"]].join(disks)

# %% [markdown]
# ## Where does the memory go?
#
# A guest's memory has three figures that are easily mixed up: what it was given, what it uses inside (as
# the guest itself reports), and what its QEMU process holds on the host. (Without KVM, as in the lab, the
# last can exceed the first: QEMU then emulates the CPU and keeps the code it translated beside the guest's
# memory.)

# %%
charts.memory(last.domains, interactive=True)

# %% [markdown]
# Some figures deserve doubt, and say so: a guest that does not report its memory, a kernel that does not
# count.

# %%
doubts = last.trust.groupby(["frame", "column", "reason"])["name"].unique().map(", ".join)
doubts.rename("guests").reset_index().style.hide()  # the reasons are whole sentences

# %% [markdown]
# ## How it works
#
# A `Host` is the connection to one machine.

# %%
host

# %%
host.node_info()

# %% [markdown]
# `host.domains` is a collection: iterate over it, or look a guest up by name or UUID. (libvirt calls a
# guest a *domain*.) Shown, it is read at that moment.

# %%
host.domains

# %% [markdown]
# Both sides of headroom are frames, and so is everything else: `host.domains.frame()` above, `host.stats()`
# below. It reads the figures of all guests in **one** call, whatever their number.

# %%
host.stats()

# %% [markdown]
# How a guest is defined is a document, which `definition()` gives as typed objects: an editor completes the
# names, a list is a list, and what this version does not know is kept and written back. A document may lack
# any part, which is then `None`; the `assert` tells a type checker that this one has them.

# %%
guest = min(host.domains, key=lambda one: (not one.is_active, one.name))
definition = guest.definition()
assert definition.vcpu and definition.memory and definition.devices

size = f"{definition.vcpu.value} vCPUs, {definition.memory.bytes // 2**20} MiB"
f"{definition.name}: {size}, by {definition.type}"

# %%
next(iter(definition.devices.disks), "This guest has no disk.")

# %% [markdown]
# ## Where to go from here
#
# - `host.explore()` opens a live table of the guests with buttons to start, shut down, suspend and resume
#   them. It needs a connection that may change things, so it is not part of this page.
# - `host.events()` tells what happens to the guests while it happens.
# - Everything after `host.stats()` works on frames alone, so it works just as well on figures that you have
#   stored.
# - The next notebooks go deeper: `02_stats_you_can_trust` into the figures, `03_typed_definitions` into
#   definitions.
#
# Closing the host takes the lab down with it.

# %%
folder.cleanup()
host.close()
