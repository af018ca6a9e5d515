"""Documents on their way to a host: whom they are about."""

from __future__ import annotations

import pytest

from virtsdk.resources.documents import subject_of


@pytest.mark.parametrize(
    ("noun", "document", "subject"),
    [
        ("domain", "<domain><name>web1</name></domain>", "domain 'web1'"),
        ("domain", "<domain><devices><disk name='no'/></devices><name>web1</name></domain>", "domain 'web1'"),
        ("interface", "<interface type='bridge' name='br0'><bridge/></interface>", "interface 'br0'"),
        (
            "network filter binding",
            "<filterbinding><owner><name>web1</name></owner><portdev name='vnet0'/></filterbinding>",
            "network filter binding 'vnet0'",
        ),
        ("secret", "<secret><usage type='ceph'><name>c</name></usage></secret>", "a secret"),
        ("domain", "<domain><name/></domain>", "a domain"),
        ("domain", "<domain><name>", "a domain"),
        ("domain", "\ud800", "a domain"),
        ("domain", "<domain><name>web1</name><what libvirt refuses", "a domain"),
    ],
)
def test_a_document_is_named_after_what_it_defines(noun: str, document: str, subject: str) -> None:
    assert subject_of(noun, document) == subject
