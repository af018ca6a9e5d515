"""Keeping a guest in a file and bringing it back, on the test driver."""

from __future__ import annotations

from pathlib import Path

import pytest

import virtsdk
from virtsdk import errors


def test_a_guest_is_saved_and_restored(host: virtsdk.Host, tmp_path: Path) -> None:
    path = tmp_path / "web1.saved"
    guest = host.domains["web1"]
    guest.save(path)
    assert repr(guest) == "<Domain web1 shutoff 1 vCPU 1 GiB>"
    back = host.domains.restore(path)
    assert back == guest
    assert (back.name, back.last_seen is not None and back.last_seen.state) == ("web1", "running")
    with pytest.raises(errors.OperationFailed, match=r"restore a domain from '/nowhere/saved'.*No such file"):
        host.domains.restore("/nowhere/saved")


def test_a_file_on_the_host_has_an_absolute_path(host: virtsdk.Host) -> None:
    guest = host.domains["web1"]
    for verb in (guest.save, guest.core_dump, host.domains.restore):
        with pytest.raises(ValueError, match=r"path must be absolute.*, not 'web1\.saved'"):
            verb("web1.saved")
    assert guest.state == "running"


def test_a_managed_save_is_what_the_next_start_takes(host: virtsdk.Host) -> None:
    guest = host.domains["web1"]
    assert not guest.has_managed_save
    guest.managed_save()
    assert guest.has_managed_save
    assert guest.state == "shutoff"
    guest.start()
    assert not guest.has_managed_save
    guest.managed_save()
    guest.remove_managed_save()
    assert not guest.has_managed_save
    guest.remove_managed_save()


def test_a_guest_that_is_off_is_not_saved(host: virtsdk.Host, tmp_path: Path) -> None:
    guest = host.domains["web2"]
    with pytest.raises(errors.InvalidState, match=r"save domain 'web2'"):
        guest.save(str(tmp_path / "web2.saved"))
    with pytest.raises(errors.InvalidState, match=r"dump domain 'web2'"):
        guest.core_dump(str(tmp_path / "web2.core"))


def test_what_a_dump_cannot_be(host: virtsdk.Host) -> None:
    guest = host.domains["web1"]
    with pytest.raises(ValueError, match="kdump-zlib"):
        guest.core_dump("/nowhere/core", dump_format="zip")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="memory_only"):
        guest.core_dump("/nowhere/core", dump_format="kdump-zlib")
    with pytest.raises(ValueError, match="not both"):
        guest.core_dump("/nowhere/core", crash=True, reset=True)


def test_a_guest_gets_another_name(host: virtsdk.Host) -> None:
    guest = host.domains["web2"]
    guest.rename("www2")
    assert (guest.name, host.domains["www2"]) == ("www2", guest)
    assert "web2" not in host.domains
    with pytest.raises(errors.InvalidState, match=r"rename domain 'web1'"):
        host.domains["web1"].rename("www1")
    with pytest.raises(errors.VirtError, match=r"rename domain 'www2'"):
        guest.rename("web1")
    with pytest.raises(TypeError, match=r"name must be text, not 5"):
        guest.rename(5)
    assert guest.name == "www2"


@pytest.mark.parametrize("name", ["a\nb", "a\r", "\x1b[2J", "a\u2028b", "a\0"])
def test_no_guest_gets_a_name_with_a_line_break(name: str, host: virtsdk.Host) -> None:
    with pytest.raises(
        errors.InvalidArgument, match="cannot rename domain 'web2': name must have no line breaks"
    ):
        host.domains["web2"].rename(name)
    assert host.domains["web2"].name == "web2"
