"""Where the hosts of a fleet are listed: a file that may change while they are recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from virtsdk.fleet.choosing import matches
from virtsdk.resources.host import Host
from virtsdk.resources.hosts_file import HostEntry


@dataclass(frozen=True, slots=True, repr=False)
class Source:
    """A list of hosts that can be read again, and how one of them is opened.

    Parameters
    ----------
    read
        Reads all of it.
    opens
        Opens a host of it; may hang.
    patterns
        Those that a host has to match, as of `HostFleet.select`.
    """

    read: Callable[[], Mapping[str, HostEntry]]
    opens: Callable[[str, HostEntry], Host]
    patterns: tuple[str, ...] = ()

    def chosen(self, patterns: Iterable[str]) -> Source:
        """Return it with fewer hosts."""
        return replace(self, patterns=(*self.patterns, *patterns))

    def entries(self) -> dict[str, HostEntry]:
        """Read it.

        Raises
        ------
        ValueError, OSError
            It cannot be read, or none of its hosts matches.
        """
        found = chosen(self.read(), self.patterns)
        if not found:
            raise ValueError(f"none of the hosts that are listed matches all of {', '.join(self.patterns)}")
        return found


def chosen(entries: Mapping[str, HostEntry], patterns: Iterable[str]) -> dict[str, HostEntry]:
    """Return the hosts that match all of some patterns."""
    wanted = list(patterns)
    return {name: one for name, one in entries.items() if matches(name, one.tags, wanted)}
