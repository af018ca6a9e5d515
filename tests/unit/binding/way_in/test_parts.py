"""URIs of parts: what they become, and what is none."""

from __future__ import annotations

import pytest

from virtsdk.binding.way_in.parts import build


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
        ({"transport": "ssh", "host": "kvm7", "user": "a@b"}, "qemu+ssh://a%40b@kvm7/system"),
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
        ({"transport": "ssh", "host": "kvm7/x?command=/bin/sh"}, "host must be a name or an address"),
        ({"transport": "ssh", "host": "eve@kvm7"}, "the user goes into user="),
        ({"driver": ""}, "driver must not be empty"),
        ({"host": ""}, "host must not be empty"),
        ({"host": " "}, "host must not be empty"),
        ({"transport": "", "host": "kvm7"}, "transport must not be empty"),
        ({"transport": "ssh", "host": "kvm7", "user": ""}, "user must not be empty"),
        ({"host": "kvm7:0"}, "port after kvm7: must be a number from 1 to 65535"),
        ({"host": "kvm7:65536"}, "port after kvm7: must be"),
        ({"host": "kvm7:"}, "port after kvm7: must be"),
        ({"host": "kvm7:\u0663"}, "port after kvm7: must be"),
        ({"host": "[fd00::7]:x"}, "port after fd00::7: must be"),
    ],
)
def test_parts_that_do_not_fit_are_bad_arguments(parts: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build(**parts)


@pytest.mark.parametrize(
    "host",
    ["-oProxyCommand=id", "$(id)", "`id`", "kvm7;id", "kvm7|id", "kvm7\\x", "kvm7\n", "kvm 7", "k\u00fcm",
     "[kvm7]", "[fd00::7", "fd00::7::8", "fe80::1%eth 0", ".", "'kvm7'"],
)  # fmt: skip
def test_no_host_is_an_option_or_a_command(host: str) -> None:
    with pytest.raises(ValueError, match="host must be a name or an address"):
        build("qemu", "ssh", host)


@pytest.mark.parametrize("user", ["-oProxyCommand=id", "a na", "$(id)", "ana;id", "ana\n", "'ana'", "ana\\"])
def test_no_user_is_an_option_or_a_command(user: str) -> None:
    with pytest.raises(ValueError, match="user must be a name"):
        build("qemu", "ssh", "kvm7", user)


def test_what_may_be_a_password_is_in_no_message() -> None:
    for host in ("ana:hunter2", "ana:hunter2@kvm7"):
        with pytest.raises(ValueError) as caught:
            build("qemu", "ssh", host)
        assert "hunter2" not in str(caught.value)
    with pytest.raises(ValueError, match="a password goes into auth="):
        build("qemu", "ssh", "kvm7", "ana:hunter2")


def test_a_part_that_is_no_text_is_told_by_its_name() -> None:
    with pytest.raises(TypeError, match="host must be text, not float"):  # an empty cell, as pandas has it
        build("qemu", "ssh", float("nan"))


def test_a_zone_of_an_address_is_written_as_a_uri_has_it() -> None:
    for host in ("fe80::1%eth0", "[fe80::1%eth0]", "[fe80::1%25eth0]"):
        assert build("qemu", "ssh", host) == "qemu+ssh://[fe80::1%25eth0]/system"
