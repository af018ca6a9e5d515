# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Many hosts at once
#
# A fleet is hosts by name: three throwaway hosts with real guests here, and twenty of libvirt's test driver,
# as many as a small site has. Names are the keys: what a machine calls itself does not matter, and the column
# `host` of every frame is the name in the fleet.

# %%
import tempfile
from pathlib import Path

import virtsdk
from virtsdk import capacity, xml

lab = virtsdk.lab.hosts(3, guests=1, wait=False)
labs = lab.start()
folder = Path(tempfile.mkdtemp(prefix="fleet-"))
lines = [f'[hosts.{host.name}]\nuri = "{host.uri}"\ntags = {{rack = "a", kind = "lab"}}' for host in labs]
lines += [f'[hosts.test{n:02}]\nuri = "test:///default"\ntags = {{rack = "b"}}' for n in range(20)]
lines += ['[hosts.gone]\nuri = "qemu+tcp://127.0.0.1:1/system"\ntags = {rack = "b"}']
(folder / "hosts.toml").write_text("\n\n".join(lines))
print("\n\n".join([lines[0], lines[3], "...", lines[-1]]))

# %% [markdown]
# A hosts file has no passwords: credentials come from libvirt's own `auth.conf`, or from `auth=`. An Ansible
# inventory (`ansible="inventory.ini"`) or ssh's own list of hosts (`ssh_config="kvm*"`) does as well.

# %%
fleet = virtsdk.connect_fleet(folder / "hosts.toml", timeout=20)
fleet

# %% [markdown]
# One host is down, and nothing raised: what could not be had is in `errors`, a row a host, of the last round.

# %%
fleet.errors

# %% [markdown]
# ## One frame of all
#
# Each question goes to all hosts at once, and each host has its own deadline: one that hangs costs the round
# that finds it out, and is not waited for after that.

# %%
fleet.domains.frame().groupby("host")["name"].agg(["count", "first"]).head()

# %%
stats = fleet.stats()
stats.domains[["host", "name", "state", "vcpus", "memory_bytes"]].head()

# %% [markdown]
# `fleet["lab1"]` is a host like any other, `select` is a fleet of those that match a name or a tag, and `map`
# asks whatever you like.

# %%
fleet.select("rack=a").map(lambda host: str(host.libvirt_version), timeout=10)

# %% [markdown]
# Definitions of all guests are typed, by host and UUID; a frame of some of their values is the inventory.

# %%
inventory = xml.to_frame(fleet.domains.definitions(), ["name", "vcpu.value", "memory.bytes"])
inventory.drop(columns="domain").head()

# %% [markdown]
# ## Drift
#
# What do most hosts have, and which differ? Values compare by what they mean, and what differs by its nature
# (UUIDs, MAC addresses, how much is free) is left out. Somebody made a network on one host of the three:

# %%
labs[0].networks.define("<network><name>lan</name><bridge name='virbr9'/></network>")
fleet.select("kind=lab").drift("networks")

# %%
fleet.select("kind=lab").drift("versions").hosts()

# %% [markdown]
# ## Room
#
# `inventory` reads hosts and guests in one round, so that no host looks empty because it answered one
# question and not the next. Capacity's functions take its frames as they are. (Guests of one UUID on several
# hosts are told: of real hosts, one that migrates just now, or a copy; the test driver has but one guest.)

# %%
room = capacity.headroom(*fleet.inventory(), capacity.Policy(vcpu_ratio=4))
room

# %%
capacity.Fleet.from_frames(*fleet.select("kind=lab").inventory()).n_plus(1)

# %% [markdown]
# ## Record, and use
#
# A fleet is recorded by its names; a host that is down is recorded from when it answers. As a service that is
# `virtsdk record --hosts hosts.toml -d history`.

# %%
with fleet.record(folder / "history", interval="1s", duration="8s") as recorder:
    recorder.wait()
recording = virtsdk.open_recording(folder / "history")
usage = recording.usage("2s", client="local")
usage.groupby("host")["cpu_used_vcpus"].agg(["count", "mean"]).dropna().head()

# %% [markdown]
# `client="local"` divides the work among Dask's workers of this machine. So little is one part, and is done
# right here; a year of 300 hosts is many. Any `distributed.Client` does, also of workers elsewhere that see
# the directory. With `lazy=True` nothing is read yet: the answer is a `dask.dataframe`, for who goes on in
# Dask, and its workers do the work.

# %%
from distributed import Client

with Client(n_workers=1, threads_per_worker=1, dashboard_address=None):
    lazy = recording.usage("2s", lazy=True)
    mean = lazy.groupby("host")["cpu_used_vcpus"].mean().compute()
mean.dropna().sort_index().head()

# %% [markdown]
# The same figures are there for Prometheus: `virtsdk exporter --hosts hosts.toml` serves them by the names of
# the catalogue, and a slow host holds no scrape up.

# %%
from virtsdk.fleet.exporter import serve

with serve(fleet, port=0) as server:
    print("http://{}:{}/metrics".format(*server.address))

# %% [markdown]
# ## Where to go from here
#
# - `fleet.inventory()` gives hosts and guests as the capacity functions take them: `04_room` goes on there.
# - `virtsdk record --hosts hosts.toml -d DIRECTORY` records a fleet from a service.
# - `fleet.map(function)` asks each host what no verb of the fleet does.

# %%
fleet.close()
lab.stop()
