"""The door to scipy's HiGHS (extra ``[solver]``)."""

from __future__ import annotations

from typing import Any

from virtsdk import errors


def optimize(wanted_for: str) -> Any:
    """Return ``scipy.optimize``.

    Parameters
    ----------
    wanted_for
        What it is wanted for, for the message.

    Raises
    ------
    MissingDependency
        scipy is not installed.
    """
    try:
        import scipy.optimize  # pyright: ignore[reportMissingTypeStubs]
    except ImportError as error:
        raise errors.MissingDependency(
            f"{wanted_for} needs scipy", extra="solver", package=error.name
        ) from error
    found: Any = scipy.optimize
    return found


def is_there() -> bool:
    """Tell whether scipy is installed."""
    try:
        optimize("this")
    except errors.MissingDependency:
        return False
    return True


def sparse(rows: Any, columns: Any, values: Any, shape: tuple[int, int]) -> Any:
    """Make a sparse matrix of its entries, for programs of `optimize`."""
    import scipy.sparse  # pyright: ignore[reportMissingTypeStubs]

    module: Any = scipy.sparse
    return module.csr_array((values, (rows, columns)), shape=shape)
