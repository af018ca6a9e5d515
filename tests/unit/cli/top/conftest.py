"""A host of guests of the test driver."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest

from tests.unit.cli.top.typed import GUEST, NODE


@pytest.fixture
def uri(tmp_path):
    """Give the URI of a host whose guests have these names, each with 64 MiB and a vCPU more."""

    def make(*names: str) -> str:
        guests = (GUEST.format(escape(name), 64 * place, place) for place, name in enumerate(names, 1))
        path = tmp_path / f"node{len(list(tmp_path.iterdir()))}.xml"
        path.write_text(NODE.format("".join(guests)))
        return f"test://{path}"

    return make
