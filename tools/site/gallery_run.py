"""Run the items of the gallery as a notebook would, all in one process: ``-m tools.site.gallery_run``.

Each item runs by itself, after the lines that start the lab of its page where it asks for that. What is dear
is made once for all of them: one lab, and the example recording.
"""

from __future__ import annotations

import ast
import functools
import json
import linecache
import os
import re
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from tools.site.gallery_items import Item

_CELL: Final = "<cell>"
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")
Output = dict[str, str]


class WrongItem(Exception):
    """An item fails, or does not show what it says."""


def run(item: Item, made: set[str]) -> list[Output]:
    """Run the code of an item and return what a notebook would show, in order.

    Parameters
    ----------
    item
        The item.
    made
        Names of the functions that drew a chart; `watched` fills it.

    Raises
    ------
    WrongItem
        The code raises, or shows something else than it says.
    """
    outputs: list[Output] = []

    def display(*values: Any) -> None:
        for value in values:
            outputs.append(_output(value))  # now: later it may be another
            made.update(_names(value))

    namespace: dict[str, Any] = {"__name__": "__main__", "display": display}
    linecache.cache[_CELL] = (len(item.code), None, item.code.splitlines(keepends=True), _CELL)
    made.clear()
    try:
        exec(item.lab, namespace)  # code of our own pages
        tree = ast.parse(item.code)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, _CELL, "exec"), namespace)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), _CELL, "eval"), namespace)
            display(*([] if value is None else [value]))
    except Exception as error:
        if not item.raises:
            raise WrongItem(f"{item.page}, {item.name}: {type(error).__name__}: {error}") from error
        lines: list[str] = getattr(error, "_render_traceback_")()  # noqa: B009  # IPython asks for it
        outputs.append({"text": _COLOURS.sub("", "\n".join(lines))})
        made |= _names(error)
    lacking = set(item.shows) - made
    if lacking or not item.shows:
        raise WrongItem(
            f"{item.page}, {item.name}: it does not show {', '.join(sorted(lacking)) or 'anything'}"
        )
    _close(namespace)
    return outputs


def _names(value: object) -> set[str]:
    return {f"{kind.__module__}.{kind.__qualname__}" for kind in type(value).__mro__}


def _output(value: Any) -> Output:
    from IPython.core.formatters import DisplayFormatter

    if hasattr(value, "_ipython_display_"):  # a live view: what it leaves in a page that has no kernel
        still: Callable[[], str] = getattr(value, "_repr_html_", None) or value._still
        return {"html": still()}
    bundle: dict[str, str] = DisplayFormatter().format(value)[0]  # pyright: ignore
    if "text/html" in bundle:
        return {"html": bundle["text/html"]}
    if "image/svg+xml" in bundle:
        return {"svg": bundle["image/svg+xml"]}
    return {"text": bundle["text/plain"]}


def _close(namespace: dict[str, Any]) -> None:
    """Close what an item opened and left, but for what is shared."""
    for value in namespace.values():
        if type(value).__module__.startswith("virtsdk.widgets"):
            value.close()


@contextmanager
def watched(made: set[str]) -> Generator[None]:
    """Note whose charts are drawn: each ``chart`` method, and each function of `virtsdk.display.charts`."""
    from tools.site.gallery_names import chart_functions, charts

    def noting(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def noted(*arguments: Any, **named: Any) -> Any:
            made.add(name)
            return function(*arguments, **named)

        return noted

    before: list[tuple[Any, str, Any]] = []
    for kind in charts():
        before.append((kind, "chart", kind.chart))
        kind.chart = noting(f"{kind.__module__}.{kind.__qualname__}.chart", kind.chart)
    for name, (module, function) in chart_functions().items():
        before.append((module, function.__name__, function))
        setattr(module, function.__name__, noting(name, function))
    try:
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)


class _Shared:
    """The lab that all pages get: it starts with the first that asks, and ends with the run."""

    def __init__(self, ending: ExitStack) -> None:
        self._ending, self._make = ending, _lab()
        self._asked: dict[tuple[Any, ...], Any] = {}

    def __call__(self, *arguments: Any, **named: Any) -> _Shared:
        self._key = (arguments, tuple(sorted(named.items())))
        if self._key not in self._asked:
            lab = self._make(*arguments, progress=None, **named)
            self._ending.callback(lab.stop)
            self._asked[self._key] = lab.start()
        return self

    def start(self) -> Any:
        return self._asked[self._key]


def _lab() -> Callable[..., Any]:
    from virtsdk import lab

    return lab.hosts


def run_all(items: list[Item], folder: Path) -> None:
    """Run items and keep the output of each as a file in `folder`, by its key."""
    import virtsdk

    folder.mkdir(parents=True, exist_ok=True)
    made: set[str] = set()
    failed: list[str] = []
    with ExitStack() as ending, watched(made):
        virtsdk.lab.hosts = _Shared(ending)  # pyright: ignore
        virtsdk.example_recording = functools.cache(virtsdk.example_recording)
        for item in items:
            try:
                outputs = run(item, made)
            except WrongItem as error:
                failed.append(str(error))
                continue
            half = folder / f"{item.key}.{os.getpid()}"
            half.write_text(json.dumps(outputs), encoding="utf-8")
            half.replace(folder / f"{item.key}.json")
    if failed:
        raise SystemExit("\n".join(failed))


if __name__ == "__main__":
    wanted = [Item(**one) for one in json.load(sys.stdin)]
    run_all(wanted, Path(sys.argv[1]))
