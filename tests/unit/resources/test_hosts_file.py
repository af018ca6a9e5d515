"""The hosts file: names, URIs, tags; and what no hosts file may have."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from virtsdk.resources.hosts_file import HostEntry, checked, read_hosts


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "hosts.toml"
        path.write_text(text)
        return path

    return write


def test_hosts_are_read_by_name_in_the_order_of_the_file(written) -> None:
    path = written(
        """
        [hosts.kvm8]
        uri = "qemu+tls://kvm8.example.org/system"
        tags = {rack = "a3", unit = 12, spare = true}

        [hosts."kvm7.example.org"]
        uri = "qemu+ssh://ana@kvm7.example.org:2222/system"
        tags = ["prod", "gpu"]

        [hosts]
        lab = "test:///default"
        """
    )
    assert read_hosts(path) == {
        "kvm8": HostEntry("qemu+tls://kvm8.example.org/system", {"rack": "a3", "unit": "12", "spare": "yes"}),
        "kvm7.example.org": HostEntry("qemu+ssh://ana@kvm7.example.org:2222/system", {"prod": "", "gpu": ""}),
        "lab": HostEntry("test:///default"),
    }
    assert list(read_hosts(str(path))) == ["kvm8", "kvm7.example.org", "lab"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "must have a table"),
        ("[hosts]", "must have a table"),
        ("hosts = 3", "must have a table"),
        ("[host.kvm7]\nuri='test:///default'", "not 'host'; is .hosts.NAME. meant"),
        ("[hosts.kvm7]\nuri=", "must be TOML: Invalid value .at end"),
        ("[hosts.kvm7]\nurl='test:///default'", "unknown key 'url'.*did you mean 'uri'"),
        ("[hosts.kvm7]\ntags=['a']", "host 'kvm7' must have a uri"),
        ("[hosts.kvm7.example.org]\nuri='test:///default'", r'in quotes: \[hosts."kvm7.example'),
        ("[hosts]\nkvm7=4", "must be a table with a uri"),
        ("[hosts.kvm7]\nuri=4", "uri of 'kvm7' must be text"),
        ("[hosts.kvm7]\nuri=' '", "uri of 'kvm7' must not be empty"),
        ("[hosts.kvm7]\nuri='kvm7'", "is no URI"),
        ("[hosts.kvm7]\nuri='qemu+ssh://kvm7:99999/system'", "port must be a number"),
        ("[hosts.' ']\nuri='test:///default'", "name of a host must be text that can be printed"),
        ("[hosts.\"a\\nb\"]\nuri='test:///default'", "name of a host must be text that can be printed"),
        ("[hosts.kvm7]\nuri='test:///default'\ntags='a'", "tags of 'kvm7' must be words by name"),
        ("[hosts.kvm7]\nuri='test:///default'\ntags={a=[1]}", "tags of 'kvm7' must be words by name"),
        ("[hosts.kvm7]\nuri='qemu+ext:///system?command=/x'", r"program started \(ext\)"),
        ("[hosts.kvm7]\nuri='qemu+ssh://k/system?command=/x'", r"command="),
        ("[hosts.kvm7]\nuri='qemu+ssh://k/system?netcat=/x'", r"netcat="),
    ],
)
def test_what_is_wrong_is_said(written, text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_hosts(written(text))


def test_programs_are_for_those_who_allow_them(written) -> None:
    path = written("[hosts.kvm7]\nuri='qemu+ssh://k/system?netcat=/x'")
    assert read_hosts(path, programs=True)["kvm7"].uri.endswith("netcat=/x")


@pytest.mark.parametrize(
    "text",
    [
        "[hosts.kvm7]\nuri='qemu+tcp://ana:hunter2@kvm7/system'",
        "[hosts.kvm7]\nuri='qemu+tcp://ana:hunter2/@kvm7/system'",
        "[hosts]\nkvm7='qemu+tcp://ana:hunter2@kvm7/system'",
        "[hosts.kvm7]\nuri='qemu+tcp://kvm7/system'\npassword='hunter2'",
        "[hosts.kvm7]\npassword='hunter2'\nuri=qemu",
    ],
)
def test_a_password_is_refused_and_not_shown(written, text: str) -> None:
    path = written(text)
    with pytest.raises(ValueError, match=r"kvm7|TOML") as caught:
        read_hosts(path)
    behind = caught.value.__traceback__.tb_next  # the test's own frames have its text
    caught.value.__traceback__ = behind
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "hosts_file.py" in shown
    assert "hunter2" not in shown


def test_a_file_that_is_not_there_is_the_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_hosts(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b"[hosts.k]\nuri='\xff'")
    with pytest.raises(ValueError, match="UTF-8"):
        read_hosts(tmp_path / "latin.toml")


def test_names_are_text() -> None:
    with pytest.raises(TypeError, match="name of a host must be text, not 7"):
        checked(7, "test:///default", where="hosts")
