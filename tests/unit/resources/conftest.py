"""Hosts of the test driver, each with a node file of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

import virtsdk

NodeFile = Callable[..., str]


def domain_xml(name: str, number: int, *, state: int = 1, extra: str = "") -> str:
    return f"""<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
      <name>{escape(name)}</name><uuid>00000000-0000-4000-8000-{number:012x}</uuid>
      <memory unit='KiB'>{1048576 * number}</memory><currentMemory unit='KiB'>524288</currentMemory>
      <vcpu>{number}</vcpu><os><type arch='i686'>hvm</type></os>
      <test:runstate>{state}</test:runstate>{extra}</domain>"""


@pytest.fixture
def node_file(tmp_path: Path) -> NodeFile:
    """Write a test-driver node with these domains; gives its URI."""

    def write(*domains: str) -> str:
        path = tmp_path / "node.xml"
        path.write_text(f"<node>{''.join(domains)}</node>", encoding="utf-8")
        return f"test://{path}"

    return write


@pytest.fixture
def host(node_file: NodeFile) -> Iterator[virtsdk.Host]:
    """A host with three domains: web1 runs, web2 is off, db1 is paused."""
    uri = node_file(domain_xml("web1", 1), domain_xml("web2", 2, state=5), domain_xml("db1", 3, state=3))
    with virtsdk.connect(uri) as opened:
        yield opened
