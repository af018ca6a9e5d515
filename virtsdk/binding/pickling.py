"""Live objects do not go to other processes; they say what goes instead."""

from __future__ import annotations

from typing import NoReturn


class Live:
    """An object that lives by a connection of this process: pickled, it would be none."""

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        del protocol
        raise TypeError(
            f"{type(self).__name__} lives by a connection of this process and cannot be pickled or copied: "
            "pass on host.uri (and the name or UUID of what is meant), and call virtsdk.connect(uri) in the "
            "other process; frames and definitions can be passed on as they are"
        )
