"""All commands: their help is quick, their errors are a line, and their exit status is stated."""

from __future__ import annotations

import subprocess
import sys

import pytest

from virtsdk import cli
from virtsdk.cli.commands import COMMANDS
from virtsdk.errors import MissingDependency

DEAR = ("pandas", "numpy", "pyarrow", "libvirt", "lxml", "virtsdk.models.domain", "rich", "argcomplete")


def test_help_of_all_commands_loads_nothing_dear():
    code = "import sys, virtsdk.cli as cli\ncli.parser_of_all().format_help()\nprint(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not [name for name in DEAR if name in loaded.stdout.split()]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.name)
def test_each_command_has_its_help(command, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main([command.name, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert said.startswith(f"usage: virtsdk {command.name} ")
    assert command.description[:40] in " ".join(said.split())


@pytest.mark.parametrize("words", [["--nonsense"], ["nonsense"], ["diff", "a.xml"], ["validate"]])
def test_a_wrong_argument_ends_with_2(words, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 2
    assert "usage: virtsdk" in capsys.readouterr().err


def test_ctrl_c_is_130_and_a_line(monkeypatch, capsys, tmp_path):
    def interrupted(*_given, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr("virtsdk.cli.check.check", interrupted)
    assert cli.main(["check", str(tmp_path)]) == 130
    assert capsys.readouterr().err == "virtsdk: interrupted\n"


def test_an_error_is_one_line_without_control_characters(capsys, tmp_path):
    assert cli.main(["check", str(tmp_path / "a\x1b[31m\nb")]) == 1
    said = capsys.readouterr().err
    assert said.startswith("virtsdk: ") and said.count("\n") == 1 and "\x1b" not in said


def test_a_page_that_cannot_be_written_is_said_before_anything_is_started(capsys, tmp_path):
    (tmp_path / "file").touch()
    for output, why in ((tmp_path / "file" / "page.html", "is no directory"), (tmp_path, "is a directory")):
        assert cli.main(["demo", "--uri", "test:///none", "--output", str(output)]) == 1
        said = capsys.readouterr()
        assert (said.out, said.err.count("\n")) == ("", 1)
        assert said.err.startswith(f"virtsdk: cannot write the page {output}: ") and why in said.err


@pytest.mark.parametrize("words", [["record", "-d", "r"], ["exporter", "--listen", "127.0.0.1:0"], ["top"]])
def test_without_libvirt_nothing_begins_that_could_not_go_on(words, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def missing():
        raise MissingDependency("no binding", extra="libvirt")

    monkeypatch.setattr("virtsdk.resources.connect.library", missing)
    assert cli.main([*words, "test:///default"]) == 1
    assert capsys.readouterr() == ("", "virtsdk: no binding: pip install 'virtsdk[libvirt]'\n")
    assert not (tmp_path / "r").exists()
