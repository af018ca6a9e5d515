"""One module reads documents, and what is held of it is held of all."""

import ast
from pathlib import Path

import virtsdk

PACKAGE = Path(virtsdk.__file__).parent


def test_only_the_reader_parses_documents():
    """What is held of the reader is held of all: no other module makes a parser, or takes lxml's own."""
    makers = {"XMLParser", "XMLPullParser", "HTMLParser", "fromstring", "parse", "XML", "XMLID", "iterparse"}
    other = ("xml.etree", "xml.dom", "xml.sax.make", "xml.sax.exp", "xml.parsers", "defusedxml", "bs4")
    found = set()
    for path in PACKAGE.rglob("*.py"):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                found |= {name} if (node.module or "").startswith(other) else set()
            elif isinstance(node, ast.Import):
                found |= {name for each in node.names if each.name.startswith(other)}
            elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "etree":
                found |= {name} if node.attr in makers else set()
    # the limits' parser builds nothing and loads nothing; the grammars are libvirt's and our own; a picture
    # of a chart was drawn a moment before
    grammars = {"xml._validate._installed", "xml._validate._relaxng"}
    assert found == {"xml._reader", "xml._limits", "display.chart_picture"} | grammars
