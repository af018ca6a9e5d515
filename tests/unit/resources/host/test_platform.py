"""What a host is made of, and how its connection is guarded."""

from __future__ import annotations

import pytest

import virtsdk
from virtsdk import errors
from virtsdk.resources.host.platform import SecurityModel


def test_hypervisor_firmware_and_security(host: virtsdk.Host) -> None:
    assert host.hypervisor_version == (0, 0, 2)
    assert host.sysinfo().bios is not None
    assert host.security_model() == SecurityModel("testSecurity", "")
    assert (host.is_encrypted, host.is_secure) == (False, True)
    with pytest.raises(errors.NotSupported):
        host.sev_info()


def test_a_machine_sleeps_for_a_minute_at_least(host: virtsdk.Host) -> None:
    with pytest.raises(errors.NotSupported, match="the test driver does not do that"):
        host.suspend_node("mem", 60)
    host.close()
    with pytest.raises(ValueError, match="seconds must be 60 to"):
        host.suspend_node("mem", 59)
    with pytest.raises(ValueError, match="kind must be 'mem', 'disk' or 'hybrid', not 'ram'"):
        host.suspend_node("ram", 60)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="seconds must be a whole number"):
        host.suspend_node("mem", 60.5)  # type: ignore[arg-type]
