"""Who may import whom: CONTRIBUTING's layer map as data, and what is against it."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from tests.unit.imports import Hidden, Import, Reading

BASE = {"errors", "units", "words", "events", "model"}
BELOW_RESOURCES = BASE | {"models", "display", "binding", "xml", "definitions", "stats"}
BELOW_CAPACITY = BELOW_RESOURCES | {"resources", "history", "tables"}
EVERYTHING = BELOW_CAPACITY | {"capacity", "widgets", "fleet", "lab", "cli"}
# parts that have their place, and no code yet
TO_COME = {"definitions"}


@dataclass(frozen=True)
class Layer:
    """What a part of virtsdk may import."""

    parts: frozenset[str] | set[str]  # of virtsdk
    others: frozenset[str] | set[str] | None = frozenset()  # packages from outside; None: any


LAYERS = {
    # 1: the standard library, and each other
    "errors": Layer(set()),
    "words": Layer(set()),
    "events": Layer(set()),
    "units": Layer({"errors"}),
    "model": Layer({"errors", "units"}),
    # 2
    "binding": Layer(BASE, {"libvirt", "libvirt_qemu"}),
    "display": Layer(BASE, {"altair", "vl_convert", "pandas"}),
    "models": Layer(BASE),
    # 3
    "xml": Layer(BASE | {"models", "display"}, {"lxml", "pandas", "xsdata"}),
    "definitions": Layer(BASE | {"models", "xml"}),
    "stats": Layer(BASE | {"display"}, {"pandas", "numpy"}),
    # 4: the one layer that asks hosts
    "resources": Layer(BELOW_RESOURCES, {"pandas", "numpy", "tqdm"}),
    # 5: what was read is kept
    "history": Layer(
        BASE | {"display", "stats", "resources"}, {"pandas", "numpy", "pyarrow", "httpx", "fsspec"}
    ),
    # 5: what a person watches, in a notebook or a terminal
    "tables": Layer(BASE | {"display", "stats", "resources"}, {"pandas", "numpy"}),
    # 6: pure functions of frames; live hosts and recordings become frames first
    "capacity": Layer(BASE | {"models", "display", "stats"}, {"pandas", "numpy", "scipy", "yaml"}),
    # 7: anything below and the own extra, but not each other
    "widgets": Layer(
        BELOW_CAPACITY | {"capacity"},
        {"ipywidgets", "anywidget", "traitlets", "IPython", "pandas", "numpy"},
    ),
    "fleet": Layer(
        BELOW_CAPACITY | {"capacity"}, {"dask", "distributed", "pandas", "prometheus_client", "yaml"}
    ),
    "lab": Layer(BELOW_CAPACITY | {"capacity"}, {"pandas", "IPython"}),
    # 8
    "cli": Layer(EVERYTHING, None),
}

# Imported only inside the functions that need them, so that `import virtsdk.<part>` stays quick and works
# without the extra. stats, history, capacity and fleet are about frames: they import pandas at the top, and
# so do the questions for figures, which a host imports when one is asked.
LAZY = {
    "xsdata": {"xml"},
    "pandas": {"display", "xml", "definitions", "resources", "lab", "cli"},
    "numpy": {"resources"},
    "tqdm": {"resources"},
    "altair": {"display"},
    "vl_convert": {"display"},
    "IPython": {"lab"},
    "yaml": {"capacity", "fleet"},
    "prometheus_client": {"fleet"},
    "scipy": {"capacity"},
    "httpx": {"history"},
    "fsspec": {"history"},
    "distributed": {"fleet"},
    "dask": {"fleet"},
}
ABOUT_FRAMES = "resources.figures"

# The verbs that a notebook wants on the objects: the only imports that go upwards, inside a one-line body.
# This list is closed. With the part that brings it this joins, and no other:
#   models      the definitions' edit -> widgets
# HostFleet.explore goes sideways, from fleet to widgets.
ENTRY_POINTS = {
    ("model._base", "Model._repr_html_"): "display",
    ("model._free", "FreeXml.get"): "xml",
    ("model._free", "FreeXml.set"): "xml",
    ("model._free", "FreeXml.remove"): "xml",
    ("resources.host.host", "Host.explore"): "widgets",
    ("resources.host.host", "Host.live"): "widgets",
    ("resources.domain.domain", "Domain.live"): "widgets",
    ("history.answers.holdings", "Holdings.view"): "widgets",
    ("history.answers.changes", "Changes._over"): "fleet",
    ("history.answers.changes", "Changes._lazily"): "fleet",
    ("capacity.room.fleet", "Fleet.explore"): "widgets",
    ("capacity.past.apart", "over"): "fleet",
    ("fleet.host_fleet", "HostFleet.explore"): "widgets",
}

# What hides an import from the reader, where it is needed: (part, what) -> what it does.
HIDDEN = {
    ("errors", "sys.modules"): "asks whether IPython is there already; imports nothing",
    ("lab", "sys.modules"): "asks whether IPython, libvirt are there already; imports neither",
    ("model", "exec"): "compiles a copier for each model class, from text of its own",
    ("model", "sys.modules"): "looks a class up by its name in the module that says it in an annotation",
    ("widgets", "sys.modules"): "asks whether marimo is there already; imports nothing",
    ("xml", "exec"): "compiles a reader and a writer for each model class, from text of its own",
}


def part_of(module: str) -> str:
    """Return the part that a module belongs to; ``python -m virtsdk`` is the command line."""
    part = module.split(".")[0]
    return "cli" if part == "__main__" else part


def fault_of_library(found: Import, module: str) -> str | None:
    """Tell what is wrong with importing a package that is not ours."""
    part = part_of(module)
    if found.part in sys.stdlib_module_names:
        return None
    if found.part in {"schemas", "tests", "tools"}:
        return "not in the package that is installed"
    allowed = LAYERS[part].others
    if allowed is not None and found.part not in allowed:
        return "not a library of this layer"
    if found.at_import and part in LAZY.get(found.part, ()) and not is_about_frames(module):
        return "only inside the function that needs it"
    return None


def is_about_frames(module: str) -> bool:
    return f"{module}.".startswith(f"{ABOUT_FRAMES}.")


def fault_of_part(found: Import, module: str) -> str | None:
    """Tell what is wrong with importing another part, or module, of virtsdk."""
    part = part_of(module)
    if found.target == "virtsdk":
        return None  # the front door alone; what is taken from it counts as its own module
    if found.part == part or found.part in LAYERS[part].parts:
        return None
    upwards = {name: to for (where, name), to in ENTRY_POINTS.items() if where == module}
    if found.function is not None and upwards.get(found.function) == found.part:
        return None
    if found.for_types and found.part in upwards.values():
        return None  # the type of what the entry point returns
    return "upwards or sideways, and not an entry point"


def is_known(hidden: Hidden, module: str) -> bool:
    """Tell whether the closed list lets this part hide an import in this way."""
    return (part_of(module), hidden.what) in HIDDEN


def complaints(reading: Reading, module: str) -> Iterator[str]:
    """Yield what a module imports against the layer map; `module` is dotted, without "virtsdk."."""
    for found in reading.imports:
        fault = fault_of_part(found, module) if found.ours else fault_of_library(found, module)
        if fault:
            yield f"virtsdk.{module}, line {found.line}, imports {found.target}: {fault}"
    for hidden in reading.hidden:
        if not is_known(hidden, module):
            yield f"virtsdk.{module}, line {hidden.line}, may import anything: {hidden.what}"
