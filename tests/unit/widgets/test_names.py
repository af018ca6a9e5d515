"""What can be set on a view: what it has, and nothing in place of its methods."""

from __future__ import annotations

import pytest

import virtsdk
from virtsdk import capacity


def test_a_slip_of_the_pen_is_an_error_on_each_view() -> None:
    fleet = capacity.synthetic.fleet(2, 4, seed=1)
    with (
        virtsdk.connect("test:///default") as host,
        host.explore() as explorer,
        host.live() as timeline,
        fleet.explore() as what_if,
    ):
        with pytest.raises(AttributeError, match="no 'fliter' that could be set: did you mean 'filter'"):
            explorer.fliter = "web"
        with pytest.raises(AttributeError, match=r"no 'selection' that could be set: .* 'selected'"):
            timeline.selection = "-2min", "-1min"
        with pytest.raises(AttributeError, match=r"WhatIfView has no 'qqq' that could be set$"):
            what_if.qqq = 3
        for view, name in ((explorer, "select"), (timeline, "last"), (what_if, "growth"), (what_if, "add")):
            with pytest.raises(
                AttributeError, match=rf"'{name}' of \w+ is a method: call it, {name}\(\.\.\.\)"
            ):
                setattr(view, name, "2h")
        explorer.filter, timeline.panels = "name~te", ["cpu"]
        assert (explorer.frame["name"].tolist(), timeline.panels) == (["test"], ["cpu"])
        timeline.tooltip = "of a widget, as any"
