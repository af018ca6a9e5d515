"""Changes of the node's network that are taken back where they go wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import virtsdk
from virtsdk import errors

DOCUMENT = """<interface type='ethernet' name='eth8'><start mode='none'/>
<mac address='52:54:00:00:00:08'/></interface>"""


@pytest.fixture
def opened() -> Iterator[virtsdk.Host]:
    with virtsdk.connect("test:///default") as host:
        yield host
        left = host.interfaces.find("eth8")
        if left is not None:
            left.undefine()


def test_a_transaction_keeps_what_went_well(opened: virtsdk.Host) -> None:
    with opened.interfaces.transaction() as change:
        opened.interfaces.define(DOCUMENT)
        with pytest.raises(errors.InvalidState, match="another transaction"):
            opened.interfaces.transaction()
    assert change.state == "committed"
    assert opened.interfaces.by_mac("52:54:00:00:00:08").name == "eth8"
    with pytest.raises(errors.InvalidState):
        change.commit()


def test_an_exception_takes_back_what_was_changed(opened: virtsdk.Host) -> None:
    with pytest.raises(KeyError), opened.interfaces.transaction() as change:
        opened.interfaces.define(DOCUMENT)
        raise KeyError
    assert change.state == "rolled back"
    assert repr(change).endswith(", rolled back>")
    assert "eth8" not in opened.interfaces


def test_one_that_was_ended_in_the_block_is_not_ended_again(opened: virtsdk.Host) -> None:
    with opened.interfaces.transaction() as change:
        opened.interfaces.define(DOCUMENT)
        change.roll_back()
    assert "eth8" not in opened.interfaces


def test_what_went_wrong_first_is_what_is_raised(opened: virtsdk.Host) -> None:
    with pytest.raises(KeyError) as caught, opened.interfaces.transaction():
        opened.session.call("end", "it", lambda conn: conn.changeRollback(0))
        raise KeyError
    assert "was not rolled back" in caught.value.__notes__[0]


def test_by_mac(opened: virtsdk.Host) -> None:
    assert opened.interfaces.by_mac("AA:BB:CC:DD:EE:FF").name == "eth1"
    with pytest.raises(errors.InterfaceNotFound):
        opened.interfaces.by_mac("52:54:00:00:00:99")
    for wrong in ("eth1", "52:54", "", 3):
        with pytest.raises(ValueError, match="mac must be"):
            opened.interfaces.by_mac(wrong)  # type: ignore[arg-type]
