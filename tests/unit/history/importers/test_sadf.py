"""`import_sadf`: shares of CPUs and memory of machines; restarts; sections of one file."""

from __future__ import annotations

import io

import pytest

from virtsdk.errors import RecordingError
from virtsdk.history.importers.sadf import import_sadf

CPU = """# hostname;interval;timestamp;CPU;%user;%nice;%system;%iowait;%steal;%idle
kvm7;-1;2026-03-01 00:00:00 UTC;LINUX-RESTART	(2 CPU)
kvm7;600;2026-03-01 00:10:01 UTC;-1;20.00;5.00;5.00;10.00;0.00;60.00
kvm7;600;2026-03-01 00:10:01 UTC;0;40.00;0.00;10.00;0.00;0.00;50.00
kvm7;600;2026-03-01 00:10:01 UTC;1;0.00;10.00;0.00;20.00;0.00;70.00
kvm7;600;2026-03-01 00:20:01 UTC;-1;40.00;0.00;10.00;0.00;0.00;50.00
"""
MEMORY = """# hostname;interval;timestamp;kbmemfree;kbavail;kbmemused;%memused;kbbuffers;kbcached
kvm7;600;2026-03-01 00:10:01 UTC;4194304;6291456;4194304;50.00;1024;2097152
"""


def taken(text, **options):
    return import_sadf(io.StringIO(text), **options)


def test_shares_of_cpus_are_seconds_a_second():
    found = taken(CPU)
    total = found.node_rates().total
    assert total["busy_percent"].tolist() == [30.0, 50.0]
    assert total["user_seconds_per_second"].tolist() == [0.5, 0.8]
    assert total["seconds"].tolist() == [600.0, 600.0]
    assert str(total["time"].iloc[0]) == "2026-03-01 00:10:01+00:00"
    cpus = found.node_rates().cpus
    assert cpus[["cpu", "busy_percent"]].round(6).to_numpy().tolist() == [[0, 50.0], [1, 10.0]]
    assert found.hosts["cpus"].tolist() == [2]
    assert "restarted" in found.trust["reason"].str.cat()
    assert found.left_out["metric"].tolist() == ["%steal"]
    with pytest.raises(ValueError, match="no figures of domains"):
        found.usage()


def test_the_long_form_has_guests_apart():
    text = """# hostname;interval;timestamp;CPU;%usr;%nice;%sys;%iowait;%steal;%irq;%soft;%guest;%gnice;%idle
kvm7;60;1772366400;-1;10;0;5;0;0;1;4;30;0;50
kvm7;60;1772366460;-1;10;0;5;0;0;1;4;30;0;50
"""
    total = taken(text).node_rates().total
    assert total["busy_percent"].tolist() == [50.0, 50.0]
    assert total["user_seconds_per_second"].tolist() == [0.4, 0.4]
    assert "how many CPUs" in taken(text).trust["reason"].str.cat()


def test_memory_in_another_section():
    found = taken(CPU + MEMORY)
    assert found.hosts["memory_bytes"].tolist() == [8 * 2**30]
    assert found.frames["node.memory"]["memory_cached_bytes"].tolist() == [2 * 2**30]
    newer = MEMORY.replace("4194304;50.00", "2097152;25.00")
    assert taken(newer).hosts["memory_bytes"].tolist() == [8 * 2**30]
    assert "two decimals" in taken(newer).trust["reason"].str.cat()


def test_local_times_want_a_zone():
    local = CPU.replace(" UTC", "")
    with pytest.raises(RecordingError, match="line 3: 2026-03-01 00:10:01 has no time zone: give tz="):
        taken(local)
    assert str(taken(local, tz="Europe/Berlin").start) == "2026-02-28 23:10:01+00:00"


def test_what_has_no_column_is_listed():
    other = "# hostname;interval;timestamp;DEV;tps\nkvm7;600;2026-03-01 00:10:01 UTC;sda;1.00\n"
    assert taken(CPU + other).left_out["metric"].tolist() == ["%steal", "DEV tps"]
    with pytest.raises(RecordingError, match="no CPUs and no memory in it: sadf -d"):
        taken(other)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "600;2026-03-01 00:20:01 UTC;-1;40.00",
            "600;2026-03-01 00:20:01 UTC;-1;many",
            "line 6: 'many' in column '%user'",
        ),
        (";50.00\n", "\n", "line 4: 9 columns of 10: expected what sadf -d writes"),
        ("# hostname", "# host", "line 3: 10 columns of 10: expected what sadf"),
        ("00:20:01 UTC", "25:20:01 UTC", "line 6: .* is no time"),
    ],
)
def test_a_bad_line_is_named(old, new, says):
    with pytest.raises(RecordingError, match=says):
        taken(CPU.replace(old, new, 1))
