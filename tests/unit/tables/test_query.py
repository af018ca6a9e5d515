"""The explorer's filter: words that a row has to match, all of them."""

from __future__ import annotations

import pandas as pd
import pytest

from virtsdk.tables.query import parse, with_texts

GIB = 2**30
ROWS = with_texts(
    pd.DataFrame(
        [
            # name, host, state, vcpus, memory, cpu, used, disk, net, steal
            ("web1", "kvm1", "running", 2, 8 * GIB, 75.0, 5 * GIB, 2e6, 0.0, 0.0),
            ("web2", "kvm2", "shutoff", 4, 4 * GIB, None, None, None, None, None),
            (" Batch Job", "lab", "paused", 1, GIB, 0.0, GIB // 2, 0.0, 2e7, 12.5),
            ("a:b", "kvm1", "running", None, None, 50.0, None, None, None, None),
        ],
        columns=[
            "name",
            "host",
            "state",
            "vcpus",
            "memory_bytes",
            "cpu_percent",
            "memory_used_bytes",
            "disk_bytes_per_second",
            "net_bytes_per_second",
            "steal_percent",
        ],
    ).astype({"vcpus": "Int64", "memory_bytes": "Int64"})
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ["web1", "web2", " Batch Job", "a:b"]),
        ("   ", ["web1", "web2", " Batch Job", "a:b"]),
        ("web", ["web1", "web2"]),
        ("WEB kvm2", ["web2"]),  # each word, wherever it is
        ("web web3", []),
        ("shut", ["web2"]),  # as it is shown
        ("state:running", ["web1", "a:b"]),
        ("state:shutoff", ["web2"]),
        ('state:"shut off"', ["web2"]),
        ("state:p*", [" Batch Job"]),
        ("state~off", ["web2"]),
        ("host:kvm*", ["web1", "web2", "a:b"]),
        ("host:kvm", []),  # the whole of it
        ("name~WEB", ["web1", "web2"]),
        ("name:web?", ["web1", "web2"]),
        ('"batch job"', [" Batch Job"]),
        ('name:" batch job"', [" Batch Job"]),
        ('"a:b"', ["a:b"]),
        ("mem>4GiB", ["web1"]),
        ("mem>=4GiB", ["web1", "web2"]),
        ("mem<4GiB", [" Batch Job"]),  # what is not known is neither more nor less
        ("mem=8GiB", ["web1"]),
        ("mem:8GiB", ["web1"]),
        ("used>1GiB", ["web1"]),
        ("cpu>50%", ["web1"]),
        ("cpu>=50%", ["web1", "a:b"]),
        ("cpu<=0%", [" Batch Job"]),
        ("CPU>50%", ["web1"]),
        ("steal>10%", [" Batch Job"]),
        ("disk>1MB/s", ["web1"]),
        ("net>10MiB/s", [" Batch Job"]),
        ("net>10MiB", [" Batch Job"]),
        ("disk>0", ["web1"]),  # nothing needs no unit
        ("vcpus>=2", ["web1", "web2"]),
        ("vcpus:1", [" Batch Job"]),
        ("state:running mem>4GiB cpu>50% host:kvm* name~web", ["web1"]),
        ("[web1", []),  # no pattern, but text
        ("web*", ["web1", "web2"]),  # here, too, they stand for anything
        ("w?b kvm*", ["web1", "web2"]),
        ("b*1", ["web1"]),  # but not from the name into the host
        ("cpu > 50%", ["web1"]),
        ("web cpu >= 50% mem > 4GiB", ["web1"]),
        ("state: running name ~ web", ["web1"]),
        ('name ~ "batch job"', [" Batch Job"]),
        ('"!=" web', []),
        ("name~.*", []),
    ],
)
def test_a_row_matches_every_word(text: str, names: list[str]) -> None:
    assert ROWS["name"][parse(text).matches(ROWS)].tolist() == names


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mem>4", "mem must be compared with a size, as in mem>4GiB, not '4'"),
        ("mem>lots", "as in mem>4GiB"),
        ("cpu>50", "as in cpu>50%"),
        ("cpu>x%", "as in cpu>50%"),
        ("cpu>nan%", "as in cpu>50%"),
        ("cpu>", "lacks what to compare with"),
        ("cpu~5", "cpu must be compared with a percentage"),
        ("vcpus>many", "as in vcpus>2"),
        ("net>3", "as in net>10MB/s"),
        ("state:runing", "state must be one of nostate, running"),
        (
            "stat:running",
            'stat is no column to filter by; there are name, host.*needs quotes: "stat:running"',
        ),
        ("name: state:running", "name: lacks what to compare with"),
        ("cpu > 50", "as in cpu>50%"),
        ("web state != running", 'a filter has no "not"'),
        ("name>web", "name is text: write name:WORD or name~PART"),
        ('"web', 'lacks a closing "'),
    ],
)
def test_a_word_that_cannot_be_read_says_how_it_is_written(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse(text)


def test_no_rows_are_no_error() -> None:
    none = ROWS.iloc[:0]
    for text in ("web", "state:running", "cpu>5%", "mem>1GiB", "host:a*"):
        assert parse(text).matches(none).tolist() == []


def test_what_is_typed_is_what_is_shown() -> None:
    hidden = with_texts(ROWS.assign(name=["a\u202eb", "x", "y", "z"]))
    assert parse("\\u202e").matches(hidden).tolist() == [True, False, False, False]


def test_a_column_is_called_by_its_header_too() -> None:
    for named, headed in (("mem>1GiB", "Memory > 1GiB"), ("net>1kB/s", "network>1kB/s")):
        assert parse(headed) == parse(named)
