"""The one command: RELAX NG -> rules -> XSD 1.1 -> typed models.

python -m schemas.generate --rng DIR   compile libvirt's RELAX NG in DIR to schemas/rules.json, then the rest
python -m schemas.generate             make schemas/xsd and the models from the rules (no input needed)
python -m schemas.generate --check     change nothing; fail where what is committed differs
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from schemas import flavour, relaxng, roles, rules, xsd
from schemas.docs import Docs
from schemas.names import check_names, lock_text
from schemas.naming import Naming, class_names
from schemas.order import Order
from schemas.patterns import Pattern, SchemaError

HERE = Path(__file__).parent
RULES = HERE / "rules.json"
ORDER = HERE / "order.toml"
XSD = HERE / "xsd"
LOCK = HERE / "names.lock"
MODELS = HERE.parent / "virtsdk" / "models"
INCLUDED = re.compile(r"""<(?:include|externalRef)\s+href\s*=\s*["']([^"']+)["']""")


def compile_rules(rng: Path, naming: Naming) -> bytes:
    """Compile the RELAX NG files of libvirt in ``rng`` to rules."""
    missing = [entry.rng for entry in naming.documents.values() if not (rng / entry.rng).is_file()]
    if len(missing) == len(naming.documents):
        raise SchemaError(f"{rng} lacks {', '.join(missing)}: not a directory of libvirt's schemas?")
    if missing:
        raise SchemaError(f"{rng} lacks {', '.join(missing)}, which naming.toml [documents] names")
    starts = {key: relaxng.start(relaxng.load(rng / entry.rng)) for key, entry in naming.documents.items()}
    names = class_names(_graph(starts, naming), naming)
    documents = {naming.documents[key].class_name: start for key, start in starts.items()}
    return rules.write(documents, rules.parts(names))


def compile_xsd(text: bytes, naming: Naming) -> dict[str, bytes]:
    """Compile rules to XSD: {file name: content}."""
    roots = rules.read(text)
    starts = {key: roots[entry.class_name] for key, entry in naming.documents.items()}
    graph = _graph(starts, naming)
    Order.read(ORDER).check(graph, class_names(graph, naming))
    return xsd.Compiler(graph, naming).compile()


def _committed_rules() -> bytes:
    if not RULES.is_file():
        raise SchemaError(f"{RULES.name} is not there: make it with --rng DIR")
    return RULES.read_bytes()


def _graph(starts: dict[str, Pattern], naming: Naming) -> roles.Graph:
    return roles.build(starts, naming.units, naming.distinct)


def unknown_documents(rng: Path, naming: Naming) -> list[str]:
    """Name the files in ``rng`` that are neither a document of naming.toml nor included by one."""
    files = {path.name: set(INCLUDED.findall(path.read_text(encoding="utf-8"))) for path in rng.glob("*.rng")}
    known = {entry.rng for entry in naming.documents.values()}
    todo = list(known)
    while todo:
        found = files.get(todo.pop(), set()) - known
        known |= found
        todo += found
    return sorted(files.keys() - known)


def compile_models(naming: Naming, directory: Path = XSD, old_lock: str = "") -> tuple[dict[str, str], str]:
    """Make the models from the XSD: {file name: source}, and the names.lock that belongs to them.

    Raises
    ------
    SchemaError
        A name of ``old_lock`` would vanish, or the recipe and the XSD do not fit.
    """
    docs = Docs.read(HERE / "docs.toml")
    order = Order.read(ORDER)
    files, generator = flavour.generate(sorted(directory.glob("*.xsd")), naming, docs, order)
    lock = lock_text(generator)
    check_names(old_lock, lock, generator.writer.importable, naming.removed)
    return files, lock


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m schemas.generate", description=(__doc__ or "").strip())
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--rng", type=Path, metavar="DIR", help="libvirt's RELAX NG files, to compile anew")
    parser.add_argument("--check", action="store_true", help="change nothing, fail on drift")
    options = parser.parse_args(arguments)
    naming = Naming.read(HERE / "naming.toml")
    drift: list[str] = []
    try:
        text, made, files, lock = _make(options.rng, naming)
        drift += _put(HERE, {RULES.name: text}, RULES.name, check=options.check)
        drift += _put(XSD, made, "*.xsd", check=options.check)
        if options.rng:
            if unknown := unknown_documents(options.rng, naming):
                sys.stdout.write(f"no document of naming.toml, and left alone: {', '.join(unknown)}\n")
            if drift:
                sys.stdout.write(f"the schemas differ: of which libvirt? naming.toml says {naming.libvirt}\n")
        models = {name: source.encode() for name, source in files.items()}
        drift += _put(MODELS, models, "*.py", check=options.check)
        drift += _put(HERE, {LOCK.name: lock.encode()}, LOCK.name, check=options.check)
    except SchemaError as exc:
        sys.stderr.write(f"{exc}\n")
        return 2
    if options.check and drift:
        sys.stderr.write("differs from what the recipe makes; run `python -m schemas.generate`:\n")
        sys.stderr.write("".join(f"  {name}\n" for name in drift))
        return 1
    sys.stdout.write(f"{len(drift)} of {len(files)} model files and their XSD changed\n")
    return 0


def _make(rng: Path | None, naming: Naming) -> tuple[bytes, dict[str, bytes], dict[str, str], str]:
    """Make rules, XSD, models and lock before any is written, so that a refusal changes nothing."""
    text = compile_rules(rng, naming) if rng else _committed_rules()
    made = compile_xsd(text, naming)
    old = LOCK.read_text() if LOCK.exists() else ""
    with tempfile.TemporaryDirectory() as work:
        for name, content in made.items():
            (Path(work) / name).write_bytes(content)
        return text, made, *compile_models(naming, Path(work), old)


def _put(directory: Path, files: dict[str, bytes], pattern: str, *, check: bool) -> list[str]:
    """Write the files, drop those that are not made any more; return the names of what differed."""
    directory.mkdir(exist_ok=True)
    changed: list[str] = []
    for stale in sorted(set(directory.glob(pattern)) - {directory / name for name in files}):
        changed.append(f"{directory.name}/{stale.name} (not made any more)")
        if not check:
            stale.unlink()
    for name, content in sorted(files.items()):
        path = directory / name
        if not path.exists() or path.read_bytes() != content:
            changed.append(f"{directory.name}/{name}")
            if not check:
                path.write_bytes(content)
    return changed


if __name__ == "__main__":
    raise SystemExit(main())
