"""Run a notebook (py:percent, read by jupytext) and write it as one page that reads without a network."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from virtsdk.errors import MissingDependency, VirtError

if TYPE_CHECKING:
    from nbformat import NotebookNode

_HEADING = re.compile(r"^#+\s+(.+)$", re.MULTILINE)

# nbconvert's page of JupyterLab, without its four addresses of a CDN (require, mathjax, mermaid and mermaid's
# layouts), and dark where the reader's system is.
_PAGE = """
{%- extends 'index.html.j2' -%}
{%- block html_head_js_requirejs -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block html_head_css -%}
<style>@media (prefers-color-scheme: dark) { {{ resources.dark_theme }} }</style>
<style>{{ resources.page_style }}</style>
{%- endblock -%}
"""

_STYLE = """
:root { color-scheme: light dark }
:root { --jp-mirror-editor-operator-color: #8a10d8; --jp-mirror-editor-number-color: #006a00;
  --jp-mirror-editor-comment-color: #3b6a6a }
@media (prefers-color-scheme: dark) {
  :root { --jp-mirror-editor-operator-color: #d08cff; --jp-mirror-editor-number-color: #66bb6a;
    --jp-mirror-editor-comment-color: #8ab8b8 }
}
body.jp-Notebook { max-width: 72em; margin: 0 auto; padding: 1em 1.5em; background: var(--jp-layout-color0) }
.jp-InputPrompt, .jp-OutputPrompt { display: none }
.jp-Cell { padding: 0.4em 0 }
.jp-OutputArea-output { overflow-x: auto; padding-left: 5px }
.jp-OutputArea-output img { max-width: 100%; height: auto }
"""


class NotebookFailed(VirtError):
    """A cell of the notebook raised; the message is the cell's own error."""


def run(
    path: Path,
    environment: Mapping[str, str] | None = None,
    *,
    on_section: Callable[[str], None] | None = None,
    on_text: Callable[[str], None] | None = None,
    cell_seconds: float = 300,
) -> NotebookNode:
    """Execute a notebook in a kernel of its own and return it with its outputs.

    The kernel runs in the notebook's folder and ends with it: also when a cell raises, and on Ctrl-C.

    Parameters
    ----------
    path
        A ``.py`` file in jupytext's percent format.
    environment
        Variables for the kernel, besides the process's own.
    on_section
        Called with each heading before the cells below it run.
    on_text
        Called with what cells print, while they run.
    cell_seconds
        How long a cell may take.

    Raises
    ------
    NotebookFailed
        A cell raised, or took too long.
    MissingDependency
        jupytext, nbclient or ipykernel is not installed.
    KeyboardInterrupt
        SIGINT or SIGTERM came; the kernel has ended.
    """
    try:
        import jupytext  # pyright: ignore[reportMissingTypeStubs]
        from nbclient.exceptions import CellExecutionError, CellTimeoutError
    except ModuleNotFoundError as error:
        raise MissingDependency(
            "running notebooks needs Jupyter", extra="demo", package=error.name
        ) from error

    notebook = cast("NotebookNode", jupytext.read(path))  # pyright: ignore[reportUnknownMemberType]
    variables = {**os.environ, **(environment or {})}
    try:
        asyncio.run(_execute(notebook, path.parent, variables, on_section, on_text, cell_seconds))
    except asyncio.CancelledError as error:
        raise KeyboardInterrupt from error
    except CellExecutionError as error:
        raise NotebookFailed(f"{path.name}: {_without_colours(str(error))}") from error
    except CellTimeoutError as error:
        raise NotebookFailed(f"{path.name}: {error}") from error
    return notebook


async def _execute(
    notebook: NotebookNode,
    folder: Path,
    variables: Mapping[str, str],
    on_section: Callable[[str], None] | None,
    on_text: Callable[[str], None] | None,
    cell_seconds: float,
) -> None:
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError
    from traitlets.config import Config

    class Client(NotebookClient):
        """A client that passes on what cells print, while they run."""

        def process_message(
            self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
        ) -> NotebookNode | None:
            if on_text and (text := _progress(msg)):
                on_text(text)
            return super().process_message(msg, cell, cell_index)

    task = asyncio.current_task()
    assert task is not None

    def take_signals(**_kwargs: object) -> None:
        # nbclient has just set its own; a cancelled task ends the kernel on its way out
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop)

    interrupted = False

    def stop() -> None:
        nonlocal interrupted
        interrupted = True
        task.cancel()

    def tell_section(cell: NotebookNode, **_kwargs: object) -> None:
        if on_section and cell.cell_type == "markdown":
            for heading in _HEADING.findall(cell.source):
                on_section(heading)

    with tempfile.TemporaryDirectory(prefix="virtsdk-kernel-") as place:
        log = Path(place, "log")
        sockets = {"transport": "ipc", "ip": f"{place}/kernel"}  # no port that others could reach
        client = Client(
            notebook,
            config=Config(KernelManager=sockets),
            timeout=cell_seconds,
            kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
            on_notebook_start=take_signals,
            on_cell_start=tell_section,
        )
        try:
            with log.open("wb") as stderr:
                await client.async_execute(env=dict(variables), stderr=stderr)
        except DeadKernelError as error:  # nbclient says so, too, when its own waiting was cancelled
            if interrupted:
                raise asyncio.CancelledError from error
            raise NotebookFailed(f"the notebook's kernel died: {log.read_text(errors='replace')}") from error


def _progress(message: Mapping[str, Any]) -> str | None:
    """Return what a cell that still runs tells: printed text, a display that changes."""
    content = message["content"]
    if message["msg_type"] == "stream":
        return content["text"]
    if content.get("transient", {}).get("display_id"):
        return content["data"].get("text/plain")
    return None


def _without_colours(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text).strip()


def page(notebook: NotebookNode, title: str) -> str:
    """Return the executed notebook as one HTML page that asks the network for nothing.

    Light or dark as the reader's system is; charts are drawn in the page.
    """
    try:
        from jinja2 import DictLoader
        from nbconvert import HTMLExporter
    except ModuleNotFoundError as error:
        raise MissingDependency(
            "writing the page needs nbconvert", extra="demo", package=error.name
        ) from error

    exporter = HTMLExporter(
        extra_loaders=[DictLoader({"virtsdk.html.j2": _PAGE})],
        template_file="virtsdk.html.j2",
        extra_template_basedirs=(templates := _templates()),
        extra_template_paths=templates,
    )
    document = _without_live_views(notebook)
    document.metadata["title"] = title
    resources = {"metadata": {"name": title}, "dark_theme": _dark_theme(exporter), "page_style": _STYLE}
    html, _ = exporter.from_notebook_node(document, resources)
    return html


def _templates() -> list[str]:
    """Return where nbconvert's own templates are: it looks below the interpreter's prefix alone."""
    files = metadata.files("nbconvert") or []
    found = {one.locate() for one in files if one.match("share/jupyter/nbconvert/templates/lab/conf.json")}
    return sorted(str(Path(str(one)).resolve().parents[1]) for one in found)


def _without_live_views(notebook: NotebookNode) -> NotebookNode:
    """Return a copy where live views are the static HTML that they bring along: a page has no kernel."""
    document = deepcopy(notebook)
    document.metadata.pop("widgets", None)
    for cell in document.cells:
        if "outputs" in cell:
            cell["outputs"] = [one for one in cell["outputs"] if not _is_blank(one)]
    return document


def _is_blank(output: NotebookNode) -> bool:
    """Take the live view out of an output; true where nothing but its name in text is left."""
    data = output.get("data", {})
    live = data.pop("application/vnd.jupyter.widget-view+json", None) is not None
    return live and data.keys() <= {"text/plain"}


def _dark_theme(exporter: Any) -> str:
    for folder in exporter.template_paths:
        sheet = Path(folder, "static", "theme-dark.css")
        if sheet.is_file():
            return sheet.read_text(encoding="utf-8")
    raise NotebookFailed("nbconvert has no dark theme: its installation is not complete, reinstall nbconvert")


def texts(notebook: NotebookNode, tag: str) -> Iterator[str]:
    """Yield the plain text that the cells with a tag end in, or print; not what they displayed meanwhile."""
    for cell in notebook.cells:
        if tag in cell.metadata.get("tags", []):
            for output in cell.get("outputs", []):
                if output.output_type == "display_data":
                    continue
                text = output.get("text") or output.get("data", {}).get("text/plain")
                if text:
                    yield text
