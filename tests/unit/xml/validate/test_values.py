"""Values in words: every form that is right is named, and none as a regular expression."""

import re

import pytest

from virtsdk import xml
from virtsdk.xml._validate import _rules
from virtsdk.xml._validate._relaxng import takes
from virtsdk.xml._validate._words import _DEFINES, describe

RULE = "<filter name='f'><rule action='accept' direction='in'><{}/></rule></filter>"


@pytest.mark.parametrize(
    ("document", "path", "expected"),
    [
        (
            RULE.format("tcp dstportstart='22a'"),
            "rules[0].tcp.dstportstart",
            "a variable such as $NAME, a hexadecimal number from 0x0 to 0xffff"
            " or a whole number from 0 to 65535",
        ),
        (
            RULE.format("mac protocolid='15'"),
            "rules[0].mac.protocolid",
            "a variable such as $NAME, a hexadecimal number from 0x600 to 0xffff,"
            " a whole number from 1536 to 65535, arp, rarp, ipv4, ipv6 or vlan",
        ),
        (
            "<interface type='bridge'><source bridge='b'/><mtu size='9k'/></interface>",
            "mtu.size",
            "a whole number from 0 to 65535",
        ),
        (
            "<interface type='user'><address type='pci' bus='300'/></interface>",
            "address.bus",
            "a hexadecimal number from 0x0 to 0xff or a whole number from 0 to 255",
        ),
        (
            "<graphics type='vnc' port='http' listen='a b'/>",
            "port",
            "a port, a whole number from -1 to 65535",
        ),
        ("<network><name>n</name><uuid>1234</uuid></network>", "uuid", "a UUID"),
        ("<network><name>n</name><ip address='10.0.0.300'/></network>", "ips[0].address", "an IP address"),
        (
            "<volume><name>v</name><capacity>1</capacity><target><timestamps><atime>soon</atime></timestamps>"
            "</target></volume>",
            "target.timestamps.atime",
            "seconds since 1970, such as 1700000000.5",
        ),
        (
            "<cpu mode='host'><topology sockets='1' cores='1' threads='1'/></cpu>",
            "mode",
            "custom, host-model, host-passthrough or maximum",
        ),
    ],
)
def test_a_wrong_value_is_told_what_would_be_right(document, path, expected):
    finding = xml.validate(document)[0]
    assert (finding.path, finding.expected) == (path, expected)
    assert re.fullmatch(r"'[^']*' is not allowed", finding.message)


def test_an_empty_value_is_shown():
    (finding,) = xml.validate("<disk type='file'><source file=''/><target dev='vda'/></disk>")
    assert finding.message == "'' is not allowed"


def test_a_long_value_is_cut():
    (finding,) = xml.validate(f"<network><name>n</name><uuid>{'x' * 10_000}</uuid></network>")
    assert finding.message == f"'{'x' * 79}…' is not allowed"


def test_a_secret_value_is_not_shown():
    source = "<source protocol='https' name='a'><host name='h'/><cookies>{}</cookies></source>"
    disk = f"<disk type='network'>{source}<target dev='vda'/></disk>"
    secret, wrong_name = "<cookie name='a'>se,cret</cookie>", "<cookie name='na me'>secret</cookie>"
    (finding,) = xml.validate(disk.format(secret))
    assert finding.path == "source.cookies.cookies[0]"
    assert (finding.message, finding.expected) == ("the value is not allowed", "the value of a cookie")
    (finding,) = xml.validate(disk.format(wrong_name))
    assert finding.message == "'na me' is not allowed"


def test_a_value_that_may_be_anything_in_one_form_is_told_no_form():
    listed, free = _rules.read(["=", "a", "b"]), _rules.read(["t"])
    assert describe([listed]) == "a or b"
    assert describe([listed, free]) == ""


@pytest.fixture(scope="module")
def forms():
    """Every form of a value in the rules: those with a name of their own in words, and the single ones."""
    found: dict[str, _rules.Rule] = {}

    def walk(encoded):
        if isinstance(encoded, list):
            if encoded[:1] == ["d"]:
                found[str(encoded)] = _rules.read(encoded)
            for part in encoded:
                walk(part)

    for name, encoded in _rules._load()[1].items():
        if name in _DEFINES:
            found[name] = _rules.read(name)
        else:
            walk(encoded)
    assert len(found) > 120
    return found


def test_every_form_has_words(forms):
    for name, rule in forms.items():
        words = describe([rule])
        assert words and "another form" not in words and "XML Schema" not in words, name
        assert not re.search(r"\\|\]\+|\)\*|\{\d|\(\?", words.removesuffix(" / \\")), name


def test_the_examples_in_words_are_right(forms):
    tried = 0
    for name, rule in forms.items():
        for example in re.findall(r"such as (.+?)(?:, | or | and |$)", describe([rule])):
            tried += 1
            assert takes(rule, example, attribute=True), f"{name}: {example}"
    assert tried > 20


def test_the_ranges_in_words_are_right(forms):
    tried = 0
    for name, rule in forms.items():
        found = re.search(r"number from (0x)?(\S+) to (0x)?(\w+)", describe([rule]))
        if found:
            tried += 1
            base = 16 if found[1] else 10
            write = hex if found[1] else str
            least, most = int(found[2], base), int(found[4], base)
            assert takes(rule, write(least), attribute=True), name
            assert takes(rule, write(most), attribute=True), name
            assert not takes(rule, write(most + 1), attribute=True), name
            assert least == 0 or not takes(rule, write(least - 1), attribute=True), name
    assert tried > 30
