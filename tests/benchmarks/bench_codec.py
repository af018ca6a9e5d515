"""`xml.parse` and `xml.render` on libvirt's own domain documents, beside lxml, stock xsdata and virtinst."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

from lxml import etree
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.serializers import XmlSerializer

from tests.benchmarks.figures import report
from tests.conformance.corpus import documents
from virtsdk import xml
from virtsdk.models.domain import DomainDef

GOAL = 5  # times lxml, for both

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
    _stock(texts[::10], models[::10])
    _virtinst([document.path for document in found])


def _stock(texts, models) -> None:
    parser, serializer = XmlParser(), XmlSerializer()
    pairs = [
        (text, model) for text, model in zip(texts, models, strict=True) if model.metadata is None
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
