"""Ansible inventories: hosts, groups, and the variables that lead to a host."""

from __future__ import annotations

from pathlib import Path

import pytest

from virtsdk.fleet.ansible import read_ansible

INI = """
# all of ours
mgmt ansible_connection=local

[compute]
kvm[08:10].example.org ansible_user=ana
kvm7 ansible_host=10.0.0.7 ansible_port=2222 ansible_password="not read"   # the old one
kvm6:2200

[gpu]
kvm7

[gpu:vars]
ansible_user = root
ansible_port=22

[virt:children]
compute

[virt:vars]
ansible_user=virt
ansible_ssh_pass={{ vault }}

[all:vars]
ansible_user=everyone
"""

YAML = """
all:
  vars: {ansible_user: everyone, ansible_password: !vault "abc"}
  hosts:
    mgmt: {ansible_connection: local}
  children:
    virt:
      vars: {ansible_user: virt}
      children:
        compute:
          hosts:
            kvm[08:10].example.org: {ansible_user: ana}
            kvm7: {ansible_host: 10.0.0.7, ansible_port: 2222}
            kvm6: {ansible_port: 2200}
    gpu:
      hosts: {kvm7: }
      vars: {ansible_user: root, ansible_port: 22}
"""


@pytest.mark.parametrize(("name", "text"), [("i.ini", INI), ("i.yml", YAML), ("i", "---" + YAML)])
def test_hosts_have_uris_and_groups_are_tags(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    found = read_ansible(tmp_path / name)
    assert {host: entry.uri for host, entry in found.items()} == {
        "mgmt": "qemu:///system",
        "kvm08.example.org": "qemu+ssh://ana@kvm08.example.org/system",
        "kvm09.example.org": "qemu+ssh://ana@kvm09.example.org/system",
        "kvm10.example.org": "qemu+ssh://ana@kvm10.example.org/system",
        "kvm7": "qemu+ssh://root@10.0.0.7:2222/system",
        "kvm6": "qemu+ssh://virt@kvm6:2200/system",
    }
    tags = {host: set(entry.tags) for host, entry in found.items()}
    assert tags["kvm7"] == {"compute", "virt", "gpu"}
    assert tags["kvm6"] == {"compute", "virt"}
    assert tags["mgmt"] == set()


def test_other_drivers_and_uris_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_text("c1 ansible_host=fe80::1\nc2 libvirt_uri=qemu+tls://c2/system\ndb-[a:c] ansible_user=x\n")
    found = {host: entry.uri for host, entry in read_ansible(path, driver="lxc").items()}
    assert found["c1"] == "lxc+ssh://[fe80::1]/system"
    assert found["c2"] == "qemu+tls://c2/system"
    assert [one for one in found if one.startswith("db")] == ["db-a", "db-b", "db-c"]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("i", "#!/bin/sh\necho", "is a program"),
        ("i", "", "must have a host"),
        ("i", "kvm7 ansible_host={{ x }}", "host of 'kvm7' is a template"),
        ("i", "kvm7 ansible_host='-oProxyCommand=x'", "no URI for 'kvm7': host must be a name"),
        ("i", "kvm7 ansible_user='a;b'", "no URI for 'kvm7': user must be a name"),
        ("i", "kvm7 ansible_port=99999", "no URI for 'kvm7': the port"),
        ("i", "kvm7 libvirt_uri=qemu+tcp://a:hunter2@k/system", "has a password"),
        ("i", "kvm7 libvirt_uri=qemu+ext:///system?command=/x", "program started"),
        ("i", "kvm7 ansible_user='a", "line 1: no closing quotation"),
        ("i", "[a:b:c]\nkvm7", r"line 1: .* must be a group"),
        ("i", "kvm[3:1]", "must be a range"),
        ("i", "kvm[1:999999999]", "must be a range"),
        ("i.yml", "a: [", "line 1: no YAML"),
        ("i.yml", "- kvm7", "the inventory must be a mapping"),
        ("i.yml", "all: {hosts: [kvm7]}", "hosts of group 'all' must be a mapping"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=words) as caught:
        read_ansible(tmp_path / name)
    assert "hunter2" not in str(caught.value)


def test_groups_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "i").write_text("[a]\nkvm7\n[a:children]\nb\n[b:children]\na\n[b:vars]\nansible_user=u\n")
    assert read_ansible(tmp_path / "i")["kvm7"].uri == "qemu+ssh://u@kvm7/system"
    with pytest.raises(ValueError, match="driver must be one"):
        read_ansible(tmp_path / "i", driver="kvm")
