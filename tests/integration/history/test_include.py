"""Definitions, events, jobs and file systems recorded beside figures; hosts that come and go."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

import virtsdk
from tests.waiting import until
from virtsdk.history.hosts import LateHost
from virtsdk.history.sampling import slowly

SECRETIVE = """<domain type='test'><name>quiet</name><memory>1024</memory><os><type>hvm</type></os>
<devices><disk type='network' device='disk'><source protocol='rbd' name='pool/image'>
<auth username='ana'><secret type='ceph' uuid='11111111-1111-4111-8111-111111111111'/></auth></source>
<target dev='vda' bus='virtio'/></disk>
<graphics type='vnc' port='-1' passwd='hush-hush'/></devices></domain>"""


@pytest.fixture
def host():
    with virtsdk.connect("test:///default") as host:
        host.stats(), host.node_stats()
        yield host


def test_definitions_are_kept_when_they_change_and_no_secret_is(host, tmp_path):
    host.domains.define(SECRETIVE)
    directory = tmp_path / "r"
    with virtsdk.record(host, directory, interval=0.1, flush=0.2, include="definitions") as recorder:
        until(lambda: recorder.samples > 4)
        before = virtsdk.open_recording(directory)
        until(lambda: len(before.definitions()) == 2)
        middle = before.samples["time"].max()
        taken = recorder.samples
        host.domains["quiet"].undefine()
        host.domains["test"].suspend()
        until(lambda: recorder.samples > taken + 3)
    recording = virtsdk.open_recording(directory)
    assert recording.definitions(middle)["name"].tolist() == ["quiet", "test"]
    assert recording.definitions()["name"].tolist() == ["test"]
    text = recording.definitions(middle).set_index("name")["definition"]["quiet"]
    assert virtsdk.xml.parse(text).name == "quiet"
    assert "secret" in text  # which one it is, and not what it says
    every = recording.frames("definitions")
    assert len(every) <= 5  # and not one a sample
    assert not every["definition"].str.contains("hush-hush").any()
    with virtsdk.record(host, directory, interval=0.1, duration=0.3, include="definitions") as again:
        again.wait()
    assert len(virtsdk.open_recording(directory).frames("definitions")) == len(every)  # known already


def test_events_are_kept_with_their_words(host, tmp_path):
    with virtsdk.record(host, tmp_path / "r", interval=0.1, include=["events"]) as recorder:
        until(lambda: recorder.samples > 1)
        host.domains["test"].suspend()
        host.domains["test"].resume()
        taken = recorder.samples
        until(lambda: recorder.samples > taken + 2)
    recording = virtsdk.open_recording(tmp_path / "r")
    found = recording.events(kinds="domain_lifecycle")
    assert found["event"].tolist()[:2] == ["suspended", "resumed"]
    assert set(found["name"]) == {"test"} and set(found["host"]) == {host.name}
    assert recording.events(kinds="no_such").empty and recording.definitions().empty


def test_what_the_driver_does_not_have_costs_nothing(host, tmp_path):
    with virtsdk.record(host, tmp_path / "r", interval=0.1, include=["jobs", "filesystems"]) as recorder:
        until(lambda: recorder.samples > 4)
        assert recorder.status["error"].isna().all()
    assert "domain.jobs" not in virtsdk.open_recording(tmp_path / "r").frames()


def test_agents_that_answer_no_reader_are_told_of(tmp_path, caplog, monkeypatch):
    monkeypatch.setitem(slowly.EVERY, "filesystems", 0.1)
    with virtsdk.connect("test:///default", readonly=True, name="kvm7") as host:
        real = host.stats
        host.stats = lambda *args: _changed(real(*args), {"agent_seen": True})
        with virtsdk.record(host, tmp_path / "r", interval=0.1, include=["filesystems"]) as recorder:
            until(lambda: "filesystems of kvm7 are not recorded" in caplog.text)
            before = recorder.samples
            until(lambda: recorder.samples > before + 5)
            assert recorder.status["error"].isna().all()
    assert "read-only" in caplog.text
    assert caplog.text.count("filesystems of kvm7") == 1


def _changed(stats, columns):
    return SimpleNamespace(domains=stats.domains.assign(**columns))


@pytest.mark.parametrize(
    ("given", "error"), [("passwords", ValueError), (["events", 7], ValueError), (5, TypeError)]
)
def test_what_there_is_not_is_refused(host, tmp_path, given, error):
    with pytest.raises(error, match="include must be"):
        virtsdk.record(host, tmp_path / "r", include=given)
    assert not (tmp_path / "r").exists()


def test_hosts_of_a_callable_come_and_go(tmp_path):
    made = {name: LateHost("test", lambda: virtsdk.connect("test:///default")) for name in ("a", "b", "c")}
    given = ["a", "b"]
    with virtsdk.record(
        lambda: {name: made[name] for name in given}, tmp_path / "r", interval=0.1, flush=0.1
    ) as recorder:
        until(lambda: (recorder.status["samples"] > 1).all())
        given[:] = ["b", "c"]
        until(lambda: recorder.status["host"].tolist() == ["b", "c"])
        until(lambda: (recorder.status["samples"] > 1).all())
        given.append("none")  # a mistake in the file: it stays at those before
        before = recorder.samples
        until(lambda: recorder.samples > before + 2)
        assert recorder.status["host"].tolist() == ["b", "c"]
        with pytest.raises(virtsdk.errors.HostClosed):
            made["a"].get(0).stats()
    assert set(virtsdk.open_recording(tmp_path / "r").hosts["host"]) == {"a", "b", "c"}
