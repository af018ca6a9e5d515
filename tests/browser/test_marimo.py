"""marimo: the explorer shows, selects and acts; the what-if shows what its methods are told."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import wait_until_up
from tests.browser.explorers import SET_UP, Seen
from tests.browser.what_ifs import FLEET

CELL = "\n\n@app.cell\ndef _({needs}):\n{body}\n    return ({gives})\n"
SETTINGS = "[runtime]\nauto_instantiate = true\n[server]\nbrowser = ''\n"


def app(*cells: tuple[str, str, str]) -> str:
    """Write a marimo notebook: of each cell what it needs, what it does, what it gives."""
    text = "import marimo\n\napp = marimo.App()\n"
    for needs, body, gives in cells:
        lines = "\n".join(f"    {line}" if line else "" for line in body.strip().splitlines())
        text += CELL.format(needs=needs, body=lines, gives=f"{gives}," if gives else "")
    return text


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """marimo's editor on a folder, with settings of its own: its address and the folder."""
    home = tmp_path_factory.mktemp("marimo")
    (home / "config" / "marimo").mkdir(parents=True)
    (home / "config" / "marimo" / "marimo.toml").write_text(SETTINGS)
    folders = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "STATE", "CACHE", "DATA")}
    token = secrets.token_hex(16)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (home / "apps").mkdir()
    command = [sys.executable, "-m", "marimo", "--yes", "edit", str(home / "apps"), "--headless"]
    command += ["--skip-update-check", "--host", "127.0.0.1", "--port", str(port), "--token-password", token]
    log = home / "log"
    with log.open("w") as output:
        running = subprocess.Popen(
            command, env={**os.environ, **folders}, stdout=output, stderr=output, stdin=subprocess.DEVNULL
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_up(running, f"{url}/health", log)
        yield f"{url}/?access_token={token}&file=", home / "apps"
    finally:
        running.terminate()
        try:
            running.wait(30)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


@pytest.fixture
def open_app(page: Page, server: tuple[str, Path]) -> Callable[..., None]:
    """Write cells as a marimo notebook, and open it; its cells run by themselves."""

    def run(name: str, *cells: tuple[str, str, str]) -> None:
        address, folder = server
        path = folder / f"{name}.py"
        path.write_text(app(*cells))
        page.set_viewport_size({"width": 1280, "height": 1600})
        page.goto(f"{address}{path}")

    return run


THREADS = """
import threading
threads = sorted(one.name for one in threading.enumerate() if one.name.startswith('virtsdk-explorer'))
print(explorer.selection['name'].tolist(), len(threads))
mo.md(f"selected {explorer.selection['name'].tolist()}, threads {len(threads)}")
"""


def test_the_explorer_shows_selects_and_acts(open_app, page: Page, screenshot) -> None:
    open_app(
        "explorer",
        ("", "import marimo as mo", "mo"),
        ("", SET_UP.format(names=["web1", "web2", "db1"], options=""), "host"),
        ("host", "explorer = host.explore()\nexplorer", "explorer"),
        ("", "pass", ""),
    )
    seen = Seen(page)
    expect(seen.grid).to_be_visible(timeout=60_000)
    screenshot("marimo-explorer", full_page=True)
