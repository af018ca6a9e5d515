"""Nothing outside of a document is opened because the document says so."""

import os
import subprocess
import sys
from pathlib import Path

import virtsdk

PACKAGE = Path(virtsdk.__file__).parent

# A FIFO that nobody writes: who opens it waits until the alarm ends the process.
OPENS_NOTHING = """
import signal, sys
from virtsdk import xml
from virtsdk.errors import XmlError
from virtsdk.model import Extras, Stray
from virtsdk.models.domain import DomainDef, Metadata
fifo = sys.argv[1]
documents = {
    "system": f'<!DOCTYPE domain SYSTEM "{fifo}"><domain/>',
    "public": f'<!DOCTYPE domain PUBLIC "name" "{fifo}"><domain/>',
    "parameter entity": f'<!DOCTYPE domain [<!ENTITY % x SYSTEM "{fifo}"> %x;]><domain/>',
    "entity": f'<!DOCTYPE domain [<!ENTITY x SYSTEM "{fifo}">]><domain>&x;</domain>',
    "entity in a value": f'<!DOCTYPE domain [<!ENTITY x SYSTEM "{fifo}">]><domain type="&x;"/>',
    "with free XML": f'<!DOCTYPE domain SYSTEM "{fifo}"><domain><metadata/></domain>',
    "schema location":
        f'<domain xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x {fifo}"/>',
    "schema location without a namespace":
        '<domain xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:noNamespaceSchemaLocation="{fifo}"><x/></domain>',
    "include": f'<domain xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{fifo}"/></domain>',
    "instruction": f'<?xml-stylesheet href="{fifo}"?><?xml-model href="{fifo}"?><domain/>',
}
ways = {
    "parse": lambda text: xml.parse(text),
    "parse bytes": lambda text: xml.parse(text.encode(), DomainDef),
    "parse UTF-16": lambda text: xml.parse(f'<?xml version="1.0" encoding="utf-16"?>{text}'.encode("utf-16")),
    "parse UTF-16 without a mark": lambda text: xml.parse(text.encode("utf-16-le")),
    "validate": lambda text: xml.validate(text),
    "validate by XSD": lambda text: xml.validate(text, relaxng=None),
    "render free XML": lambda text: xml.render(DomainDef(metadata=Metadata(content=text))),
    "render unknown parts": lambda text: xml.render(DomainDef(extras=Extras(content=[Stray(None, text)]))),
    "extras": lambda text: xml.extras(DomainDef(extras=Extras(content=[Stray(None, text)]))),
}
for limit in (xml.limits.depth, 1000):
    xml.limits.depth = limit
    for document, text in documents.items():
        for way, function in ways.items():
            print(f"{document}, {way}, depth {limit}", flush=True)
            signal.alarm(30)
            try:
                function(text)
            except (XmlError, SyntaxError):
                pass
print("done")
"""


def test_nothing_outside_is_opened(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    done = subprocess.run(
        [sys.executable, "-c", OPENS_NOTHING, tmp_path / "fifo"], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == "done", done.stderr
    assert len(done.stdout.splitlines()) > 100
