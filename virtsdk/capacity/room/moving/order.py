"""Bring moves into an order in which each has room when its turn comes."""

from __future__ import annotations

from virtsdk.capacity.room.moving.ground import Ground


def carry_out(ground: Ground, wanted: dict[int, int]) -> list[int]:
    """Move units to where they are wanted, and return those that are stuck.

    Each round makes the moves that have room. Where none has, units are in each other's way, in a cycle as a
    rule: then the one with the fewest bytes goes to a third host for a while, if one takes it.

    Parameters
    ----------
    ground
        Where units are; its moves grow.
    wanted
        The host of each unit that is to move.
    """
    left = sorted(
        (unit for unit, host in wanted.items() if ground.at[unit] != host),
        key=lambda unit: (-ground.units[unit].bytes, unit),
    )
    aside: set[int] = set()
    while left:
        gone = [unit for unit in left if _try(ground, unit, wanted[unit])]
        left = [unit for unit in left if unit not in gone]
        if gone or not left:
            continue
        if not _step_aside(ground, left, wanted, aside):
            break
    return left


def _try(ground: Ground, unit: int, host: int) -> bool:
    if not ground.can(unit, host):
        return False
    ground.move(unit, host)
    return True


def _step_aside(ground: Ground, left: list[int], wanted: dict[int, int], aside: set[int]) -> bool:
    """Move one unit that is in the way to a third host; each at most once."""
    blocked = {wanted[unit] for unit in left}
    for unit in sorted(left, key=lambda one: (ground.units[one].bytes, one)):
        if unit in aside or int(ground.at[unit]) not in blocked:
            continue
        may = ground.targets(unit)
        thirds = [int(host) for host in may.nonzero()[0] if int(host) not in blocked]
        thirds += [int(host) for host in may.nonzero()[0] if int(host) in blocked]
        if thirds:
            ground.move(unit, thirds[0])
            aside.add(unit)
            return True
    return False
