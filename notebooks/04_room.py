# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Is there room?
#
# Eight hosts, some fifty guests, and the questions of every week: how much more fits, what if this host
# fails, can I empty that one? Each answer is worked out of two frames, so it takes no live host: a recording
# will do, or a table of your own.
#
# ## The fleet
#
# Seven hosts are alike, the eighth is larger. `kvm2` has grown full, and three databases must never share a
# host. With your own hosts the frames would be `host.node_info().frame()` and
# `host.domains.frame(placement=True)`, put together with `pd.concat`.

# %%
import numpy as np
import pandas as pd

from virtsdk import capacity
from virtsdk.units import GiB, MiB

hosts = pd.DataFrame({"host": [f"kvm{number}" for number in range(1, 9)], "cpus": 32})
hosts["memory_bytes"] = int(GiB(256))
hosts["rack"] = ["A", "A", "A", "B", "B", "B", "C", "C"]
hosts.loc[7, ["cpus", "memory_bytes"]] = [64, int(GiB(512))]

sizes = {"web": (4, 8), "app": (8, 32), "batch": (16, 48)}
chance = np.random.default_rng(4)
rows = [("kvm2", kind) for kind in ("app", "app", "batch", "web", "web")]
for host in hosts["host"]:
    kinds = chance.choice(list(sizes), 10 if host == "kvm8" else 5, p=[0.5, 0.35, 0.15])
    rows += [(host, kind) for kind in kinds]
domains = pd.DataFrame(rows, columns=["host", "kind"])
domains["name"] = domains["kind"] + (domains.groupby("kind").cumcount() + 1).astype(str)
domains["vcpus"] = domains["kind"].map({kind: size[0] for kind, size in sizes.items()})
domains["memory_bytes"] = domains["kind"].map({kind: int(GiB(size[1])) for kind, size in sizes.items()})
databases = pd.DataFrame(
    {
        "host": ["kvm1", "kvm4", "kvm8"],
        "kind": "db",
        "name": ["db1", "db2", "db3"],
        "vcpus": 8,
        "memory_bytes": int(GiB(64)),
    }
)
domains = pd.concat([domains, databases], ignore_index=True)

policy = capacity.Policy(
    vcpu_ratio=4,
    reserve_memory_bytes=int(GiB(8)),
    anti_affinity=[["db1", "db2", "db3"]],
    vcpu_price=6,
    gib_price=2,
)
fleet = capacity.Fleet.from_frames(hosts, domains, policy)
fleet

# %% [markdown]
# A policy is text, too, to be kept beside the recordings; `capacity.Policy.from_yaml` reads it again.

# %%
print(policy.to_yaml())

# %% [markdown]
# ## How much more fits: two answers
#
# *Allocation* counts promises: what guests may grow to, against what the policy allows. *Demand* counts what
# they really used: at each time the sum over a host's guests, and of these sums the 95th percentile. Here the
# use is made up: a quiet night, a busy day.

# %%
times = pd.date_range("2026-11-23", periods=48, freq="30min", tz="UTC")
day = 0.22 + 0.15 * np.sin((np.arange(48) - 16) / 48 * 2 * np.pi)
usage = domains.merge(pd.DataFrame({"time": times, "day": day}), how="cross")
busy = chance.uniform(0.6, 1.4, len(usage)) * usage["day"]
usage["cpu_used_vcpus"] = usage["vcpus"] * np.minimum(busy, 1)
usage["memory_used_bytes"] = usage["memory_bytes"] * (0.5 + 0.2 * usage["day"])

room = fleet.headroom(usage)
room

# %%
room.chart(interactive=True)

# %% [markdown]
# Memory is promised long before it is used, and processors the other way about: four vCPUs share each of
# them. Allocation says whether the promises can be kept, demand whether anybody would notice.

# %% [markdown]
# ## Forty more like web1?

# %%
forty = fleet.add("web1", 40)
forty

# %% [markdown]
# All have a place; nothing that runs moved for it.

# %%
added = fleet.diff(forty)
added

# %%
added.chart(interactive=True)

# %% [markdown]
# How many would there be in all, and of what does each host run out first? At the prices of the policy the
# answer has a value.

# %%
left = fleet.guests_left("web1")
left

# %%
left.chart(interactive=True)

# %% [markdown]
# ## What if a host fails?
#
# `n_plus(1)` asks for every host in turn: do its guests fit on the others, with nothing else moved? Yes only
# where a placement was found, no only where there is none.

# %%
survives = fleet.n_plus(1)
survives

# %%
survives.chart(interactive=True)

# %% [markdown]
# And with the forty? Room for guests is not room for a failure.

# %%
forty.n_plus(1)

# %%
forty.n_plus(1).chart(interactive=True)

# %% [markdown]
# Of the fleet as it is, two at once, or a whole rack:

# %%
fleet.n_plus(2)

# %%
fleet.n_plus(1, by="rack")

# %%
fleet.n_plus(1, by="rack").chart(interactive=True)

# %% [markdown]
# Other systems decide by rules of thumb, and the rules disagree. vSphere's slots take the largest guest as
# the size of all, so one large guest makes them say no too early; a percentage never looks whether a large
# guest fits anywhere.

# %%
report = fleet.report()
report

# %%
report.chart(interactive=True)

# %% [markdown]
# Lose the largest host, and see what goes where. The databases are still apart.

# %%
failed = fleet.fail("kvm8")
change = fleet.diff(failed)
change

# %%
change.chart(interactive=True)

# %%
failed.domains.set_index("name").loc[["db1", "db2", "db3"], "host"]

# %% [markdown]
# ## The full host
#
# `kvm2` has promised more memory than it may. Which move, with the fewest bytes, brings it back? While a
# guest moves it counts on both hosts, and no step puts a host over what it may carry.

# %%
relieved = fleet.rebalance("relieve")
relieved

# %%
relieved.chart(interactive=True)

# %% [markdown]
# ## Can I empty a host?
#
# `drain` gives the fleet without that host, and the moves that lead there, in order.

# %%
empty = fleet.drain("kvm2")
empty.moves

# %% [markdown]
# How long does that take? Say 10 Gbit/s, and guests that write 40 MiB a second, the batch servers 300 MiB.
# `guest.measure_dirty_rate` measures what a real guest writes.

# %%
rates = {name: int(MiB(300 if name.startswith("batch") else 40)) for name in domains["name"]}
way = empty.migrations(bandwidth=1.25e9, dirty_bytes_per_second=rates)
way

# %%
way.chart(interactive=True)

# %% [markdown]
# One slow line, and the busy ones would not end. What would help is said beforehand.

# %%
slow = empty.migrations(bandwidth=1.25e8, dirty_bytes_per_second=rates)
slow.chart(interactive=True)

# %%
batch = capacity.migration(int(GiB(48)), int(MiB(300)), bandwidth=1.25e8)
batch

# %%
quick = capacity.migration(int(GiB(48)), int(MiB(300)), bandwidth=1.25e9)
quick.chart(interactive=True)

# %% [markdown]
# And afterwards: does the fleet still survive a failure?

# %%
empty.n_plus(1)

# %%
empty.n_plus(1).chart(interactive=True)

# %% [markdown]
# ## How few hosts would do?
#
# Placed anew, on as few hosts as can be found; the bound says whether fewer could ever do.

# %%
few = fleet.place()
few

# %%
few.chart(interactive=True)

# %% [markdown]
# That is where guests would be, with no room kept for a failure. The way there are moves: with half a TiB to
# send, as many hosts as can be emptied.

# %%
consolidated = fleet.rebalance("empty", budget_bytes=int(GiB(512)))
consolidated

# %%
consolidated.chart(interactive=True)

# %%
consolidated.migrations(bandwidth=1.25e9, dirty_bytes_per_second=rates).chart(interactive=True)

# %% [markdown]
# The opposite, even shares, and what that sends:

# %%
spread = fleet.rebalance("spread")
spread.chart(interactive=True)

# %% [markdown]
# ## What would help?
#
# Each verb gives another fleet, so questions chain: the fleet without `kvm2`, with forty more web servers,
# and with two more hosts like `kvm1`.

# %%
later = fleet.drain("kvm2").add("web1", 40).add_host("kvm1", 2)
later.n_plus(1)

# %%
fleet.diff(later).chart(interactive=True)

# %% [markdown]
# ## Where to go from here
#
# - `05_capacity_review` asks what the guests really use, and when it is full.
# - `07_what_if` has the same fleet with sliders: `fleet.explore()`.
# - `virtsdk headroom URI` gives the first answer of this page in a terminal.
