"""A picture of a guest's screen, from the test driver and from an older hypervisor."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

import virtsdk
from virtsdk import errors
from virtsdk.resources.domain.console.screenshot import Screenshot

PPM = b"P6 2 1 255\nabcdef"


def test_the_test_driver_has_one(host: virtsdk.Host, tmp_path: Path) -> None:
    picture = host.domains["web1"].screenshot(timeout=60)
    assert (picture.name, picture.mime) == ("web1", "image/png")
    assert picture.data == picture.png == picture._repr_png_()
    assert repr(picture) == f"<Screenshot of web1, {picture.width}x{picture.height}, image/png>"
    assert picture.save(tmp_path / "shot.png").read_bytes() == picture.data
    assert pickle.loads(pickle.dumps(picture)) == picture
    with pytest.raises(ValueError, match=r"as \.png, not as \.jpg"):
        picture.save(tmp_path / "shot.jpg")
    with pytest.raises(ValueError, match="sent a PNG"):
        picture.save(tmp_path / "shot.ppm")
    with pytest.raises(TypeError, match=r"not 'shot.png'"):
        host.domains["web1"].screenshot("shot.png")


def test_a_ppm_shows_itself_as_a_png(tmp_path: Path) -> None:
    picture = Screenshot.of(PPM, "image/x-portable-pixmap", name="old\n")
    assert repr(picture) == r"<Screenshot of old\n, 2x1, image/x-portable-pixmap>"
    assert picture._repr_png_().startswith(b"\x89PNG")
    assert picture.save(tmp_path / "shot.PPM").read_bytes() == PPM
    assert picture.save(tmp_path / "shot").read_bytes() == picture.png


def test_what_is_no_picture_is_said_to_be_none() -> None:
    with pytest.raises(errors.StreamError, match="the host sent 4 bytes of image/x-what"):
        Screenshot.of(b"what", "image/x-what", name="web1")


def test_consoles_and_pictures_need_a_connection_that_may_write(node_file) -> None:
    from tests.unit.resources.conftest import domain_xml

    with virtsdk.connect(node_file(domain_xml("web1", 1)), readonly=True) as host:
        for verb in (host.domains["web1"].screenshot, host.domains["web1"].console):
            with pytest.raises(errors.ReadOnly, match="readonly=True"):
                verb()


def test_the_test_driver_has_no_console(host: virtsdk.Host) -> None:
    assert not host.supports("console")
    with pytest.raises(errors.NotSupported, match="the test driver does not do that"):
        host.domains["web1"].console()
