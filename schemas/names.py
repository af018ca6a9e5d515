"""``names.lock``: every public class and field, so that none vanishes unnoticed."""

from __future__ import annotations

from schemas.flavour import VirtsdkGenerator
from schemas.relaxng import SchemaError

HEADER = "# Every public name of the models; a name that goes away needs an alias in naming.toml.\n"


def lock_text(generator: VirtsdkGenerator) -> str:
    """Return the lock of what a generator wrote: a line a class, a field and an enumeration's member."""
    names: list[str] = []
    for cls in generator.written.values():
        names.append(f"{cls.module}.{cls.name}")
        names.extend(f"{cls.module}.{cls.name}.{item.name}" for item in cls.fields)
    names.extend(f"{module}.{name}" for name, module in generator.enum_modules.items())
    return HEADER + "".join(f"{name}\n" for name in sorted(names))


def check_names(old: str, new: str, aliases: dict[str, str]) -> None:
    """Refuse a regeneration that loses a name which no alias keeps."""
    lines = set(new.splitlines())
    lost = [
        line
        for line in old.splitlines()
        if not line.startswith("#") and line not in lines and line not in aliases
    ]
    if lost:
        shown = "\n".join(f"  {line}" for line in lost[:20])
        raise SchemaError(
            f"{len(lost)} public names would vanish; keep each by naming.toml [aliases]:\n{shown}"
        )
