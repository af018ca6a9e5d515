# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What if?
#
# Forty more guests, a host less, half a year on: `fleet.explore()` opens a fleet with sliders and selects,
# and answers each move with the room that is left, what runs out first and whether a host may still fail.
# Whatever you move is code, too, so an afternoon of trying things out ends as a cell that can be run again.
#
# The fleet here is made up: twelve equal hosts, with guests as small and large as those of a public cloud.
# `04_room` asks the same by methods, of a fleet made of two frames, as you would make your own.

# %%
from virtsdk import capacity

fleet = capacity.synthetic.fleet(12, 400, seed=7, fill=0.8)
fleet

# %% [markdown]
# ## Look around
#
# Move a slider, or write into the field beside it. *Now* is the fleet as it is, *what if* the one that your
# settings lead to. In an exported page, as on a code host, there is a table instead of the sliders.

# %%
what_if = fleet.explore()
what_if

# %% [markdown]
# Each control is a method of the same name, and so is each button: what you do by hand here, a cell can do. A
# method answers at once, and the view above follows.

# %%
what_if.add(40)
what_if.room

# %% [markdown]
# New guests are like the one whose size is nearest to the mean. Another may be the pattern:

# %%
largest = fleet.domains.sort_values("memory_bytes")["name"].iloc[-1]
what_if.reset()
what_if.like(largest)
what_if.room

# %% [markdown]
# ## Three questions of every week
#
# What if the largest host fails? Its guests start on the others, which stay as they are.

# %%
what_if.reset()
what_if.lose_the_largest_host()
what_if.fleet

# %%
what_if.survival

# %% [markdown]
# `survival` is the fleet's `n_plus`, of the fleet without that host: may another one fail? And which host is
# full first? `frame` has all of them, the fullest first.

# %%
what_if.frame().head()

# %%
what_if.chart(interactive=True)

# %% [markdown]
# Where will we be in half a year? Say how fast the number of guests grows; where nothing is said, 2 % a month
# is a guess, and the status line tells you so.

# %%
what_if.reset()
what_if.growth(1.5)
what_if.next_6_months()
what_if

# %% [markdown]
# And can a host be emptied for maintenance, with all that? The guests that join come after the host is gone,
# and a failure comes last: it is asked of the fleet to come.

# %%
what_if.empty_this_host("kvm0003")
what_if.n_plus(1)
what_if.survival

# %% [markdown]
# ## Rules
#
# More vCPUs a CPU, more kept back for the host: nothing moves, only the measure changes. Where that leaves a
# host over its capacity, the view names the first that breaks.

# %%
what_if.reset()
what_if.vcpu_ratio(2)
what_if.reserve_memory_bytes(8 * 2**30)
what_if.frame().head(3)

# %% [markdown]
# ## From clicks to code
#
# `code` is the Python of what was clicked. It runs as it stands, and makes the same fleet as `what_if.fleet`.

# %%
what_if.reset()
what_if.drain("kvm0003")
what_if.growth(1.5)
what_if.months(12)
what_if.lose_the_largest_host()
print(what_if.code)

# %% tags=["code"]
exec(what_if.code)
changed.domains.equals(what_if.fleet.domains)  # noqa: F821  # pyright: ignore[reportUndefinedVariable]

# %% [markdown]
# `fleet` itself never changed, so the two can be compared.

# %%
fleet.diff(what_if.fleet)

# %% [markdown]
# ## Where to go from here
#
# - `04_room` has the questions behind the sliders, each as one call with its evidence.
# - `Fleet.from_frames(*host_fleet.inventory(), policy)` is the fleet of your own hosts.
#
# A view ends with `close()`, and by itself where its cell runs again. Its last answers stay.

# %%
what_if.close()
what_if.fleet
