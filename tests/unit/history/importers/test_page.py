"""docs/importers.md: its examples run, and its table says what importers really lack."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import virtsdk
from tests.unit.history.importers import test_collectd, test_sadf, test_telegraf
from tests.unit.history.importers.exporters import Guest, libvirt_exporter, over, query_range, scrapes
from tests.unit.history.importers.prometheus.test_server import prometheus
from virtsdk.history.importers.prometheus.presets import PRESETS

PAGE = (Path(__file__).resolve().parents[4] / "docs/importers.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
__all__ = ["prometheus"]


@pytest.fixture
def files(tmp_path, monkeypatch):
    """The files that the page names, in the working directory."""
    monkeypatch.chdir(tmp_path)
    metric = {"__name__": "vm:cpu_seconds:total", "hypervisor": "kvm7", "vm": "web1"}
    Path("answer.json").write_text(
        json.dumps({"result": [{"metric": metric, "values": [[10, "1"], [20, "2"]]}]})
    )
    rows = "2026-03-01 12:0{},kvm7,web1,2,50,2048,1024\n"
    Path("usage.csv").write_text("ts,hv,vm,cpus,cpu,mem,used\n" + "".join(map(rows.format, range(3))))
    Path("wide.csv").write_text("Time,web1,db1\n2026-03-01 12:00:00,1,2\n2026-03-01 12:01:00,1,2\n")
    test_collectd.write(tmp_path / "collectd/web1/virt", scrapes())
    Path("telegraf.out").write_text(test_telegraf.line_protocol(Guest(), scrapes()))
    Path("sar.csv").write_text(test_sadf.CPU)


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_its_examples_run(number, files, prometheus):
    code = BLOCKS[number].replace("http://prometheus:9090", prometheus.url).replace('"-30d"', "1772366400")
    code = code.replace("start=1772366400, step", 'start="2026-03-01 12:00", end="2026-03-01 12:30", step')
    code = code.replace('"5min"', '"1min"').replace('usage("1h")', 'usage("5min")')
    exec(compile(code, f"docs/importers.md, block {number}", "exec"), {"virtsdk": virtsdk})


@pytest.mark.parametrize("kind", ["inovex", "tinkoff", "kumina"])
def test_its_table_says_what_they_lack(kind, tmp_path):
    path = tmp_path / "answer.json"
    path.write_bytes(query_range(over(scrapes(), lambda at: libvirt_exporter(Guest(), at, kind))))
    trust = virtsdk.import_prometheus(path).trust.query("frame == 'usage'")
    words = {"memory_used_bytes": "memory used", "vcpu_delay_seconds_per_second": "delay",
             "swap_in_bytes_per_second": "swap_in", "agent_seen": "agent_seen"}  # fmt: skip
    (row,) = re.findall(rf"\| `{kind}` \| (.*) \|", PAGE)
    assert set(row.split(", ")) == {words[one] for one in trust["column"]}


def test_its_table_has_all_presets():
    assert re.findall(r"\| `(\w+)` \|", PAGE) == list(PRESETS)
