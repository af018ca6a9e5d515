"""Keeping a guest in a file and bringing it back, on the test driver."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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


@pytest.mark.parametrize(
    ("wrong", "kind", "said"),
    [
        ({"image_format": "zip"}, ValueError, "image_format must be raw, sparse, .*, not 'zip'"),
        ({"parallel": True}, TypeError, "parallel must be a number of channels, not True"),
        ({"parallel": 0}, ValueError, "parallel must be at least 1, not 0"),
        ({"parallel": 2, "image_format": "raw"}, ValueError, "parallel channels need image_format='sparse'"),
        ({"parallel": 2}, errors.NotSupported, r"from libvirt 11\.2 on, and this is test of"),
    ],
)
def test_a_format_is_checked_and_asked_of_the_host_before_a_call(
    wrong: Any, kind: type[Exception], said: str, host: virtsdk.Host
) -> None:
    with pytest.raises(kind, match=said):
        host.domains["web1"].save("/nowhere/saved", **wrong)
    if "image_format" not in wrong:
        with pytest.raises(kind, match=said):
            host.domains.restore("/nowhere/saved", **wrong)
    assert host.domains["web1"].state == "running"


def test_a_format_and_channels_are_libvirts_parameters(
    host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    guest, sent, file = host.domains["web1"], [], str(tmp_path / "saved")
    guest.save(file)
    monkeypatch.setattr(host, "supports", lambda feature: feature == "save_format")

    class Newer:
        """An object of libvirt 11.2."""

        def __init__(self, raw: Any) -> None:
            self._raw = raw

        def saveParams(self, parameters: Any, flags: int) -> None:  # noqa: N802
            sent.append((parameters, flags))

        def saveImageGetXMLDesc(self, *given: Any) -> Any:  # noqa: N802
            return self._raw.saveImageGetXMLDesc(*given)

        restoreParams = saveParams  # noqa: N815

    monkeypatch.setattr(guest, "_change", lambda _, function, __: function(Newer(None)))
    guest.save(file, image_format="sparse", parallel=4, definition="<domain/>", bypass_cache=True)
    call = host.session.call

    def newer(operation: str, subject: str, function: Any, **more: Any) -> Any:
        use = (lambda conn: function(Newer(conn))) if operation == "restore" else function
        return call(operation, subject, use, **more)

    monkeypatch.setattr(host.session, "call", newer)
    host.domains.restore(file, parallel=4, paused=True)
    whole = {"file": file, "image_format": "sparse", "parallel.channels": 4, "dxml": "<domain/>"}
    assert sent == [(whole, 1), ({"file": file, "parallel.channels": 4}, 4)]


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
