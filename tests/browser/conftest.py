"""A real JupyterLab in Debian's Chromium: own configuration, loopback only, no other network.

Notebooks are written by the tests into the server's own root folder, so nothing in the checkout changes.
Screenshots of every view go to ``build/screenshots`` (not committed).
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.explorer.explorers import SET_UP, Seen
from tests.chromium import barriers
from tests.chromium import browser_context_args as browser_context_args
from tests.chromium import browser_type_launch_args as browser_type_launch_args
from tests.chromium import offline as offline
from tests.lanes import Lanes
from tests.ports import free_port

REPOSITORY = Path(__file__).resolve().parents[2]
SCREENSHOTS = REPOSITORY / "build" / "screenshots"
# Start cells through the application's command, and only once the kernel has said who it is: an earlier
# run is dropped silently, and clicking the menu is not reliable. What draws widgets may come later than the
# notebook on a busy machine; an output that comes before it is text for good.
RUN_ALL = """async () => {
  while (!window.jupyterapp?.shell?.currentWidget?.sessionContext) await new Promise(r => setTimeout(r, 50));
  const app = window.jupyterapp, notebook = app.shell.currentWidget;
  await app.restored; await notebook.context.ready; await notebook.sessionContext.ready;
  await notebook.sessionContext.session.kernel.info;
  const widgets = "application/vnd.jupyter.widget-view+json", drawn = notebook.content.rendermime;
  while (!drawn.mimeTypes.includes(widgets)) await new Promise(r => setTimeout(r, 50));
  const late = new Error("the cells ran for 4 minutes");
  const end = new Promise((_, reject) => setTimeout(reject, 240000, late));
  return await Promise.race([app.commands.execute("notebook:run-all-cells"), end]);
}"""

# Code in the notebook's own kernel, beside the notebook: what it prints, or its error.
RUN_CODE = """async code => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  let text = "";
  const future = kernel.requestExecute({code, silent: false, store_history: false});
  future.onIOPub = message => {
    if (message.header.msg_type === "stream") text += message.content.text;
    if (message.header.msg_type === "error") text += message.content.traceback.join("\\n");
  };
  const reply = await future.done;
  return {ok: reply.content.status === "ok", text};
}"""

# What cells raised, of the notebook itself: the page may draw it later.
RAISED = """() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells
  .flatMap(cell => cell.outputs ?? []).filter(one => one.output_type === "error")
  .map(one => `${one.ename}: ${one.evalue}\\n${one.traceback.join("\\n")}`).join("\\n")"""

SET_THEME = """async name => {
  await window.jupyterapp.commands.execute("apputils:change-theme", {theme: name});
}"""


# Files that run real guests have few tests, which take long; of others those with most tests take longest.
LONG = [
    f"tests/browser/{file}"
    for file in (
        "explorer/test_page.py", "explorer/test_explorer.py", "test_demo.py", "explorer/test_lab_guests.py",
        "test_pictures.py", "test_what_if.py", "timeline/test_timeline.py",
    )
]  # fmt: skip


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Lanes | None:
    by_file = config.getvalue("dist") == "loadfile"
    return Lanes(config, log, lambda nodeid: nodeid.partition("::")[0], LONG) if by_file else None


@pytest.fixture
def screenshot(page: Page) -> Callable[..., Path]:
    """Save a picture of the page, or of one element, below ``build/screenshots``."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    def save(name: str, element: Locator | None = None, **options: object) -> Path:
        path = SCREENSHOTS / f"{name}.png"
        (element or page).screenshot(path=path, **options)
        return path

    return save


@pytest.fixture(scope="session", name="barriers")
def fixture_of_barriers() -> Callable[..., list[str]]:
    """Ask axe-core what keeps people out of a part of a page."""
    return barriers


@dataclass(frozen=True)
class JupyterLab:
    """A running server: its address, its token and the folder it serves."""

    url: str
    token: str
    root: Path


@pytest.fixture(scope="session")
def jupyterlab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterLab]:
    """One JupyterLab for the session, on a free port of 127.0.0.1, with a configuration of its own."""
    home = tmp_path_factory.mktemp("jupyterlab")
    root = home / "notebooks"
    root.mkdir()
    shutil.copytree(REPOSITORY / "notebooks" / ".jupyter", home / "config")
    token = secrets.token_hex(16)
    port = free_port()
    environment = dict(
        os.environ,
        JUPYTER_CONFIG_DIR=str(home / "config"),
        JUPYTER_RUNTIME_DIR=str(home / "runtime"),
        JUPYTERLAB_SETTINGS_DIR=str(home / "settings"),
        JUPYTERLAB_WORKSPACES_DIR=str(home / "workspaces"),
        IPYTHONDIR=str(home / "ipython"),
    )
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    command += [f"--ServerApp.root_dir={root}", f"--IdentityProvider.token={token}"]
    command += ["--LabApp.expose_app_in_browser=True", "--JupyterNotebookApp.expose_app_in_browser=True"]
    log = home / "log"
    url = f"http://127.0.0.1:{port}"
    with log.open("w") as output:
        server = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        wait_until_up(server, f"{url}/api/status?token={token}", log)
        yield JupyterLab(url, token, root)
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:  # now and then it stops serving and does not end
            server.kill()
            server.wait()


def wait_until_up(server: subprocess.Popen[bytes], address: str, log: Path, seconds: float = 180) -> None:
    """Return once the server answers; its log is the error where it stops or stays silent."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.25)
        else:
            return
    raise AssertionError(f"JupyterLab did not answer within {seconds:.0f} s:\n{log.read_text()}")


class Notebook:
    """One notebook open in JupyterLab, or in Notebook 7, as a person sees it, and its kernel."""

    def __init__(self, page: Page, server: JupyterLab, path: str, app: str = "doc/tree") -> None:
        self.page = page
        self.outputs = page.locator(".jp-OutputArea-output")
        page.goto(f"{server.url}/{app}/{path}?reset&token={server.token}")

    def run_all(self) -> None:
        """Run all cells and wait for them; a cell that raised is a failure."""
        finished = self.page.evaluate(RUN_ALL)
        assert finished, f"a cell raised:\n{self.page.evaluate(RAISED)}"

    def kernel(self, code: str) -> str:
        """What the code prints in the notebook's kernel."""
        answer = self.page.evaluate(RUN_CODE, code)
        assert answer["ok"], answer["text"]
        return answer["text"].strip()

    def theme(self, name: str) -> None:
        """Change JupyterLab's theme, for example to ``JupyterLab Dark``."""
        self.page.evaluate(SET_THEME, name)
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-name", name)
        expect(self.page.locator("#jupyterlab-splash")).to_have_count(0)  # it fades over the page

    def shut_down(self) -> None:
        """End the kernel, as its menu entry would."""
        self.page.evaluate("async () => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")


@pytest.fixture
def open_notebook(page: Page, jupyterlab: JupyterLab) -> Iterator[Callable[..., Notebook]]:
    """Write code cells as a notebook, open it in JupyterLab and run it; the kernel ends with the test."""
    opened: list[Notebook] = []

    def run(*cells: str, name: str = "test.ipynb", app: str = "doc/tree") -> Notebook:
        document = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        document.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(document, jupyterlab.root / name)
        notebook = Notebook(page, jupyterlab, name, app)
        opened.append(notebook)
        notebook.run_all()
        return notebook

    yield run
    for notebook in opened:
        notebook.shut_down()


@pytest.fixture
def explore(open_notebook, page: Page) -> Callable:
    """Open an explorer on these running domains of the test driver."""

    def start(names: tuple[str, ...] = ("web1", "web2", "db1"), options: str = ""):
        set_up = SET_UP.format(names=list(names), options=options)
        notebook = open_notebook(set_up, "explorer = host.explore()\nexplorer")
        seen = Seen(page)
        expect(seen.grid).to_be_visible()
        return notebook, seen

    return start
