"""What every part of the tests shares; each folder has its own fixtures beside its tests."""

import gc
import os
import signal
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from _pytest.doctest import DoctestModule
from hypothesis import HealthCheck, settings

from tests.javascript import pytest_collect_file as pytest_collect_file
from virtsdk.binding.library import library

# Some tests import libvirt themselves; loaded by virtsdk first, it keeps its log off stderr, as for a user.
library()

# Altair loads jsonschema, and that this where it is there: it compiles 39 grammars, a second in each process,
# for addresses in a schema that nobody here has.
sys.modules.setdefault("rfc3987_syntax", None)

# Example counts are fixed, deadlines are off: a busy machine must not fail a property. Every run has the same
# examples, so that what fails is what was changed; `make soak` draws new ones, and fifty times as many.
slow_data = (HealthCheck.too_slow, HealthCheck.data_too_large)
settings.register_profile(
    "every-run", max_examples=100, deadline=None, derandomize=True, suppress_health_check=slow_data
)
settings.register_profile(
    "soak", max_examples=5000, deadline=None, derandomize=False, suppress_health_check=slow_data
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "every-run"))

# Started in the background of a shell, a process is deaf to Ctrl-C and so are its children: tests that press
# it need what a terminal gives.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse names of tests that differ from process to process: workers would not agree on them."""
    for item in items:
        if " at 0x" in item.nodeid:
            raise pytest.UsageError(f"{item.nodeid} has an address in its name: give its parameters ids")


class Docstrings:
    """Files without an example are not searched for one: doctest looks at each name of a module.

    A package gives names whose docstrings are in its modules.
    """

    @pytest.hookimpl(wrapper=True)
    def pytest_collect_file(self, file_path: Path) -> Generator[None, list[pytest.Collector]]:
        found = yield
        kept = [one for one in found if not isinstance(one, DoctestModule)]
        if len(kept) == len(found) or file_path.name == "__init__.py" or b">>> " in file_path.read_bytes():
            return found
        return kept


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Docstrings())  # a hook of this file would see the files beside it alone


def pytest_collection() -> None:
    gc.disable()  # what is imported and collected stays


def pytest_collection_finish() -> None:
    """Keep what stays to the end out of the collector's sight: it would look at all of it again and again."""
    gc.freeze()  # not collected before: that alone takes half a second in each process
    gc.set_threshold(20_000, 20, 20)  # there is little to find: frames are no circles
    gc.enable()
