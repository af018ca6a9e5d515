"""Items of the gallery as its pages write them: a name, the lines of code, and what they show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

_HEADING: Final = re.compile(r"^##+ (?P<title>.+)$")
_BEGIN: Final = re.compile(r"^```\{shown\} (?P<name>[a-z0-9-]+)$")
_LAB: Final = re.compile(r"^```\{lab\}\n(?P<code>.*?)\n```$", re.DOTALL | re.MULTILINE)
_OPTION: Final = re.compile(r"^:(?P<key>[a-z]+):(?: (?P<value>.*))?$")


@dataclass(frozen=True)
class Item:
    """One thing that the gallery shows.

    Attributes
    ----------
    page
        The page's name, without its suffix.
    name
        Its anchor in the page.
    title
        The heading above it.
    shows
        Full names of the classes whose repr, and of the functions whose chart it shows.
    alt
        The chart in words, for readers that do not see it; empty where there is none.
    raises
        Its last line raises an error, which is what it shows.
    wide
        Its two pages stand one below the other: what it shows is wide.
    lab
        The lines that start the lab of its page, which run before its own; empty where it needs none.
    code
        The lines that a reader copies.
    """

    page: str
    name: str
    title: str
    shows: tuple[str, ...]
    alt: str
    raises: bool
    wide: bool
    lab: str
    code: str

    @property
    def key(self) -> str:
        """The name that its kept output has: another code is another one."""
        said = "\0".join([self.name, *self.shows, str(self.raises), self.lab, self.code])
        return sha256(said.encode()).hexdigest()[:16]


def read(text: str, page: str) -> Iterator[Item]:
    """Find the items of a page.

    Raises
    ------
    ValueError
        An item has no heading or no end, or wants a lab that its page does not start.
    """
    title, lines, lab = "", iter(text.splitlines()), _LAB.search(text)
    for line in lines:
        heading, begin = _HEADING.match(line), _BEGIN.match(line)
        if heading:
            title = heading["title"]
        if not begin:
            continue
        if not title:
            raise ValueError(f"{page}: the item {begin['name']} must have a heading of its own above it")
        options, code = dict[str, str](), list[str]()
        for inside in lines:
            option = None if code else _OPTION.match(inside)
            if inside == "```":
                break
            if option:
                options[option["key"]] = option["value"] or ""
            elif inside or code:
                code.append(inside)
        else:
            raise ValueError(f"{page}: the item {begin['name']} must end in a line ```")
        if "lab" in options and not lab:
            raise ValueError(f"{page}: the item {begin['name']} must have a lab of its page")
        shows = tuple(options.get("shows", "").split())
        yield Item(
            page=page,
            name=begin["name"],
            title=title,
            shows=shows,
            alt=options.get("alt", ""),
            raises="raises" in options,
            wide="wide" in options,
            lab=lab["code"] if lab and "lab" in options else "",
            code="\n".join(code),
        )
        title = ""


def of_folder(folder: Path) -> list[Item]:
    """Find the items of all pages in a folder, page by page."""
    return [
        item
        for path in sorted(folder.glob("*.md"))
        for item in read(path.read_text(encoding="utf-8"), path.stem)
    ]
