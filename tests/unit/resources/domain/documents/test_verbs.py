"""Definitions of guests elsewhere: native configurations, files of saved guests."""

from __future__ import annotations

from pathlib import Path

import pytest

import virtsdk
from virtsdk import errors
from virtsdk.resources.domain.documents.verbs import _FORMATS, _NATIVE


def test_a_saved_guest_gets_another_definition(host: virtsdk.Host, tmp_path: Path) -> None:
    path = tmp_path / "web1.saved"
    host.domains["web1"].save(path)
    saved = host.domains.saved_definition(path)
    assert saved.name == "web1"
    saved.description = "moved"
    host.domains.redefine_saved(path, saved)
    assert host.domains.saved_definition(path, secure=True).description == "moved"
    assert host.domains.restore(path).definition().description == "moved"


def test_what_is_no_saved_guest_is_refused(host: virtsdk.Host, tmp_path: Path) -> None:
    with pytest.raises(errors.VirtError):
        host.domains.saved_definition(tmp_path / "nothing")
    with pytest.raises(ValueError, match="absolute"):
        host.domains.saved_definition("web1.saved")
    with pytest.raises(TypeError, match="a definition must be"):
        host.domains.redefine_saved(tmp_path / "x", 3)  # type: ignore[arg-type]


def test_a_format_is_one_of_libvirt_s_and_the_driver_has_to_know_it(host: virtsdk.Host) -> None:
    assert set(_NATIVE.values()) <= set(_FORMATS)
    with pytest.raises(errors.NotSupported, match="the test driver has none of its own"):
        host.domains.to_native(host.domains["web1"])
    with pytest.raises(errors.NotSupported, match="the test driver does not do that"):
        host.domains.to_native(host.domains["web1"], "qemu-argv")
    with pytest.raises(errors.NotSupported, match="the test driver does not do that"):
        host.domains.from_native("-m 64", "qemu-argv")
    with pytest.raises(ValueError, match=r"format must be 'qemu-argv'.* not 'argv'"):
        host.domains.from_native("-m 64", "argv")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="configuration must be text"):
        host.domains.from_native(3, "qemu-argv")  # type: ignore[arg-type]
