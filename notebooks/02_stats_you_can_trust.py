# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Stats you can trust
#
# A hypervisor counts a lot, and much of it misleads: memory "used" that is mostly cache, a "rate" that
# turns negative after a restart, a zero that means nobody counted. This notebook reads the figures of a
# host, asks which of them deserve belief, and turns counters into rates that survive a restart.
#
# It looks at a **lab**, real QEMU guests inside the notebook's own process. Set `VIRTSDK_URI` to look at a
# host of your own instead, read-only.

# %%
import virtsdk

host = virtsdk.lab.demo_host()
host

# %% [markdown]
# ## One call, many frames
#
# `host.stats()` makes one bulk call, however many guests there are. Each grain gets a frame of its own: one
# row a domain, a vCPU, a disk, a nic ... Units are base units and stand in the column's name; what only
# grows ends in `_total`; what libvirt did not say is missing, never 0.

# %%
stats = host.stats()
stats

# %%
stats.domains[["name", "state", "vcpus", "cpu_time_seconds_total", "memory_bytes", "memory_rss_bytes"]]

# %%
stats.disks[["name", "disk", "read_bytes_total", "write_bytes_total", "allocation_bytes", "thin_ratio"]]

# %% [markdown]
# A key that this version of virtsdk does not know is not lost: it is a row of `stats.other`.

# %%
stats.other[["name", "key", "value", "text"]].head()

# %% [markdown]
# ## What a column really means
#
# The catalogue has a row for every column: libvirt's own key, the unit before and after, what resets a
# counter, and when not to believe the figure.

# %%
import pandas as pd

from virtsdk.stats import catalogue

pd.set_option("display.max_colwidth", None)  # the catalogue and the reasons are whole sentences
table = catalogue().set_index(["frame", "column"])
table.loc["domains", ["key", "libvirt_unit", "unit", "kind", "trust"]].filter(like="memory", axis=0)

# %% [markdown]
# ## Which figures to doubt, row by row
#
# `stats.trust` lists what is missing or doubtful in *this* sample, and why: a guest that does not report
# its memory, scheduler statistics that the host's kernel does not keep, a guest whose QEMU hangs.

# %%
stats.trust[["name", "frame", "part", "column", "reason"]]

# %% [markdown]
# ## Where a guest's memory goes
#
# Three figures are easily mixed up: what a guest was given, what it uses inside, and what its QEMU holds on
# the host. `memory_used_bytes` is MemTotal less MemAvailable as the guest reports them, so that caches do
# not count; it is missing where the guest has not reported for a minute.

# %%
memory = ["memory_current_bytes", "memory_used_bytes", "memory_rss_bytes"]
reporting = stats.domains[stats.domains["memory_usable_bytes"].notna()]
(stats.domains.set_index("name")[memory] / 2**20).astype(float).round(1)

# %%
from virtsdk.display import charts

some = reporting if len(reporting) else stats.domains
charts.memory_waterfall(some, some["name"].iloc[0], interactive=True)

# %% [markdown]
# ## Counters to rates
#
# `rates` takes two samples, or many. Here are six, two seconds apart; the host itself is sampled beside its
# guests.

# %%
import time

from virtsdk.stats import node_rates, rates

samples, machine = [], []
for _ in range(6):
    samples.append(host.stats())
    machine.append(host.node_stats())
    time.sleep(2)

found = rates(samples)
found

# %%
found.domains[["name", "time", "seconds", "cpu_used_vcpus", "cpu_percent", "interrupted"]].tail(8)

# %%
charts.heatmap(node_rates(machine).total, interactive=True)

# %%
charts.latency(found.disks, interactive=True)

# %% [markdown]
# Latency is the time of all requests over their number; a disk without requests in an interval has none.
#
# Coarser intervals keep the totals: what was written in an hour is what was written in its minutes.

# %%
coarse = found.resample("5s").disks
written = {
    name: (frame["write_bytes_per_second"] * frame["seconds"]).sum()
    for name, frame in (("2 s", found.disks), ("5 s", coarse))
}
pd.Series(written, name="bytes written").round()

# %% [markdown]
# ## After a restart
#
# A new QEMU process counts from 0 again. A naive difference is then negative or, worse, small and
# plausible. `rates` knows which run of a domain a sample belongs to, what else the same event resets, and
# says `reset` rather than a number. To show it without restarting anything, here are three samples made by
# hand; records of libvirt-python's `getAllDomainStats` are taken in the same way.

# %%
from virtsdk.stats import from_records

start = pd.Timestamp("2026-03-01 12:00", tz="UTC")
runs = [(0, {"cpu.time": 90 * 10**9}), (10, {"cpu.time": 95 * 10**9}), (20, {"cpu.time": 1 * 10**9})]
by_hand = [
    from_records(
        [("0d5c7a3e-0000-4000-8000-000000000001", "web1", {"state.state": 1, "vcpu.current": 2, **values})],
        host="kvm7",
        time=start + pd.Timedelta(seconds=seconds),
    )
    for seconds, values in runs
]
rates(by_hand).domains[["name", "time", "cpu_used_vcpus", "cpu_percent", "interrupted"]]

# %% [markdown]
# ## History
#
# `virtsdk.record` does the sampling by itself, in threads of its own, for minutes or for months: the cell
# returns at once, `stop()` ends it. What it writes is a directory of Parquet files. Should this notebook's
# process be killed, all but the last seconds of the recording can be read.

# %%
from tempfile import TemporaryDirectory

folder = TemporaryDirectory()  # yours would be a place to keep
directory = f"{folder.name}/history"
recorder = virtsdk.record(host, directory, interval="1s", duration="8s")
recorder

# %%
recorder.wait()
recording = virtsdk.open_recording(directory)
recording

# %% [markdown]
# A recording is opened anywhere, without libvirt. It gives back samples (`recording.stats(time)`), slices
# of frames, and the rates of everything: a sample that could not be taken is a gap in them.

# %%
charts.usage(recording.usage("1s"), interactive=True)

# %%
recording.frames("domains", columns=["name", "time", "state", "memory_used_bytes"]).groupby("name").tail(1)

# %% [markdown]
# ## Where to go from here
#
# - `recording.usage("5min")` is the frame that the capacity functions take: one row a guest and interval;
#   `found.usage()` is the same of the samples above.
# - `virtsdk record URI ... -d DIRECTORY` records from a service or a terminal.
# - `host.job_stats()` tells what guests are busy with: migrations, saves, backups, and how far they are.
# - `host.storage_stats()` has the sizes of pools and volumes, on hosts that have some.
# - A guest whose QEMU hangs does not hold up the others: past `host.stats(deadline=5)` it is marked
#   `stale`.

# %%
recording.usage("4s").tail(4)

# %%
folder.cleanup()
host.close()  # the lab goes with it
