"""The site as people use it, in Chromium and from disk: searched, copied from, light, dark, narrow."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.chromium import barriers, offline
from tests.site.pages import Site

__all__ = ["offline"]

# One page of each kind: of a folder the largest one.
KINDS = {
    "first": "index.html",
    "install": "install.html",
    "guide": "guide/*.html",
    "gallery": "gallery/*.html",
    "tutorial": "tutorials/*.html",
    "reference": "reference/*.html",
    "errors": "reference/errors.html",
    "models": "models/*.html",
    "catalogue": "catalogue.html",
    "about": "about/contributing.html",
    "search": "search.html",
}
ENOUGH = 150_000  # bytes: axe takes a minute for the longest pages, which are more of the same
# What is more of the same is left out of what axe looks at: rows of long tables, most of a long page's parts.
SHORTEN = """() => {
  for (const one of document.querySelectorAll("tbody > tr:nth-child(n + 7)")) one.remove();
  for (const one of document.querySelectorAll("article section > section:nth-of-type(n + 9)")) one.remove();
}"""
REMEMBER = """node => new MutationObserver(() => {
  if (node.classList.contains("success")) node.dataset.hasBeenSuccess = "yes";
}).observe(node, {attributes: true, attributeFilter: ["class"]})"""
LIMIT = 300_000  # bytes, of the first page and of all that it loads, each


@pytest.fixture(autouse=True)
def quiet(page: Page) -> Iterator[list[str]]:
    """Every error and warning in the console; a test fails where there is one."""
    said: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            said.append(f"{message.type}: {message.text} {message.location}")

    page.on("console", note)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield said
    assert said == []


def one_of(site: Site, pattern: str) -> Path:
    """Return the largest page of a kind that is not too large to look at closely."""
    sizes = {path: path.stat().st_size for path in site.folder.glob(pattern)}
    assert sizes, pattern
    fitting = {path: size for path, size in sizes.items() if size < ENOUGH} or {
        min(sizes, key=sizes.__getitem__): 0
    }
    return max(fitting, key=fitting.__getitem__)


def samples(site: Site, most: int = 20) -> list[str]:
    """Return all pages, but of a folder of many that a program wrote the longest ones."""
    folders: dict[Path, list[Path]] = {}
    for name in site.pages:
        folders.setdefault(Path(name).parent, []).append(site.folder / name)
    longest = [sorted(paths, key=lambda one: -one.stat().st_size)[:most] for paths in folders.values()]
    return [str(path.relative_to(site.folder)) for paths in longest for path in paths]


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_is_kept_out(kind: str, site: Site, page: Page) -> None:
    """Light and dark; axe's contrast, names, order and landmarks."""
    path = one_of(site, KINDS[kind])
    page.goto(path.as_uri())
    page.evaluate(SHORTEN)
    for theme, only in (("light", ()), ("dark", ("color-contrast",))):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        # pandas leaves the corner of a frame empty
        assert barriers(page, but=("empty-table-header",), only=only) == [], f"{path.name}, {theme}"


def test_no_page_is_wider_than_a_telephone(site: Site, page: Page) -> None:
    """At 390 px: what is wide moves inside itself."""
    page.set_viewport_size({"width": 390, "height": 800})
    wide: list[str] = []
    for name in samples(site):
        page.goto((site.folder / name).as_uri(), wait_until="load")
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            wide.append(f"{name}: {over} px")
    assert not wide, "\n".join(wide)


@pytest.mark.parametrize("word", ["headroom", "vcpu_delay"])
def test_a_word_is_found(word: str, site: Site, page: Page) -> None:
    page.goto((site.folder / "index.html").as_uri())
    page.get_by_role("button", name="Search").first.click()
    box = page.get_by_role("dialog").get_by_role("searchbox")
    box.fill(word)
    box.press("Enter")
    results = page.locator("#search-results ul.search li")
    expect(results.first).to_be_visible()
    results.first.get_by_role("link").first.click()
    expect(page.locator("article")).to_contain_text(word, ignore_case=True)


def test_the_theme_is_chosen_and_kept(site: Site, page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto((site.folder / "index.html").as_uri())
    html = page.locator("html")
    for mode, theme in (("Light", "light"), ("Dark", "dark"), ("System Settings", "light"), ("Dark", "dark")):
        page.get_by_role("button", name="Color mode").click()
        page.locator(".dropdown-menu.show").get_by_text(mode).click()
        expect(html).to_have_attribute("data-theme", theme)
    page.goto((site.folder / "start.html").as_uri())
    expect(html).to_have_attribute("data-theme", "dark")


def test_code_is_copied_without_prompts(site: Site, page: Page) -> None:
    page.goto((site.folder / "start.html").as_uri())
    button = page.locator("button.copybtn").first
    button.locator("xpath=..").hover()
    button.evaluate(REMEMBER)  # it says so for two seconds
    button.click()
    expect(button).to_have_attribute("data-has-been-success", "yes")


def test_the_first_page_is_light(
    site: Site, browser: Browser, browser_context_args: dict[str, object]
) -> None:
    """The page below 300 kB, and all that it loads below 300 kB as a server would send it."""
    with browser.new_context(**browser_context_args) as context:
        page = context.new_page()
        asked: set[str] = set()
        page.on("request", lambda request: asked.add(request.url.partition("?")[0]))
        page.goto((site.folder / "index.html").as_uri(), wait_until="networkidle")
    files = [Path(one.removeprefix("file://")) for one in asked if one.startswith("file:")]
    sent = {path: min(len(gzip.compress(path.read_bytes(), 6)), path.stat().st_size) for path in files}
    for path, size in sorted(sent.items(), key=lambda pair: -pair[1]):
        print(f"{size:8} {path.relative_to(site.folder)}")
    html, total = (site.folder / "index.html").stat().st_size, sum(sent.values())
    print(f"{total:8} in all, of {len(sent)} files; the page itself {html}, as it lies on disk")
    assert html < LIMIT
    assert total < LIMIT
