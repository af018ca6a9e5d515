"""One word for one thing: frames name what they share alike, whichever part of the package makes them."""

from __future__ import annotations

import dataclasses
import inspect
import re
import uuid
from collections.abc import Iterator

import pandas as pd
import pytest

import virtsdk
import virtsdk.resources.host  # all kinds of objects
from virtsdk import events
from virtsdk.history.columns import recorded
from virtsdk.resources.domain.job import Job
from virtsdk.resources.domain.snapshots.checkpoint import Checkpoints
from virtsdk.resources.domain.snapshots.collection import Snapshots
from virtsdk.resources.listed import Listed
from virtsdk.resources.network.port import NetworkPorts
from virtsdk.resources.storage_volume.collection import StorageVolumes
from virtsdk.stats import catalogue
from virtsdk.stats.columns.metric import KEYS, Kind
from virtsdk.stats.samples.jobs import job_frames

# columns that hold the UUID of what they are named after, and nothing else
STEMS = {"domain", "network", "nwfilter", "secret", "storage_pool"}
# words that some frames had for what others call storage_pool, name, source ...
NOT_OURS = {"pool", "pool_uuid", "volume", "uuid"}
VOLUME = "<volume><name>disk</name><capacity unit='GiB'>1</capacity></volume>"


@pytest.fixture(scope="module")
def frames() -> dict[str, pd.DataFrame]:
    """Every frame that the test driver has rows for, and the columns of the others."""
    with virtsdk.connect("test:///default") as host:
        host.storage_pools["default-pool"].volumes.create(VOLUME)
        collections = ("domains", "networks", "storage_pools", "interfaces", "node_devices")
        found = {name: getattr(host, name).frame() for name in collections}
        found["volumes"] = host.storage_pools["default-pool"].volumes.frame()
        guest = host.domains["test"]
        for name in ("checkpoints", "snapshots"):
            made = getattr(guest, name).create("thing")
            found[name] = getattr(guest, name).frame()
            made.delete()
        for sample in (host.stats(), host.node_stats(), host.storage_stats()):
            found |= sample.frames
    record = {"type": 1, "operation": 2, "data_total": 5}
    job = Job.of_record(record, host="kvm7", domain=str(uuid.uuid4()), name="web1")
    assert job is not None
    return found | {"job": job.frame(), "jobs": job_frames([], {}, host="kvm7").jobs}


def leaves(kind: type) -> Iterator[type]:
    below = kind.__subclasses__()
    yield from (one for each in below for one in leaves(each))
    if not below:
        yield kind


def event_fields() -> Iterator[tuple[str, str]]:
    for name, kind in inspect.getmembers(events, inspect.isclass):
        yield from ((name, field.name) for field in dataclasses.fields(kind))


def test_a_stem_holds_uuids(frames: dict[str, pd.DataFrame]) -> None:
    seen: set[str] = set()
    for name, frame in frames.items():
        for stem in STEMS & set(frame.columns):
            assert frame[stem].map(lambda value: str(uuid.UUID(value)) == value).all(), (name, stem)
            seen |= {stem} if len(frame) else set()
    assert seen >= {"domain", "network", "storage_pool"}


def test_a_collection_has_a_stem_for_its_own_key_and_names_what_it_has_no_uuid_of() -> None:
    kinds = list(leaves(Listed))
    assert {"NWFilterBindings", "Secrets", "Snapshots", "StorageVolumes"} < {kind.__name__ for kind in kinds}
    of_others: dict[type, set[str]] = {
        StorageVolumes: {"storage_pool"},
        Snapshots: {"domain"},
        Checkpoints: {"domain"},
        NetworkPorts: {"network", "domain"},
    }
    for kind in kinds:
        others = STEMS & set(kind._columns) - {kind._key_column}
        assert others == of_others.get(kind, set()), kind
        assert "name" in kind._columns
        assert kind._key_column in {"name", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__[:-1]).lower()}


def test_no_frame_and_no_event_has_another_word(frames: dict[str, pd.DataFrame]) -> None:
    for name, frame in frames.items():
        assert not NOT_OURS & set(frame.columns), name
    for name, columns in recorded().items():
        assert not NOT_OURS & set(columns), name
    assert not NOT_OURS & {field for _, field in event_fields()}
    assert not NOT_OURS & {key for keys in KEYS.values() for key in keys}


def test_pools_and_volumes_join_whichever_part_they_come_from(frames: dict[str, pd.DataFrame]) -> None:
    pools = frames["storage_pools"].merge(frames["storage.pools"], on=["host", "storage_pool", "name"])
    assert len(pools) == len(frames["storage_pools"]) == 1
    volumes = frames["volumes"].merge(
        frames["storage.volumes"], on=["host", "storage_pool", "storage_pool_name", "name"]
    )
    assert len(volumes) == len(frames["volumes"]) == 1
    assert (volumes["capacity_bytes_x"] == volumes["capacity_bytes_y"]).all()


def test_a_network_is_named_by_source_as_a_disk_is() -> None:
    for frame in ("nics", "disks"):
        assert "source" in recorded()[frame]
        assert "network" not in recorded()[frame]


def test_a_job_has_the_words_and_types_of_the_frame_of_jobs(frames: dict[str, pd.DataFrame]) -> None:
    job, jobs = frames["job"], frames["jobs"]
    assert set(job.columns) <= set(jobs.columns)
    for column in job.columns:
        assert job[column].dtype == jobs[column].dtype, column
    assert set(job.columns) == {field.name for field in dataclasses.fields(Job)}


def test_counters_and_nothing_else_end_in_total() -> None:
    table = catalogue()
    figures = table[(table["frame"] != "other") & (table["kind"] != Kind.LABEL.value)]
    ends = figures["column"].str.fullmatch(r".+_total")
    assert (ends == (figures["kind"] == Kind.COUNTER.value)).all()
    fields = {field.name for field in dataclasses.fields(Job) if re.fullmatch(r".+_total", field.name)}
    assert fields == {*(f"{what}_processed_bytes_total" for what in ("data", "memory", "disk")),
                      "postcopy_requests_total"}  # fmt: skip
