"""Find guests with stale figures: their QEMU did not answer, and libvirt left out its figures.

Nothing in a record says so. It shows in keys that are missing although the driver gave them for this domain
before, or gives them for every running domain.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from functools import lru_cache

from virtsdk.words import ANSWERS, DOMAIN_STATES

ANSWERING = frozenset(DOMAIN_STATES.index(state) for state in ANSWERS)  # by libvirt's numbers
_RUNNING = DOMAIN_STATES.index("running")
_ALWAYS = frozenset({"balloon.rss", "iothread.count", "dirtyrate.calc_status"})
_DISKS = frozenset({"block.#.capacity", "block.#.rd.reqs"})


class Seen:
    """Keys that libvirt has given for each domain of a host, of those that only an answering QEMU brings."""

    def __init__(self) -> None:
        self._keys: dict[tuple[Hashable, str], frozenset[str]] = {}

    def stale(
        self, records: Iterable[tuple[str, str, Mapping[str, object]]], groups: Hashable = None
    ) -> set[str]:
        """Return the UUIDs of active domains that lack such keys, and learn from the others.

        Parameters
        ----------
        records
            (uuid, name, values) of one sample.
        groups
            The groups asked for: only samples of the same groups are compared.
        """
        active: dict[str, tuple[frozenset[str], bool]] = {}
        given, telling = (), frozenset[str]()
        for uuid, _, values in records:
            if values.get("state.state", _RUNNING) in ANSWERING:
                own = tuple(values)
                if own != given:  # most are like the one before
                    given, telling = own, _telling(own)
                active[uuid] = telling, bool(values.get("block.count", 1))
            else:
                self._keys.pop((groups, uuid), None)
        kinds = {id(keys): keys for keys, _ in active.values()}.values()
        peers = frozenset[str]().union(*kinds) & _ALWAYS
        lacking = {id(keys) for keys in kinds if not peers <= keys}
        found: set[str] = set()
        for uuid, (keys, disks) in active.items():
            if self._keys.get((groups, uuid)) is keys and id(keys) not in lacking:
                continue  # as the last time
            expected = self._keys.get((groups, uuid), frozenset()) | peers
            if (expected if disks else expected - _DISKS) - keys:
                found.add(uuid)
            else:
                self._keys[groups, uuid] = keys
        return found


@lru_cache(maxsize=1024)
def _telling(keys: tuple[str, ...]) -> frozenset[str]:
    told = {key for key in keys if key in _ALWAYS}
    for key in keys:
        if key.startswith("block.") and key.endswith((".capacity", ".rd.reqs")):
            told.add("block.#." + key.split(".", 2)[2])
    return frozenset(told)
