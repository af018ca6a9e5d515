"""What is said of a driver is what the driver does: held on the drivers that run here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import libvirt_qemu
import pytest

import virtsdk
from virtsdk import errors
from virtsdk.binding import features
from virtsdk.binding.features import Version

# a call of each feature that changes nothing when it works, on a host with one running domain
PROBES: dict[str, Callable[[Any, Any], object]] = {
    "bulk_stats": lambda conn, dom: conn.getAllDomainStats(0, 0),
    "cpu_stats": lambda conn, dom: dom.getCPUStats(True, 0),
    "memory_stats": lambda conn, dom: dom.memoryStats(),
    "block_stats": lambda conn, dom: dom.blockStats("vda"),
    "interface_stats": lambda conn, dom: dom.interfaceStats("vnet0"),
    "node_memory_stats": lambda conn, dom: conn.getMemoryStats(-1, 0),
    "job_stats": lambda conn, dom: dom.jobStats(),
    "abort_job": lambda conn, dom: dom.abortJob(),
    "restore": lambda conn, dom: conn.saveImageGetXMLDesc("/nowhere/saved", 0),
    "core_dump": lambda conn, dom: dom.coreDumpWithFormat("/nowhere/core", 0, 0),
    "postcopy": lambda conn, dom: dom.migrateStartPostCopy(0),
    "dirty_rate": lambda conn, dom: dom.startDirtyRateCalc(1, 0),
    "reset": lambda conn, dom: dom.reset(0),
    "autostart": lambda conn, dom: dom.autostart(),
    "managed_save": lambda conn, dom: dom.managedSaveRemove(0),
    "rename": lambda conn, dom: dom.rename("other", 0),
    "hotplug": lambda conn, dom: dom.attachDeviceFlags("<disk/>", 0),
    "update_device": lambda conn, dom: dom.updateDeviceFlags("<disk/>", 0),
    "block_jobs": lambda conn, dom: dom.blockJobInfo("vda", 0),
    "snapshots": lambda conn, dom: dom.listAllSnapshots(0),
    "checkpoints": lambda conn, dom: dom.listAllCheckpoints(0),
    "backup": lambda conn, dom: dom.backupGetXMLDesc(0),
    "io_tune": lambda conn, dom: dom.blockIoTune("vda", 0),
    "guest_info": lambda conn, dom: dom.guestInfo(0, 0),
    "addresses": lambda conn, dom: dom.interfaceAddresses(0, 0),
    "console": lambda conn, dom: dom.openConsole(None, conn.newStream(0), 0),
    "send_key": lambda conn, dom: dom.sendKey(0, 0, [30], 1, 0),
    "metadata": lambda conn, dom: dom.metadata(0, None, 0),
    "lifecycle_action": lambda conn, dom: dom.setLifecycleAction(2, 0, 0),
    "file_systems": lambda conn, dom: dom.fsInfo(0),
    "guest_time": lambda conn, dom: dom.getTime(0),
    "password": lambda conn, dom: dom.setUserPassword("root", "x", 0),
    "guest_sleep": lambda conn, dom: dom.pMWakeup(0),
    "nmi": lambda conn, dom: dom.injectNMI(0),
    "process_signal": lambda conn, dom: dom.sendProcessSignal(1, 0, 0),
    "channel": lambda conn, dom: dom.openChannel(None, conn.newStream(0), 0),
    "graphics_socket": lambda conn, dom: dom.openGraphicsFD(0, 0),
    "messages": lambda conn, dom: dom.messages(0),
    "control": lambda conn, dom: dom.controlInfo(0),
    "security_labels": lambda conn, dom: dom.securityLabelList(),
    "launch_secret": lambda conn, dom: dom.setLaunchSecurityState({"sev-secret": "x"}, 0),
    "peek_memory": lambda conn, dom: dom.memoryPeek(0, 4, 2),
    "monitor": lambda conn, dom: libvirt_qemu.qemuMonitorCommand(dom, "{}", 0),
    "agent": lambda conn, dom: libvirt_qemu.qemuAgentCommand(dom, "{}", 1, 0),
    "set_memory": lambda conn, dom: dom.setMemoryFlags(2**40, 0),
    "set_vcpus": lambda conn, dom: dom.setVcpusFlags(10**6, 0),
    "single_vcpus": lambda conn, dom: dom.setVcpu("0", 1, 0),
    "guest_vcpus": lambda conn, dom: dom.setGuestVcpus("0", 1, 0),
    "pin_vcpus": lambda conn, dom: dom.vcpuPinInfo(0),
    "pin_emulator": lambda conn, dom: dom.emulatorPinInfo(0),
    "scheduler": lambda conn, dom: dom.schedulerParameters(),
    "memory_limits": lambda conn, dom: dom.memoryParameters(0),
    "block_weights": lambda conn, dom: dom.blkioParameters(0),
    "numa_tuning": lambda conn, dom: dom.numaParameters(0),
    "bandwidth": lambda conn, dom: dom.interfaceParameters("vnet0", 0),
    "perf_events": lambda conn, dom: dom.perfEvents(0),
    "iothreads": lambda conn, dom: dom.ioThreadInfo(0),
    "cpu_baseline": lambda conn, dom: conn.baselineCPU(["<cpu/>"], 0),
    "cpu_compare": lambda conn, dom: conn.compareCPU("<cpu/>", 0),
    "hypervisor_cpu": lambda conn, dom: conn.compareHypervisorCPU(None, None, None, None, "<cpu/>", 0),
    "huge_pages": lambda conn, dom: conn.allocPages({2048: 0}, 0, 1, 0),
    "ksm": lambda conn, dom: conn.getMemoryParameters(0),
    "suspend_node": lambda conn, dom: conn.suspendForDuration(0, 1, 0),  # too short to be done
    "sev": lambda conn, dom: conn.getSEVInfo(0),
    "to_native": lambda conn, dom: conn.domainXMLToNative("odd", "<domain/>", 0),
    "from_native": lambda conn, dom: conn.domainXMLFromNative("odd", "x", 0),
    "redefine_saved": lambda conn, dom: conn.saveImageDefineXML("/nowhere/saved", "<domain/>", 0),
    "domain_capabilities": lambda conn, dom: conn.getDomainCapabilities(None, None, None, None, 0),
    "networks": lambda conn, dom: conn.listAllNetworks(0),
    "storage_pools": lambda conn, dom: conn.listAllStoragePools(0),
    "node_devices": lambda conn, dom: conn.listAllDevices(0),
    "interfaces": lambda conn, dom: conn.listAllInterfaces(0),
    "nwfilters": lambda conn, dom: conn.listAllNWFilters(0),
    "secrets": lambda conn, dom: conn.listAllSecrets(0),
}


def does(host: virtsdk.Host, probe: Callable[[Any, Any], object]) -> bool:
    """True unless libvirt says that the driver has no such function."""
    try:
        host.session.call("probe", "it", lambda conn: probe(conn, conn.listAllDomains(0)[0]))
    except errors.NotSupported as error:
        return error.code_name != "VIR_ERR_NO_SUPPORT"
    except errors.VirtError:
        return True  # it has it, and something else is in the way
    return True


@pytest.mark.parametrize("feature", PROBES)
def test_the_table_says_what_the_test_driver_does(feature: str) -> None:
    with virtsdk.connect("test:///default") as host:
        assert host.supports(feature) is does(host, PROBES[feature])


def test_versions_and_drivers_decide() -> None:
    assert not features.supports("backup", "qemu", (5, 10, 0))
    assert features.supports("backup", "qemu", (6, 0, 0))
    assert not features.supports("bulk_stats", "lxc", (99, 0, 0))
    assert not features.supports("suspend", "bhyve", (99, 0, 0))
    assert not features.supports("networks", "qemu", (9, 0, 0), embedded=True)
    assert features.supports("networks", "qemu", (9, 0, 0))
    assert not features.supports("networks", "no-such-driver", (9, 0, 0))


def test_every_driver_of_libvirt_has_a_row_or_is_known_to_do_little() -> None:
    for driver in ("qemu", "lxc", "xen", "vbox", "esx", "bhyve", "hyperv", "vz", "ch", "test"):
        assert features.supports("define", driver, (9, 0, 0)), driver


def test_versions_compare_and_read_back() -> None:
    assert Version.of(11_003_002) == (11, 3, 2) == Version.parse("11.3.2")
    assert Version(9, 10, 0) > Version(9, 9, 9)
    assert str(Version(1, 2, 21)) == "1.2.21"


@pytest.mark.parametrize(
    ("typed", "near"), [("bulk", "bulk_stats"), ("snapshot", "snapshots"), ("migrate", "mig")]
)
def test_a_near_miss_is_named(typed: str, near: str) -> None:
    with pytest.raises(ValueError, match=rf"unknown feature '{typed}'; nearest: [a-z_, ]*{near}"):
        features.supports(typed, "qemu", (9, 0, 0))
