"""From a domains frame to the rows of the page, and what changed between two readings."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from virtsdk.tables.rows import difference, rows_of, story
from virtsdk.tables.verbs import VERBS
from virtsdk.words import DomainState

COLUMNS = ["host", "domain", "name", "state", "vcpus", "memory_bytes", "persistent"]


def frame(*rows: tuple) -> pd.DataFrame:
    types = {"vcpus": "Int64", "memory_bytes": "Int64", "persistent": "boolean"}
    return pd.DataFrame([("kvm7", *row) for row in rows], columns=COLUMNS).astype(types)


def test_a_row_says_state_and_memory_in_words() -> None:
    rows = rows_of(frame(("u1", "web1", "shutoff", 4, 8 * 2**30, True)))
    assert rows["u1"]["label"] == "shut off"
    assert rows["u1"]["memory"] == "8 GiB"
    assert (rows["u1"]["state"], rows["u1"]["vcpus"], rows["u1"]["persistent"]) == ("shutoff", 4, True)


def test_what_the_host_did_not_say_is_empty_and_travels_as_json() -> None:
    rows = rows_of(frame(("u1", "web1", "running", pd.NA, pd.NA, pd.NA)))
    assert json.loads(json.dumps(rows)) == rows
    assert rows["u1"]["vcpus"] is None
    assert rows["u1"]["memory"] == "—"
    assert rows["u1"]["persistent"] is True


@pytest.mark.parametrize("hidden", ["\n", "\x1b[31m", "\u202e", "\u2028", "\u200b"])
def test_a_name_cannot_hide_or_reorder_text(hidden: str) -> None:
    name = rows_of(frame(("u1", f"web{hidden}1", "running", 1, 1, True)))["u1"]["name"]
    assert hidden not in name
    assert name.isprintable()


def test_only_what_changed_goes_to_the_page() -> None:
    before = rows_of(frame(("u1", "a", "running", 1, 1, True), ("u2", "b", "running", 1, 1, True)))
    after = rows_of(frame(("u1", "a", "paused", 1, 1, True), ("u3", "c", "shutoff", 1, 1, True)))
    changed, removed = difference(before, after)
    assert set(changed) == {"u1", "u3"}
    assert removed == ["u2"]
    assert difference(after, after) == ({}, [])


def test_a_story_names_what_happened() -> None:
    before = rows_of(frame(("u1", "a", "running", 1, 1, True), ("u2", "b", "running", 1, 1, True)))
    after = rows_of(frame(("u1", "a", "shutoff", 1, 1, True), ("u3", "c", "running", 1, 1, True)))
    assert story(before, before) == ""
    told = story(before, after)
    assert "a: running → shut off" in told
    assert "c is new: running" in told
    assert "1 more change" in told


def test_a_change_of_figures_alone_is_no_story() -> None:
    before = rows_of(frame(("u1", "a", "running", 1, 2**30, True)))
    after = rows_of(frame(("u1", "a", "running", 2, 2**30, True)))
    assert difference(before, after)[0]
    assert story(before, after) == ""


# one row a state: how its dot looks, and the verbs that are offered
STATES = {
    "nostate": ("off", set()),
    "running": ("good", {"shutdown", "suspend", "destroy"}),
    "blocked": ("good", {"shutdown", "suspend", "destroy"}),
    "paused": ("wait", {"resume", "destroy"}),
    "shutdown": ("off", {"destroy"}),
    "shutoff": ("off", {"start"}),
    "crashed": ("bad", {"start", "destroy"}),
    "pmsuspended": ("wait", {"destroy"}),
}


@pytest.mark.parametrize("state", DomainState)
def test_a_state_has_its_look_and_its_verbs(state: DomainState) -> None:
    kind, verbs = STATES[state]
    assert rows_of(frame(("u1", "web1", str(state), 1, 1, True)))["u1"]["kind"] == kind
    assert {name for name, verb in VERBS.items() if state in verb.to_dict()["states"]} == verbs


def test_rows_of_several_hosts_are_told_apart() -> None:
    of = frame(("u1", "web1", "running", 1, 1, True))
    first, second = rows_of(of, 0, "@0"), rows_of(of, 1, "@1")
    assert (list(first), list(second)) == (["u1@0"], ["u1@1"])
    assert (second["u1@1"]["number"], second["u1@1"]["host"]) == (1, "kvm7")
