"""Work on a recording by Dask's workers: of this machine, or of any cluster that sees its directory."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, TypeVar, cast, runtime_checkable

from virtsdk.errors import MissingDependency

Argument = TypeVar("Argument")
Answer = TypeVar("Answer")
WAITING: Final = 64
"""Calls that are with the workers at a time, at the least: what is sent along does not pile up."""


@runtime_checkable
class Workers(Protocol):
    """What is asked of a ``distributed.Client``."""

    def map(self, function: Callable[..., Any], /, *arguments: Any, **options: Any) -> Any:
        """Have a function called with each argument, and return what stands for the answers."""
        ...

    def gather(self, futures: Any, /) -> Any:
        """Wait for the answers, and return them in their order."""
        ...


def over(client: object) -> Callable[[Callable[[Any], Any], Sequence[Any]], list[Any]]:
    """Return what calls a function with each of some arguments on workers.

    Parameters
    ----------
    client
        A ``distributed.Client``, or ``"local"``: workers of this machine for as long as that takes.

    Raises
    ------
    MissingDependency
        Dask is not installed.
    ValueError, TypeError
        It is neither.
    """
    if isinstance(client, str):
        if client != "local":
            raise ValueError(f"client must be 'local' or a distributed.Client, not {client!r}")
        _distributed()
        return _locally
    if not isinstance(client, Workers) or getattr(client, "asynchronous", False):
        what = "an asynchronous one" if isinstance(client, Workers) else type(client).__name__
        raise TypeError(f"client must be 'local' or a distributed.Client, not {what}")
    return lambda function, arguments: _called(client, function, arguments)


def _called(
    client: Workers, function: Callable[[Argument], Answer], arguments: Sequence[Argument]
) -> list[Answer]:
    found: list[Answer] = []
    waiting: deque[Any] = deque()

    def take() -> None:  # it is forgotten there once it is here: no worker holds more than a few
        found.extend(cast("list[Answer]", client.gather([waiting[0]])))
        waiting.popleft()

    threads = getattr(client, "nthreads", dict[str, int])()
    most = max(WAITING, 2 * sum(threads.values()))
    try:
        for argument in arguments:
            # not pure: files of the same names may have more in them the next time
            waiting.extend(client.map(function, [argument], pure=False))
            if len(waiting) >= most:
                take()
        while waiting:
            take()
    finally:  # one that raised stays in the traceback, and should not keep the others at work
        waiting.clear()
    return found


def _locally(function: Callable[[Argument], Answer], arguments: Sequence[Argument]) -> list[Answer]:
    distributed = _distributed()
    from dask.system import CPU_COUNT

    # any port, as that of a cluster that is there already may be taken, and for this machine alone
    with (
        tempfile.TemporaryDirectory(prefix="virtsdk-dask-") as scratch,
        distributed.LocalCluster(
            n_workers=max(1, min(CPU_COUNT, len(arguments))),
            threads_per_worker=1,
            dashboard_address="127.0.0.1:0",
            local_directory=scratch,
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        return _called(client, function, arguments)


def lazily() -> Callable[[Callable[[Any], Any], Sequence[Any], Any, str], Any]:
    """Return what makes a ``dask.dataframe`` of a function and what it is called with, part by part.

    Raises
    ------
    MissingDependency
        Dask is not installed.
    """
    try:
        import dask.config
        import dask.dataframe
    except ImportError as error:
        raise MissingDependency("lazy=True needs Dask", extra="fleet", package="dask") from error
    frames: Any = dask.dataframe

    def make(function: Callable[[Any], Any], parts: Sequence[Any], meta: Any, name: str) -> Any:
        with dask.config.set({"dataframe.convert-string": False}):  # to a dtype that ours is not
            return frames.from_map(function, parts, meta=meta, label=name)

    return make


def _distributed() -> Any:
    try:
        import distributed
    except ImportError as error:
        raise MissingDependency("client= needs Dask", extra="fleet", package="distributed") from error
    return distributed
