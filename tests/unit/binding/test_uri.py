"""URIs from parts, and what to check when one does not open."""

from __future__ import annotations

import errno
from urllib.parse import unquote

import pytest

from virtsdk.binding.uri import advice, build, is_tls, is_unverified, login, unverified, without_password


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"driver": "qemu"}, "qemu:///system"),
        ({"driver": "lxc"}, "lxc:///system"),
        ({"driver": "test"}, "test:///default"),
        ({"driver": "vbox"}, "vbox:///session"),
        ({"host": "kvm7"}, "qemu://kvm7/system"),
        ({"driver": "qemu", "transport": "unix"}, "qemu+unix:///system"),
        ({"driver": "qemu", "transport": "ssh", "host": "kvm7", "user": "ana"}, "qemu+ssh://ana@kvm7/system"),
        ({"driver": "xen", "transport": "tcp", "host": "fd00::7"}, "xen+tcp://[fd00::7]/system"),
        ({"transport": "tls", "host": "kvm7:16999"}, "qemu+tls://kvm7:16999/system"),
        ({"transport": "ssh", "host": "kvm7", "user": "a@b:c"}, "qemu+ssh://a%40b%3Ac@kvm7/system"),
    ],
)
def test_parts_make_a_uri(parts: dict[str, str], expected: str) -> None:
    assert build(**parts) == expected


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"driver": "foo"}, "unknown driver 'foo'"),
        ({"transport": "carrier-pigeon", "host": "kvm7"}, "unknown transport"),
        ({"transport": "ssh"}, "wants a host"),
        ({"user": "ana"}, "a user without a host"),
        ({"transport": "ssh", "host": "kvm7/x?command=/bin/sh"}, "a host is a name or an address"),
        ({"transport": "ssh", "host": "eve@kvm7"}, "a host is a name or an address"),
    ],
)
def test_parts_that_do_not_fit_are_bad_arguments(parts: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build(**parts)


def test_a_password_in_a_uri_is_not_shown() -> None:
    assert without_password("qemu+tcp://ana:s3cret@kvm7/system?x=1") == "qemu+tcp://ana@kvm7/system?x=1"
    for harmless in (
        "qemu+ssh://ana@kvm7/system",
        "qemu:///system",
        "test:///a/b:c@d",
        "nonsense",
        "qemu+tcp://[fd00::7]/system?x=a@b",
        "qemu+ssh://kvm7:22/system?keyfile=/x:a@b",
    ):
        assert without_password(harmless) == harmless


@pytest.mark.parametrize("password", ["s3cret", "se/cr?et#", "12/34", "b@c:d", "a%2Fb"])
def test_a_password_is_recognised_however_it_is_written(password: str) -> None:
    uri = f"qemu+tcp://ana:{password}@kvm7/system"
    assert without_password(uri) == "qemu+tcp://ana@kvm7/system"
    assert login(uri) == ("ana", unquote(password))


@pytest.mark.parametrize(
    ("uri", "text", "number", "expected"),
    [
        ("qemu:///system", "Failed to connect socket", errno.ENOENT, "is the daemon running"),
        ("qemu:///system", "Failed to connect socket", errno.ECONNREFUSED, "daemon is not running"),
        ("qemu:///system", "Failed to connect socket", errno.EACCES, "group libvirt"),
        ("qemu+tcp://kvm7/system", "unable to connect", errno.ECONNREFUSED, "listens for tcp"),
        ("qemu+tls://kvm7/system", "Certificate ... failed validation", None, "check the certificates"),
        ("qemu+ssh://kvm7/system", "Permission denied (publickey)", None, "`ssh kvm7` works"),
        ("qemu+tcp://nohost/system", "Unable to resolve address 'nohost'", None, "does not resolve"),
        ("qemu:///embed", "Missing URI parameter 'root'", None, "qemu:///embed?root="),
        ("foo:///x", "no connection driver", None, "'foo' is no driver"),
        ("qemu+foo:///x", "transport in URL not recognised", None, "'foo' is no transport"),
        ("web1", "does not include a driver name", None, "starts with a driver and '://'"),
    ],
)
def test_a_uri_that_does_not_open_says_what_to_check(
    uri: str, text: str, number: int | None, expected: str
) -> None:
    assert expected in advice(uri, text, number)


@pytest.mark.parametrize(
    ("query", "trusts_anyone"),
    [
        ("", False),
        ("no_verify=0", False),
        ("no_verify=00", False),
        ("pkipath=/a&no_verify=1", True),
        ("a=b;no_verify=-1", True),
        ("No_Verify=7", True),
        ("no_verif%79=1", True),
        ("no_verify", True),
        ("known_hosts_verify=ignore", True),
        ("known_hosts_verify=normal", False),
        ("socket=/x/no_verify=1", False),
    ],
)
def test_uris_that_trust_whoever_answers(query: str, trusts_anyone: bool) -> None:
    uri = f"qemu+tls://kvm7/system?{query}"
    assert is_unverified(uri) == trusts_anyone
    assert is_unverified(unverified(uri))


def test_what_proves_itself_by_a_certificate() -> None:
    for uri in ("qemu+tls://kvm7/system", "qemu://kvm7/system", "esx://esx1/", "vpx://esx1/dc/h"):
        assert is_tls(uri)
    for uri in ("qemu:///system", "test:///default", "qemu+ssh://kvm7/system", "qemu+tcp://kvm7/system"):
        assert not is_tls(uri)
