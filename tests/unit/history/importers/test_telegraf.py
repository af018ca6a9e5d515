"""`import_telegraf`: libvirt's own keys and units, as line protocol and as JSON."""

from __future__ import annotations

import io
import json

import pandas as pd
import pytest

from tests.unit.history.importers.exporters import START, Guest, scrapes, truth
from virtsdk.errors import RecordingError
from virtsdk.history.importers.telegraf import import_telegraf

WEB = Guest()
GROUPS = {
    "state": "state",
    "cpu": "cpu",
    "balloon": "balloon",
    "net": "net",
    "block": "block",
    "vcpu": "vcpu",
}
IDS = {"net": "interface_id", "block": "block_id", "vcpu": "vcpu_id"}


def points(guest, at):
    """Measurements as the plugin makes them of libvirt's keys: (measurement, tags, fields)."""
    found = {}
    for key, value in guest.record(at).items():
        group, *rest = key.split(".")
        tags = {"domain_name": guest.name, "host": guest.host}
        name = f"libvirt_{group}"
        if rest[0].isdecimal():
            tags[IDS[group]] = rest.pop(0)
        elif group in IDS:
            name += "_total"
        field = "_".join(rest).replace("-", "_")
        found.setdefault((name, tuple(tags.items())), {})[field] = value
    return [(name, dict(tags), fields) for (name, tags), fields in found.items()]


def line_protocol(guest, times, unit=10**9):
    lines = []
    for at in times:
        for name, tags, fields in points(guest, at):
            head = ",".join([name, *(f"{key}={value}".replace(" ", r"\ ") for key, value in tags.items())])
            said = ",".join(f'{k}="{v}"' if isinstance(v, str) else f"{k}={v}i" for k, v in fields.items())
            lines.append(f"{head} {said} {at * unit}")
    return "\n".join(lines)


def as_json(guest, times):
    return "\n".join(
        json.dumps({"name": name, "tags": tags, "fields": fields, "timestamp": at})
        for at in times
        for name, tags, fields in points(guest, at)
    )


def in_batches(guest, times):
    return "\n".join(
        json.dumps({"metrics": [json.loads(one) for one in as_json(guest, [at]).splitlines()]})
        for at in times
    )


@pytest.mark.parametrize("form", [line_protocol, as_json, in_batches])
def test_usage_is_that_of_libvirts_own_records(form):
    found = import_telegraf(io.StringIO(form(WEB, scrapes())))
    true = truth([WEB], scrapes()).usage().assign(domain=WEB.name).astype({"domain": "str"})
    pd.testing.assert_frame_equal(found.usage(every=None), true)
    disks = found.rates().disks
    assert disks["disk"].unique().tolist() == ["vda"]
    assert disks["write_requests_per_second"].unique().tolist() == [1.0]


def test_names_may_hold_spaces_and_commas():
    text = line_protocol(Guest(r"my\,web one"), scrapes(2)).replace("\\\\", "\\")
    assert import_telegraf(io.StringIO(text)).usage()["name"].unique().tolist() == ["my,web one"]


def test_what_has_no_column_is_listed():
    text = (
        line_protocol(WEB, scrapes(3))
        + f"\nlibvirt_perf,domain_name=web1,host=kvm7 cmt=5i {START}000000000\n"
    )
    left = import_telegraf(io.StringIO(text)).left_out
    assert left[["metric", "samples"]].to_numpy().tolist() == [["libvirt_perf", 1]]


def test_other_precisions_and_a_host_of_ones_own():
    text = line_protocol(WEB, scrapes(), 1000).replace(",host=kvm7", "")
    found = import_telegraf(io.StringIO(text), host="kvm9", precision="ms")
    assert found.usage(every=None)["host"].unique().tolist() == ["kvm9"]
    assert found.start.timestamp() == START


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("cpu,host=a usage=1 1", "no measurements of libvirt"),
        ("libvirt_cpu,host=a", "line 1: no line protocol"),
        ("\nlibvirt_cpu,host=a,domain_name=b time=1i", "line 2: it has no time"),
        ("libvirt_cpu,domain_name=b time=1i 1", "line 1: it has no tag that tells the host; host=NAME"),
        ("libvirt_cpu,host=b time=1i 1", "line 1: it has no tag that tells the name"),
        ("libvirt_state,host=a,domain_name=b state=17i 1", "line 1: state must be one of nostate"),
        ('{"name": "x"}', "line 1: no metric of telegraf in JSON"),
        ('{"name": "libvirt_cpu", "tags": {}, "fields": {}, "timestamp": 1e300}', "a timestamp is none"),
        ("{", "line 1: no metric of telegraf in JSON"),
    ],
)
def test_what_is_none_is_named(text, says):
    with pytest.raises(RecordingError, match=says):
        import_telegraf(io.StringIO(text))
    with pytest.raises(ValueError, match="precision must be one of 'ns'"):
        import_telegraf(io.StringIO(text), precision="h")
