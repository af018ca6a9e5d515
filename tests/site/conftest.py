"""The site, built once: by the first test that asks for it, and not at all where it is there already."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chromium import browser_context_args, browser_type_launch_args
from tests.site.pages import Site
from tools.site.build import build

__all__ = ["browser_context_args", "browser_type_launch_args"]


@pytest.fixture(scope="session")
def site() -> Site:
    """Return the site of this checkout; a warning of Sphinx is an error, and what it said the message."""
    return Site(build())


@pytest.fixture(scope="session")
def folder(site: Site) -> Path:
    """Return where its pages are."""
    return site.folder
