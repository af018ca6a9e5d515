"""The definition in a managed save: what is asked of libvirt, and what may be a password."""

from __future__ import annotations

import libvirt
import pytest

import virtsdk
from virtsdk import errors
from virtsdk.models.domain import DomainDef

DOCUMENT = "<domain type='kvm'><name>web1</name><memory unit='KiB'>1024</memory></domain>"


def test_a_managed_save_has_a_definition_of_its_own(
    host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[object] = []
    monkeypatch.setattr(
        libvirt.virDomain, "managedSaveGetXMLDesc", lambda self, flags: sent.append(flags) or DOCUMENT
    )
    monkeypatch.setattr(
        libvirt.virDomain,
        "managedSaveDefineXML",
        lambda self, document, flags: sent.append((document, flags)),
    )
    guest = host.domains["web1"]
    assert guest.managed_save_definition().name == "web1"
    assert guest.managed_save_definition(secure=True).name == "web1"
    guest.set_managed_save_definition(DOCUMENT)
    guest.set_managed_save_definition(DomainDef(name="web1"), paused=True)
    (plain, secure, text, model) = sent
    assert (plain, secure) == (0, libvirt.VIR_DOMAIN_SAVE_IMAGE_XML_SECURE)
    assert text == (DOCUMENT, 0)
    assert model[0].startswith("<domain>")
    assert model[1] == libvirt.VIR_DOMAIN_SAVE_PAUSED


def test_passwords_are_for_writers() -> None:
    with virtsdk.connect("test:///default", readonly=True) as host:
        with pytest.raises(errors.ReadOnly, match="cannot read the managed save of"):
            host.domains["test"].managed_save_definition(secure=True)
        with pytest.raises(errors.NotSupported):
            host.domains["test"].managed_save_definition()
