"""The catalogue against the installed libvirt: every constant that names a figure is in it."""

from __future__ import annotations

import re

import libvirt
import pytest

from virtsdk.stats import catalogue

TABLE = catalogue()
KEYS = [key for key in TABLE["key"] if key]
NAMES = {name: value for name, value in vars(libvirt).items() if name.startswith("VIR_")}
# what libvirt 11.2 to 12.1 added, by its Perl and Go bindings: the test's eye for a newer libvirt
NEWER = {
    "VIR_DOMAIN_STATS_BALLOON_DISK_CACHES": "balloon.disk_caches",
    "VIR_DOMAIN_STATS_VCPU_PREFIX": "vcpu.",
    "VIR_DOMAIN_STATS_VCPU_SUFFIX_DELAY": ".delay",
    "VIR_DOMAIN_STATS_BLOCK_SUFFIX_LIMITS_DISCARD_MAX": ".limits.discard_max",
    "VIR_DOMAIN_STATS_MEMORY_BANDWIDTH_MONITOR_SUFFIX_NODE_PREFIX": ".node.",
    "VIR_DOMAIN_STATS_MEMORY_BANDWIDTH_MONITOR_SUFFIX_NODE_SUFFIX_BYTES_LOCAL": ".bytes.local",
    "VIR_DOMAIN_STATS_DIRTYRATE_VCPU_SUFFIX_MEGABYTES_PER_SECOND": ".megabytes_per_second",
    "VIR_DOMAIN_STATS_CUSTOM_SUFFIX_TYPE_SUM": ".sum",
    "VIR_DOMAIN_STATS_VM_PREFIX": "vm.",
    "VIR_DOMAIN_JOB_VFIO_DATA_TRANSFERRED": "vfio_data_transferred",
    "VIR_NODE_CPU_STATS_GUEST": "guest",
}
GROUPS = {
    "STATE": "state.", "CPU_TOTAL": "cpu.", "BALLOON": "balloon.", "VCPU": "vcpu.", "INTERFACE": "net.",
    "BLOCK": "block.", "PERF": "perf.", "IOTHREAD": "iothread.", "MEMORY": "memory.",
    "DIRTYRATE": "dirtyrate.", "VM": "vm.",
}  # fmt: skip
PREFIXES = {
    "VIR_DOMAIN_JOB_": "job.", "VIR_PERF_PARAM_": "perf.", "VIR_NODE_CPU_STATS_": "node.cpu.",
    "VIR_NODE_MEMORY_STATS_": "node.mem.",
}  # fmt: skip


def matches(part):
    """Whether a part of a key is a part of one of the catalogue's."""
    forms = [re.sub(r"\\{\w+\\}", r"[^.]+", re.escape(key)) for key in KEYS]
    if part.startswith("."):  # the end, or the middle, of a key
        inner = part.strip(".").split(".")
        return any(_within(inner, key.split("."), ends=not part.endswith(".")) for key in KEYS)
    if part.endswith("."):
        return any(key.startswith(part) for key in KEYS)
    return any(re.fullmatch(form, part) for form in forms)


def _within(part, key, *, ends):
    starts = [len(key) - len(part)] if ends else range(len(key))
    for start in starts:
        pairs = list(zip(part, key[start:], strict=False)) if 0 < start <= len(key) - len(part) else []
        if any(a == b for a, b in pairs) and all(a == b or b.startswith("{") for a, b in pairs):
            return True
    return False


def texts(names):
    return sorted((name, value) for name, value in names.items() if isinstance(value, str))


def test_every_name_of_a_figure_is_known():
    assert len(texts(NAMES | NEWER)) > 200
    for name, value in texts(NAMES | NEWER):
        for start, prefix in PREFIXES.items():
            if name.startswith(start):
                assert matches(prefix + value), value
        if name.startswith("VIR_DOMAIN_STATS_"):
            assert matches(value), value


@pytest.mark.parametrize(
    "name", [one for one in NAMES if one.startswith("VIR_DOMAIN_STATS_") and isinstance(NAMES[one], int)]
)
def test_every_group_is_known(name):
    prefix = GROUPS[name.removeprefix("VIR_DOMAIN_STATS_")]
    assert any(key.startswith(prefix) for key in KEYS)


def test_a_figure_that_is_not_there_would_be_noticed():
    assert not matches("job.no_such_thing")
    assert not matches(".no_such_end")
    assert not matches("balloon.no_such_thing")


def test_every_row_says_what_it_is():
    assert not TABLE.duplicated(["frame", "column"]).any()
    for row in TABLE.to_dict("records"):
        name = (row["frame"], row["column"])
        assert row["grain"] and row["unit"] and row["dtype"] and row["meaning"] and row["present"], name
        assert row["kind"] in ("counter", "gauge", "label"), name
        assert bool(row["reset"]) == (row["kind"] == "counter"), name
        assert row["key"] or row["definition"], name
        assert re.fullmatch(r"(\d+\.\d+\.\d+)?", row["since"]), name


def test_the_release_is_known_of_all_but_a_few():
    unknown = TABLE[(TABLE["since"] == "") & (TABLE["definition"] == "")]
    assert set(unknown["key"]) == {
        "domain.id",  # not of a record
        "node.pressure.{resource}.{share}.total",  # not of libvirt
        "cpu.haltpoll.success.time", "cpu.haltpoll.fail.time", "block.{disk}.errors",
        *(f"vcpu.{{vcpu}}.{{statistic}}.{what}" for what in ("cur", "sum", "max")),
    }  # fmt: skip
