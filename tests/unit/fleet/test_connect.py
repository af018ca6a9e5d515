"""`connect_fleet`: where the hosts are had from, what is refused, and that nothing raises for a host."""

from __future__ import annotations

import socket
import traceback
from pathlib import Path
from typing import Any

import pytest

import virtsdk
from virtsdk.fleet.connect import named_uris
from virtsdk.resources.hosts_file import HostEntry

TEST = "test:///default"
HOSTS = f"""
[hosts.kvm7]
uri = "{TEST}"
tags = {{rack = "a3"}}
[hosts.kvm8]
uri = "test:///none"
"""


def test_a_hosts_file(tmp_path: Path) -> None:
    path = tmp_path / "hosts.toml"
    path.write_text(HOSTS)
    for given in (path, str(path)):
        with virtsdk.connect_fleet(given) as fleet:
            assert fleet.host_names == ["kvm7", "kvm8"]
            assert fleet.errors["host"].tolist() == ["kvm8"]
            assert fleet.errors["operation"].tolist() == ["open"]
            assert "no file '/none'" in fleet.errors["message"][0]
            assert repr(fleet) == "<HostFleet 2 hosts: 1 up, 1 down, 1 guest>"
            assert fleet.select("rack=a*").host_names == ["kvm7"]
    with virtsdk.connect_fleet(path, only="rack=*", timeout=30) as fleet:
        assert fleet.host_names == ["kvm7"]


def test_a_file_that_appears_is_found_by_the_next_round(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("virtsdk.fleet.member._APART", 0.0)
    file = tmp_path / "node.xml"
    with virtsdk.connect_fleet({"late": f"test://{file}"}) as fleet:
        assert fleet.domains.frame().empty
        assert fleet.errors["error"].tolist() == ["ConnectError"]
        domain = "<domain type='test'><name>a</name><memory>4</memory><os><type>hvm</type></os></domain>"
        file.write_text(f"<node>{domain}</node>")
        assert fleet.domains.frame()["host"].tolist() == ["late"]
        assert fleet.errors.empty


def test_a_mapping_and_a_list() -> None:
    with virtsdk.connect_fleet({"a": TEST, "b": HostEntry(TEST, {"rack": "a3"})}) as fleet:  # type: ignore[dict-item]
        assert fleet.host_names == ["a", "b"]
        assert fleet.select("rack=a3").host_names == ["b"]
        assert fleet.domains.frame()["host"].tolist() == ["a", "b"]
    with virtsdk.connect_fleet([TEST]) as fleet:
        assert fleet.host_names == [socket.gethostname()]
    with virtsdk.connect_fleet([TEST] * 3) as fleet:
        assert fleet.host_names == [TEST, f"{TEST} (2)", f"{TEST} (3)"]
        assert len(fleet.stats().domains) == 3


def test_an_inventory_and_ssh_s_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        "virtsdk.fleet.connect._open",
        lambda door, name: (opened.append(door.uri), virtsdk.connect(TEST, name=name))[1],
    )
    (tmp_path / "i.ini").write_text("[compute]\nkvm7 ansible_user=ana\n[web]\nw1\n")
    with virtsdk.connect_fleet(ansible=tmp_path / "i.ini", only="compute") as fleet:
        assert fleet.host_names == ["kvm7"]
    (tmp_path / "config").write_text("Host kvm8 w1\n  Port 2222\n")
    with virtsdk.connect_fleet(ssh_config="kvm*", ssh_config_file=tmp_path / "config", driver="lxc") as fleet:
        assert fleet.host_names == ["kvm8"]
    assert opened == ["qemu+ssh://ana@kvm7/system", "lxc+ssh://kvm8:2222/system"]


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({}, ValueError, "give one of hosts, ansible= and ssh_config="),
        ({"hosts": [TEST], "ansible": "x"}, ValueError, "give one of"),
        ({"hosts": [TEST], "ssh_config_file": "x"}, ValueError, "ssh_config_file is of ssh_config="),
        ({"hosts": []}, ValueError, "at least"),
        ({"hosts": {}}, ValueError, "at least"),
        ({"hosts": TEST}, TypeError, "one host alone is virtsdk.connect"),
        ({"hosts": 7}, TypeError, "hosts must be a hosts file"),
        ({"hosts": [7]}, TypeError, "hosts must be URIs"),
        ({"hosts": {"a": 7}}, TypeError, "uri of 'a' must be text"),
        ({"hosts": {7: TEST}}, TypeError, "name of a host must be text"),
        ({"hosts": {"": TEST}}, ValueError, "name of a host"),
        ({"hosts": ["qemu+tls://k/system"] * 2}, ValueError, "is there twice"),
        ({"hosts": {"a": "qemu+ext:///system?command=/x"}}, ValueError, "uri of 'a'.*program started"),
        ({"hosts": {"a": "qemu+ssh://k/system?netcat=x"}}, ValueError, "uri of 'a'.*netcat="),
        ({"hosts": {"a": "qemu+tls://k/system?no_verify=1"}}, ValueError, "verify=False"),
        ({"hosts": {"a": TEST}, "only": "b*"}, ValueError, "only must match a host at least"),
        ({"hosts": {"a": TEST}, "only": ""}, ValueError, "a pattern must be"),
        ({"hosts": {"a": TEST}, "timeout": 0}, ValueError, "timeout must be"),
        ({"hosts": {"a": TEST}, "timeout": "5"}, TypeError, "timeout must be"),
        ({"hosts": {"a": TEST}, "keepalive": 5}, ValueError, "keepalive must be"),
        ({"hosts": {"a": TEST}, "readonly": "no"}, TypeError, "readonly must be"),
        ({"hosts": {"a": TEST}, "progress": "auto"}, TypeError, "progress must be called"),
        ({"hosts": {"a": TEST}, "auth": {"pasword": "x"}}, ValueError, "unknown key 'pasword'"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    arguments: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        virtsdk.connect_fleet(**arguments)


def test_a_password_is_shown_nowhere() -> None:
    hosts = {"a": "qemu+tcp://ana:hunter2@127.0.0.1:1/system"}
    for given in (hosts, list(hosts.values())):
        with pytest.raises(ValueError, match="has a password") as caught:
            virtsdk.connect_fleet(given)
        caught.value.__traceback__ = caught.value.__traceback__.tb_next  # type: ignore[union-attr]
        shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        assert "hunter2" not in "".join(shown.format())
    with virtsdk.connect_fleet(
        {"a": "qemu+tcp://127.0.0.1:1/system"}, auth={"username": "u", "password": "hunter2"}
    ) as fleet:
        assert "hunter2" not in repr(fleet) + str(fleet.errors.to_dict()) + fleet._repr_html_()


def test_a_callback_is_told_which_host(monkeypatch: pytest.MonkeyPatch) -> None:
    from virtsdk.binding.way_in.credentials import Credential
    from virtsdk.fleet.connect import _auth_of

    asked: list[str | None] = []
    answer = _auth_of("kvm7", lambda question: asked.append(question.host))
    answer(Credential("passphrase", "password"))  # type: ignore[operator, misc]
    assert asked == ["kvm7"]
    assert _auth_of("kvm7", None) == {}  # nobody is asked, of many hosts at once


def test_read_only_and_programs_are_passed_on() -> None:
    with virtsdk.connect_fleet({"a": TEST}, readonly=True) as fleet:
        assert fleet["a"].readonly
    with virtsdk.connect_fleet(
        {"a": "qemu+ext:///system?command=/bin/false"}, programs=True, timeout=20
    ) as fleet:
        assert fleet.errors["error"].tolist() == ["ConnectError"]


def test_progress_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with virtsdk.connect_fleet({"a": TEST, "b": TEST}, progress=print):
        assert capsys.readouterr().out == "open: 1 of 2 hosts\nopen: 2 of 2 hosts\n"


def test_names_of_uris() -> None:
    assert list(named_uris(["qemu+ssh://ana@kvm7/system", "qemu+tls://kvm8:1/system"])) == ["kvm7", "kvm8"]
    assert list(named_uris(["qemu:///system"])) == [socket.gethostname()]


def test_a_single_host_has_a_name_of_ones_own() -> None:
    with virtsdk.connect(TEST, name="kvm7") as host:
        assert host.name == "kvm7"
        assert host.stats().domains["host"].tolist() == ["kvm7"]
        assert host.node_info().host == "kvm7"
        assert next(iter(host.domains)).host.name == "kvm7"
    with virtsdk.connect(TEST) as host:
        assert host.name == socket.gethostname()
    for wrong in ("", 7):
        with pytest.raises(TypeError, match="name must be text"):
            virtsdk.connect(TEST, name=wrong)  # type: ignore[arg-type]
