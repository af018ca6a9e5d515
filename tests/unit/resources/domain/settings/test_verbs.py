"""Title, description, elements of applications and what follows an end: set, read back, refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import libvirt
import pytest
from lxml import etree

import virtsdk
from virtsdk import errors

URI = "urn:example:owner"


@dataclass
class Owner:
    name: str = ""
    cost: int = 0


def test_title_and_description_come_and_go(host: virtsdk.Host) -> None:
    guest = host.domains["web1"]
    assert (guest.title, guest.description) == (None, None)
    guest.set_title("shop, frönt")
    guest.set_description("two\nlines")
    assert (guest.title, guest.description) == ("shop, frönt", "two\nlines")
    assert guest.definition(persistent=True).title == "shop, frönt"
    guest.set_title(None)
    guest.set_description("")
    assert (guest.title, guest.description) == (None, None)


def test_the_scope_says_where(host: virtsdk.Host) -> None:
    guest = host.domains["web1"]
    guest.set_title("now", scope="live")
    guest.set_title("then", scope="persistent")
    assert (guest.definition().title, guest.definition(persistent=True).title) == ("now", "then")
    with pytest.raises(errors.InvalidState, match="scope='persistent'"):
        host.domains["web2"].set_title("now", scope="live")
    host.domains["web2"].set_title("off")
    assert host.domains["web2"].title == "off"
    with pytest.raises(ValueError, match='scope must be "auto", "live" or "persistent", not \'config\''):
        guest.set_title("x", scope="config")


@pytest.mark.parametrize("title", ["two\nlines", "a\rb", "a\u2028b"])
def test_a_title_is_one_line(host: virtsdk.Host, title: str) -> None:
    with pytest.raises(ValueError, match="title must be one line"):
        host.domains["web1"].set_title(title)
    wrong: Any = 3
    for verb in (host.domains["web1"].set_title, host.domains["web1"].set_description):
        with pytest.raises(TypeError, match="must be text or None, not int"):
            verb(wrong)


ELEMENTS = {
    "text with a prefix": f"<o:Owner xmlns:o='{URI}'><o:name>ana</o:name><o:cost>7</o:cost></o:Owner>",
    "text in the namespace": f"<Owner xmlns='{URI}'><name>ana</name><cost>7</cost></Owner>",
    "text without": "<Owner><name>ana</name><cost>7</cost></Owner>",
    "a dataclass": Owner("ana", 7),
    "an element": etree.fromstring("<Owner><name>ana</name><cost>7</cost></Owner>"),
}


@pytest.mark.parametrize("given", ELEMENTS)
@pytest.mark.parametrize("key", [None, "o", "k"])
def test_an_element_is_kept_however_it_is_written(host: virtsdk.Host, given: str, key: str | None) -> None:
    guest = host.domains["web1"]
    guest.set_metadata(URI, ELEMENTS[given], key=key)
    assert guest.metadata(URI, Owner) == Owner("ana", 7)
    assert guest.definition().metadata.get(URI, Owner) == Owner("ana", 7)  # and where others look for it
    found = guest.metadata(URI)
    assert found.tag == f"{{{URI}}}Owner"
    assert [child.tag for child in found] == [f"{{{URI}}}name", f"{{{URI}}}cost"]
    guest.set_metadata(URI, "<other/>", key=key)
    assert guest.metadata(URI).tag == f"{{{URI}}}other"
    guest.set_metadata(URI, None)
    guest.set_metadata(URI, None)  # it is gone already
    with pytest.raises(errors.MetadataNotFound):
        guest.metadata(URI)


def test_an_element_of_what_runs_and_one_of_its_next_start(host: virtsdk.Host) -> None:
    guest = host.domains["web1"]
    guest.set_metadata(URI, "<now/>", scope="live")
    guest.set_metadata(URI, "<then/>", scope="persistent")
    assert guest.metadata(URI).tag == f"{{{URI}}}now"
    assert guest.metadata(URI, persistent=True).tag == f"{{{URI}}}then"


@pytest.mark.parametrize(
    ("uri", "element", "words"),
    [
        ("", "<a/>", "uri must be the namespace"),
        (3, "<a/>", "uri must be the namespace"),
        (URI, "<a xmlns='urn:other'/>", "element is of the namespace 'urn:other'"),
        (URI, 3, "element must be an instance of a dataclass"),
    ],
)
def test_what_is_no_element_raises_before_a_call(
    host: virtsdk.Host, uri: Any, element: Any, words: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        host.domains["web1"].set_metadata(uri, element)
    if words.startswith("uri"):
        with pytest.raises(ValueError, match=words):
            host.domains["web1"].metadata(uri)


def test_what_follows_an_end(host: virtsdk.Host) -> None:
    guest = host.domains["web1"]
    guest.set_lifecycle_action("crash", "preserve")
    guest.set_lifecycle_action("crash", "coredump-restart", scope="persistent")
    guest.set_lifecycle_action("reboot", "rename-restart")
    assert (guest.definition().on_crash, guest.definition().on_reboot) == ("preserve", "rename-restart")
    assert guest.definition(persistent=True).on_crash == "coredump-restart"
    wrong: list[tuple[Any, Any]] = [
        ("start", "destroy"),
        ("crash", "explode"),
        ("poweroff", "coredump-destroy"),
    ]
    for event, action in wrong:
        with pytest.raises(ValueError, match=r"(event|action) must be"):
            guest.set_lifecycle_action(event, action)


def test_what_is_newer_than_libvirt_python_says_so(
    host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = host.domains["web1"]
    if not hasattr(libvirt.virDomain, "setAutostartOnce"):
        with pytest.raises(errors.NotSupported, match=r"cannot set the autostart of .* libvirt 11\.2 brings"):
            guest.set_autostart(once=True)
        with pytest.raises(errors.NotSupported, match=r"libvirt 11\.2"):
            _ = guest.autostart_once
    kept = [0]
    monkeypatch.setattr(
        libvirt.virDomain, "setAutostartOnce", lambda self, on: kept.__setitem__(0, on), raising=False
    )
    monkeypatch.setattr(libvirt.virDomain, "autostartOnce", lambda self: kept[0], raising=False)
    guest.set_autostart(once=True)
    assert (guest.autostart_once, guest.autostart) == (True, False)
    guest.set_autostart(False, once=True)
    assert not guest.autostart_once
    guest.set_autostart()
    assert (guest.autostart_once, guest.autostart) == (False, True)
