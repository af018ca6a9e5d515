"""Processors of a host: its CPUs, and what several hosts have in common."""

from __future__ import annotations

import pytest

import virtsdk
from virtsdk import errors, xml
from virtsdk.models.cpu import CpuDef
from virtsdk.models.domain import Cpu, DomainDef
from virtsdk.resources.host.processors import _places, cpu_document

CPU = "<cpu><arch>x86_64</arch><model>{}</model></cpu>"
CAPABILITIES = """<capabilities><host><cpu><arch>x86_64</arch><model>Haswell</model></cpu>
<topology><cells num='2'>
<cell id='0'><cpus num='2'><cpu id='0' socket_id='0' core_id='0' siblings='0,2'/>
<cpu id='2' socket_id='0' core_id='0' siblings='0,2'/></cpus></cell>
<cell id='3'><cpus num='1'><cpu id='1' socket_id='1' core_id='4' siblings='1'/></cpus></cell>
</cells></topology></host></capabilities>"""
DOMAIN_CAPABILITIES = """<domainCapabilities><arch>x86_64</arch><cpu>
<mode name='custom' supported='yes'><model usable='yes'>486</model></mode>
<mode name='host-passthrough' supported='yes'/><mode name='host-model' supported='yes'>
<model fallback='forbid'>Haswell</model><vendor>Intel</vendor><feature policy='require' name='vmx'/>
<feature policy='disable' name='rtm'/></mode></cpu></domainCapabilities>"""


def test_the_cpus_of_the_machine(host: virtsdk.Host) -> None:
    frame = host.node_cpus()
    assert frame["cpu"].tolist() == list(range(8))
    assert frame["online"].tolist() == [True, False, True, False, True, False, False, False]
    assert frame["cell"].isna().all()  # the test driver's capabilities are of another machine


def test_where_a_cpu_is_told_by_the_capabilities() -> None:
    assert _places(CAPABILITIES) == {
        0: {"cell": 0, "socket": 0, "core": 0, "siblings": "0,2"},
        2: {"cell": 0, "socket": 0, "core": 0, "siblings": "0,2"},
        1: {"cell": 3, "socket": 1, "core": 4, "siblings": "1"},
    }
    assert _places("<capabilities/>") == {}


def test_the_models_that_libvirt_knows(host: virtsdk.Host) -> None:
    assert {"Haswell", "EPYC"} <= set(host.cpu_models("x86_64"))
    assert "Haswell" in host.cpu_models()
    with pytest.raises(errors.VirtError):
        host.cpu_models("odd")


def test_a_common_cpu_is_one_for_a_definition(host: virtsdk.Host) -> None:
    two = [CPU.format("Nehalem"), xml.parse(CPU.format("Westmere"), CpuDef)]
    common = host.cpu_baseline(two)
    assert isinstance(common, Cpu)
    guest = DomainDef(type="test", name="web9", cpu=common)
    assert "<model fallback=" in xml.render(guest)
    assert common.model is not None
    assert common.model.value == "Nehalem"
    assert not common.features
    assert host.cpu_baseline(two, expand=True).features


def test_capabilities_stand_for_their_cpu(host: virtsdk.Host) -> None:
    known = xml.parse(CAPABILITIES)
    assert "<model>Haswell</model>" in cpu_document(known)
    assert host.cpu_baseline([known]).model.value == "Haswell"  # type: ignore[union-attr]
    given = xml.parse(cpu_document(xml.parse(DOMAIN_CAPABILITIES)), CpuDef)
    assert given.model is not None
    assert (given.model.value, given.vendor) == ("Haswell", "Intel")
    assert [(one.name, str(one.policy)) for one in given.features] == [("vmx", "require"), ("rtm", "disable")]
    for none in ("<capabilities/>", "<domainCapabilities/>"):
        with pytest.raises(ValueError, match="cpus must be CPUs"):
            cpu_document(xml.parse(none))


def test_what_is_no_cpu_is_refused_before_a_call(host: virtsdk.Host) -> None:
    host.close()
    with pytest.raises(TypeError, match="cpus must be a list"):
        host.cpu_baseline(CPU)
    with pytest.raises(ValueError, match="cpus must have at least one"):
        host.cpu_baseline([])
    with pytest.raises(TypeError, match="a definition must be a model"):
        host.cpu_compare(3)  # type: ignore[arg-type]


def test_what_the_hypervisor_gives_needs_a_connection_that_may_write() -> None:
    with virtsdk.connect("test:///default", readonly=True) as host:
        assert host.cpu_baseline([CPU.format("Haswell")]).model is not None
        for verb in (
            lambda: host.cpu_baseline([CPU.format("Haswell")], hypervisor=True),
            lambda: host.cpu_compare(CPU.format("Haswell"), hypervisor=True),
        ):
            with pytest.raises(errors.ReadOnly, match=r"cannot .* readonly=True"):
                verb()


def test_what_this_driver_does_not_do(host: virtsdk.Host) -> None:
    for verb in (
        lambda: host.cpu_compare(CPU.format("Haswell")),
        lambda: host.cpu_compare(CPU.format("Haswell"), hypervisor=True),
        lambda: host.cpu_baseline([CPU.format("Haswell")], hypervisor=True),
    ):
        with pytest.raises(errors.NotSupported):
            verb()
    with pytest.raises(errors.VirtError):
        host.cpu_baseline([CPU.format("Odd")])
