"""Write the catalogue of figures as docs/catalogue.md; ``--check`` tells whether it is up to date."""

import csv
import sys
from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from virtsdk.stats import catalogue

PAGE = Path(__file__).resolve().parents[1] / "docs" / "catalogue.md"
HEADER = ["column", "what it is", "unit and kind", "libvirt's key, where and since when"]
INTRODUCTION = """\
# Catalogue of figures

<!-- Generated from virtsdk/stats/columns/*.csv by python tools/catalogue_page.py: edit those. -->

Find the column that answers your question, then what it means, its unit, where it comes from and when not
to trust it. In a notebook `virtsdk.stats.catalogue()` gives the same as a frame.

- A value that is missing is missing, never 0.
- A *counter* only grows, until it begins anew for the reason named; its column ends in `_total`.
  `virtsdk.stats.rates` and `node_rates` make it a figure per second:
  `read_bytes_total` becomes `read_bytes_per_second`.
- A *gauge* is what it is at that moment; a *label* names or describes.
- *unit* is libvirt's, what becomes of it, and the dtype.
- In a key, `{disk}` and the like stand for libvirt's numbers. What is worked out has its definition
  in the key's place.
- *since* is the libvirt release that brought the figure; it is left out where no source tells.
"""
SOURCES = {
    "node": "host.node_stats()",
    "storage": "host.storage_stats()",
    "guest": "host.guest_stats()",
    "domain": "host.job_stats()",
    "rates": "rates(...)",
}
"""How a frame is asked for, by what stands before the dot; the others are of ``host.stats()``."""

NODE = {"rates.node": "node_rates(...).total", "rates.pressure": "node_rates(...).pressure"}
QUESTIONS = Path(__file__).resolve().parent / "catalogue_questions.csv"


def page() -> str:
    """Return the page as text."""
    table = catalogue()
    parts = [INTRODUCTION, _questions(), _contents(table)]
    for frame, rows in table.groupby("frame", sort=False):
        keys = ", ".join(f"`{one}`" for one in str(rows["grain"].iloc[0]).split(", "))
        parts.append(f"\n## {frame}\n\n`{source(str(frame))}`: one row per {keys}.")
        if frame == "other":
            parts.append(" What has no column lands here, keys that this page does not know as well.")
        parts.append("\n\n" + _table(HEADER, map(cells, rows.to_dict("records"))))
    return "".join(parts)


def source(frame: str) -> str:
    """Return how a frame is asked for."""
    before, _, name = frame.rpartition(".")
    return NODE.get(frame) or f"{SOURCES.get(before, 'host.stats()')}.{name}"


def questions() -> list[dict[str, str]]:
    """Return the questions; `answers` takes the columns of one apart."""
    with QUESTIONS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def answers(columns: str) -> list[tuple[str, list[str]]]:
    """Return the frames of an answer, ``frame: column, column; frame: ...``, each with its columns."""
    parts = [part.partition(": ") for part in columns.split("; ")]
    return [(frame, names.split(", ")) for frame, _, names in parts]


def _questions() -> str:
    lines = [
        [one["question"], "; ".join(_answer(*each) for each in answers(one["columns"])), one["note"]]
        for one in questions()
    ]
    return "\n## Which column answers it?\n\n" + _table(["question", "columns", "mind"], lines)


def _answer(frame: str, columns: list[str]) -> str:
    return f"{', '.join(f'`{one}`' for one in columns)} of {_link(frame)}"


def _link(frame: str) -> str:
    return f"[{frame}](#{frame.replace('.', '').lower()})"


def _contents(table: pd.DataFrame) -> str:
    asked: dict[str, list[str]] = {}
    for one in questions():
        for frame, columns in answers(one["columns"]):
            asked.setdefault(frame, []).extend(columns)
    lines = [
        [
            _link(str(frame)),
            f"`{source(str(frame))}`",
            str(rows["grain"].iloc[0]),
            str(len(rows)),
            ", ".join(f"`{name}`" for name in dict.fromkeys(asked.get(str(frame), []))) or "",
        ]
        for frame, rows in table.groupby("frame", sort=False)
    ]
    header = ["frame", "asked for by", "one row per", "columns", "asked for most"]
    return "\n## The frames\n\n" + _table(header, lines)


def _table(header: list[str], lines: Iterable[list[str]]) -> str:
    return "".join(f"| {' | '.join(line)} |\n" for line in [header, ["---"] * len(header), *lines])


def cells(row: Mapping[Hashable, Any]) -> list[str]:
    """Return the cells of a row of the catalogue."""
    before, after = row["libvirt_unit"], row["unit"]
    unit = f"{before} → {after}" if before not in ("", after) else after
    kind = f"counter, anew when: {row['reset']}" if row["kind"] == "counter" else row["kind"]
    key = f"`{row['key']}`" if row["key"] else row["definition"]
    what = f"{row['meaning']} **Mind:** {row['trust']}" if row["trust"] else row["meaning"]
    where = "; ".join(filter(None, [key, row["present"], f"since {row['since']}" if row["since"] else ""]))
    texts: list[str] = [f"`{row['column']}`", what, f"{unit}, {row['dtype']}; {kind}", where]
    return [one.replace("|", "\\|") for one in texts]


def main(arguments: list[str]) -> int | str:
    """Write the page, or tell whether it is as it would be written."""
    if "--check" not in arguments:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    current = PAGE.exists() and PAGE.read_text(encoding="utf-8") == page()
    return 0 if current else f"{PAGE.name} is outdated: run python tools/catalogue_page.py"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
