"""The rights that the files of a recording are to have."""

from __future__ import annotations


def check_mode(mode: object) -> int:
    """Return the rights of files, checked.

    Raises
    ------
    TypeError, ValueError
        They are none, or the recorder itself could not read and write.
    """
    if not isinstance(mode, int) or isinstance(mode, bool):
        raise TypeError(f"mode must be the rights of files, for example 0o640, not {mode!r}")
    if not 0 <= mode <= 0o777 or mode & 0o600 != 0o600:
        raise ValueError(
            "mode must be the rights of files that their owner reads and writes, for example 0o640, not "
            f"{mode:#o}"
        )
    return mode
