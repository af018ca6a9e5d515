"""The embedded lab: guests that differ, that are there again the next time, and that leave nothing behind."""

from __future__ import annotations

import virtsdk


def test_guests_run_and_differ_in_size(lab_host: virtsdk.Host) -> None:
    frame = lab_host.domains.frame().set_index("name")
    assert set(frame["state"]) == {"running"}
    assert frame["vcpus"].is_unique
    assert frame["memory_bytes"].is_unique


def test_agents_answer(lab_host: virtsdk.Host, wait_for_agent) -> None:
    for domain in lab_host.domains:
        wait_for_agent(lab_host, domain.name, timeout=20)
