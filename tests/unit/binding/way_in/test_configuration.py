"""Short names for URIs in libvirt's own configuration: known before anything is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import libvirt
import pytest

import virtsdk
from virtsdk import errors
from virtsdk.binding.way_in import configuration

SETTINGS = """# what libvirt ships, and more
uri_default = 'test:///default'   # a comment
admin_uri_default = "libvirtd:///system"
uri_aliases = [
  "play=test:///default",
  'unsafe=qemu+tls://127.0.0.1:1/system?no_verify=1', # no comma at the end
  "secret=qemu+tcp://ana:s3cret@127.0.0.1:1/system",
  "long=qemu+ssh://ana@kvm7/system#x"
]
number = 5
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "libvirt.conf"
    path.write_text(SETTINGS)
    monkeypatch.setattr(configuration, "_file", lambda: path)
    monkeypatch.delenv("LIBVIRT_DEFAULT_URI", raising=False)
    return path


def test_aliases_and_the_default(file: Path) -> None:
    assert configuration.lookup("play") == "test:///default"
    assert configuration.lookup("long") == "qemu+ssh://ana@kvm7/system#x"
    assert configuration.lookup(None) == "test:///default"
    for name in ("nobody", "play ", "test:///default", "", "uri_default"):
        assert configuration.lookup(name) is None
    assert configuration.read(file)["number"] == "5"


@pytest.mark.parametrize(
    "text",
    ["uri_aliases = [", "uri_aliases", "= x", 'a = "b', "a = {1}", "a = ]", "\0", "[x]\ny=1", 'a = ["b" c]'],
)
def test_what_is_not_well_formed_is_left_to_libvirt(text: str, file: Path) -> None:
    file.write_text(SETTINGS + text)
    assert configuration.lookup("play") is None
    file.write_bytes(b"\xff\xfe")
    assert configuration.lookup("play") is None
    file.unlink()
    assert configuration.lookup("play") is None


@pytest.mark.usefixtures("file")
def test_an_alias_opens_and_is_the_default() -> None:
    for uri in ("play", None):
        with virtsdk.connect(uri) as host:
            assert host.uri == "test:///default"


@pytest.mark.usefixtures("file")
def test_an_alias_that_trusts_anyone_is_refused_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(libvirt, "openAuth", lambda *_: pytest.fail("it was opened"))
    with pytest.raises(ValueError, match=r"no_verify.*verify=False"):
        virtsdk.connect("unsafe")


@pytest.mark.usefixtures("file")
def test_advice_is_about_what_the_alias_stands_for() -> None:
    with pytest.raises(errors.ConnectError, match=r"cannot open qemu\+tls://127\.0\.0\.1:1/system"):
        virtsdk.connect("unsafe", verify=False)


@pytest.mark.usefixtures("file")
def test_a_password_in_an_alias_answers_and_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[str] = []

    def refuse(uri: str, credentials: list[Any], _flags: int) -> None:
        kinds = libvirt.VIR_CRED_AUTHNAME, libvirt.VIR_CRED_PASSPHRASE
        questions = [[kind, "", "", None, None] for kind in kinds]
        credentials[1](questions, None)
        answers.extend([uri, *(question[4] for question in questions)])
        raise libvirt.libvirtError("refused")

    monkeypatch.setattr(libvirt, "openAuth", refuse)
    with pytest.raises(errors.ConnectError) as caught:
        virtsdk.connect("secret")
    assert answers == ["qemu+tcp://ana@127.0.0.1:1/system", "ana", "s3cret"]
    assert "s3cret" not in str(caught.value)
