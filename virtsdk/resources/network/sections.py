"""Parts of a network's definition that libvirt changes while the network runs: which section each is in."""

from __future__ import annotations

from typing import Final, Literal, get_args

NetworkSection = Literal[
    "dhcp-host",
    "dhcp-range",
    "dns-host",
    "dns-srv",
    "dns-txt",
    "portgroup",
    "forward-interface",
    "forward-pf",
    "forward",
    "bridge",
    "domain",
    "ip",
]
"""Sections of a network's definition, as `Network.update` names them."""
SECTIONS: Final[tuple[NetworkSection, ...]] = get_args(NetworkSection)
NetworkCommand = Literal["add", "add-first", "modify", "delete"]
"""What `Network.update` does with a part."""
COMMANDS: Final[tuple[NetworkCommand, ...]] = get_args(NetworkCommand)
CONSTANTS: Final = {
    "add": "VIR_NETWORK_UPDATE_COMMAND_ADD_LAST",
    "add-first": "VIR_NETWORK_UPDATE_COMMAND_ADD_FIRST",
    "modify": "VIR_NETWORK_UPDATE_COMMAND_MODIFY",
    "delete": "VIR_NETWORK_UPDATE_COMMAND_DELETE",
    **{one: f"VIR_NETWORK_SECTION_{one.upper().replace('-', '_')}" for one in SECTIONS},
    "dhcp-host": "VIR_NETWORK_SECTION_IP_DHCP_HOST",
    "dhcp-range": "VIR_NETWORK_SECTION_IP_DHCP_RANGE",
}
"""libvirt's constants for the words."""
_BY_ELEMENT: Final[dict[str, NetworkSection]] = {
    "range": "dhcp-range",
    "srv": "dns-srv",
    "txt": "dns-txt",
    "portgroup": "portgroup",
    "interface": "forward-interface",
    "pf": "forward-pf",
    "forward": "forward",
    "bridge": "bridge",
    "domain": "domain",
    "ip": "ip",
}


def section_of(document: str) -> NetworkSection | None:
    """Tell which section a part is in, from its element; None where it is none of a network.

    ``<host>`` is a host of DHCP, or one of DNS, which has a ``<hostname>``.

    Raises
    ------
    XmlError
        The part cannot be read.

    Examples
    --------
    >>> section_of("<host mac='52:54:00:00:00:01' ip='192.0.2.9'/>")
    'dhcp-host'
    >>> section_of("<host ip='192.0.2.9'><hostname>web1</hostname></host>")
    'dns-host'
    """
    from virtsdk.xml import _reader

    root = _reader.read(document)
    if root.tag == "host":
        return "dns-host" if root.find("hostname") is not None else "dhcp-host"
    return _BY_ELEMENT.get(root.tag)
