# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A weekly capacity review
#
# From a recording to a page that can be sent around: what guests used, how much room there is, what a failure
# would do, which guests have the wrong size, what runs out and when. No live host is needed.
#
# The recording comes with the package: three lab hosts whose guests ran under made-up daily load shapes for
# ten minutes. Their times and counters were then **stretched by one factor to 15 days**, so one second stands
# for 36 minutes. Rates, memory and sizes are as they were recorded. The three hosts share one small machine,
# so guests waited for CPUs more than a quiet one would have them wait.

# %%

import virtsdk
from virtsdk import capacity, xml
from virtsdk.models.domain import DomainDef
from virtsdk.units import GiB

recording = virtsdk.example_recording()
recording

# %% [markdown]
# A recording of yours opens with `virtsdk.open_recording(directory)`; `virtsdk record` makes one.
#
# ## What guests used
#
# Four frames are all that the rest takes. `usage` has a row a guest and interval; the samples are an hour
# apart, give or take, so two hours is what each can be averaged over.

# %%
hosts = recording.hosts
hosts = hosts[hosts["current"]]
domains = recording.stats().domains
usage = recording.usage(every="2h")
pools = recording.frames("storage.pools")

usage.groupby("name")[["vcpus", "cpu_used_vcpus", "memory_bytes", "memory_used_bytes"]].mean().round(2)

# %% [markdown]
# A mean hides the night. `recording.view()` is the whole of it: zoom, lay guests over each other, brush a
# stretch and have it in Python as `view.selected`. Here are the guest whose memory grows, with a forecast of
# it, and the one that is busy from four to eight; in a page without a kernel the picture stands still.

# %%
view = recording.view(["db1", "ci1"])
view.panels = ["cpu", "memory", "delay"]
view.forecast("memory", guest="db1", horizon="3D")
view

# %% [markdown]
# What is seen is a frame. Before breakfast `ci1` wants its whole vCPU, and waits for a tenth of it:

# %%
view.zoom("2026-11-05 04:30", "2026-11-05 08:30")
view.frame().groupby("name")[["cpu_used_vcpus", "vcpu_delay_seconds_per_second"]].mean().round(2)

# %% [markdown]
# ## Headroom by two definitions
#
# *Allocation* counts promises: all vCPUs that guests have, four to a CPU by this policy, and the most memory
# that each may grow to. *Demand* counts use: at each time the sum over a host's guests, and of these sums the
# 95th percentile, against what is physically there.

# %%
policy = capacity.Policy(vcpu_ratio=4, vcpu_price=6, gib_price=2)
room = capacity.headroom(hosts, domains, policy, usage)
room

# %%
room.chart(interactive=True)

# %% [markdown]
# The two differ since nobody uses all that was promised, and since promises of vCPUs count four times. The
# first says whether promises can be kept, the second whether anybody would notice if they were not. A host
# can be full by one of them and nearly empty by the other.
#
# ## If a host fails
#
# Do its guests have a place on the others?

# %%
fleet = capacity.Fleet.from_frames(hosts, domains, policy)
survives = fleet.n_plus(1)
survives

# %%
survives.chart(interactive=True)

# %% [markdown]
# It is the vCPUs that are short, and `shop1` that has no place: it has four, and no single host has four
# left. Put the failure to the fleet, and see who is left over:

# %%
failed = fleet.fail(survives.worst[0])
failed.unplaced, fleet.diff(failed).vcpus_free

# %% [markdown]
# ## One guest has the wrong size
#
# What would each guest need, by what it used? The rule is 1.2 times the 99th percentile of CPU, and 1.2 times
# the most memory, each with 2 % of what it has on top. The risk beside it is the share of the samples seen in
# which the guest used more than that.

# %%
sizes = capacity.rightsizing(usage, policy)
sizes

# %%
sizes.chart(interactive=True)

# %% [markdown]
# `ci1` needs nearly all of its one vCPU each night, and is to grow. The memory of `db1` is nearly full. But
# `shop1`, which blocks the failure, hardly uses one vCPU. The recommendation as a changed definition: yours
# would come from `host.domains["shop1"].definition()`.

# %%
now = DomainDef(name="shop1", vcpu=4, memory=GiB(12))
smaller = sizes.definitions([now])
smaller

# %%
xml.diff(now, smaller["shop1"])

# %% [markdown]
# Does that help? Give it that size in the fleet and ask again.

# %%
better = sizes.frame().set_index("name")
vcpus, memory_bytes = better["recommended_vcpus"]["shop1"], better["recommended_memory_bytes"]["shop1"]
shrunk = fleet.resize("shop1", vcpus, memory_bytes)
shrunk.n_plus(1)

# %% [markdown]
# No host was bought. (That guests waited for CPUs, as the note says, is a reason to go slowly: what they used
# may be less than what they need.) And one more candidate: does anybody use `old1`?

# %%
capacity.idle(usage, policy)

# %% [markdown]
# ## A forecast, and whether to believe it
#
# The memory that all guests use, two days ahead. Beside each forecast stands its backtest: the same forecast
# made at earlier points of the series, compared with what came, and with what simpler ones would have said.

# %%
memory = usage.groupby("time")["memory_used_bytes"].sum().rename("memory used in bytes")
ahead = capacity.forecast(memory, 24)
ahead

# %%
ahead.chart(interactive=True)

# %%
ahead.backtest

# %% [markdown]
# It grows, so what was used a week ago is far from what comes. The CPU time of `web1` is another matter:
# its weekdays are like those of the week before and its weekends are quiet, which is hard to beat. The
# backtest says so:

# %%
web = usage[usage["name"] == "web1"].set_index("time")["cpu_used_vcpus"].rename("CPUs of web1")
capacity.forecast(web, 24).backtest

# %% [markdown]
# Then take last week for the best guess, and the interval for how far off it can be.
#
# ## When does the pool fill up?
#
# A backup a day, and a clean-up once in a week. `exhaustion` draws the growth seen again and again, steps and
# clean-ups included, and says when the limit is met, with an interval. A straight line through the points
# would give one date and no doubt.

# %%
backup = pools.set_index("time")["allocation_bytes"].rename("backup pool in bytes")
full = capacity.exhaustion(backup, limit=float(pools["capacity_bytes"].iloc[-1]))
full

# %%
full.chart(interactive=True)

# %% [markdown]
# ## How many vCPUs may share a CPU?
#
# The policy says four. What do these guests say? Hosts are filled with guests drawn from the fleet's own,
# ratio by ratio, and at each time what they ask for is set against the CPUs.

# %%
frontier = capacity.overcommit(usage, hosts)
frontier

# %%
frontier.chart(interactive=True)

# %% [markdown]
# "Measured" is what guests really waited. Who waited, and beside whom?

# %%
capacity.contention(usage)

# %% [markdown]
# ## The page
#
# All of it in one report. Its first line is the sentence to repeat in the meeting, the rest is the evidence,
# and at the end stands what could not be said.

# %%
report = capacity.report(hosts, domains, usage, policy, pools)
report

# %%
report.candidates()[["action", "name", "vcpus", "to_vcpus", "memory_bytes", "to_memory_bytes", "risk_cpu"]]

# %% [markdown]
# `report.to_html("review.html")` writes a page that needs no network and no script, and
# `virtsdk report DIRECTORY --html review.html` does the same from a terminal, each Monday from a timer if you
# like.

# %%
import tempfile
from pathlib import Path

page = report.to_html(Path(tempfile.mkdtemp()) / "review.html")
f"{page.stat().st_size / 1024:.0f} KiB"

# %% [markdown]
# ## Where to go from here
#
# - `recording = virtsdk.open_recording(directory)` in the first cell makes this page one of your hosts;
#   `virtsdk.record(hosts, directory)` or `virtsdk record` begins such a recording.
# - `04_room` asks what would help, before anything is bought or moved.
# - History that Prometheus, collectd or Telegraf has is read by `virtsdk.import_prometheus` and its like.
