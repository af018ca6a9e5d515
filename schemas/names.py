"""``names.lock``: every public class and field, so that none vanishes unnoticed."""

from __future__ import annotations

from collections.abc import Collection

from schemas.flavour import VirtsdkGenerator
from schemas.patterns import SchemaError

HEADER = "# Every public name of the models; a name that goes away needs an alias in naming.toml.\n"


def lock_text(generator: VirtsdkGenerator) -> str:
    """Return the lock of what a generator wrote: a line a class, an enumeration and a field."""
    return HEADER + "".join(f"{name}\n" for name in generator.writer.public_names())


def check_names(old: str, new: str, importable: Collection[str] = (), removed: Collection[str] = ()) -> None:
    """Refuse a regeneration that loses a name.

    Parameters
    ----------
    old, new
        The locks.
    importable
        ``module.Class`` of what modules have besides their own: a class may move to another module, such as
        the one of what several documents share, where its former module still has it.
    removed
        ``Class`` or ``Class.field`` of naming.toml: libvirt itself has dropped them.

    Raises
    ------
    SchemaError
        Names would vanish, or one that is said to be removed is there; it names them.
    """
    lines = _names(new)
    anywhere = {line.partition(".")[2] for line in lines}
    homes = {".".join(line.split(".")[:2]) for line in lines} | set(importable)
    lost: list[str] = []
    for line in _names(old):
        module, cls, *field = line.split(".")
        there = ".".join([cls, *field]) in anywhere and f"{module}.{cls}" in homes
        if not there and cls not in removed and ".".join([cls, *field]) not in removed:
            lost.append(line)
    if lost:
        shown = "\n".join(f"  {line}" for line in lost[:20])
        raise SchemaError(
            f"{len(lost)} public names would vanish; keep each by naming.toml [aliases], or name it there in "
            f"removed where libvirt has dropped it:\n{shown}"
        )
    if wrong := sorted(anywhere.intersection(removed)):
        raise SchemaError(f"naming.toml removed names what is there: {', '.join(wrong)}")


def _names(lock: str) -> list[str]:
    return [line for line in lock.splitlines() if line and not line.startswith("#")]
