"""`virtsdk diff` and `virtsdk validate`: lines for people, JSON and an exit status for scripts."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from virtsdk import cli

WEB = """<domain type='kvm'>
  <name>web1</name>
  <memory unit='MiB'>1024</memory>
  <os><type>hvm</type></os>
  <devices>
    <disk type='file' device='disk'><source file='/a'/><target dev='vda'/></disk>
    <graphics type='vnc' passwd='hush-hush'/>
  </devices>
</domain>
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("web.xml").write_text(WEB)
    Path("alike.xml").write_text(WEB.replace("'MiB'>1024", "'GiB'>1").replace("'", '"'))
    Path("other.xml").write_text(WEB.replace("/a", "/b").replace("hush-hush", "hush"))
    Path("wrong.xml").write_text(WEB.replace("dev='vda'", "dev='vda' colour='red'"))
    Path("net.xml").write_text("<network><name>n</name></network>")
    Path("broken.xml").write_text("<domain>")
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = cli.main(arguments)
    output = capsys.readouterr()
    return status, output.out, output.err


def test_a_difference_is_a_line_and_a_secret_is_not_shown(files, capsys) -> None:
    status, out, err = said(capsys, "diff", "web.xml", "other.xml")
    assert (status, err) == (1, "")
    assert "devices.disks[0].source.file (vda): '/a' -> '/b'\n" in out
    assert len(out.splitlines()) == 2
    assert "hush" not in out


def test_what_means_the_same_does_not_differ(files, capsys) -> None:
    assert said(capsys, "diff", "web.xml", "alike.xml") == (0, "", "")
    assert said(capsys, "diff", "web.xml", "alike.xml", "--json") == (0, "[]\n", "")


def test_what_the_second_leaves_to_libvirt_can_be_left_out(files, capsys) -> None:
    Path("short.xml").write_text("<domain type='kvm'><name>web1</name></domain>")
    assert said(capsys, "diff", "web.xml", "short.xml")[0] == 1
    assert said(capsys, "diff", "web.xml", "short.xml", "--only-said") == (0, "", "")


def test_differences_as_json(files, capsys) -> None:
    status, out, _ = said(capsys, "diff", "web.xml", "other.xml", "--json")
    assert status == 1
    first = json.loads(out)[0]
    assert first == {
        "path": "devices.disks[0].source.file", "item": "vda", "before": "/a", "after": "/b",
    }  # fmt: skip
    assert "hush" not in out


def test_a_secret_that_changed_is_said_and_not_shown(files, capsys) -> None:
    for name, word in (("one.xml", "hush1"), ("two.xml", "hush2")):
        Path(name).write_text(f"<graphics type='vnc' passwd='{word}'/>")
    assert said(capsys, "diff", "one.xml", "two.xml") == (1, "passwd: changed (secret, not shown)\n", "")
    assert said(capsys, "diff", "one.xml", "one.xml") == (0, "", "")
    (change,) = json.loads(said(capsys, "diff", "one.xml", "two.xml", "--json")[1])
    assert change == {
        "path": "passwd", "item": "", "before": "*** (secret, not shown)",
        "after": "changed (secret, not shown)",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ("absent.xml", "virtsdk: absent.xml: No such file or directory\n"),
        ("net.xml", "web.xml: cannot be compared with net.xml: not of one class: DomainDef and NetworkDef"),
        ("broken.xml", "virtsdk: broken.xml: not well-formed XML: "),
    ],
)
def test_what_cannot_be_compared_has_a_status_of_its_own(files, capsys, other: str, why: str) -> None:
    status, out, err = said(capsys, "diff", "web.xml", other)
    assert (status, out) == (2, "")
    assert why in err


def test_each_file_is_checked(files, capsys) -> None:
    status, out, _ = said(capsys, "validate", "absent.xml", "web.xml", "wrong.xml", "broken.xml")
    assert status == 1
    absent, web, wrong, broken, summary = out.splitlines()
    assert absent == "absent.xml: No such file or directory"
    assert web == "web.xml: valid"
    assert wrong.startswith("wrong.xml: devices.disks[0].target")
    assert "(line 6)" in wrong
    assert "colour" in wrong
    assert broken.startswith("broken.xml: not well-formed XML: ")
    assert summary == "4 files, 3 with findings"


def test_valid_ones_are_no_finding(files, capsys, monkeypatch) -> None:
    assert said(capsys, "validate", "web.xml") == (0, "web.xml: valid\n", "")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(WEB.encode())))
    assert said(capsys, "validate", "-", "--json") == (0, "[]\n", "")


def test_findings_as_json(files, capsys) -> None:
    status, out, _ = said(capsys, "validate", "--json", "wrong.xml", "net.xml")
    (finding,) = json.loads(out)
    assert status == 1
    assert (finding["file"], finding["line"]) == ("wrong.xml", 6)
    assert finding["path"].startswith("devices.disks[0].target")


def test_rules_that_are_none_are_no_verdict(files, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        said(capsys, "validate", "web.xml", "--relaxng", "nowhere")
    assert ended.value.code == 2
    assert "domain.rng" in capsys.readouterr().err
    Path("rules").mkdir()
    Path("rules", "domain.rng").write_text("<grammar")
    status, out, err = said(capsys, "validate", "web.xml", "--relaxng", "rules")
    assert (status, out) == (1, "")
    assert err.startswith("virtsdk: cannot read the rules in rules: ") and err.count("\n") == 1


def test_json_is_ascii_and_no_name_reaches_a_terminal_raw(files, capsys) -> None:
    Path("one.xml").write_text("<network><name>a\x9b31mä</name></network>", encoding="utf-8")
    Path("two.xml").write_text("<network><name>b\u202e</name></network>", encoding="utf-8")
    assert said(capsys, "diff", "one.xml", "two.xml", "--json")[1].isascii()
    assert "\x9b" not in said(capsys, "diff", "one.xml", "two.xml")[1]
    assert "\u202e" not in said(capsys, "diff", "one.xml", "two.xml")[1]
