"""docs/commands.md has each command, option and default of the parser, and nothing more."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest

from virtsdk.cli import parser_of_all
from virtsdk.cli.commands import COMMANDS

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "commands.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## virtsdk (\w+)\n(.*?)(?=^## |\Z)", PAGE, flags=re.MULTILINE | re.DOTALL))
NAMES = [command.name for command in COMMANDS]


def parser_of(name):
    parser = argparse.ArgumentParser(prog=f"virtsdk {name}")
    next(one for one in COMMANDS if one.name == name).declare(parser)
    return parser


def rows_of(section):
    """Return the cells of the options' table by the names in its first column."""
    table = section.partition("| option | what it does | default |\n")[2].partition("\n\n")[0]
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in table.splitlines()[1:]]
    return {tuple(re.findall(r"`([^`]+)`", first)): (what, default.strip()) for first, what, default in rows}


def options_of(parser):
    """Return the options by all of their names; a positional argument by the one that its usage has."""
    return {
        tuple(one.option_strings) or (one.metavar or one.dest,): one
        for one in parser._actions
        if not isinstance(one, argparse._HelpAction)
    }


def test_the_page_has_the_commands_in_their_order():
    assert list(SECTIONS) == NAMES
    listed = re.findall(r"^\| \[(\w+)\]\(#virtsdk-(\w+)\) \| (.+) \|$", PAGE, flags=re.MULTILINE)
    assert [(name, name, one.help) for name, one in zip(NAMES, COMMANDS, strict=True)] == listed
    assert PAGE.count("\n# ") + PAGE.startswith("# ") == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_section_has_the_options_of_the_parser_and_no_others(name):
    assert rows_of(SECTIONS[name]).keys() == options_of(parser_of(name)).keys()


@pytest.mark.parametrize("name", NAMES)
def test_defaults_and_choices_are_on_the_page(name):
    rows = rows_of(SECTIONS[name])
    for names, option in options_of(parser_of(name)).items():
        what, default = rows[names]
        if option.default in (None, False, "", []):
            assert not re.fullmatch("`[^`]+`", default), names
        else:
            said = f"{option.default:o}" if names == ("--mode",) else str(option.default)
            assert default == f"`{said}`", names
        for one in option.choices or ():
            assert f"`{one}`" in what, (names, one)
        if option.required and option.option_strings:
            assert default == "needed", names
        if option.nargs == 0:
            assert not default, names


@pytest.mark.parametrize("name", NAMES)
def test_a_section_has_an_example_that_is_read_and_its_exit_status(name):
    examples = [
        re.search(r"virtsdk [^|]*", line)[0]
        for block in re.findall(r"```sh\n(.*?)```", SECTIONS[name], flags=re.DOTALL)
        for line in block.splitlines()
    ]
    assert examples
    for line in examples:
        _, command, *words = shlex.split(line, comments=True)
        assert command == name
        if not any("s3:" in word for word in words):  # which wants a package of its own
            parser_of_all().parse_args([command, *words])
    assert re.search(r"^Exit status: 0 ", SECTIONS[name], flags=re.MULTILINE)


def test_words_of_the_page_name_only_what_there_is():
    known = {word for name in NAMES for names in options_of(parser_of(name)) for word in names}
    named = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]+)", PAGE))
    assert named - known <= {"--help"}


def test_presets_are_on_the_page():
    from virtsdk.cli.policies import PRESETS

    for name in ("headroom", "report"):
        what, _ = rows_of(SECTIONS[name])[("--policy",)]
        assert all(f"`{preset}`" in what for preset in PRESETS)


def test_keys_of_top_are_on_the_page():
    from virtsdk.cli.top.choices import SORT_KEYS

    keys = re.search(r"^\| ((?:`\w` )+)\| order by", SECTIONS["top"], flags=re.MULTILINE)[1]
    assert re.findall(r"`(\w)`", keys) == list(SORT_KEYS)
