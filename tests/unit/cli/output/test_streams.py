"""Output that cannot be written, or not in its encoding: a line on stderr, and no traceback."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import textwrap

import pytest

from virtsdk import cli
from virtsdk.cli.output.streams import Output, OutputFailed

FULL = "virtsdk: cannot write the output: No space left on device\n"
CLOSED = "virtsdk: cannot write the output: it is closed\n"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(one for one in sys.path if one))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.xml").write_text("<domain type='kvm'><name>a</name></domain>")
    (tmp_path / "b.xml").write_text("<domain type='kvm'><name>b\u00e4</name></domain>", encoding="utf-8")


def shell(words, more, **environment):
    done = subprocess.run(
        f"{sys.executable} -m virtsdk {words} {more}",
        shell=True,
        check=False,
        capture_output=True,
        encoding="latin-1",
        env=os.environ | environment,
    )
    return done.returncode, done.stdout, done.stderr


QUICK = [
    ("convert a.xml", 1),
    ("diff a.xml b.xml", 2),
    ("validate a.xml", 1),
    ("--help", 1),
    ("diff --help", 2),
]
SLOW = [("headroom test:///default", 1), ("top test:///default --once --interval 0.2", 1)]  # load pandas


@pytest.mark.parametrize(
    ("words", "status", "unbuffered"),
    [*((*one, more) for one in QUICK for more in ("", "1")), (*SLOW[0], ""), (*SLOW[1], "1")],
)
def test_a_full_disk_is_a_line(words, status, unbuffered):
    assert shell(words, ">/dev/full", PYTHONUNBUFFERED=unbuffered) == (status, "", FULL)


@pytest.mark.parametrize(("words", "status"), [("convert a.xml", 1), ("diff a.xml b.xml", 2), ("--help", 1)])
def test_a_closed_output_is_a_line(words, status):
    assert shell(words, ">&-") == (status, "", CLOSED)
    assert shell(words, ">&- 2>&-") == (status, "", "")


def test_a_closed_output_that_nothing_goes_to_is_no_error():
    assert shell("convert a.xml -o c.json", ">&-") == (0, "", "")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_character_without_a_code_is_an_escape(encoding):
    status, out, err = shell("diff a.xml b.xml", "", PYTHONIOENCODING=f"{encoding}:strict")
    assert (status, err) == (1, "") and ("b\\xe4" if encoding == "ascii" else "b\xe4") in out


def test_so_it_is_in_a_table():
    status, out, err = shell(SLOW[1][0], "", PYTHONIOENCODING="latin-1:strict")
    assert (status, err) == (0, "") and "\\u2014" in out


def test_other_streams_stay_as_they_are(capsys):
    before = sys.stdout
    assert cli.main(["validate", "a.xml"]) == 0
    assert sys.stdout is before
    text = io.StringIO()
    Output(text).write_bytes("\u00e4".encode())
    assert text.getvalue() == "\u00e4"
    with pytest.raises(OutputFailed, match="it is closed"):
        Output(None).write("x")


@pytest.mark.parametrize(
    ("words", "module", "status", "said"),
    [
        ("--help", "virtsdk.cli.commands", 130, "virtsdk: interrupted\n"),
        ("check .", "virtsdk.cli.check", 130, "virtsdk: interrupted\n"),
        ("top test:///default", "virtsdk.cli.top.run", 0, ""),
    ],
)
def test_ctrl_c_while_modules_are_loaded_is_no_traceback(words, module, status, said):
    code = f"""
        import os, signal, sys
        from virtsdk.cli import main

        class Slow:
            def find_spec(self, name, *more):
                if name == {module!r}:
                    sys.meta_path.remove(self)
                    os.kill(os.getpid(), signal.SIGINT)

        sys.meta_path.insert(0, Slow())
        sys.exit(main({words.split()!r}))
        """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (status, said)


def test_the_command_itself_loads_little_before_it_can_be_interrupted():
    code = "import sys\nbefore = set(sys.modules)\nimport virtsdk.cli\nprint(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "argparse" not in done.stdout.split() and "virtsdk.cli.commands" not in done.stdout.split()
