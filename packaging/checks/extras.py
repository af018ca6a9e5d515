"""Try an installed wheel with `[all]`: `python extras.py`, with the interpreter it is installed for; offline.

Each line that it prints was true.
"""

import io
import sys
from importlib import import_module
from importlib.metadata import requires
from pathlib import Path

import pandas as pd

import virtsdk
from virtsdk import capacity, xml


def holds(what: str, answer: object) -> None:
    """Print what is true, or stop."""
    if not answer:
        sys.exit(f"NOT TRUE: {what}")
    sys.stdout.write(f"  {what}\n")


def main() -> None:
    """Go through what the extras add."""
    holds(f"virtsdk {virtsdk.__version__} is installed", Path(virtsdk.__file__).is_relative_to(sys.prefix))
    named = [one for one in requires("virtsdk") or [] if 'extra == "all"' in one]
    holds(f"[all] is declared: {', '.join(sorted(named))}", named)
    modules = ["libvirt", "altair", "vl_convert", "anywidget", "scipy", "distributed", "yaml", "rich"]
    for module in modules:
        import_module(module)
    holds(f"{', '.join(modules)} are there", True)
    with virtsdk.connect("test:///default") as host:
        version = ".".join(map(str, host.libvirt_version))
        holds(f"libvirt {version} answers", list(host.domains.frame()["name"]) == ["test"])
        definition = host.domains["test"].definition()
        holds("a guest's definition is read", not xml.validate(definition))
        report = capacity.headroom(host.node_info().frame(), host.domains.frame())
        holds("headroom of a live host", len(report.frame()) == 1)
        picture = io.StringIO()
        report.chart().save(picture, format="svg")
        holds("and its picture", "<svg" in picture.getvalue())
    hosts = pd.DataFrame({"host": ["a", "b"], "cpus": 8, "cores": 8, "memory_bytes": 32 << 30})
    guests = pd.DataFrame({"host": ["a", "a", "b", "b"], "domain": list("wxyz"), "state": "running"})
    guests = guests.assign(name=guests["domain"], vcpus=1, memory_bytes=1 << 30)
    fleet = capacity.Fleet.from_frames(hosts, guests)
    holds("a placement by scipy's solver", fleet.place(exact=True).hosts_used == 1)


if __name__ == "__main__":
    main()
