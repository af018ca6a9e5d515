"""URIs: what they say, and what to check when one does not open."""

from __future__ import annotations

import errno
from urllib.parse import unquote

import pytest

from virtsdk.binding.uri import (
    advice,
    is_tls,
    is_unverified,
    login,
    refuse_programs,
    unverified,
    without_password,
)


@pytest.mark.parametrize(
    ("uri", "command"),
    [
        ("qemu+ssh://Kvm7/system", "`ssh Kvm7`"),
        ("qemu+ssh://ana@kvm7:2222/system", "`ssh -p 2222 ana@kvm7`"),
        ("qemu+libssh://CORP%5Cana@kvm7/system", "`ssh CORP\\ana@kvm7`"),
        ("qemu+ssh://[fe80::1%25eth0]:22/system", "`ssh -p 22 fe80::1%eth0`"),
    ],
)
def test_the_command_to_try_goes_the_same_way(uri: str, command: str) -> None:
    assert command in advice(uri, "Cannot recv data: Connection reset by peer", None)


@pytest.mark.parametrize(
    "uri",
    [
        "qemu+ssh://-oProxyCommand=touch%20x/system",
        "qemu+ssh://kvm7%3Bid/system",
        "qemu+ssh://-oProxyCommand=id@kvm7/system",
        "qemu+ssh://$(id)@kvm7/system",
    ],
)
def test_no_command_is_offered_that_runs_something_else(uri: str) -> None:
    said = advice(uri, "Cannot recv data: Connection reset by peer", None)
    assert "`ssh" not in said
    assert ("check the user" in said) == ("@kvm7" in uri)


@pytest.mark.parametrize("uri", ["  qemu:///system", "qemu:///system ", "qemu+ssh://kvm7\n/system"])
def test_a_blank_in_a_uri_is_what_is_wrong_with_it(uri: str) -> None:
    assert "no spaces or line breaks" in advice(uri, "internal error: Unable to parse URI", None)


def test_a_uri_without_a_host_is_of_this_machine() -> None:
    for transport in ("ssh", "tcp"):
        said = advice(f"qemu+{transport}:///system", "Connection refused", None)
        assert "of localhost;" in said or "on localhost;" in said
    assert "`ssh localhost` works" in advice("qemu+ssh:///system", "Connection reset by peer", None)


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


@pytest.mark.parametrize("before", ["", "//", "root@", "qemu+ssh:"])
def test_a_password_is_not_shown_of_what_is_no_uri(before: str) -> None:
    assert "s3cret" not in without_password(f"{before}ana:s3cret@kvm7/system")
    assert without_password("test:/a@b") == "test:/a@b"
    assert without_password("kvm7:22") == "kvm7:22"


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


@pytest.mark.parametrize(
    "uri",
    [
        "qemu:///system",
        "test:///default",
        "qemu+unix:///system?socket=/run/libvirt/libvirt-sock",
        "qemu+ssh://ana@kvm7:2222/system?keyfile=/home/ana/key&no_tty=1",
        "qemu+ssh://[fe80::1%25eth0]/system",
        "qemu+tls://kvm7/system?name=qemu:///system",
        "qemu+unix:///system?socket=/a/command=x",
    ],
)
def test_uris_that_start_no_program(uri: str) -> None:
    refuse_programs(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "qemu+ext:///system?command=/tmp/x",
        "qemu+ext:///system",
        "QEMU+EXT:///system",
        "qemu+ssh://kvm7/system?command=/tmp/x",
        "qemu+ssh://kvm7/system?keyfile=/k;Command=/tmp/x",
        "qemu+ssh://kvm7/system?c%6fmmand=/tmp/x",
        "qemu+ssh://kvm7/system?netcat=/tmp/x",
        "qemu+libssh2://kvm7/system?NetCat=/tmp/x",
        "qemu+ssh://kvm7/system?socket=/tmp/x",
        "qemu+libssh://kvm7/system?socket=/tmp/x",
        "qemu+ssh://-oProxyCommand=id/system",
        "qemu+ssh://-oProxyCommand=id@kvm7/system",
        "qemu+ssh://kvm7%3bid/system",
        "qemu+tls://kvm7/system?name=qemu%2Bext:///system",
        "kvm7",
    ],
)
def test_uris_that_start_programs_are_refused(uri: str) -> None:
    with pytest.raises(ValueError, match="programs=False"):
        refuse_programs(uri)
