"""Figures of the guests while somebody looks at them."""

from __future__ import annotations

import threading
import time

import pandas as pd
import pytest

import virtsdk
from tests.unit.widgets.explorer.conftest import names, threads_of_explorers
from tests.waiting import until
from virtsdk import errors
from virtsdk.events import Reconnected
from virtsdk.tables.columns import FIGURES
from virtsdk.tables.source import Source
from virtsdk.widgets import Explorer
from virtsdk.widgets.explorer import sampling


def test_samples_are_taken_while_somebody_looks(host: virtsdk.Host, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[object] = []
    stats = type(host).stats
    monkeypatch.setattr(type(host), "stats", lambda self, *some: taken.append(some) or stats(self, *some))
    with host.explore(every=0.05) as explorer:
        time.sleep(0.3)
        assert taken == []
        explorer._on_message(explorer, {"kind": "look", "page": "p", "visible": True}, [])
        until(lambda: len(taken) >= 2)
        explorer._on_message(explorer, {"kind": "look", "page": "p", "visible": False}, [])
        until(lambda: not explorer._looks)
        number = len(taken)
        time.sleep(0.3)
        assert len(taken) <= number + 1  # one was at it
        explorer._on_message(explorer, {"kind": "look", "page": "p", "visible": True}, [])
        until(lambda: len(taken) > number)
        explorer._looks._until["p"] = 0.0  # the page went without a word
        until(lambda: not explorer._looks)
    until(lambda: not threads_of_explorers())


def test_figures_are_there_again_as_soon_as_the_connection_is(host, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, ends = threading.Event(), threading.Event()

    def hanging(*_: object) -> None:
        asked.set()
        ends.wait(30)
        raise errors.ConnectionLost("the connection was lost")

    with host.explore(every=0.05) as explorer:
        explorer._on_message(explorer, {"kind": "look", "page": "p", "visible": True}, [])
        (source,) = explorer._sources
        until(lambda: source._earlier is not None)
        with monkeypatch.context() as broken:
            broken.setattr(source, "sample", hanging)
            assert asked.wait(30)
            broken.setattr(sampling, "_SAMPLE_SHARE", 10_000)  # after a call that hung for long
            time.sleep(0.1)
            ends.set()
            until(lambda: source._earlier is None)
        now = pd.Timestamp.now("UTC").to_pydatetime()
        source.events._inbox.put(Reconnected(host=host.name, time=now, gap_seconds=1.0))
        until(lambda: source._earlier is not None)
    until(lambda: not threads_of_explorers())


@pytest.mark.usefixtures("unsampled")
def test_figures_reach_the_page_the_frame_and_the_filter(explorer: Explorer, host, monkeypatch) -> None:
    sent: list[tuple] = []
    monkeypatch.setattr(Explorer, "send", lambda self, message, buffers=None: sent.append((message, buffers)))
    uuids = {f"web{i}": host.domains[f"web{i}"].uuid for i in (1, 2)}
    values = pd.DataFrame(
        [[80.0, 2**31, 1e6, 0.0, None], [10.0, 2**30, 0.0, 0.0, None]], columns=list(FIGURES)
    )
    values.index = [uuids["web1"], uuids["web2"]]
    explorer.filter = "cpu>50%"
    assert names(explorer.frame) == []
    explorer._show(explorer._sources[0], values.astype(float))
    assert names(explorer.frame) == ["web1"]
    assert int(explorer.shown, 16).bit_count() == 1
    assert explorer.frame["memory_used_bytes"].tolist() == [2**31]
    (figures,) = [buffers for message, buffers in sent if message["kind"] == "figures"]
    assert [len(one) for one in figures] == [2 * 4, 2 * 4 * len(FIGURES)]
    explorer.filter, explorer.sort = "cpu>1%", "cpu"
    assert names(explorer.frame) == ["web2", "web1"]
    explorer.filter = ""
    assert names(explorer.frame)[:3] == ["web2", "web1", "web3"]  # what is not known comes last
    explorer.sort = "-cpu"
    assert names(explorer.frame)[:3] == ["web1", "web2", "web3"]
    explorer._show(explorer._sources[0], None)  # a gap: figures of before are not those of now
    assert explorer.frame["cpu_percent"].notna().sum() == 0


def test_figures_are_not_those_since_a_sample_of_long_ago(host: virtsdk.Host) -> None:
    source = Source(host)
    assert source.sample(60) is None  # there was none before
    assert source.sample(0) is None
    figures = source.sample(60)
    assert figures is not None
    assert list(figures.columns) == list(FIGURES)
    assert set(figures.index) <= {domain.uuid for domain in host.domains}
    source.forget()
    assert source.sample(60) is None
    source.close()


def test_no_sample_is_taken_of_guests_whose_tab_is_not_shown(host, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[object] = []
    stats = type(host).stats
    monkeypatch.setattr(type(host), "stats", lambda self, *some: taken.append(some) or stats(self, *some))
    with host.explore(every=0.05) as explorer:
        explorer._on_message(explorer, {"kind": "look", "page": "p", "visible": True}, [])
        until(lambda: len(taken) >= 2)
        explorer.tab = "networks"
        until(lambda: explorer._sources[0]._earlier is None)  # its worker waits
        number = len(taken)
        time.sleep(0.3)
        explorer.refresh()
        assert len(taken) == number
        explorer.tab = "guests"
        until(lambda: len(taken) > number)
    until(lambda: not threads_of_explorers())
