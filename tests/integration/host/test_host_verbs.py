"""Questions about a machine, and its hypervisor, to a real daemon."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

import virtsdk
from tests.integration.domain.test_lifecycle import BARE
from virtsdk import errors, xml
from virtsdk.models.cpu import CpuDef
from virtsdk.units import KiB, MiB

OLD = "<cpu><arch>x86_64</arch><model>Conroe</model></cpu>"


def test_processors(lab_daemon: virtsdk.lab.LabHost) -> None:
    host = lab_daemon
    cpus = host.node_cpus()
    assert int(cpus["online"].sum()) == host.node_info().cpus
    assert cpus.loc[cpus["online"], "core"].notna().all()
    own = host.capabilities()
    assert own.host is not None
    assert str(own.host.cpu.model) in host.cpu_models()  # type: ignore[union-attr]
    assert host.cpu_compare(own) == "identical"
    with pytest.raises(errors.XmlError):
        host.cpu_compare("<cpu><arch>x86_64</arch></cpu>")
    lacking = "<cpu><arch>x86_64</arch><model>Conroe</model><feature name='{}'/></cpu>"
    unlikely = [lacking.format(one) for one in ("3dnow", "xop", "fma4")]  # of no processor that has them all
    assert "incompatible" in {host.cpu_compare(one) for one in unlikely}
    with pytest.raises(errors.CpuIncompatible, match=r"3dnow|xop|fma4"):
        for one in unlikely:
            host.cpu_compare(one, strict=True)
    assert host.cpu_baseline([own, own]).model is not None
    common = host.cpu_baseline([OLD.replace("Conroe", "Nehalem"), xml.parse(OLD, CpuDef)])
    assert common.model is not None
    assert common.model.value == "Conroe"
    given = host.cpu_baseline([OLD], hypervisor=True, virttype="qemu", arch="x86_64")
    assert given.model is not None
    assert given.model.value == "Conroe"
    assert host.cpu_compare(OLD, hypervisor=True, virttype="qemu", arch="x86_64") in {
        "identical",
        "superset",
        "incompatible",
    }
    ours = host.domain_capabilities(virttype="qemu", arch="x86_64")
    assert host.cpu_baseline([ours], hypervisor=True, virttype="qemu", arch="x86_64").model is not None


def test_memory_of_the_machine(lab_daemon: virtsdk.lab.LabHost) -> None:
    host = lab_daemon
    free = host.free_memory()
    assert 0 < free["memory_free_bytes"].sum() < host.node_info().memory_bytes
    pages = host.free_pages()
    small = pages[pages["page_bytes"] == KiB(4)]
    assert len(small) == len(free)
    assert (small["memory_free_bytes"] == small["free_pages"] * 4096).all()
    assert host.free_pages([KiB(4)])["page_bytes"].unique().tolist() == [4096]
    with pytest.raises(errors.VirtError):
        host.free_pages([KiB(12)])
    if Path("/sys/kernel/mm/ksm").is_dir():
        merging = host.ksm()
        assert merging.pages_to_scan == int(Path("/sys/kernel/mm/ksm/pages_to_scan").read_text())
        if os.access("/sys/kernel/mm/ksm/pages_to_scan", os.W_OK) and os.geteuid() == 0:
            assert host.set_ksm(pages_to_scan=merging.pages_to_scan) == host.ksm()
    place = Path("/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages")
    if place.exists() and os.geteuid() == 0:
        there = int(place.read_text())
        host.allocate_pages({MiB(2): there}, cell=0)
        host.allocate_pages({MiB(2): 0}, add=True)
        assert int(place.read_text()) == there


def test_the_hypervisor_and_how_the_connection_is_guarded(lab_daemon: virtsdk.lab.LabHost) -> None:
    host = lab_daemon
    assert host.hypervisor_version >= (5, 0, 0)
    assert (host.is_encrypted, host.is_secure) == (False, True)  # a socket of this machine
    assert host.security_model().model == "none"
    for verb in (host.sev_info, host.sysinfo):  # no such processor, no such firmware; or there is
        with contextlib.suppress(errors.NotSupported):
            assert verb() is not None


def test_a_definition_in_qemu_s_own_words(lab_daemon: virtsdk.lab.LabHost) -> None:
    domains = lab_daemon.domains
    line = domains.to_native(BARE)
    assert "-name guest=bare" in line
    guest = domains.define(BARE)
    try:
        assert "-name guest=bare" in domains.to_native(guest, "qemu-argv")
        assert "-name guest=bare" in domains.to_native(guest.definition())
    finally:
        guest.undefine()
    with pytest.raises(errors.InvalidArgument):
        domains.to_native(BARE, "vmware-vmx")
    with pytest.raises(errors.NotSupported):  # libvirt reads no command lines any more
        domains.from_native(line)
    if os.geteuid() == 0:
        with virtsdk.connect(lab_daemon.layout.uri_of("lxc")) as containers:
            read = containers.domains.from_native("lxc.utsname = a\nlxc.rootfs = /srv/a\n")
            assert read.name == "a"


def test_a_saved_guest_comes_back_with_another_definition(
    lab_daemon: virtsdk.lab.LabHost, tmp_path: Path
) -> None:
    domains, file = lab_daemon.domains, lab_daemon.layout.home / "bare.saved"
    guest = domains.create(BARE)
    guest.save(file)
    try:
        saved = domains.saved_definition(file)
        saved.description = "comes back"
        domains.redefine_saved(file, saved, paused=True)
        assert domains.saved_definition(file).description == "comes back"
        wrong = domains.saved_definition(file)
        wrong.name = "other"
        with pytest.raises(errors.VirtError):
            domains.redefine_saved(file, wrong)
        back = domains.restore(file)
        try:
            assert (back.state, back.definition().description) == ("paused", "comes back")
        finally:
            back.destroy()
    finally:
        file.unlink()
