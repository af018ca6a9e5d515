"""Texts that are not UTF-8: what is made of them, and of an error whose message is one."""

from __future__ import annotations

import libvirt
import pytest

import virtsdk
from virtsdk import errors
from virtsdk.binding.calls import translated
from virtsdk.binding.undecoded import decoded, in_escapes

BYTES = b"/pool/caf\xe9.img"


def test_a_text_is_given_whatever_its_bytes() -> None:
    assert decoded(BYTES.decode) == r"/pool/caf\xe9.img"
    assert decoded("café".encode().decode) == "café"


def test_names_from_this_machine_are_written_alike() -> None:
    assert in_escapes(BYTES) == in_escapes(BYTES.decode("utf-8", "surrogateescape")) == r"/pool/caf\xe9.img"


def test_an_answer_that_cannot_be_read_says_what_it_is() -> None:
    with virtsdk.connect("test:///default") as host:
        host.session.call("count the domains of", "it", lambda conn: conn.numOfDomains())
        with pytest.raises(errors.InternalError, match=r"its answer is not UTF-8: /pool/caf\\xe9"):
            host.session.call("read", "it", lambda _: BYTES.decode())


def test_an_error_whose_message_cannot_be_read_keeps_its_meaning() -> None:
    def refuse(conn: libvirt.virConnect) -> None:
        try:
            conn.lookupByName("none")
        except libvirt.libvirtError:
            BYTES.decode()  # as the binding does when it takes the message over

    with virtsdk.connect("test:///default") as host:
        with pytest.raises(errors.DomainNotFound, match=r"cannot find it: /pool/caf\\xe9.img") as caught:
            host.session.call("find", "it", refuse)
        with pytest.raises(errors.DomainNotFound):  # and is not taken for what was asked for
            host.session.call("find", "it", lambda conn: decoded(refuse, conn))
    assert caught.value.code == libvirt.VIR_ERR_NO_DOMAIN


def test_what_is_undecodable_outside_of_libvirt_is_ours_too() -> None:
    with pytest.raises(errors.VirtError), translated("read", "it"):
        BYTES.decode()
