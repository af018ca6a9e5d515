"""Names that would break a page or a terminal, on the real test driver."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

import virtsdk
from virtsdk import errors

from .conftest import NodeFile, domain_xml

NAMES = {
    "script": "<script>alert('x')<b>",
    "attribute": "\"onmouseover='alert(1)' x=\"",
    "entity": "&lt;b&gt; & &#60;",
    "long": ("Überwachung-日本語-🐧-" * 20)[:255],
    "bytes": "é" * 127 + "z",
    "reorder": "web\u202egnp.exe",
    "invisible": "we\u200bb1",
    "markdown": "[x](javascript:alert(1)) `code` $math$",
    "format": "{name} %s %(x)s",
    "edges": " padded ",
}


class Page(HTMLParser):
    """The elements and the text that a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_hostile_name_is_escaped_and_readable_everywhere(name: str, node_file: NodeFile) -> None:
    with virtsdk.connect(node_file(domain_xml(name, 1))) as host:
        guest = host.domains[name]
        assert guest.name == name
        assert host.domains.frame()["name"].tolist() == [name]
        visible = name.replace("\u202e", "\\u202e").replace("\u200b", "\\u200b")
        for html in (guest._repr_html_(), host.domains._repr_html_(), host._repr_html_()):
            page = Page(html)
            assert page.tags <= {"div", "style", "p", "strong", "small", "table", "thead", "tbody"} | {
                "tr",
                "th",
                "td",
                "caption",
            }
            assert page.attributes <= {"class", "scope"}
        assert visible in Page(guest._repr_html_()).words
        for text in (repr(guest), repr(host.domains)):
            assert "\u202e" not in text
            assert "\u200b" not in text
            assert text.isprintable() or text.count("\n") == 2
        assert visible in repr(guest)
        guest.suspend()
        with pytest.raises(errors.VirtError) as caught:
            guest.suspend()
        assert "\u202e" not in str(caught.value)


def test_a_newline_in_a_title_or_a_log_line_stays_on_its_line() -> None:
    # libvirt itself refuses a domain name with a newline; other texts may have one
    from virtsdk.display import html, text

    assert text.printable("web\n1\r\t\x1b[31m") == "web\\n1\\r\\t\\x1b[31m"
    assert html.escape("a\nb") == "a\\nb"


def test_libvirt_refuses_a_newline_in_a_name(host: virtsdk.Host) -> None:
    with pytest.raises(errors.XmlError) as caught:
        host.domains.define(
            "<domain type='test'><name>a\nb</name><memory>1024</memory><os><type>hvm</type></os></domain>"
        )
    assert "\n" not in str(caught.value)
    with pytest.raises(errors.DomainNotFound, match=r"'a\\nb'"):
        host.domains["a\nb"]
