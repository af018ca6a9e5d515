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
# You look after a hypervisor and want to know four things: what runs on it, how a guest is defined, what the
# guests really use, and how much room is left. This notebook answers them, from a connection to a chart.
#
# Without a host at hand it starts a **lab**: real QEMU guests inside this notebook's own process, gone with
# it. To look at a host of your own, set `VIRTSDK_URI` before the notebook starts (or run
# `make demo URI=qemu+ssh://user@host/system`); the connection is then read-only.

# %%
import os
import time

from IPython.display import Markdown

import virtsdk
from virtsdk import capacity
from virtsdk.display import charts
from virtsdk.stats import rates

uri = os.environ.get("VIRTSDK_URI")
if uri:
    lab, host = None, virtsdk.connect(uri, readonly=True)
else:
    lab = virtsdk.lab.embedded(guests=int(os.environ.get("VIRTSDK_GUESTS", "4")))
    host = lab.start()
host

# %% [markdown]
# ## The machine
#
# A `Host` is the connection to one physical machine. What that machine has is one side of every capacity
# question.

# %%
host.node_info()

# %% [markdown]
# ## What runs on it
#
# `host.domains` is a collection: iterate over it, or look a guest up by name or UUID. (libvirt calls a guest
# a *domain*.)

# %%
host.domains

# %% [markdown]
# Where figures are meant to be worked with, they come as a frame: one row a thing, base units (bytes,
# seconds, counts), and the unit in the column's name, so that nothing has to be guessed or converted twice.

# %%
domains = host.domains.frame()
domains[["name", "state", "vcpus", "memory_bytes", "persistent", "autostart"]]

# %% [markdown]
# ## How a guest is defined
#
# libvirt describes a guest in XML. `definition()` gives that document as typed objects: an editor completes
# the names, a list is a list, and what this version does not know is kept and written back. A document may
# lack any part, which is then `None`; the `assert` tells a type checker that this one has them. Take a guest
# that runs:

# %%
guest = min(host.domains, key=lambda one: (not one.is_active, one.name))
definition = guest.definition()
assert definition.vcpu and definition.memory and definition.devices

size = f"{definition.vcpu.value} vCPUs, {definition.memory.bytes // 2**20} MiB"
f"{definition.name}: {size}, by {definition.type}"

# %% [markdown]
# Every part of it is an object of its own, for example the first disk:

# %%
next(iter(definition.devices.disks), "This guest has no disk.")

# %% [markdown]
# ## What the guests use
#
# `host.stats()` reads the figures of all guests in **one** call, whatever their number.

# %%
before = host.stats()
before

# %% [markdown]
# A guest's memory has three figures that are easily mixed up: what it was given, what it uses inside (as the
# guest itself reports), and what its QEMU process holds on the host. (Without KVM, as in the lab, the last
# can exceed the first: QEMU then emulates the CPU and keeps the code it translated beside the guest's
# memory.)

# %%
def draw(chart, frame, column):
    """Draw the chart of a frame, or say why there is nothing to draw."""
    if frame[column].notna().any():
        return chart(frame)
    reason = f"no guest runs, or the `{host.driver}` driver does not give `{column}`"
    return Markdown(f"Nothing to draw: {reason}.")


draw(charts.memory, before.domains, "memory_rss_bytes")

# %% [markdown]
# ## Two samples make a rate
#
# Counters only grow: CPU seconds, bytes read, bytes sent. What a guest does *now* is the difference of two
# samples over the time between them. `rates` knows which columns are counters, and leaves out what was reset
# in between, rather than make up a figure.

# %%
time.sleep(6)
after = host.stats()
usage = rates(before, after)
usage

# %%
draw(charts.cpu, usage.domains, "cpu_used_vcpus")

# %%
draw(charts.disks, usage.disks, "write_bytes_per_second")

# %% [markdown]
# The same as a frame, to go on with:

# %% tags=["figures"]
disks = usage.disks.groupby("name")[["read_bytes_per_second", "write_bytes_per_second"]].sum(min_count=1)
usage.domains.set_index("name")[["cpu_used_vcpus", "memory_used_bytes"]].join(disks)

# %% [markdown]
# ## Is there room?
#
# Headroom compares what the guests were promised with what the machine has. How much may be promised is a
# **policy**, and yours to decide: how many vCPUs a physical CPU may carry, how much memory stays with the
# host.

# %% tags=["capacity"]
policy = capacity.Policy(vcpu_ratio=4)
room = capacity.headroom(host.node_info().frame(), host.domains.frame(), policy)
room

# %%
room.chart()

# %% [markdown]
# Promised and used are two things: the chart above is about promises, the CPU chart before it about use. A
# host can be full by one and idle by the other; which of them may be oversold, and how far, is what the
# policy says.
#
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
# Last, take the lab down, or close the connection to your host.

# %%
if lab:
    lab.stop()
else:
    host.close()
