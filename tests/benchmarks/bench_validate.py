"""`xml.validate` on libvirt's own domain documents, beside a validator without places, and one with them."""

from __future__ import annotations

import re
import time

import xmlschema
from lxml import etree

from schemas.generate import XSD
from tests.benchmarks.bench_codec import per_item
from tests.benchmarks.figures import report
from tests.conformance.corpus import documents
from virtsdk import xml
from virtsdk.models.domain import DomainDef
from virtsdk.xml._validate import _relaxng

DISK = re.compile(rb"(<disk .*?<target dev=)'[^']*'", re.DOTALL)


def main() -> None:
    """Print microseconds a document, right and with a fault, and the ratios to the peers."""
    grammar = _relaxng.grammar("DomainDef")
    texts = [document.data for document in documents() if document.kind == "domain"][::4]
    texts = [text for text in texts if grammar.validate(etree.fromstring(text))]
    spoilt = [DISK.sub(rb"\1'what'", text, count=1) for text in texts]
    wrong = [text for text in spoilt if not grammar.validate(etree.fromstring(text))][::4]
    print(f"  {len(texts)} domain documents, {len(wrong)} with a fault")

    def libxml2(text: bytes) -> bool:
        return grammar.validate(etree.fromstring(text))

    def ours(text: bytes) -> list[xml.Finding]:
        return xml.validate(text, DomainDef)

    alone, validate = per_item([libxml2, ours], [texts, texts], repeat=5)
    report("lxml.etree.RelaxNG", alone * 1e6, "us")
    report("xml.validate", validate * 1e6, "us")
    report("xml.validate / lxml.etree.RelaxNG", validate / alone, "x", bar=3)

    begin = time.process_time()
    schema = xmlschema.XMLSchema11(str(XSD / "domain.xsd"))
    load_xsd = time.process_time() - begin

    def located(text: bytes) -> int:
        return len(list(schema.iter_errors(etree.fromstring(text))))

    peer, named = per_item([located, ours], [wrong, wrong], repeat=3)
    report("xmlschema, a document with a fault", peer * 1e6, "us")
    report("xml.validate, a document with a fault", named * 1e6, "us")
    report("xml.validate / xmlschema, a document with a fault", named / peer, "x", bar=3)
    report("xmlschema, to load the XSD", load_xsd * 1e3, "ms")
    report("the rules, to load", _load() * 1e3, "ms")


def _load() -> float:
    """Seconds to make the validator of domains anew."""
    from virtsdk.xml._validate import _rules

    for cached in (_rules._load, _rules.define, _rules.root, _relaxng.grammar):
        cached.cache_clear()
    begin = time.process_time()
    _relaxng.grammar("DomainDef")
    return time.process_time() - begin


if __name__ == "__main__":
    main()
