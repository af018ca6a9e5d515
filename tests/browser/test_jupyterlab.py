"""The test bed itself: JupyterLab runs a notebook in Chromium, and the network is really blocked."""

from __future__ import annotations

import pytest
from playwright.sync_api import Error, Page, expect


def test_a_notebook_runs_and_its_kernel_answers(open_notebook) -> None:
    notebook = open_notebook("answer = 6 * 7\nprint('the answer is', answer)")
    expect(notebook.outputs.get_by_text("the answer is 42")).to_be_visible()
    assert notebook.kernel("print(answer + 1)") == "43"


def test_a_cell_that_raises_is_a_failure(open_notebook) -> None:
    with pytest.raises(AssertionError, match="no such luck"):
        open_notebook("raise RuntimeError('no such luck')")


def test_a_tutorial_opens_as_a_notebook(page: Page, jupyterlab) -> None:
    (jupyterlab.root / "lesson.py").write_text("# %% [markdown]\n# # A lesson\n\n# %%\nprint('taught')\n")
    page.goto(f"{jupyterlab.url}/doc/tree/lesson.py?reset&token={jupyterlab.token}")
    expect(page.get_by_role("heading", name="A lesson")).to_be_visible()


def test_no_address_outside_this_machine_is_reached(page: Page, offline: list[str]) -> None:
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://example.org/")
    assert offline == ["http://example.org/"]
    offline.clear()
