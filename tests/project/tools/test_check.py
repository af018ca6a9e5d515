"""`make test` goes on after a failed part, hides no skip, and its exit status and last line tell."""

import py_compile
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

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
    monkeypatch.setattr(check, "INSTALLED", [])
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
        "two-tools": check.Part([*python, "raise SystemExit(3)"], more=[[*python, "print('second')"]]),
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


def test_each_tool_of_a_part_runs_and_counts(parts, capfd):
    assert check.main(["two-tools"]) == 1
    said = capfd.readouterr().out
    assert "second" in said
    assert said.splitlines()[-1] == "1 passed, 1 failed, 0 skipped"


def test_linear_algebra_does_not_take_the_cores_of_the_other_workers(parts, monkeypatch):
    code = "import os; raise SystemExit(int(os.environ['OPENBLAS_NUM_THREADS']) - 1)"
    check.PARTS["threads"] = check.Part([sys.executable, "-c", code])
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    assert check.main(["threads"]) == 0
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")  # a person's own choice stays
    assert check.main(["threads"]) == 1


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


# --- several workers ------------------------------------------------------------------------------------


@pytest.fixture
def spread(parts, tmp_path):
    """A part of two files, for two workers; gives what to write into the second one."""
    alone = ["--rootdir", str(tmp_path), "-c", "/dev/null", "-p", "no:cacheprovider", "-p", "xdist"]

    def make(second, *arguments, together=False):
        (tmp_path / "test_other.py").write_text(second)
        files = [str(tmp_path / name) for name in ("test_some.py", "test_other.py")]
        command = check.pytest("spread", *alone, *arguments, *files, workers=2, together=together)
        check.PARTS["spread"] = check.Part(command)

    return make


def test_workers_change_the_summary_by_what_crashed_or_hung(spread, capfd):
    second = """
    import os, threading

    def test_in_a_worker(): assert os.environ["PYTEST_XDIST_WORKER"]
    def test_that_crashes(): os.kill(os.getpid(), 11)
    def test_that_hangs(): threading.Event().wait(60)
    def test_later(): ...
    """
    spread(textwrap.dedent(second), "-o", "faulthandler_timeout=4")
    assert check.main(["spread"]) == 1
    said = capfd.readouterr()
    assert "crashed while running 'test_other.py::test_that_crashes'" in said.out
    assert "crashed while running 'test_other.py::test_that_hangs'" in said.out
    assert "in test_that_hangs" in said.err  # where it was
    assert "  spread: test_some::test_left_out: no such device here" in said.out
    assert said.out.splitlines()[-1] == "3 passed, 4 failed, 1 skipped"


def test_where_files_stay_together_a_crash_ends_the_part_and_is_named(spread, capfd):
    spread("import os\ndef test_fatal(): os.kill(os.getpid(), 11)\ndef test_later(): ...", together=True)
    assert check.main(["spread"]) == 1
    assert "crashed while running 'test_other.py::test_fatal'" in capfd.readouterr().out
    assert (check.RESULTS / "spread.xml").read_text().count('name="test_fatal"') == 1  # not tried again


# --- bytecode -------------------------------------------------------------------------------------------


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A part that imports a module, and where bytecode goes that is forbidden beside it."""
    monkeypatch.setattr(check, "BYTECODE", tmp_path / "pycache")
    monkeypatch.setattr(check, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(check, "INSTALLED", [])
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    (tmp_path / "novel.py").write_text("")
    script = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import novel"
    monkeypatch.setattr(check, "PARTS", {"import": check.Part([sys.executable, "-c", script])})
    return tmp_path / "novel.py"


def cached(folder):
    return [str(path.relative_to(folder)) for path in folder.rglob("novel.*.pyc")]


def test_where_bytecode_is_forbidden_it_goes_to_a_folder_of_its_own(module, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert check.main(["import"]) == 0
    (one,) = cached(tmp_path)
    assert one.startswith("pycache/")
    shutil.rmtree(tmp_path / "pycache")
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path / "mine"))
    assert check.main(["import"]) == 0
    (one,) = cached(tmp_path)
    assert one.startswith("mine/")


def test_what_was_compiled_at_installation_is_not_compiled_again(module, tmp_path, monkeypatch):
    installed = tmp_path / "installed"
    (installed / "deep").mkdir(parents=True)
    (installed / "deep/novel.py").write_text("X = 1\n")
    beside = (
        installed / "deep/__pycache__" / f"novel.{sys.implementation.cache_tag}.pyc"
    )  # wherever these tests' goes
    compiled = Path(py_compile.compile(str(installed / "deep/novel.py"), cfile=str(beside)))
    script = f"import sys; sys.path.insert(0, {str(installed / 'deep')!r}); import novel"
    monkeypatch.setattr(check, "PARTS", {"import": check.Part([sys.executable, "-c", script])})
    monkeypatch.setattr(check, "INSTALLED", [installed])
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    for _ in range(2):
        assert check.main(["import"]) == 0
    (taken,) = (tmp_path / "pycache").rglob("novel.*.pyc")
    assert taken.samefile(compiled)
    (installed / "deep/novel.py").write_text("X = 1234\n")  # changed since: Python writes a new one
    assert check.main(["import"]) == 0
    (taken,) = (tmp_path / "pycache").rglob("novel.*.pyc")
    assert not taken.samefile(compiled)


def test_where_it_is_allowed_it_stays_where_it_is(module, tmp_path, monkeypatch):
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    assert check.main(["import"]) == 0
    (one,) = cached(tmp_path)
    assert one.startswith("__pycache__/")


def test_make_does_the_same_for_all_its_targets(tmp_path, monkeypatch):
    if shutil.which("make") is None:
        pytest.skip("make is not installed")

    def said():
        rule = "show: ; @$(PY) -c 'import sys; print(sys.dont_write_bytecode, sys.pycache_prefix)'"
        command = ["make", "--no-print-directory", "--eval", rule, "show"]
        done = subprocess.run(command, cwd=check.ROOT, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    for name in ("PYTHONPYCACHEPREFIX", "MAKEFLAGS", "MAKELEVEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert said() == f"False {check.BYTECODE}"
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path / "my own folder"))
    assert said() == f"False {tmp_path}/my own folder"
    monkeypatch.delenv("PYTHONPYCACHEPREFIX")
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE")
    assert said() == "False None"
