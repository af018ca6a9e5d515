"""What guest agents say, as frames."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd

from virtsdk.stats import catalogue
from virtsdk.stats.samples.guests import guest_frames

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ROOT = {"domain": "u1", "name": "web1", "mountpoint": "/", "fstype": "ext4", "total-bytes": 2**30,
        "used-bytes": 2**29, "disk.0.device": "/dev/vda1", "disk.0.alias": "vda"}  # fmt: skip


def test_file_systems_and_guests_that_are_silent():
    bare = {"domain": "u1", "name": "web1", "mountpoint": "/boot"}
    names = {"u1": "web1", "u2": "db1"}
    stats = guest_frames([ROOT, bare], {"u2": "no guest agent"}, names, host="kvm7", time=NOON)
    frame = stats.filesystems
    assert frame["mountpoint"].tolist() == ["/", "/boot"]
    assert frame["used_bytes"].tolist() == [2**29, pd.NA]
    assert frame.loc[0, ["name", "device", "disk"]].tolist() == ["web1", "/dev/vda1", "vda"]
    assert stats.trust[["name", "reason"]].to_numpy().tolist() == [["db1", "no guest agent"]]
    for shown in (repr(stats), stats._repr_html_()):
        for word in ("2 file systems of 1 guest", "1 without an answer", "512 MiB", "1 GiB", "web1"):
            assert word in shown


def test_no_guests_at_all():
    stats = guest_frames([], {}, {}, host="kvm7", time=NOON)
    table = catalogue()
    rows = table[table["frame"] == "guest.filesystems"]
    for row in rows.itertuples():
        assert str(stats.filesystems[row.column].dtype) == row.dtype
    assert "0 file systems" in repr(stats)
    assert stats.trust.empty
