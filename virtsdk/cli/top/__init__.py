"""``virtsdk top``: the guests of hosts as a live table in a terminal, with the figures of the explorer.

`watching` asks the hosts, `choices` keeps what a person chose, `layout` makes lines of it, `terminal` has the
keys and the screen, and `run` puts them together.
"""
