"""Models of libvirt's own domain documents: read, written, copied, kept; beside lxml, xsdata and virtinst."""

from __future__ import annotations

import copy
import gc
import json
import subprocess
import time
from pathlib import Path

from lxml import etree
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.serializers import XmlSerializer

from tests.benchmarks.figures import in_fresh_process, report
from tests.conformance.corpus import documents
from virtsdk import xml
from virtsdk.models.domain import DomainDef

GOAL = 3.5  # times lxml, for both
KEPT = 1.5  # what each of 10,000 models that are kept may cost, times each of 100

FIRST = """
import sys, time
from virtsdk import xml
from virtsdk.models.domain import DomainDef
text = {text!r}
models = [xml.parse(text, DomainDef)] if {parsed} else []
begin = time.process_time()
{code}
print(time.process_time() - begin)
"""

VIRTINST = """
import json, sys, time
sys.path.insert(0, "/usr/share/virt-manager")  # where Debian's package has it
from virtinst import Guest, VirtinstConnection
conn = VirtinstConnection("test:///default")
conn.open(None, None)
read = written = count = 0
for path in json.load(sys.stdin):
    text = open(path, encoding="utf-8").read()
    start = time.perf_counter()
    guest = Guest(conn, parsexml=text)
    middle = time.perf_counter()
    guest.get_xml()
    read += middle - start
    written += time.perf_counter() - middle
    count += 1
print(json.dumps([read / count, written / count]))
"""


def per_item(functions, items, repeat=15, batch=50):
    """Best CPU time an item of each function in seconds, in turns and small batches: others disturb few."""
    total = [0.0] * len(functions)
    count = len(items[0])
    for start in range(0, count, batch):
        best = [float("inf")] * len(functions)
        for _ in range(repeat):
            for position, (function, given) in enumerate(zip(functions, items, strict=True)):
                part = given[start : start + batch]
                begin = time.process_time()
                for item in part:
                    function(item)
                best[position] = min(best[position], time.process_time() - begin)
        total = [sum(pair) for pair in zip(total, best, strict=True)]
    return [seconds / count for seconds in total]


def main() -> None:
    """Print microseconds a document and the ratios to lxml."""
    found = [document for document in documents() if document.kind == "domain"]
    texts = [document.data for document in found]
    elements = sum(1 for text in texts for _ in etree.fromstring(text).iter("*")) / len(texts)
    print(f"  {len(texts)} domain documents of {elements:.0f} elements on average")
    read_lxml, read = per_item([etree.fromstring, lambda text: xml.parse(text, DomainDef)], [texts, texts])
    models = [xml.parse(text, DomainDef) for text in texts]
    trees = [etree.fromstring(text) for text in texts]
    write_lxml, write = per_item([etree.tostring, xml.render], [trees, models])
    report("lxml.etree.fromstring", read_lxml * 1e6, "us")
    report("xml.parse", read * 1e6, "us")
    report("xml.parse / lxml.etree.fromstring", read / read_lxml, "x", bar=GOAL)
    report("lxml.etree.tostring", write_lxml * 1e6, "us")
    report("xml.render", write * 1e6, "us")
    report("xml.render / lxml.etree.tostring", write / write_lxml, "x", bar=GOAL)
    copy_lxml, copied, read = per_item(
        [copy.deepcopy, copy.deepcopy, lambda text: xml.parse(text, DomainDef)],
        [trees, models, texts],
        repeat=5,
    )
    report("copy.deepcopy of lxml's element", copy_lxml * 1e6, "us")
    report("copy.deepcopy of the model", copied * 1e6, "us")
    report("copy.deepcopy / xml.parse", copied / read, "x", bar=1)
    typical = min(texts, key=lambda text: abs(text.count(b"<") - 220))
    _kept(typical)
    _first(typical)
    _stock(texts[::10], models[::10])
    _virtinst([document.path for document in found])


def _kept(text: bytes) -> None:
    def each(count: int) -> float:
        gc.collect()
        begin = time.process_time()
        kept = [xml.parse(text, DomainDef) for _ in range(count)]
        return (time.process_time() - begin) / len(kept)

    few, many = min(each(100) for _ in range(20)), min(each(10_000) for _ in range(3))
    report("xml.parse, each of 100 that are kept", few * 1e6, "us")
    report("xml.parse, each of 10,000 that are kept", many * 1e6, "us")
    report("each of 10,000 / each of 100", many / few, "x", bar=KEPT)


def _first(text: bytes) -> None:
    """Report what the first document of a process costs, its models imported: code that is not there yet."""
    for name, code, parsed in (
        ("xml.parse", "xml.parse(text, DomainDef)", False),
        ("xml.render", "xml.render(models[0])", True),
        ("copy.deepcopy", "import copy; copy.deepcopy(models[0])", True),
    ):
        source = FIRST.format(text=text, code=code, parsed=parsed)
        report(f"first {name} of a process", min(in_fresh_process(source) for _ in range(5)) * 1e3, "ms")


def _stock(texts, models) -> None:
    parser, serializer = XmlParser(), XmlSerializer()
    pairs = [
        (text, model) for text, model in zip(texts, models, strict=True) if not model.metadata
    ]  # xsdata has no form for free content
    read, write = per_item(
        [lambda text: parser.from_bytes(text, DomainDef), serializer.render],
        [[text for text, _ in pairs], [model for _, model in pairs]],
        repeat=3,
    )
    report("stock xsdata, parse", read * 1e6, "us")
    report("stock xsdata, render", write * 1e6, "us")


def _virtinst(paths: list[Path]) -> None:
    command = ["/usr/bin/python3", "-c", VIRTINST]
    given = json.dumps([str(path) for path in paths])
    try:
        done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=120, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"  virtinst: n/a ({error})")
        return
    if done.returncode:
        print(f"  virtinst: n/a ({(done.stderr.strip().splitlines() or ['no reason given'])[-1]})")
        return
    read, write = json.loads(done.stdout)
    report("virtinst, parse", read * 1e6, "us")
    report("virtinst, render", write * 1e6, "us")


if __name__ == "__main__":
    main()
