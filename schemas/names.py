"""``names.lock``: every public class and field, so that none vanishes unnoticed."""

from __future__ import annotations

from schemas.flavour import VirtsdkGenerator
from schemas.patterns import SchemaError

HEADER = "# Every public name of the models; a name that goes away needs an alias in naming.toml.\n"


def lock_text(generator: VirtsdkGenerator) -> str:
    """Return the lock of what a generator wrote: a line a class, an enumeration and a field."""
    return HEADER + "".join(f"{name}\n" for name in generator.writer.public_names())


def check_names(old: str, new: str) -> None:
    """Refuse a regeneration that loses a name which no alias keeps."""
    lines = set(new.splitlines())
    lost = [line for line in old.splitlines() if not line.startswith("#") and line not in lines]
    if lost:
        shown = "\n".join(f"  {line}" for line in lost[:20])
        raise SchemaError(
            f"{len(lost)} public names would vanish; keep each by naming.toml [aliases]:\n{shown}"
        )
