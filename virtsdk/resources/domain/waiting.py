"""Waiting for a guest: a state, its agent, its addresses."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Literal

from virtsdk import errors
from virtsdk.binding.deadlines import seconds
from virtsdk.binding.library import flag
from virtsdk.resources.domain.core import DomainCore
from virtsdk.resources.domain.rows import Rows
from virtsdk.resources.domain.values import Address, DomainState
from virtsdk.words import AddressSource, WaitFor

_SOURCES = ("lease", "agent", "arp")
_DOES_NOT_KNOW = (
    errors.NotSupported,
    errors.AgentError,
    errors.InvalidState,
    errors.OperationFailed,
    errors.InternalError,  # the host's ARP table cannot be read
)
_AGENT_SECONDS = 10.0  # an agent may be there and not answer


class WaitingVerbs(DomainCore):
    """Waiting until a guest is so far, and the addresses that it is waited for."""

    def wait(self, what: DomainState | WaitFor, *, timeout: float = 60.0) -> None:
        """Wait until it is in a state, its agent answers, or it has an address.

        Parameters
        ----------
        what
            A `DomainState` or its word (``"running"``, ``"shutoff"`` ...), ``"agent"``, or ``"address"``: one
            that a person can use, so not fe80::, which is there before DHCP answers.
        timeout
            Seconds.

        Raises
        ------
        TimedOut
            It was not in time; the message says what it was instead.
        AgentMissing
            It has no channel for the agent that is waited for.
        DomainNotFound
            It is gone; a transient one that ran until then is ``"shutoff"``.
        """
        limit = seconds(timeout)
        if limit is None:
            raise TypeError("waiting takes a timeout, a number of seconds")
        if what == "agent":
            self._wait(self._agent_answers, lambda: "has no agent that answers", limit, "the agent of")
        elif what == "address":
            self._wait(self._has_address, lambda: "has no address to use", limit, "an address of")
        else:
            if what not in list(DomainState):
                states = ", ".join(map(repr, map(str, DomainState)))
                raise ValueError(f"wait for 'agent', 'address' or a state ({states}), not {what!r}")
            state = DomainState(what)
            self._wait(
                lambda left: self._is_in(state, left),
                lambda: f"is {self._glance.state if self._glance else 'not read'} and not {state}",
                limit,
                f"{state} of",
            )

    def _is_in(self, state: DomainState, left: float) -> bool:
        before = self._glance
        try:
            return self.refresh(timeout=left).state is state
        except errors.DomainNotFound:
            self._glance = None
            if state is DomainState.SHUTOFF and before is not None and before.state.is_active:
                return True
            raise

    def _wait(
        self, reached: Callable[[float], bool], instead: Callable[[], str], timeout: float, what: str
    ) -> None:
        """Ask again and again; a single answer has what is left of the time, and a moment at least."""
        deadline = time.monotonic() + timeout
        pause = 0.02
        left = timeout
        while not reached(max(left, 0.1)):
            left = deadline - time.monotonic()
            if left <= 0:
                raise errors.TimedOut(
                    f"{self.subject} {instead()} after {timeout:g} s",
                    operation=f"wait for {what}",
                    subject=self.subject,
                )
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, 0.5)

    def _has_address(self, seconds: float) -> bool:
        try:
            return any(one.is_usable for one in self._known_addresses(seconds))
        except errors.TimedOut:
            return False

    def _agent_answers(self, seconds: float) -> bool:
        try:
            seconds = min(seconds, _AGENT_SECONDS)
            self._call("ask the agent of", lambda raw: raw.getTime(0), timeout=seconds)
        except errors.AgentMissing:  # for which one would wait in vain
            raise
        except (errors.AgentError, errors.InvalidState, errors.TimedOut):
            return False
        return True

    def addresses(self, source: AddressSource = "any") -> Rows[Address]:
        """Read its network addresses.

        Parameters
        ----------
        source
            Who is asked: ``"lease"`` (the DHCP server of libvirt's network), ``"agent"`` (the guest),
            ``"arp"`` (the host's table); ``"any"`` takes the first of them that knows one.

        Returns
        -------
        list of Address
            The loopback's are left out, and what is no address: a guest says what it likes. Its ``.frame()``
            has one row per address: host, domain (its UUID), name, nic, mac, address, prefix, family, source.

        Raises
        ------
        NotSupported
            Only where a source is named: the driver does not have it.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     found = host.domains["test"].addresses()
        >>> [str(one) for one in found], found.frame()["source"].tolist()
        (['192.168.122.3'], ['lease'])
        """
        if source not in {"any", *_SOURCES}:
            raise ValueError(f"unknown source {source!r}; known are any, {', '.join(_SOURCES)}")
        if source != "any":
            found = self._addresses_from(source, _AGENT_SECONDS)
        else:
            nobody: list[Address] = []
            found = next(filter(None, self._addresses_by_source(_AGENT_SECONDS)), nobody)
        return Rows(found, Address, {"host": self._host.name, "domain": self.key, "name": self._name})

    def address(self, family: Literal[4, 6] | None = None) -> Address | None:
        """Read the address by which others reach it, from who knows one: leases, the agent, the ARP table.

        Parameters
        ----------
        family
            4 or 6; None for either, IPv4 first.

        Returns
        -------
        Address or None
            The first that is routable; else one of 169.254; None where there is none (so far: `wait`).
            ``str()`` of it is the address, and so is what ``f"ssh root@{guest.address()}"`` shows.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     str(host.domains["test"].address(family=4))
        '192.168.122.3'
        """
        if family not in {4, 6, None}:
            raise ValueError(f"family must be 4 or 6, or None for either, not {family!r}")
        known = [one for one in self._known_addresses(_AGENT_SECONDS) if one.is_usable]
        wanted = [one for one in known if family is None or one.family == family]
        return min(wanted, key=lambda one: (not one.is_routable, one.family), default=None)

    def _known_addresses(self, seconds: float) -> Iterator[Address]:
        for found in self._addresses_by_source(seconds):
            yield from found

    def _addresses_by_source(self, seconds: float) -> Iterator[list[Address]]:
        """Ask one source after the other; one that does not know is passed over."""
        for one in _SOURCES:
            try:
                yield self._addresses_from(one, min(seconds, _AGENT_SECONDS))
            except _DOES_NOT_KNOW:
                continue

    def _addresses_from(self, source: str, seconds: float) -> list[Address]:
        number = flag(f"VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_{source.upper()}")
        nics = self._call(
            "read the addresses of", lambda raw: raw.interfaceAddresses(number, 0), timeout=seconds
        )
        said = [
            Address.of(name, nic.get("hwaddr"), one, source)
            for name, nic in nics.items()
            for one in nic.get("addrs") or ()
        ]
        return [one for one in said if one is not None]
