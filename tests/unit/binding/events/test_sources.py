"""libvirt's numbers in events become the words that libvirt's constants have for them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import libvirt
import pytest

from virtsdk.binding.events.sources import SOURCES, make


class Thing:
    """What libvirt hands to a callback, as far as an event needs it."""

    def name(self) -> str:
        return "web1"

    def UUIDString(self) -> str:  # noqa: N802
        return "00000000-0000-4000-8000-000000000001"


def made(kind: str, *values: Any) -> dict[str, Any]:
    event = make(SOURCES[kind], "kvm7", datetime.now(UTC), Thing(), values)
    return {key: value for key, value in vars(event).items() if key not in {"host", "time"}}


DETAILS = {
    name: getattr(libvirt, name)
    for name in dir(libvirt)
    for kind in ("DEFINED", "UNDEFINED", "STARTED", "SUSPENDED", "RESUMED", "STOPPED", "SHUTDOWN", "CRASHED")
    if name.startswith(f"VIR_DOMAIN_EVENT_{kind}_")
}


def test_every_lifecycle_detail_of_libvirt() -> None:
    for constant in sorted(DETAILS):
        event, _, detail = constant.removeprefix("VIR_DOMAIN_EVENT_").partition("_")
        found = made("domain_lifecycle", getattr(libvirt, f"VIR_DOMAIN_EVENT_{event}"), DETAILS[constant])
        assert (found["event"], found["detail"]) == (event.lower(), detail.lower().replace("_", "-"))


@pytest.mark.parametrize("family", ["network", "storage_pool", "node_device", "secret"])
def test_every_lifecycle_word_of_the_other_families(family: str) -> None:
    prefix = f"VIR_{family.upper()}_EVENT_"
    constants = [name for name in dir(libvirt) if name.startswith(prefix) and f"{prefix}ID_" not in name]
    assert constants
    for constant in constants:
        found = made(f"{family}_lifecycle", getattr(libvirt, constant), 0)
        assert found["event"] == constant.removeprefix(prefix).lower()


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("domain_reboot", (), {}),
        ("domain_rtc_change", (3600,), {"offset_seconds": 3600}),
        ("domain_watchdog", (libvirt.VIR_DOMAIN_EVENT_WATCHDOG_RESET,), {"action": "reset"}),
        (
            "domain_io_error",
            ("/disk", "virtio-disk0", libvirt.VIR_DOMAIN_EVENT_IO_ERROR_PAUSE, "enospc"),
            {"path": "/disk", "alias": "virtio-disk0", "action": "pause", "reason": "enospc"},
        ),
        (
            "domain_graphics",
            (0, {"node": "::1", "service": "5900"}, {"node": "/run/vnc", "service": ""}, "vnc", [("a", "b")]),
            {"phase": "connect", "local": "::1:5900", "remote": "/run/vnc", "auth_scheme": "vnc"},
        ),
        (
            "domain_block_job",
            ("vda", libvirt.VIR_DOMAIN_BLOCK_JOB_TYPE_COPY, libvirt.VIR_DOMAIN_BLOCK_JOB_READY),
            {"disk": "vda", "job": "copy", "status": "ready"},
        ),
        (
            "domain_disk_change",
            ("/old", None, "ide0", 1),
            {"old_path": "/old", "new_path": "", "alias": "ide0", "reason": "missing on start, dropped"},
        ),
        ("domain_tray_change", ("ide0", 0), {"alias": "ide0", "reason": "open"}),
        ("domain_balloon_change", (2048,), {"memory_current_bytes": 2 * 2**20}),
        ("domain_device_added", ("net1",), {"alias": "net1"}),
        ("domain_agent_lifecycle", (1, 2), {"state": "connected", "reason": "channel"}),
        ("domain_job_completed", ({"time_elapsed": 7},), {"parameters": {"time_elapsed": 7}}),
        ("domain_tunable", ({"cputune.shares": 7},), {"parameters": {"cputune.shares": 7}}),
        ("domain_migration_iteration", (3,), {"iteration": 3}),
        ("domain_metadata_change", (2, "urn:x"), {"part": "element", "namespace": "urn:x"}),
        (
            "domain_block_threshold",
            ("vda[1]", None, 1000, 24),
            {"disk": "vda[1]", "path": "", "threshold_bytes": 1000, "excess_bytes": 24},
        ),
        ("domain_memory_failure", (1, 3, 1), {"recipient": "guest", "action": "reset", "flags": 1}),
        ("domain_memory_device_size_change", ("dimm0", 1024), {"alias": "dimm0", "size_bytes": 2**20}),
        ("domain_pm_wakeup", (0,), {}),
    ],
)
def test_the_fields_of_a_domain_event(kind: str, values: tuple[Any, ...], expected: dict[str, Any]) -> None:
    found = made(kind, *values)
    assert found.pop("name") == "web1"
    assert found.pop("domain") == Thing().UUIDString()
    assert found == expected


def test_a_number_that_is_newer_than_this_libvirt_is_told_as_it_is() -> None:
    assert made("domain_lifecycle", 99, 7)["event"] == "unknown-99"
    assert made("domain_lifecycle", libvirt.VIR_DOMAIN_EVENT_STARTED, 99)["detail"] == "unknown-99"
