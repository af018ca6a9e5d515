"""The explorer on a daemon that goes away and comes back, and on a real guest."""

from __future__ import annotations

from tests.waiting import until


def test_a_lost_connection_is_said_and_the_table_goes_on_after_it(lab_hosts) -> None:
    host = lab_hosts(1, guests=1, wait=False)[0]
    explorer = host.explore()
    said: list[tuple[str, str]] = []
    explorer.observe(lambda _: said.append((explorer.status_level, explorer.status)), "status")
    try:
        host.kill_daemon(restart=False)
        until(lambda: any(level == "error" and "connection is lost" in text for level, text in said))
        assert [row["state"] for row in explorer.rows.values()] == ["running"]  # what was known stays
        host.start_daemon()
        until(lambda: any(text == "Connected again." for _, text in said))
        (guest,) = host.domains
        explorer.suspend(guest.name)
        assert [row["state"] for row in explorer.rows.values()] == ["paused"]
        guest.resume()
        until(lambda: [row["state"] for row in explorer.rows.values()] == ["running"])
    finally:
        explorer.close()
