"""Debian's Chromium for tests: what it may reach, what it reports, and what axe-core has to say of a page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

CHROMIUM = "/usr/bin/chromium"

SLOW = 60_000
"""Milliseconds that a page may take: a busy machine is slow, not wrong."""

expect.set_options(timeout=SLOW)

# Nothing but this machine resolves: what a page asks of the network fails at once and is seen by `offline`.
CHROMIUM_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Debian's Chromium in place of a downloaded one (a hook of pytest-playwright)."""
    assert Path(CHROMIUM).exists(), f"{CHROMIUM} is missing: apt-get install chromium"
    return {"executable_path": CHROMIUM, "args": CHROMIUM_ARGUMENTS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, object]) -> dict[str, object]:
    """A window as wide as a laptop's."""
    return {**browser_context_args, "viewport": {"width": 1280, "height": 900}}


@pytest.fixture(autouse=True)
def offline(context: BrowserContext) -> Iterator[list[str]]:
    """Every address off this machine that a page asked for; a test fails where there is one."""
    foreign: list[str] = []
    context.set_default_timeout(SLOW)

    def note(url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "data:", "blob:", "file:", "about:")):
            foreign.append(url)

    context.on("request", lambda request: note(request.url))
    yield foreign
    assert foreign == [], f"the page asked the network for {foreign}"


def barriers(
    page: Page, part: str = "html", but: tuple[str, ...] = (), only: tuple[str, ...] = ()
) -> list[str]:
    """Ask axe-core what keeps people out of a part of a page: one line a finding, but for some rules.

    It fetches no style sheets by itself, which a page from disk would not be given.
    """
    options: dict[str, object] = {"resultTypes": ["violations"], "preload": False}
    answer = Axe().run(page, part, options | ({"runOnly": list(only)} if only else {})).response
    found = [one for one in answer["violations"] if one["id"] not in but]
    return [f"{one['id']}: {one['help']}: {node['html'][:200]}" for one in found for node in one["nodes"]]
