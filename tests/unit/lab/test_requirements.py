"""What the lab needs is said in one breath, and is what the set-up installs."""

from __future__ import annotations

from pathlib import Path

import pytest

import virtsdk
from virtsdk.lab import requirements

PACKAGES = Path(__file__).parents[3] / "tools" / "debian-packages.txt"


def test_the_set_up_installs_what_the_lab_needs() -> None:
    lines = (line.split("#")[0].split() for line in PACKAGES.read_text().splitlines())
    installed = {words[1] for words in lines if words and words[0] == "lab"}
    assert installed == set(requirements.APT_PACKAGES)


def test_missing_programs_are_said_with_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements, "program", lambda name: None)
    with pytest.raises(
        virtsdk.errors.LabError, match=r"apt-get install .*e2fsprogs qemu-system-x86 qemu-utils"
    ):
        requirements.require("mkfs.ext4", "qemu-img", "qemu-system-x86_64")


def test_an_absent_machine_account_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(name: str) -> None:
        raise KeyError(name)

    monkeypatch.setattr(requirements.os, "geteuid", lambda: 0)
    monkeypatch.setattr(requirements.pwd, "getpwnam", nobody)
    with pytest.raises(virtsdk.errors.LabError, match="libvirt-daemon-system"):
        requirements.require_service_user()


@pytest.mark.parametrize("guests", [-1, 65])
def test_a_number_of_guests_out_of_range_is_a_value_error(guests: int) -> None:
    with pytest.raises(ValueError, match="guests"):
        virtsdk.lab.embedded(guests=guests)
    with pytest.raises(ValueError, match="guests"):
        virtsdk.lab.hosts(1, guests=guests)


@pytest.mark.parametrize("number", ["2", 1.0, True, None])
def test_a_number_that_is_none_is_a_type_error(number: object) -> None:
    with pytest.raises(TypeError, match="guests"):
        virtsdk.lab.embedded(guests=number)
    with pytest.raises(TypeError, match="n must be"):
        virtsdk.lab.hosts(number)


def test_no_hosts_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="n must be 1 to"):
        virtsdk.lab.hosts(0)


def test_progress_that_cannot_be_called_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="progress"):
        virtsdk.lab.embedded(progress=3)
