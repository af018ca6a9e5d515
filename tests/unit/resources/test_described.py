"""Title, description and elements of applications, of domains and networks: set, read back, refused."""

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


# --- networks, which have them since libvirt 9.7 ------------------------------------------------------------


@pytest.fixture
def network(host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch) -> virtsdk.Network:
    """A network of a libvirt that keeps its metadata, in either of its two definitions."""
    kept: dict[tuple[int, int], str] = {}

    def set_it(_: object, kind: int, said: str | None, key: str | None, uri: str | None, flags: int) -> int:
        assert (key is not None, uri is not None) == ((kind == 2 and said is not None), kind == 2)
        for where in (1, 2):
            if flags & where:
                kept.pop((where, kind), None)
                kept.update({} if said is None else {(where, kind): said})
        return 0

    def read(_: object, kind: int, uri: str | None, flags: int) -> str:
        if (flags or 1, kind) not in kept:
            error = libvirt.libvirtError("no metadata")
            error.err = (80, 19, "metadata not found", 2, None, None, None, 0, 0)
            raise error
        return kept[flags or 1, kind]

    monkeypatch.setattr(libvirt.virNetwork, "setMetadata", set_it, raising=False)
    monkeypatch.setattr(libvirt.virNetwork, "metadata", read, raising=False)
    for number, what in enumerate(("DESCRIPTION", "TITLE", "ELEMENT")):
        monkeypatch.setattr(libvirt, f"VIR_NETWORK_METADATA_{what}", number, raising=False)
    return host.networks.define("<network><name>blue</name><bridge name='blue0'/></network>")


def test_a_network_keeps_them_as_a_domain_does(network: virtsdk.Network) -> None:
    network.start()
    assert (network.title, network.description) == (None, None)
    network.set_title("front", scope="live")
    network.set_description("two\nlines")
    assert (network.title, network.description) == ("front", "two\nlines")
    network.set_title("")
    assert network.title is None
    for given in ELEMENTS.values():
        network.set_metadata(URI, given)
        assert network.metadata(URI, Owner) == network.metadata(URI, Owner, persistent=True)
        assert network.metadata(URI, Owner) == Owner("ana", 7)
    network.set_metadata(URI, None)
    with pytest.raises(errors.MetadataNotFound):
        network.metadata(URI)


def test_a_network_refuses_what_a_domain_refuses(network: virtsdk.Network) -> None:
    wrong: Any = 3
    for call in (lambda: network.metadata(" "), lambda: network.set_metadata("", "<own/>")):
        with pytest.raises(ValueError, match="uri must be the namespace"):
            call()
    with pytest.raises(ValueError, match="of the namespace 'urn:other'"):
        network.set_metadata(URI, "<own xmlns='urn:other'/>")
    with pytest.raises(TypeError, match="title must be text or None, not int"):
        network.set_title(wrong)
    with pytest.raises(ValueError, match="title must be one line"):
        network.set_title("a\u2028b")
    with pytest.raises(errors.InvalidState, match="cannot set the title of network 'blue' live: it is off"):
        network.set_title("now", scope="live")
