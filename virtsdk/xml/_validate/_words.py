"""The values that a rule takes, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from virtsdk.xml._validate._rules import Rule

_HEX = "a hexadecimal number"
_VARIABLE = "a variable such as $NAME"

_DEFINES = {
    "DUID": "a DUID",
    "IscsiQualifiedName": "an iSCSI name such as iqn.2013-06.com.example:disk",
    "UUID": "a UUID",
    "absDirPath": "an absolute path",
    "absFilePath": "an absolute path",
    "aliasName": "a name of letters, digits and . _ -",
    "ccwCssidRange": f"{_HEX} from 0x0 to 0xfe or a whole number from 0 to 254",
    "checkpointName": "a name of letters, digits and . _ - that does not begin with a dot",
    "cpuset": "CPUs such as 0-3,^2,8",
    "diskTargetDev": "a device name such as vda, sdb or nvme0n1",
    "dnsName": "a host name",
    "duidEN": "a DUID",
    "duidLL": "a DUID",
    "duidLLT": "a DUID",
    "duidUUID": "a DUID",
    "ipAddr": "an IP address",
    "ipPrefix": "a prefix length, a whole number from 0 to 128",
    "ipv4Addr": "an IPv4 address",
    "ipv4Prefix": "a prefix length, a whole number from 0 to 32",
    "ipv6Addr": "an IPv6 address",
    "ipv6Prefix": "a prefix length, a whole number from 0 to 128",
    "macAddr": "a MAC address such as 52:54:00:12:34:56",
    "objectName": "a name without / and line breaks",
    "objectNameWithSlash": "one line of text that is not empty",
    "port": "a port, a whole number from 1 to 65535",
    "PortNumber": "a port, a whole number from -1 to 65535",
    "timestamp": "seconds since 1970, such as 1700000000.5",
    "uniMacAddr": "a MAC address of one device, such as 52:54:00:12:34:56, its second digit even",
    "usbPort": "a USB port such as 1 or 1.2",
    "usbVersion": "a USB version such as 2.0",
    "variable-name-type": _VARIABLE,
    "vmwarePath": "a path such as [datastore] guest/disk.vmdk",
    "volName": "a name without /, but not . or ..",
    "wwn": f"a WWN, {_HEX} of 16 digits",
}
"""Defines whose name says more than their form."""

_FORMS = {
    "(0x)?[0-9a-fA-F]{1,2}": f"{_HEX} from 0x0 to 0xff",
    "(0x)?[0-9a-fA-F]{1,3}": f"{_HEX} from 0x0 to 0xfff",
    "(0x)?[0-9a-fA-F]{1,4}": f"{_HEX} from 0x0 to 0xffff",
    "(0x)?[0-9a-fA-F]{1,8}": f"{_HEX} from 0x0 to 0xffffffff",
    "(0x)?[0-9a-f]+": _HEX,
    "(0x)?[0-1]?[0-9a-fA-F]": f"{_HEX} from 0x0 to 0x1f",
    "(0x)?[0-3]": "a whole number from 0 to 3",
    "(0x)?[0-7]": "a whole number from 0 to 7",
    "0x[0-9a-fA-F]{1,2}": f"{_HEX} from 0x0 to 0xff",
    "0x[0-9a-fA-F]{1,4}": f"{_HEX} from 0x0 to 0xffff",
    "0x[a-fA-F0-9]{1,4}": f"{_HEX} from 0x0 to 0xffff",
    "0x[0-9a-fA-F]{1,6}": f"{_HEX} from 0x0 to 0xffffff",
    "0x[0-9a-fA-F]{6}": f"{_HEX} of 6 digits such as 0x0c0330",
    "0x[0-9a-fA-F]{1,8}": f"{_HEX} from 0x0 to 0xffffffff",
    "0x[a-fA-F0-9]": f"{_HEX} from 0x0 to 0xf",
    "0x([0-3][0-9a-fA-F]|[0-9a-fA-F])": f"{_HEX} from 0x0 to 0x3f",
    "0x([0-9a-fA-F]{1,3})": f"{_HEX} from 0x0 to 0xfff",
    "0x([6-9a-fA-F][0-9a-fA-F]{2}|[0-9a-fA-F]{4})": f"{_HEX} from 0x600 to 0xffff",
    "-1": "-1",
    "[0-9]{1,2}": "a whole number from 0 to 99",
    "[0-9]{1,5}": "a whole number from 0 to 99999",
    "[0-9]{1,10}": "a whole number of at most 10 digits",
    "[0-9]{1,20}": "a whole number of at most 20 digits",
    "[0-9]+(.[0-9]+)?": "a number such as 2.5",
    "[0-9]+\\.[0-9]+": "a version such as 1.1",
    "[0-7]+": "an octal number such as 0644",
    "0[0-7]{3}|[0-7]{1,3}": "an octal number such as 0644",
    "(-|\\+)?[0-9]+": "a whole number",
    "(naa\\.)[0-9a-fA-F]{16}": "naa. and 16 hexadecimal digits",
    "([0-2]?[0-9]?[0-9]\\.){3}[0-2]?[0-9]?[0-9]": "an IPv4 address",
    "([a-fA-F0-9]{0,4}:){2,7}([a-fA-F0-9]*)": "an IPv6 address",
    "([a-fA-F0-9]{0,4}:){2,7}([a-fA-F0-9]*)(([0-2]?[0-9]?[0-9]\\.){3}[0-2]?[0-9]?[0-9])?": "an IPv6 address",
    "([a-fA-F0-9]{1,2}:){5}[a-fA-F0-9]{1,2}": "a MAC address such as 52:54:00:12:34:56",
    "([a-fA-F0-9]{2}:){5}[a-fA-F0-9]{2}": "a MAC address such as 52:54:00:12:34:56",
    "[a-fA-F0-9][13579bBdDfF](:[a-fA-F0-9]{2}){5}": "a MAC address of a group, its second digit odd",
    "((NEW|ESTABLISHED|RELATED|INVALID)(,(NEW|ESTABLISHED|RELATED|INVALID))*|NONE)": (
        "NONE, or some of NEW, ESTABLISHED, RELATED and INVALID with commas between them"
    ),
    "((SYN|ACK|URG|PSH|FIN|RST)(,(SYN|ACK|URG|PSH|FIN|RST))*|ALL|NONE)/"
    "((SYN|ACK|URG|PSH|FIN|RST)(,(SYN|ACK|URG|PSH|FIN|RST))*|ALL|NONE)": (
        "two sets of TCP flags such as SYN,ACK/SYN, ALL/NONE"
    ),
    "([Ff][Aa][Ll][Ss][Ee]|0)": "false",
    "([Rr]eply|[Rr]equest|[Rr]equest_[Rr]everse|[Rr]eply_[Rr]everse|DRARP_[Rr]equest|DRARP_[Rr]eply"
    "|DRARP_[Ee]rror|InARP_[Rr]equest|ARP_NAK)": "an ARP operation such as Request or Reply",
    "([Ss][Rr][Cc]|[Dd][Ss][Tt])(,([Ss][Rr][Cc]|[Dd][Ss][Tt])){0,5}": "up to six of src and dst, with commas",
    "([bB]([yY][tT][eE][sS]?)?)|([kKmMgGtTpPeE]([iI]?[bB])?)": "a unit such as bytes, KiB, MiB or GiB",
    "(ipv4)|(ipv6)": "ipv4 or ipv6",
    "(llc_|mbm_)[a-zA-Z0-9\\-_]+": "a name that begins with llc_ or mbm_",
    "(sync_pt|share_pt)": "sync_pt or share_pt",
    "(tcp)|(udp)": "tcp or udp",
    "(vepa|bridge|private|passthrough)": "vepa, bridge, private or passthrough",
    '"?[!#$%&\'()*+\\-./0-9:>=<?@A-Z\\^_`\\[\\]a-z|~]+"?': "the value of a cookie",
    "[!#$%&'*+\\-.0-9A-Z\\^_`a-z|~]+": "the name of a cookie",
    ".+": "a text that is not empty",
    ".{0,255}": "a text of at most 255 characters",
    "/[a-zA-Z0-9_\\+\\-/%]+": "an absolute path",
    "[ -~]{0,40}": "a text of at most 40 ASCII characters",
    "[ -~]{0,8}": "a text of at most 8 ASCII characters",
    "[ -~]{1,128}": "a text of 1 to 128 ASCII characters",
    "[0-9A-Z]{1}": "one digit or capital letter",
    "[0-9B-Z]{1}": "one digit or capital letter, but not A",
    "[A-Za-z0-9.\\-:]+": "a name of letters, digits and . - :",
    "[A-Za-z0-9_\\.\\+\\- ]+": "letters, digits, spaces and . _ + -",
    "[^,]{0,12}": "a text of at most 12 characters without a comma",
    "[^,]{12}": "a text of 12 characters without a comma",
    "[^/]*": "a text without /",
    "[a-zA-Z0-9.\\s]{1,8}": "1 to 8 letters, digits, dots or spaces",
    "[a-zA-Z0-9\\-_.]+": "a name of letters, digits and . _ -",
    "[a-zA-Z0-9\\-_\\.]+": "a name of letters, digits and . _ -",
    "[a-zA-Z0-9\\-_]+": "a name of letters, digits and _ -",
    "[a-zA-Z0-9_\\+\\-]+": "a name of letters, digits and _ + -",
    "[a-zA-Z0-9_\\-]+": "a name of letters, digits and _ -",
    "[a-zA-Z0-9_\\.:\\-\\+ ]{1,31}": "a name of up to 31 letters, digits, spaces and . _ : + -",
    "[a-zA-Z0-9_\\.:]+": "a text of letters, digits and . _ :",
    "[a-zA-Z0-9_\\.\\+\\-/]+": "a time zone such as Europe/Paris",
    "[a-zA-Z0-9_\\.\\-\\\\:/ ]*": "a name of letters, digits, spaces and . _ - : / \\",
    "[a-zA-Z0-9_\\.\\-\\\\:/]+": "a name of letters, digits and . _ - : / \\",
    "[a-zA-Z0-9_\\.\\-]+": "a name of letters, digits and . _ -",
    "[a-zA-Z0-9_]+": "a name of letters, digits and _",
    "[a-zA-Z\\-_]+": "a name of letters and _ -",
    "[a-zA-Z_]+[a-zA-Z0-9_]*": "a name of letters, digits and _ that does not begin with a digit",
    "arp[a-zA-Z0-9_\\.:\\-]{0,9}": "a name that begins with arp",
    "ipv4[a-zA-Z0-9_\\.:\\-]{0,8}": "a name that begins with ipv4",
    "ipv6[a-zA-Z0-9_\\.:\\-]{0,8}": "a name that begins with ipv6",
    "mac[a-zA-Z0-9_\\.:\\-]{0,9}": "a name that begins with mac",
    "rarp[a-zA-Z0-9_\\.:\\-]{0,8}": "a name that begins with rarp",
    "stp[a-zA-Z0-9_\\.:\\-]{0,9}": "a name that begins with stp",
    "vlan[a-zA-Z0-9_\\.:\\-]{0,8}": "a name that begins with vlan",
}
"""Regular expressions; a test holds that none of the rules' is missing."""

_LIMITS = {
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "long": (-(2**63), 2**63 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedLong": (0, 2**64 - 1),
    "positiveInteger": (1, None),
    "integer": (None, None),
}
_TYPES = {
    "string": "a text",
    "double": "a number",
    "dateTime": "a date and time such as 2030-01-31T12:00:00",
    "NCName": "a name of letters, digits and . _ -",
    "anyURI": "a URI",
}
_PLAIN = {"[0-9]+", "-?[0-9]+"}  # digits, of a type that is a whole number anyway


def describe(rules: Iterable[Rule]) -> str:
    """Name every form of a value that one of the rules takes; empty where one takes any."""
    forms = list(dict.fromkeys(form for rule in rules for form in _forms(rule)))
    return one_of(forms) if "" not in forms else ""


def one_of(words: list[str]) -> str:
    """Write a list with "or" before its last word."""
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _forms(rule: Rule) -> Iterator[str]:
    if rule.kind == "ref" and rule.encoded.partition("~")[0] in _DEFINES:
        yield _DEFINES[rule.encoded.partition("~")[0]]
        return
    match rule.kind:
        case "t":
            yield ""
        case "=":
            yield from (text or "nothing" for text in rule.texts())
        case "d":
            yield _data(*rule.encoded[1:3])
        case _:
            for part in rule.parts:
                yield from _forms(part)


def _data(kind: str, facets: Any = ()) -> str:
    patterns = [value for name, value in facets if name == "pattern" and value not in _PLAIN]
    if patterns:
        return " and ".join(_FORMS.get(pattern, "a text of another form") for pattern in patterns)
    bounds = {name: value for name, value in facets if name != "pattern"}
    if kind in _LIMITS:
        least, most = _LIMITS[kind]
        least = bounds.get("minInclusive", least)
        most = bounds.get("maxInclusive", most)
        if most is not None:
            return f"a whole number from {least} to {most}"
        return "a whole number" if least is None else f"a whole number, {least} or more"
    words = _TYPES.get(kind, f"a value of XML Schema's type {kind}")
    if "maxLength" in bounds:
        return f"{words} of at most {bounds['maxLength']} characters"
    return f"{words}, {bounds['minInclusive']} or more" if "minInclusive" in bounds else words
