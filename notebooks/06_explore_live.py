# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Explore a host, and keep what you did
#
# `host.explore()` is a table of the guests that lives: it follows the host's events, has figures while you
# look at it, and buttons for the guests that you select. Whatever you click is Python, too. The host is a
# throwaway lab with real guests, so nothing can go wrong.

# %%
import time

import virtsdk

host = virtsdk.lab.embedded(guests=3).start()
explorer = host.explore(every=1.0)
explorer

# %% [markdown]
# ## Find
#
# Type into the field above the table, or say it here: both are one filter. A guest has to match every word.
# A plain word is looked for in name, state and host; figures are compared, with their unit.

# %%
explorer.filter = "state:running mem>1MiB"
explorer.frame[["name", "state", "vcpus", "memory_bytes"]]

# %% [markdown]
# `explorer.frame` is what is shown, in the order that is shown. Figures are those between two samples,
# which are taken while the table is in sight; without a page, `refresh` takes one.

# %%
explorer.refresh()
time.sleep(2)
explorer.refresh()
explorer.sort = "-cpu"
explorer.frame[["name", "cpu_percent", "memory_used_bytes", "disk_bytes_per_second", "net_bytes_per_second"]]

# %% [markdown]
# ## Select and act
#
# A click selects a row; with Ctrl or Shift, or on its box, it selects more. `selection` is a frame of them,
# and `handles` are the guests themselves, for all that there is no button for.

# %%
names = sorted(explorer.frame["name"])[:2]
explorer.select(*names)
[guest.name for guest in explorer.handles]

# %% [markdown]
# Each button is a method. Where work can be lost the button asks first, and for the number of guests where
# there are several; the method does what it is told.

# %%
explorer.suspend()
explorer.selection[["name", "state"]]

# %%
explorer.resume()
explorer.results

# %% [markdown]
# ## Keep it
#
# What was done is written down as code that runs as it stands: tomorrow, or on another host.

# %%
print(explorer.code)

# %% [markdown]
# With `only_code`, or the box below the table, buttons write the code and do nothing.

# %%
explorer.only_code = True
explorer.shutdown(names[0])
explorer.status

# %%
print(explorer.code.splitlines()[-1])

# %% [markdown]
# ## What happened, and what else is there
#
# The tabs above the table are `explorer.tab`: guests, networks, pools and their volumes, events. Each has its
# own filter and selection, and a tab is read when it is shown. Events are what the host said since the table
# was opened, newest first: here that two guests were suspended and went on.

# %%
explorer.tab = "events"
explorer.filter = f"name:{names[0]} words~paused"
explorer.frame[["time", "name", "words"]]

# %% [markdown]
# In their tabs, networks and pools are found (`state:active`, `available>10GiB`), started, stopped and set to
# start with the host by buttons, in the same way; `explorer.volumes("default")` lists a pool's volumes. This
# lab has none of them, and says so.
#
# ## Look at one guest
#
# `details` opens a pane of one guest below the table: facts, addresses, disks, nics, its last events. Its
# screen and its console are shown there when you ask for them, and what `screenshot` returns is a picture.

# %%
explorer.details(names[0])
explorer.screenshot(names[0])

# %% [markdown]
# ## Watch
#
# `host.live()` shows the same figures over time, as they come: gaps are drawn as gaps, events are marks with
# their words. It, too, asks the host only while somebody looks; without a page, `refresh` takes a sample.

# %%
view = host.live(every=1.0)
for _ in range(4):
    time.sleep(1)
    view.refresh()
host.domains[names[0]].suspend()
host.domains[names[0]].resume()
view.refresh()
view

# %% [markdown]
# Drag across the chart, or say it here: `selected` is a stretch of time, `frame` is what is seen.

# %%
seen = view.frame()
first, last = seen["time"].min(), seen["time"].max()
view.selected = first, first + (last - first) / 2
view.zoom_to_selection()
view.frame()[["name", "time", "cpu_used_vcpus", "memory_used_bytes", "seconds"]]

# %%
view.show_all()
view.events

# %% [markdown]
# One guest has a view of its own. Its neighbours can be laid beside it: who takes whose CPU?

# %%
with host.domains[names[0]].live(every=1.0) as beside:
    beside.neighbours()
    shown = [line["name"] for line in beside.lines]
shown

# %% [markdown]
# ## Where to go from here
#
# - `explorer.console("web1")`, or the button in the pane, shows what a guest's serial console prints.
# - `view.pause()`, `view.last("5min")`, `view.show("web1")`, `view.forecast("cpu")`: each button of the
#   timeline is a method. `recording.view()` is the same over a recording.
# - `virtsdk.explore([host, other])` has several hosts in one table.
# - A cell that runs again replaces its table; `close()` ends one, and the table stays as it was.

# %%
view.close()
explorer.close()
host.close()
