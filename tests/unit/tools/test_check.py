"""`make test` goes on after a failed part, hides no skip, and its exit status and last line tell."""

import sys

import pytest

from tools import check

TESTS = """
import pytest

def test_good(): ...
def test_bad(): assert False
@pytest.mark.skipif(True, reason="no such   device here")
def test_left_out(): ...
@pytest.fixture
def broken(): raise OSError("disk full")
def test_cannot_start(broken): ...
"""


@pytest.fixture
def parts(monkeypatch, tmp_path):
    monkeypatch.setattr(check, "RESULTS", tmp_path)
    monkeypatch.delenv("PYTEST_ARGS", raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    (tmp_path / "test_some.py").write_text(TESTS)
    (tmp_path / "test_none.py").write_text("")
    (tmp_path / "test_fine.py").write_text("def test_fine(): ...")
    python = [sys.executable, "-c"]
    alone = ["--rootdir", str(tmp_path), "-c", "/dev/null", "-p", "no:cacheprovider"]
    named = {
        "tool": check.Part([*python, "pass"]),
        "broken-tool": check.Part([*python, "raise SystemExit(3)"]),
        "hung": check.Part([*python, "import time; time.sleep(60)"], minutes=0.01),
        "some": check.Part(check.pytest("some", *alone, str(tmp_path / "test_some.py"))),
        "none": check.Part(check.pytest("none", *alone, str(tmp_path / "test_none.py"))),
        "fine": check.Part(check.pytest("fine", *alone, str(tmp_path / "test_fine.py"))),
    }
    monkeypatch.setattr(check, "PARTS", named)


def test_all_well(parts, capfd):
    assert check.main(["tool", "fine"]) == 0
    assert capfd.readouterr().out.splitlines()[-1] == "2 passed, 0 failed, 0 skipped"


def test_a_failed_part_does_not_stop_the_next(parts, capfd):
    assert check.main(["broken-tool", "some", "fine"]) == 1
    said = capfd.readouterr().out
    assert "exit status 3" in said
    assert "  some: test_some::test_left_out: no such device here" in said
    assert said.splitlines()[-1] == "2 passed, 3 failed, 1 skipped"


def test_a_part_without_tests_is_a_failure(parts, capfd):
    assert check.main(["none"]) == 1
    assert "found no tests" in capfd.readouterr().out


def test_a_hung_part_is_ended(parts, capfd):
    assert check.main(["hung", "fine"]) == 1
    said = capfd.readouterr().out
    assert "ended after" in said
    assert said.splitlines()[-1] == "1 passed, 1 failed, 0 skipped"


def test_a_report_of_an_earlier_run_is_not_read(parts, tmp_path, monkeypatch, capfd):
    check.main(["fine"])
    crash = check.Part([sys.executable, "-m", "pytest", "--no-such-option"])
    monkeypatch.setattr(check, "PARTS", {"fine": crash})
    assert check.main(["fine"]) == 1
