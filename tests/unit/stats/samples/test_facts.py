"""What is known of definitions, as columns: each row has that of its own domain and part."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from virtsdk.stats.samples.convert import text
from virtsdk.stats.samples.facts import add_facts


def fact(**given: Any) -> Any:
    return SimpleNamespace(**given)


def plain(column: Any) -> list[object]:
    return column.to_numpy(object, na_value=None).tolist()


def test_each_disk_has_what_is_known_of_it_and_what_is_not_known_is_missing() -> None:
    one, two = fact(device="disk", bus="virtio", source="/a"), fact(device="cdrom", bus="sata", source=None)
    web = fact(disks={"vda": one, "sda": two})
    db = fact(disks={"vda": fact(device="disk", bus="scsi", source="/b")})
    rows: Any = {"disk": text(["vda", "sda", "vdz", "vda", "vda", "vda"])}
    add_facts("disks", rows, [web, web, web, None, db, web])
    assert rows["source"].to_numpy(object, na_value=None).tolist() == ["/a", None, None, None, "/b", "/a"]
    assert rows["bus"].to_numpy(object, na_value=None).tolist() == [
        "virtio",
        "sata",
        None,
        None,
        "scsi",
        "virtio",
    ]
    assert rows["backing_path"].isna().all()  # of a virtsdk that did not know it
    assert {str(rows[name].dtype) for name in ("device", "bus", "source", "backing_path")} == {"str"}


def test_where_nothing_is_known_of_anything_all_is_missing() -> None:
    rows: Any = {"nic": text(["vnet0", "vnet1"])}
    add_facts("nics", rows, [None, None])
    assert rows["mac"].isna().all() and rows["source"].isna().all()
    assert str(rows["mac"].dtype) == "str"


def test_domains_have_their_own_and_other_frames_none() -> None:
    rows: Any = {}
    add_facts("domains", rows, [fact(autostart=True, agent_seen=None), None])
    assert plain(rows["autostart"]) == [True, None]
    assert rows["agent_seen"].isna().all()
    before = dict(rows)
    add_facts("vcpus", rows, [None, None])
    assert rows == before
