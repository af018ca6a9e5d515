"""Answers of the agents inside the guests, as tidy frames in base units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import pandas as pd

from virtsdk.display.text import count, size
from virtsdk.stats.samples.convert import text
from virtsdk.stats.samples.plain import Tabled, known, plain_frame
from virtsdk.stats.samples.times import utc


class GuestStats(Tabled):
    """The file systems inside the guests at one moment; made by `Host.guest_stats`."""

    _header = ("name", "mounted at", "type", "used", "of")

    def __init__(
        self, filesystems: pd.DataFrame, trust: pd.DataFrame, *, host: str, time: pd.Timestamp
    ) -> None:
        self._filesystems = filesystems
        self._trust = trust
        self.host = host
        self.time = time

    @property
    def filesystems(self) -> pd.DataFrame:
        """One row per mounted file system: host, domain, name, mountpoint, time, fstype, device, disk, sizes.

        ``total_bytes`` and ``used_bytes`` are the guest's own figures.
        """
        return self._filesystems.copy(deep=False)

    @property
    def trust(self) -> pd.DataFrame:
        """One row per active guest that did not answer: host, domain, name, frame, part, column, reason."""
        return self._trust.copy(deep=False)

    def _headline(self) -> str:
        frame = self._filesystems
        guests = count(int(frame["domain"].nunique()), "guest")
        silent = f", {len(self._trust)} without an answer" if len(self._trust) else ""
        return f"{count(len(frame), 'file system')} of {guests}{silent}"

    def _rows(self) -> list[list[object]]:
        return [
            [
                row["name"], row["mountpoint"], known(row["fstype"]),
                size(known(row["used_bytes"])), size(known(row["total_bytes"])),
            ]
            for row in self._filesystems.to_dict("records")
        ]  # fmt: skip


def guest_frames(
    rows: Sequence[Mapping[str, object]],
    reasons: Mapping[str, str],
    names: Mapping[str, str],
    *,
    host: str,
    time: datetime | None = None,
) -> GuestStats:
    """Make frames of the agents' answers.

    Parameters
    ----------
    rows
        One mapping per file system: ``domain``, ``name`` of the guest, and libvirt's values by the end of
        their keys (``mountpoint``, ``total-bytes``, ``disk.0.alias`` ...).
    reasons
        By UUID, why a guest did not answer.
    names
        The names of the guests by UUID.
    host, time
        As for `from_records`.
    """
    taken = utc(time)
    rows = sorted(rows, key=lambda row: (str(row["name"]), str(row["domain"])))
    given = [{**row, "device": row.get("disk.0.device"), "alias": row.get("disk.0.alias")} for row in rows]
    frame = plain_frame("guest.filesystems", given, host, taken)
    silent = sorted(reasons, key=lambda uuid: (names[uuid], uuid))
    told = {
        "host": [host] * len(silent),
        "domain": silent,
        "name": [names[uuid] for uuid in silent],
        "frame": ["guest.filesystems"] * len(silent),
        "part": [None] * len(silent),
        "column": ["used_bytes"] * len(silent),
        "reason": [reasons[uuid] for uuid in silent],
    }
    trust = pd.DataFrame({column: text(values) for column, values in told.items()})
    return GuestStats(frame, trust, host=host, time=taken)
