"""Changes of a network that runs: parts of its definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirNetwork
from virtsdk.binding.undecoded import decoded
from virtsdk.resources.described import Described
from virtsdk.resources.documents import as_document
from virtsdk.resources.listed import Startable
from virtsdk.resources.network.sections import (
    COMMANDS,
    CONSTANTS,
    SECTIONS,
    NetworkCommand,
    NetworkSection,
    section_of,
)
from virtsdk.resources.scope import CONFIG, LIVE, Scope, affected, check_scope

if TYPE_CHECKING:
    from virtsdk.model import Model

T = TypeVar("T")


class ChangeVerbs(Startable[VirNetwork], Described[VirNetwork]):
    """The verbs that change a network in place."""

    _metadata_constants = "VIR_NETWORK_METADATA_"
    _metadata_since = "9.7"

    def update(
        self,
        part: Model | str,
        command: NetworkCommand = "add",
        *,
        section: NetworkSection | None = None,
        parent: int = -1,
        scope: Scope = "auto",
        timeout: float | None = None,
    ) -> None:
        """Add, change or remove a part of it, without a restart: a fixed address, a DNS name, a port group.

        Parameters
        ----------
        part
            A model, ``NetworkIpDhcpHost(mac=..., ip=...)``, ``NetworkIpDhcpRange``, ``NetworkDnsHost``,
            ``NetworkDnsTxt``, ``NetworkDnsSrv``, ``NetworkPortgroup``, ``NetworkForwardInterface``; or its
            XML text.
        command
            ``"add"`` (at the end), ``"add-first"``, ``"modify"`` or ``"delete"``. libvirt finds the part
            that is meant by what names it: a MAC or a name, an address. DHCP ranges and DNS names are not
            modified: delete and add them.
        section
            Where it belongs; None: told from the part.
        parent
            Which ``<ip>`` of the network it belongs to, by its place from 0; -1 leaves that to libvirt.
        scope
            ``"auto"``: what runs, where it runs, and its definition, where it has one that stays; ``"live"``,
            ``"persistent"``: one of the two.
        timeout
            Seconds; None for the connection's own.

        Raises
        ------
        ValueError
            An argument is none, or the part is none of a network; nothing is sent.
        InvalidState
            It is there already, or not there; the scope does not fit the network's state.
        NotSupported, ConfigNotSupported
            libvirt does not change this section, or does not do that with it.
        NotApplied
            libvirt said yes, and its definition is as before.

        Examples
        --------
        >>> import virtsdk
        >>> from virtsdk.models.network import NetworkIpDhcpHost
        >>> with virtsdk.connect("test:///default") as host:
        ...     network = host.networks["default"]
        ...     web1 = NetworkIpDhcpHost(mac="52:54:00:00:00:01", ip="192.168.122.10")
        ...     network.update(web1)
        ...     network.definition().ips[0].dhcp.hosts[0].ip
        ...     network.update(web1, "delete")
        '192.168.122.10'
        """
        check_scope(scope)
        if command not in COMMANDS:
            raise ValueError(f"command must be {_listed(COMMANDS)}, not {command!r}")
        if isinstance(parent, bool) or not isinstance(parent, int) or parent < -1:  # pyright: ignore
            raise ValueError(f"parent must be a place from 0, or -1, not {parent!r}")
        document = as_document(part)
        found = section or section_of(document)
        if found not in SECTIONS:
            raise ValueError(f"section must be {_listed(SECTIONS)}, not {found!r}")
        operation = f"{command} a {found} of" if command != "add" else f"add a {found} to"
        numbers = flag(CONSTANTS[command]), flag(CONSTANTS[found])

        def send(raw: VirNetwork) -> None:
            flags = affected(raw, scope, operation=operation, subject=self.subject)
            before = self._as_they_are(raw, flags)
            raw.update(*numbers, parent, document, flags)
            if command in {"add", "add-first", "delete"}:
                self._read_back(raw, before, operation, str(found))

        self._change(operation, send, timeout=timeout)

    def _as_they_are(self, raw: VirNetwork, flags: int) -> dict[int, str]:
        """Read the definitions that a change is about, by their flag.

        The test driver shows that of a network that runs alone, until it is stopped.
        """
        if not raw.isActive():
            return {CONFIG: decoded(raw.XMLDesc, 0)}
        read = {LIVE: 0, CONFIG: flag("VIR_NETWORK_XML_INACTIVE")}
        shown = LIVE if self._session.driver == "test" else LIVE | CONFIG
        return {to: decoded(raw.XMLDesc, read[to]) for to in (LIVE, CONFIG) if flags & shown & to}

    def _read_back(self, raw: VirNetwork, before: dict[int, str], operation: str, section: str) -> None:
        after = self._as_they_are(raw, sum(before))
        for to, text in before.items():
            if after[to] == text:
                place = "what runs" if to == LIVE else "its definition"
                raise errors.NotApplied(
                    f"libvirt did not refuse to {operation} {self.subject}, and {place} is as before",
                    paths=(section,),
                    operation=operation,
                    subject=self.subject,
                )


def _listed(words: tuple[str, ...]) -> str:
    return f"{', '.join(map(repr, words[:-1]))} or {words[-1]!r}"
