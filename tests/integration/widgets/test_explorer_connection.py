"""The explorer, and `virtsdk top`, on a daemon that goes away and comes back, and on a real guest."""

from __future__ import annotations

import pandas as pd

from tests.integration.figures.test_truth import in_guest
from tests.waiting import until
from virtsdk.cli.top.choices import Choices
from virtsdk.cli.top.layout import picture
from virtsdk.cli.top.watching import Watch


def test_a_lost_connection_is_said_and_the_table_goes_on_after_it(lab_hosts) -> None:
    host = lab_hosts(1, guests=1, wait=False)[0]
    explorer = host.explore(every=0.5)
    explorer._look("a page", True)
    watch = Watch({"kvm7": host.uri}, every=0.5, timeout=10.0, told=lambda: None)

    def in_terminal() -> list[bool]:
        """Whether top's host answers, and each guest's CPU is known."""
        found = picture(watch, Choices())
        return [found.hosts[0].up, *(row["cpu"] is not None for row in found.rows)]

    def figures_are_known() -> bool:
        explorer._look("a page", True)
        return bool(explorer.frame["cpu_percent"].notna().all())

    said: list[tuple[str, str]] = []
    explorer.observe(lambda _: said.append((explorer.status_level, explorer.status)), "status")
    try:
        until(figures_are_known)
        until(lambda: in_terminal() == [True, True])
        host.kill_daemon(restart=False)
        until(lambda: any(level == "error" and "connection is lost" in text for level, text in said))
        assert [row["state"] for row in explorer.rows.values()] == ["running"]  # what was known stays
        until(lambda: not figures_are_known())  # those of before are not those of now
        until(lambda: in_terminal() == [False, False])
        assert watch.hosts()[0].error
        host.start_daemon()
        until(lambda: any(text.startswith("Connected again: ") for _, text in said))
        until(figures_are_known)
        until(lambda: in_terminal() == [True, True])
        (guest,) = host.domains
        explorer.suspend(guest.name)
        until(lambda: [row["state"] for row in explorer.rows.values()] == ["paused"])
        guest.resume()
        until(lambda: [row["state"] for row in explorer.rows.values()] == ["running"])
    finally:
        watch.close()
        explorer.close()


def test_load_in_a_guest_moves_its_bar(lab_daemon) -> None:
    name = lab_daemon.domains.frame()["name"][0]
    with lab_daemon.explore(every=1.0) as explorer:

        def seen() -> pd.DataFrame:
            explorer._look("a page", True)
            return explorer.frame

        def busy() -> list[str]:
            return seen()["name"].tolist()

        def use() -> list[float]:
            frame = seen()
            return frame.loc[frame["name"] == name, "cpu_percent"].dropna().tolist()

        until(lambda: seen()["cpu_percent"].notna().all())
        ordinary: set[float] = set()  # what a guest can get depends on what else the machine does
        until(lambda: ordinary.update(use()) or len(ordinary) >= 4)
        explorer.filter = f"cpu>{1.5 * max(ordinary) + 1:.0f}%"
        until(lambda: name not in busy(), 60)
        # All of its vCPUs, until it is seen: on a busy machine none of them gets much of a CPU.
        burn = "timeout 90 sh -c 'while [ -e /tmp/burn ]; do :; done'"
        in_guest(lab_daemon, name, f"touch /tmp/burn; ({burn} & {burn} &) >/dev/null 2>&1")
        try:
            shown: list[pd.DataFrame] = []
            until(lambda: shown.append(seen()) or name in shown[-1]["name"].tolist(), 80)
            row = shown[-1].set_index("name").loc[name]
            assert 0 < row["memory_used_bytes"] < row["memory_bytes"]
        finally:
            in_guest(lab_daemon, name, "rm /tmp/burn")
        until(lambda: name not in busy(), 60)  # leave it as it was
