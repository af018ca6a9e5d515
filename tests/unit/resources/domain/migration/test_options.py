"""What a migration is asked for, in libvirt's flags and parameters, and what is refused before it is sent."""

from __future__ import annotations

import inspect
import re
from typing import Any

import libvirt
import numpy as np
import pytest
from IPython.core.completer import IPCompleter, provisionalcompleter

import virtsdk
from virtsdk import errors
from virtsdk.models.domain import DomainDef
from virtsdk.resources.domain.migration.options import MigrationOptions, check, flags_of, parameters_of
from virtsdk.units import KiB, MiB


def words(*, persistent_here: bool = True, peer_to_peer: bool = False, **options: Any) -> set[str]:
    """The names of the flags that these options become, for a domain that is persistent or not."""
    flags = flags_of(options, persistent=persistent_here, peer_to_peer=peer_to_peer)  # type: ignore[arg-type]
    numbers = {
        name.removeprefix("VIR_MIGRATE_"): value
        for name, value in vars(libvirt).items()
        if name.startswith("VIR_MIGRATE_") and isinstance(value, int)
    }
    return {name for name, value in numbers.items() if flags & value}


def test_a_guest_is_defined_in_one_place_unless_told_otherwise() -> None:
    assert words() == {"LIVE", "PERSIST_DEST", "UNDEFINE_SOURCE"}
    assert words(persistent_here=False) == {"LIVE"}
    assert words(persistent=True, persistent_here=False) == {"LIVE", "PERSIST_DEST"}
    assert words(undefine_source=False) == {"LIVE", "PERSIST_DEST"}
    assert words(persistent=False) == {"LIVE"}  # its definition stays where it is
    assert words(offline=True) == {"OFFLINE", "PERSIST_DEST", "UNDEFINE_SOURCE"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"live": False}, set()),
        ({"paused": True}, {"LIVE", "PAUSED"}),
        ({"copy_storage": "all"}, {"LIVE", "NON_SHARED_DISK"}),
        ({"copy_storage": "incremental"}, {"LIVE", "NON_SHARED_INC"}),
        ({"postcopy": True}, {"LIVE", "POSTCOPY"}),
        ({"auto_converge": True, "compressed": True}, {"LIVE", "AUTO_CONVERGE", "COMPRESSED"}),
        ({"parallel": 4}, {"LIVE", "PARALLEL"}),
        ({"tls": True, "unsafe": True}, {"LIVE", "TLS", "UNSAFE"}),
        ({"tunnelled": True, "peer_to_peer": True}, {"LIVE", "TUNNELLED", "PEER2PEER"}),
    ],
)
def test_each_option_is_its_flag(options: dict[str, Any], expected: set[str]) -> None:
    assert words(persistent_here=False, **options) == expected


def test_parameters_have_libvirts_names_and_units() -> None:
    found = parameters_of(
        {
            "name": "web2",
            "uri": "tcp://10.0.0.7",
            "disks_uri": "unix:///run/d.sock",
            "bandwidth": MiB(3) + KiB(1000),
            "parallel": 2,
            "disks": ("vda", "vdb"),
            "definition": DomainDef(name="web1"),
            "persistent_definition": "<domain/>",
        }
    )
    assert found == {
        libvirt.VIR_MIGRATE_PARAM_DEST_NAME: "web2",
        libvirt.VIR_MIGRATE_PARAM_URI: "tcp://10.0.0.7",
        libvirt.VIR_MIGRATE_PARAM_DISKS_URI: "unix:///run/d.sock",
        libvirt.VIR_MIGRATE_PARAM_BANDWIDTH: 3,  # MiB a second, never more than was asked for
        libvirt.VIR_MIGRATE_PARAM_PARALLEL_CONNECTIONS: 2,
        libvirt.VIR_MIGRATE_PARAM_MIGRATE_DISKS: ["vda", "vdb"],
        libvirt.VIR_MIGRATE_PARAM_DEST_XML: found["destination_xml"],
        libvirt.VIR_MIGRATE_PARAM_PERSIST_XML: "<domain/>",
    }
    assert "<name>web1</name>" in found["destination_xml"]
    assert parameters_of({}) == {}
    numbers = parameters_of({"bandwidth": np.int64(MiB(2)), "parallel": np.int64(3)})  # of a frame
    assert {name: (value, type(value)) for name, value in numbers.items()} == {
        "bandwidth": (2, int),
        "parallel.connections": (3, int),
    }


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"copy_storage": "some"}, "all, incremental"),
        ({"disks": ["vda"]}, "give both"),
        ({"parallel": 0}, "parallel must be at least 1, not 0"),
        ({"bandwidth": 500}, r"bandwidth must be at least MiB\(1\) per second"),
        ({"bandwidth": 2**64}, "bandwidth must be"),
        ({"max_downtime_seconds": 1e30}, "downtime"),
        ({"max_downtime_seconds": 0}, "downtime"),
        ({"max_downtime_seconds": float("nan")}, "downtime"),
        ({"persistent": False, "undefine_source": True}, "no definition anywhere"),
        ({"offline": True, "persistent": False}, "moves the definition"),
        ({"offline": True, "copy_storage": "all"}, "copy_storage is for a guest that runs"),
    ],
)
def test_what_makes_no_sense_is_refused(options: dict[str, Any], said: str, host: virtsdk.Host) -> None:
    with pytest.raises(ValueError, match=said):
        host.domains["web1"].migrate("qemu+ssh://kvm7/system", **options)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"bandwidth": "100 MiB"}, "bandwidth must be bytes per second"),
        ({"bandwidth": 1e9}, "bandwidth must be bytes per second"),
        ({"max_downtime_seconds": "1"}, "number of seconds, not str"),
        ({"name": 7}, "name must be text, not int"),
        ({"live": "no"}, "live must be True or False, not 'no'"),
        ({"live": None}, "live must be True or False, not None"),
        ({"persistent": "no"}, "persistent must be True or False, not 'no'"),
        ({"parallel": "4"}, "parallel must be a number of connections, not '4'"),
        ({"parallel": True}, "parallel must be a number of connections, not True"),
        ({"bandwith": MiB(1)}, "unknown option 'bandwith' of migrate; did you mean 'bandwidth'?"),
        ({"zzz": 1}, "known options: live, persistent, .*timeout$"),
    ],
)
def test_what_is_of_the_wrong_type_or_unknown_is_refused(
    options: dict[str, Any], said: str, host: virtsdk.Host
) -> None:
    with pytest.raises(TypeError, match=said.replace("?", r"\?")):
        host.domains["web1"].migrate("qemu+ssh://kvm7/system", **options)


def test_help_and_tab_know_every_option(host: virtsdk.Host) -> None:
    guest = host.domains["web1"]
    parameters = inspect.signature(guest.migrate).parameters
    assert [*parameters][1:] == [*MigrationOptions.__annotations__, "wait", "progress"]
    assert [name for name, one in parameters.items() if one.kind is one.KEYWORD_ONLY] == [*parameters][1:]
    assert {name for name, one in parameters.items() if one.default is True} == {"live", "wait"}
    assert str(parameters["bandwidth"]) == "bandwidth: int | None = None"
    completer = IPCompleter(namespace={"guest": guest})
    for use_jedi in (True, False):
        completer.use_jedi = use_jedi
        with provisionalcompleter():
            line = "guest.migrate(ban"
            assert "bandwidth=" in [one.text for one in completer.completions(line, len(line))]


def test_the_docstring_explains_every_option_and_no_other() -> None:
    section = (inspect.getdoc(virtsdk.Domain.migrate) or "").split("Parameters\n-")[1].split("Returns\n-")[0]
    explained = re.findall(r"^(\w[\w, ]*)\n +\S", section, flags=re.MULTILINE)
    assert [name for line in explained for name in line.split(", ")] == [
        "destination",
        *MigrationOptions.__annotations__,
        "wait",
        "progress",
    ]


def test_what_is_left_out_is_what_the_signature_says(host: virtsdk.Host) -> None:
    parameters = inspect.signature(host.domains["web1"].migrate).parameters
    defaults = {name: one.default for name, one in parameters.items() if name != "destination"}
    for persistent in (True, False):
        assert words(persistent_here=persistent, **defaults) == words(persistent_here=persistent)
    assert parameters_of(defaults) == parameters_of({})  # type: ignore[arg-type]


def test_a_wrong_destination_is_refused(host: virtsdk.Host) -> None:
    guest = host.domains["web1"]
    with pytest.raises(TypeError, match="destination must be a Host or a URI, not int"):
        guest.migrate(7)  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="'kvm8'"):
        guest.migrate("kvm8")
    with pytest.raises(ValueError, match="give the destination as the URI"):
        guest.migrate(host, tunnelled=True)
    with pytest.raises(TypeError, match=r"\['vda'\]"):
        guest.migrate("qemu+ssh://kvm7/system", copy_storage="all", disks="vda")


def test_a_driver_that_does_not_migrate_is_named_with_the_call(host: virtsdk.Host) -> None:
    guest = host.domains["web1"]
    assert not host.supports("migration")
    with pytest.raises(errors.NotSupported, match=r"migrate domain 'web1' .* the test driver"):
        guest.migrate(host)
    with pytest.raises(errors.NotSupported, match=r"migrate domain 'web1' .* the test driver") as caught:
        guest.migrate("qemu+ssh://ana:secret@kvm7/system")
    assert "secret" not in str(caught.value)
    assert "ana@kvm7" in str(caught.value)
    for verb, call in (
        (guest.migrate_start_postcopy, "virDomainMigrateStartPostCopy"),
        (lambda: guest.migrate_set_max_speed(MiB(1)), "virDomainMigrateSetMaxSpeed"),
        (lambda: guest.migrate_set_max_downtime(1), "virDomainMigrateSetMaxDowntime"),
    ):
        with pytest.raises(errors.NotSupported, match=rf"{call}; the test driver"):
            verb()


@pytest.mark.parametrize("name", ["", "a\nb", "a\tb", "\x1b[2J"])
def test_no_guest_arrives_under_a_name_with_a_line_break(name: str) -> None:
    with pytest.raises(ValueError, match="name must be a name without line breaks"):
        check({"name": name}, peer_to_peer=True)
