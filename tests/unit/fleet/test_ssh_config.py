"""Hosts of an ssh configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from virtsdk.fleet.ssh_config import read_ssh_config

CONFIG = """
Include more/*.conf
Host kvm7 kvm8 !kvm9
    HostName %h.example.org
    Port 2222
Host web1
    User www
Match host kvm7
    User matched
Host "kvm5"
    hostname=10.0.0.5
host kvm*
    User ana   # for all
Host *
    User other
    Port 22
"""


def test_of_a_file_of_ones_own_the_uri_has_all(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(CONFIG)
    found = read_ssh_config(["kvm[78]", "kvm5"], tmp_path / "config")
    assert {name: entry.uri for name, entry in found.items()} == {
        "kvm7": "qemu+ssh://ana@kvm7.example.org:2222/system",
        "kvm8": "qemu+ssh://ana@kvm8.example.org:2222/system",
        "kvm5": "qemu+ssh://ana@10.0.0.5:22/system",
    }
    assert read_ssh_config("web*", tmp_path / "config", driver="lxc")["web1"].uri.startswith("lxc+ssh://www@")


def test_of_sshs_own_file_ssh_looks_up_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh/more").mkdir(parents=True)
    (tmp_path / ".ssh/config").write_text(CONFIG)
    (tmp_path / ".ssh/more/a.conf").write_text("Host kvm1\n  Port 5")
    found = read_ssh_config("kvm*")
    assert {name: entry.uri for name, entry in found.items()} == {
        name: f"qemu+ssh://{name}/system" for name in ("kvm1", "kvm7", "kvm8", "kvm5")
    }


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(f"Host kvm7\n  HostName -oX\nInclude {config}\n")
    with pytest.raises(ValueError, match="may include itself"):
        read_ssh_config("kvm*", config)
    config.write_text("Host kvm7\n  HostName -oX\n")
    with pytest.raises(ValueError, match="no URI for 'kvm7'"):
        read_ssh_config("kvm*", config)
    with pytest.raises(ValueError, match=r"no host that matches 'x\*'"):
        read_ssh_config("x*", config)
    with pytest.raises(ValueError, match="must be a pattern"):
        read_ssh_config([], config)
    with pytest.raises(FileNotFoundError):
        read_ssh_config("kvm*", tmp_path / "none")
