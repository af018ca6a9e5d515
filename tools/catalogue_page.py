"""Write the catalogue of figures as docs/catalogue.md; ``--check`` tells whether it is up to date."""

import sys
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

from virtsdk.stats import catalogue

PAGE = Path(__file__).resolve().parents[1] / "docs" / "catalogue.md"
HEADER = ["column", "libvirt's key", "since", "unit", "kind", "present", "what it is", "when not to trust it"]
INTRODUCTION = """\
# Catalogue of figures

<!-- Generated from virtsdk/stats/columns/*.csv by python tools/catalogue_page.py: edit those. -->

Every column of the stats frames; in a notebook `virtsdk.stats.catalogue()` gives the same as a frame. The
frames without a dot are those of `Host.stats`; `node.*` is `Host.node_stats`, `storage.*` is
`Host.storage_stats`, `guest.*` is `Host.guest_stats`, `domain.jobs` is `Host.job_stats`; `rates.*` are what
`virtsdk.stats.rates` and `node_rates` work out.

- A value that is missing is missing, never 0.
- In a key, `{disk}` and the like stand for libvirt's numbers. What is worked out has its definition there.
- *since* is the libvirt release that brought the figure; empty where no source tells.
- *unit* is libvirt's, what becomes of it, and the dtype.
- A *counter* only grows, until it begins anew for the reason named; its column ends in `_total`.
"""


def page() -> str:
    """Return the page as text."""
    table = catalogue()
    parts = [INTRODUCTION]
    for frame, rows in table.groupby("frame", sort=False):
        parts.append(f"\n## {frame}\n\nOne row: {rows['grain'].iloc[0]}.")
        if frame == "other":
            parts.append(" What has no column lands here, keys that this page does not know as well.")
        lines = [HEADER, ["---"] * len(HEADER), *map(cells, rows.to_dict("records"))]
        parts.append("\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines))
    return "".join(parts)


def cells(row: Mapping[Hashable, Any]) -> list[str]:
    """Return the cells of a row of the catalogue."""
    before, after = row["libvirt_unit"], row["unit"]
    unit = f"{before} → {after}" if before not in ("", after) else after
    kind = f"counter, anew when: {row['reset']}" if row["kind"] == "counter" else row["kind"]
    key = f"`{row['key']}`" if row["key"] else row["definition"]
    texts: list[str] = [f"`{row['column']}`", key, row["since"], f"{unit}, {row['dtype']}", kind]
    return [one.replace("|", "\\|") for one in (*texts, row["present"], row["meaning"], row["trust"])]


def main(arguments: list[str]) -> int | str:
    """Write the page, or tell whether it is as it would be written."""
    if "--check" not in arguments:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    current = PAGE.exists() and PAGE.read_text(encoding="utf-8") == page()
    return 0 if current else f"{PAGE.name} is outdated: run python tools/catalogue_page.py"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
