"""Slips on the command line: what was meant is said, by the command that was meant; nothing is guessed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from virtsdk import cli
from virtsdk.cli.commands import COMMANDS
from virtsdk.cli.commands.examples import EXAMPLES

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "commands.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "usage", "said"),
    [
        (["recrod"], "virtsdk", "there is no command 'recrod'; did you mean 'record'?"),
        (["help"], "virtsdk", "there is no command 'help'; virtsdk --help lists them"),
        (["--vresion"], "virtsdk", "unrecognized arguments: --vresion; did you mean '--version'?"),
        (["validate", "a.xml", "--jsn"], "virtsdk validate", "--jsn; did you mean '--json'?"),
        (["top", "test:///default", "--intreval=3s"], "virtsdk top", "did you mean '--interval'?"),
        (["diff", "a", "b", "c"], "virtsdk diff", "unrecognized arguments: c\n"),
        (["check", "r", "--js"], "virtsdk check", "unrecognized arguments: --js; did you mean '--json'?"),
        (["record", "test:///default", "--dir", "r"], "virtsdk record", "required: --directory/-d"),
        (["demo", "--uri", ""], "virtsdk demo", "it is empty; it must be a URI"),
        (["demo", "--output", ""], "virtsdk demo", "it is empty; it must be a file"),
        (["top", "--hosts", ""], "virtsdk top", "argument --hosts: it is empty; it must be a file"),
    ],
)
def test_a_slip_is_told_by_its_command(words, usage, said, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith(f"usage: {usage} [-h]")
    assert said in told


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.name)
def test_help_fits_and_ends_with_examples_of_the_page(command, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        cli.main([command.name, "--help"])
    said, _, examples = capsys.readouterr().out.partition("\nexamples:\n")
    assert max(map(len, f"{said}\n{examples}".splitlines())) <= 80
    assert examples == "".join(f"  {one}\n" for one in EXAMPLES[command.name])
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    assert set(EXAMPLES[command.name]) <= {line for block in blocks for line in block.splitlines()}
