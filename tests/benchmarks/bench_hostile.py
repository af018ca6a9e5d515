"""Documents that were written to cost time: twice the size takes twice the time, and no more than others."""

from __future__ import annotations

import re
import time

from tests.benchmarks.figures import report
from virtsdk import xml
from virtsdk.errors import XmlError

TWICE = 3  # the bar for twice the size; a square would be 4
ALIKE = 4  # the bar for a part of a hostile document against one of a harmless document


def namespaces(count):
    return " ".join(f"xmlns:a{n}='u{n}'" for n in range(count))


def attributes(count):
    return " ".join(f"xmlns:b{n}='v{n}' b{n}:x='1'" for n in range(count))


def chain(depth, inside):
    return "<disk>" + "<backingStore>" * depth + inside + "</backingStore>" * depth + "</disk>"


UNKNOWN_IN_TEXT = "<initarg zz=''>a</initarg>"

# name: a document of n unknown or repeated parts
GROWING = {
    "devices": lambda n: f"<domain><devices>{'<disk/>' * n}</devices></domain>",
    "unknown elements": lambda n: f"<domain>{'<zz/>' * n}</domain>",
    "unknown elements and text": lambda n: f"<domain>{'<zz/>t' * n}</domain>",
    "texts between comments": lambda n: f"<domain><metadata/>{'t<!---->' * n}</domain>",
    "text items with attributes": lambda n: f"<domain><os>{UNKNOWN_IN_TEXT * n}</os></domain>",
    "unknown elements below a deep chain": lambda n: chain(240, "<zz/>" * n),
    "unknown elements with 400 namespaces above": lambda n: (
        f"<domain {namespaces(400)}>{'<zz/>' * n}</domain>"
    ),
    "names in values with 400 namespaces above": lambda n: (
        f"<domain {namespaces(400)}><devices>{'<disk><zz>a:b</zz></disk>' * n}</devices></domain>"
    ),
    "free XML with 400 namespaces above": lambda n: (
        f"<domain {namespaces(400)}><metadata>{'<a399:zz/>' * n}</metadata></domain>"
    ),
    "unknown attributes of 40 namespaces": lambda n: (
        f"<domain><devices>{f'<disk {attributes(40)}/>' * (n // 40)}</devices></domain>"
    ),
}
# what is refused
REFUSED = {
    "24 MB of devices": f"<domain><devices>{'<disk/>' * 3_500_000}</devices></domain>",
    "100 kB with 1,000 namespaces": f"<domain {namespaces(1000)}>{'<zz/>' * 16_000}</domain>",
    "a chain of 5,000": chain(5000, ""),
    "10,000 attributes": f"<domain {attributes(10_000)}/>",
}


def parts(text):
    """Count the elements and comments of a document, or its attributes where they are more."""
    return max(len(re.findall("<[a-z!]", text)), text.count("="))


def seconds(function, *given, repeat=3):
    best = float("inf")
    for _ in range(repeat):
        start = time.process_time()
        function(*given)
        best = min(best, time.process_time() - start)
    return best


def whole(text):
    """Read, write and show a document, and list its unknown parts."""
    model = xml.parse(text)
    xml.render(model)
    repr(model)
    xml.extras(model)


def main() -> None:
    """Print for each kind the ratio of 20,000 parts to 10,000, and to harmless ones; and refusals."""
    whole(GROWING["devices"](10))
    text = GROWING["devices"](20_000)
    harmless = seconds(whole, text) / parts(text)
    for name, make in GROWING.items():
        one, two = (seconds(whole, make(n)) for n in (10_000, 20_000))
        report(f"{name}: twice", two / one, "x", bar=TWICE)
        report(f"{name}: as devices", two / parts(make(20_000)) / harmless, "x", bar=ALIKE)
    for name, text in REFUSED.items():
        start = time.process_time()
        try:
            xml.parse(text)
        except XmlError:
            report(f"{name}: refused in", time.process_time() - start, "s", bar=1)
        else:
            report(f"{name}: not refused", float("inf"), "s", bar=1)


if __name__ == "__main__":
    main()
