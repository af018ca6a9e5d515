"""`virtsdk top` on real guests: figures on a terminal, and the same ones as JSON."""

from __future__ import annotations

import json

from tests.unit.cli.top.typed import typed
from virtsdk import cli


def test_guests_have_figures_on_a_terminal_and_as_json(lab_daemon, capsys) -> None:
    names = set(lab_daemon.domains.frame()["name"])
    host = f"kvm7={lab_daemon.uri}"
    with typed("top", host, "--interval", "0.5", columns=100) as top:
        top.until(lambda top: set(top.column) == names)
        assert sum(line.startswith(tuple(names)) and " running " in line for line in top.screen) == 2
        top.until(lambda top: sum(" of " in line and line.count("/s") == 2 for line in top.screen) == 2)
        top.press("m")
        top.until(lambda top: top.shows("Memory▼"))
        top.press("q")
        assert top.ended() == 0
        assert top.is_given_back
    assert cli.main(["top", host, "--json", "--once", "--interval", "0.5", "--sort", "used"]) == 0
    guests = json.loads(capsys.readouterr().out)["guests"]
    used = [one["memory_used_bytes"] for one in guests]
    assert {one["name"] for one in guests} == names and {one["host"] for one in guests} == {"kvm7"}
    assert used == sorted(used, reverse=True) and min(used) > 0
    assert all(0 <= one["cpu_percent"] < 200 for one in guests)
