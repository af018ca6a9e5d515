"""The user guide as it is written: each page answers in its first cell, and what it names is there.

Cells run when the site is built; here run the blocks beside them, which need a site of one's own.
"""

from __future__ import annotations

import importlib
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

import virtsdk
from tests.unit.history.importers.prometheus.test_server import prometheus
from tests.waiting import until
from virtsdk import capacity, cli

__all__ = ["prometheus"]

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide"
INDEX = (GUIDE / "index.md").read_text()
PAGES = {path.stem: path.read_text() for path in sorted(GUIDE.glob("*.md")) if path.stem != "index"}
QUESTIONS = sorted(PAGES.keys() - {"concepts"})
FENCED = re.compile(r"^```(\S+)[^\n]*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
HIDDEN = re.compile(r"tags: \[(hide|remove)-cell\]")


def prose(page: str) -> str:
    return FENCED.sub("", PAGES[page])


def blocks(page: str, kind: str) -> list[str]:
    return [code for found, code in FENCED.findall(PAGES[page]) if found == kind]


def test_the_questions_are_few_and_the_index_leads_to_each() -> None:
    assert 10 <= len(QUESTIONS) <= 16
    for page in PAGES:
        assert re.search(rf"\]\({page}\.md\)", INDEX), f"no card of the index leads to {page}"
        assert re.search(rf"^{page}$", INDEX, re.MULTILINE), f"{page} is in no toctree"


@pytest.mark.parametrize("page", QUESTIONS)
def test_a_page_answers_first_and_says_when_it_misleads(page: str) -> None:
    text = PAGES[page]
    assert re.search(r"^# .*\n\nYou get ", text, re.MULTILINE), "it does not begin with what the reader gets"
    shown = [code for code in blocks(page, "{code-cell}") if not HIDDEN.search(code)]
    assert len(shown[0].splitlines()) <= 10, "the answer takes more than ten lines"
    last = shown[0].splitlines()[-1].strip()
    assert " = " not in last and not last.startswith(("import", "from")), "the first cell shows no answer"
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    wanted = ["Narrow it", "When it misleads", "Where to go on"]
    assert [one for one in headings if one in wanted] == wanted
    onward = text.split("## Where to go on")[1]
    assert "{py:" in onward or "{doc}" in onward
    assert len(text.split("## When it misleads")[1].split("##")[0].split("\n- **")) > 3


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_refers_to_in_python_is_there(page: str) -> None:
    for _, path in re.findall(r"\{py:(\w+)\}`[^`<]*?<?([\w.]+)>?`", PAGES[page]):
        found: Any = importlib.import_module("virtsdk")
        for name in path.split(".")[1:]:
            found = getattr(found, name)


HANDLES: dict[str, list[type]] = {
    "host": [virtsdk.Host],
    "guest": [virtsdk.Domain],
    "fleet": [capacity.Fleet, virtsdk.HostFleet],
    "emptied": [capacity.Fleet],
    "recording": [virtsdk.Recording],
}
MODULES = {"capacity": capacity, "xml": virtsdk.xml, "virtsdk": virtsdk}


@pytest.mark.parametrize("page", PAGES)
def test_each_name_in_its_sentences_is_one_of_virtsdk(page: str) -> None:
    spans = re.findall(r"(?<![}`])`([^`]+)`", prose(page))
    for span in spans:
        for handle, name in re.findall(r"(?<![\w.\"'/-])(\w+)\.([a-z_]+)\b", span):
            owners = HANDLES.get(handle) or ([MODULES[handle]] if handle in MODULES else [])
            if owners and f"{handle}.{name}" != "virtsdk.audit":  # the logger
                assert any(hasattr(one, name) for one in owners), f"{span}: no {name}"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working directory of a reader: a hosts file of three hosts, and a recording."""
    monkeypatch.chdir(tmp_path)
    cpu = "<active>16</active><nodes>1</nodes><sockets>1</sockets><cores>16</cores><threads>1</threads>"
    for number in (7, 8, 9):
        guest = (
            f"<domain type='test'><name>web{number}</name><memory>1048576</memory><os><type>hvm</type></os>"
        )
        node = f"<node><cpu>{cpu}</cpu><memory>67108864</memory>{guest}</domain></node>"
        Path(f"kvm{number}.xml").write_text(node)
    hosts = [f"[hosts.kvm{n}]\nuri = 'test://{tmp_path}/kvm{n}.xml'" for n in (7, 8, 9)]
    Path("hosts.toml").write_text("\n".join(hosts))
    shutil.copytree(virtsdk.example_recording().directory, "history")


def run(page: str, code: str, **names: Any) -> dict[str, Any]:
    space: dict[str, Any] = {"virtsdk": virtsdk, "capacity": capacity, "xml": virtsdk.xml, **names}
    exec(compile(code, f"docs/guide/{page}.md", "exec"), space)
    return space


def test_its_other_blocks_are_those_that_run_here() -> None:
    assert {
        f"docs/guide/{page}.md": len(blocks(page, "python")) for page in PAGES if blocks(page, "python")
    } == {
        "docs/guide/bring_history.md": 1,
        "docs/guide/lose_a_host.md": 1,
        "docs/guide/what_changed.md": 1,
        "docs/guide/who_steals_cpu.md": 1,
    }


def test_a_server_s_history(prometheus: Any) -> None:
    (code,) = blocks("bring_history", "python")
    for old, new in [
        ("http://prometheus:9090", prometheus.url),
        ('start="-90d"', 'start="2026-03-01 12:00", end="2026-03-01 12:30"'),
        ("5min", "1min"),
    ]:
        assert old in code
        code = code.replace(old, new)
    assert len(run("bring_history", code)["history"].usage("5min"))


def test_other_failures(site: None) -> None:
    (code,) = blocks("lose_a_host", "python")
    assert run("lose_a_host", code)["fleet"].n_plus(1).ok is True


def test_who_steals_with_pins_and_memory(site: None) -> None:
    (code,) = blocks("who_steals_cpu", "python")
    assert '"1min", start="-1h"' in code
    with virtsdk.connect("test:///default") as host:
        code = code.replace('"1min", start="-1h"', '"2h"')
        run("who_steals_cpu", code, host=host, recording=virtsdk.open_recording("history"))


def test_what_changed_since(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (code,) = blocks("what_changed", "python")
    with virtsdk.connect("test:///default") as host:
        guest = host.domains["test"]
        recorder = virtsdk.record(host, "history", interval="0.1s", flush="0.2s", include=["definitions"])
        recording = virtsdk.open_recording("history")
        until(lambda: (tmp_path / "history/recording.json").exists() and len(recording.definitions()))
        known = recorder.samples
        until(lambda: recorder.samples > known + 3)
        before = recording.end
        guest.set_title("changed")
        until(lambda: "changed" in "".join(recording.definitions()["definition"]))
        recorder.stop()
    assert before is not None
    found = run("what_changed", code.replace('"-1d"', repr(str(before))).replace("web1", "test"))
    changes = virtsdk.xml.diff(*(virtsdk.xml.parse(found[name]["test"]) for name in ("then", "now")))
    assert [change.path for change in changes] == ["title"]


@pytest.mark.parametrize("page", [page for page in PAGES if "console" in PAGES[page]])
def test_each_command_is_one(page: str) -> None:
    for block in blocks(page, "console"):
        for line in block.splitlines():
            program, *words = shlex.split(line.removeprefix("$ "), comments=True)
            assert program == "virtsdk"
            cli.parser_of_all().parse_args(words)
