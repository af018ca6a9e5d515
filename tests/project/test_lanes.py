"""How the tests themselves are run: what one worker takes together, and how much `make soak` tries."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

from hypothesis import settings

from tests.browser import conftest as browser
from tests.budget import examples
from tests.integration import conftest as integration
from tests.integration.conftest import lane as lab_lane
from tests.lanes import Lanes
from tests.notebooks import conftest as notebooks
from tests.notebooks.conftest import lane as notebook_lane

ROOT = Path(__file__).resolve().parents[2]
CONFTEST = """
from tests.lanes import Lanes

def pytest_xdist_make_scheduler(config, log):
    return Lanes(config, log, lambda nodeid: nodeid.partition("test_")[2][:3])
"""
TEST = """
import os, pathlib

def test_it():
    pathlib.Path(__file__ + ".by").write_text(os.environ["PYTEST_XDIST_WORKER"])
"""


def test_a_worker_takes_a_lane_whole(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    (tmp_path / "conftest.py").write_text(CONFTEST)
    files = [tmp_path / f"test_{lane}{number}.py" for number in range(4) for lane in ("red", "sky")]
    for file in files:
        file.write_text(TEST)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", "/dev/null"]
    command += ["-p", "xdist", "-n2", "--dist=loadfile", "--import-mode=importlib"]
    command += ["--rootdir", tmp_path, tmp_path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert "8 passed" in done.stdout, done.stdout
    by = {file.name: Path(f"{file}.by").read_text() for file in files}
    for lane in ("red", "sky"):
        assert len({worker for name, worker in by.items() if lane in name}) == 1
    assert len(set(by.values())) == 2


class Worker:
    """What it is sent, by number."""

    shutting_down = False

    def __init__(self):
        self.sent = []

    def send_runtest_some(self, numbers):
        self.sent += numbers


def test_lanes_that_take_long_begin_first_and_then_those_with_most_tests():
    config = SimpleNamespace(getvalue=lambda name: ["popen"], option=SimpleNamespace(loadscopereorder=False))
    lanes = Lanes(config, None, lambda nodeid: nodeid[:3], ["zap", "gone"])
    tests = ["abc1", "abc2", "red1", "red2", "red3", "zap1"]
    worker = Worker()
    lanes.add_node(worker)
    lanes.add_node_collection(worker, tests)
    lanes.schedule()
    assert [tests[number] for number in worker.sent] == ["zap1", "red1", "red2", "red3"]
    assert {lane: [*ids] for lane, ids in lanes.workqueue.items()} == {"abc": ["abc1", "abc2"]}


def test_what_is_said_to_take_long_is_there():
    for name in {*integration.LONG, *browser.LONG} - {*integration.SHARED}:
        assert (ROOT / name).is_file(), name
    assert {*notebooks.LONG} <= {path.stem.partition("_")[2] for path in notebooks.NOTEBOOKS}


def test_files_with_the_same_lab_are_one_lane():
    folder = "tests/integration"
    assert lab_lane(f"{folder}/figures/test_virsh.py::test_x") == "lab_daemon"
    assert lab_lane(f"{folder}/domain/test_saving.py::test_x") == "lab_daemon"
    assert lab_lane(f"{folder}/remote/test_transports.py::test_x[tls]") == "sites"
    assert lab_lane(f"{folder}/domain/test_lifecycle.py::test_x") == "lab_host"
    alone = f"{folder}/domain/test_migration.py"
    assert lab_lane(f"{alone}::test_x") == alone
    assert lab_lane("virtsdk/lab/lab_host.py::virtsdk.lab.lab_host") == "virtsdk/lab/lab_host.py"


def test_tests_of_one_notebook_are_one_lane():
    file = "tests/notebooks/test_notebooks.py"
    assert notebook_lane(f"{file}::test_first_look_has_charts") == "first_look"
    assert notebook_lane(f"{file}::test_it_runs[01_first_look]") == "first_look"
    assert notebook_lane(f"{file}::test_a_live_view") == file


def test_soak_tries_many_more_examples():
    before = settings.get_current_profile_name()
    try:
        settings.load_profile("every-run")
        few = examples(3, print_blob=True)
        settings.load_profile("soak")
        many = examples(3)
    finally:
        settings.load_profile(before)
    assert (few.max_examples, few.print_blob, few.deadline) == (3, True, None)
    assert (few.derandomize, many.derandomize) == (True, False)
    assert many.max_examples >= 100
