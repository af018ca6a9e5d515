"""Pages of docs/ that speak of what other files say: the extras, the packages, the layers."""

import contextlib
import re
import shlex
import tomllib
from pathlib import Path

from tests.unit.layers import LAYERS, TO_COME
from tools.prepare import read_packages
from tools.site import house
from virtsdk.cli import parser_of_all
from virtsdk.cli.commands import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
INSTALL = (ROOT / "docs/install.md").read_text()
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
OURS = {"docs", "release", "dev"}


def rows(text, heading):
    """Return the cells of the table under a heading."""
    section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def named(cell):
    return set(re.findall(r"`([\w.-]+)`", cell))


def test_install_names_each_extra_and_what_it_brings():
    table = {name.strip("`"): (gives, named(brings)) for name, gives, brings in rows(INSTALL, "Extras")}
    assert table.keys() == EXTRAS.keys() - OURS
    for name, wanted in EXTRAS.items():
        if name in OURS:
            assert f"`{name}`" in INSTALL
            continue
        packages = {re.match(r"[\w.-]+", one)[0] for one in wanted}
        assert table[name][1] == packages - {"virtsdk"}, name
        for others in re.findall(r"virtsdk\[(.*)\]", " ".join(wanted)):
            if name != "all":
                assert set(others.split(",")) <= named(table[name][0]), name
            else:
                assert set(others.split(",")) == table.keys() - {"all"}


def test_install_names_the_packages_that_are_installed_for_the_tests():
    (line,) = re.findall(r"^    sudo apt-get install (.*)$", INSTALL, re.MULTILINE)
    assert set(line.split()) == {one.name for one in read_packages() if one.stage == "python"}


def test_the_house_has_each_part_on_its_floor():
    text = house.CONTRIBUTING.read_text()
    floors = {part: room.floor for room in house.rooms(text) for part in named(room.parts)}
    assert floors.keys() == LAYERS.keys() - TO_COME
    drawn = dict(re.findall(r'class="floor"[^>]*>(\d)</span>(.*?)</ul>', house.picture(text)))
    assert list(drawn) == [str(floor) for floor in range(8, 0, -1)]
    for floor, rooms in drawn.items():
        (*names,) = re.findall(r"<b>(.*?)</b>", rooms)
        assert set(re.findall(r"<code>(.*?)</code>", " ".join(names))) == {
            part for part, its in floors.items() if str(its) == floor
        }


def test_contributing_leads_to_pages_of_the_site():
    text = house.for_the_site(
        "[a](docs/a.md#b), [b](schemas/README.md), [c](docs/policies), [d](https://e.org)"
    )
    assert text == "[a](../a.md#b), `schemas/README.md`, `docs/policies`, [d](https://e.org)"


END = {"|", "&&", ">", "||", "2>&1", ";"}
NAMES = {command.name for command in COMMANDS}


def commands():
    """Yield the page and the words of each command that a page shows, in a block of its own."""
    for path in sorted((ROOT / "docs").rglob("*.md")):
        if {"_build", "_generated"} & set(path.parts):
            continue
        for line in re.findall(r"^(?: {4}|\$ )?virtsdk ([a-z-].*)$", path.read_text(), re.MULTILINE):
            with contextlib.suppress(ValueError):  # a sentence with an apostrophe
                words = shlex.split(line, comments=True)
                end = next((number for number, word in enumerate(words) if word in END), None)
                yield path.relative_to(ROOT), words[:end]


def test_a_command_on_a_page_is_one_that_there_is():
    seen = 0
    for page, words in commands():
        if words[0] in NAMES:
            seen += 1
            try:
                parser_of_all().parse_args([word.replace("s3:", "memory:") for word in words])
            except SystemExit as stop:
                assert stop.code == 0, f"{page}: virtsdk {shlex.join(words)}"
    assert seen > 5
