"""The embedded lab in a notebook's kernel: what a cell shows, and what Restart leaves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

from tests.integration import leftovers


@pytest.fixture(scope="module")
def kernel() -> Iterator[tuple[KernelManager, BlockingKernelClient]]:
    manager, client = start_new_kernel(kernel_name="python3")
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def run(client: BlockingKernelClient, code: str) -> list[tuple[str, dict[str, object]]]:
    """Run a cell; the messages that it showed."""
    shown: list[tuple[str, dict[str, object]]] = []
    client.execute_interactive(
        code,
        timeout=120,
        output_hook=lambda message: shown.append((message["msg_type"], message["content"])),
    )
    return [(kind, content) for kind, content in shown if kind not in {"status", "execute_input"}]


def test_a_cell_shows_one_line_that_follows_the_lab(kernel) -> None:
    _, client = kernel
    cell = "import virtsdk\nlab = virtsdk.lab.embedded(guests=1, wait=False)\nhost = lab.start()"
    for _ in range(2):  # a cell that is run again
        shown = run(client, cell)
        kinds = [kind for kind, _ in shown]
        assert kinds[0] == "display_data"
        assert set(kinds[1:]) == {"update_display_data"}
        assert "1 guest up on" in str(shown[-1][1]["data"])


def test_a_restarted_kernel_leaves_nothing(kernel) -> None:
    manager, client = kernel
    said = "".join(str(shown["text"]) for _, shown in run(client, "print(host.uri)"))  # in pieces, maybe
    folder = Path(said.strip().partition("root=")[2]).parent
    assert leftovers.of_lab(folder)
    manager.restart_kernel(now=True)
    assert leftovers.until_gone(folder) == []
