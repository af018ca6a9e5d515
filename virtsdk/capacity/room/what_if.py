"""What if: the verbs of `Fleet` that give another fleet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from virtsdk.capacity.room import changes, frames
from virtsdk.capacity.room.state import State

Template = str | Mapping[str, Any]
"""A size: a mapping with ``vcpus`` and ``memory_bytes``, or the name of one that is there."""


@dataclass(frozen=True, eq=False, repr=False)
class WhatIf:
    """Changes of a fleet; each gives another, and this one stays."""

    _state: State

    def fail(self, hosts: str | Iterable[str]) -> Self:
        """Remove hosts that failed, and start their guests on the others, which stay as they are.

        Parameters
        ----------
        hosts
            A name, or several.

        Returns
        -------
        Fleet
            `unplaced` has what does not fit. Guests that the policy protects are placed first where not all
            fit.

        Raises
        ------
        ValueError
            There is no such host.
        """
        return replace(
            self, _state=changes.remove_hosts(self._state, frames.texts_of(hosts, "hosts"), live=False)
        )

    def drain(self, hosts: str | Iterable[str]) -> Self:
        """Empty hosts and remove them: their guests move to the others, which stay as they are.

        Parameters
        ----------
        hosts
            A name, or several.

        Returns
        -------
        Fleet
            `moves` has the steps in order; `unplaced` has what cannot leave or does not fit.

        Raises
        ------
        ValueError
            There is no such host.
        """
        return replace(
            self, _state=changes.remove_hosts(self._state, frames.texts_of(hosts, "hosts"), live=True)
        )

    def add(self, template: Template, n: int = 1) -> Self:
        """Add guests of one size and place them.

        Parameters
        ----------
        template
            ``{"vcpus": 2, "memory_bytes": 4 * 2**30}``, with any other column of the domains frame; or the
            name of a guest that the new ones are like. They are in none of the policy's groups, whatever that
            one is in.
        n
            How many.

        Returns
        -------
        Fleet
            `unplaced` has those that do not fit.

        Raises
        ------
        ValueError
            There is no such guest, or the mapping lacks a size or has an unknown key.
        """
        return replace(self, _state=changes.add_guests(self._state, template, n))

    def remove(self, names: str | Iterable[str]) -> Self:
        """Remove guests, by name or UUID.

        Parameters
        ----------
        names
            One name or UUID, or several.

        Raises
        ------
        ValueError
            There is no such guest.
        """
        return replace(self, _state=changes.remove_guests(self._state, frames.texts_of(names, "names")))

    def resize(self, name: str, vcpus: float | None = None, memory_bytes: int | None = None) -> Self:
        """Give a guest another size; it stays on its host, though that may be too much for it.

        Parameters
        ----------
        name
            The guest, by name or UUID.
        vcpus
            Its vCPUs then; None leaves them.
        memory_bytes
            Its memory then, in bytes; None leaves it.

        Raises
        ------
        ValueError
            There is no such guest, or the size is negative.
        """
        return replace(self, _state=changes.resize_guest(self._state, name, vcpus, memory_bytes))

    def add_host(self, row: Template, n: int = 1) -> Self:
        """Add hosts, and place on the fleet what had no place.

        Parameters
        ----------
        row
            ``{"host": "kvm9", "cpus": 32, "memory_bytes": 2**38}``, with any other column of the hosts frame;
            or the name of a host that the new ones are like, or a row of such a frame. Where the name is
            taken, or n is above 1, numbers tell them apart: ``kvm9+1``.
        n
            How many.

        Raises
        ------
        ValueError
            The mapping lacks a column, has an unknown key, or figures that cannot be right.
        """
        return replace(self, _state=changes.add_hosts(self._state, row, n))
