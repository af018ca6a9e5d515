"""What must hold for the files of the project, whatever they do."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from virtsdk.lab.requirements import APT_PACKAGES

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ["requirements.lock", "tools/requirements-build.lock"]


def tracked():
    """Return the project's files: git's, or all but what git ignores where this is no clone."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listing.stdout.split("\0") if (ROOT / name).is_file()]


def requirements(lock):
    """Return {name: number of hashes} of a lock file."""
    text = re.sub(r"^#.*\n", "", (ROOT / lock).read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return {line.split("==")[0]: line.count("--hash=sha256:") for line in text.splitlines()}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pinned_package_has_hashes(lock):
    assert requirements(lock)
    assert all(requirements(lock).values())


def test_lock_files_name_no_registry():
    locks = [p for p in tracked() if p.name.endswith(".lock") or p.name == "package-lock.json"]
    addresses = re.compile(r"https?://|--(extra-)?index-url|--find-links")
    assert locks
    assert not [p.name for p in locks if addresses.search(p.read_text())]


def test_lock_holds_every_dependency():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        wanted += extra
    names = {re.match(r"[\w.-]+", line)[0].lower() for line in wanted} - {"virtsdk"}
    assert names <= set(requirements("requirements.lock"))


def test_setup_installs_what_the_lab_asks_for():
    stages = (line.split()[:2] for line in (ROOT / "tools/debian-packages.txt").read_text().splitlines())
    listed = {name for stage, name in filter(lambda words: len(words) == 2, stages) if stage == "lab"}
    assert set(APT_PACKAGES) <= listed


def test_all_is_every_extra_but_those_of_a_checkout():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    (everything,) = extras["all"]
    listed = set(re.search(r"\[(.*)\]", everything)[1].split(","))
    assert listed == set(extras) - {"all", "dev", "docs", "release"}


def test_generated_models_say_so():
    models = sorted((ROOT / "virtsdk/models").glob("*.py"))
    assert models
    assert not [p.name for p in models if "schemas.generate" not in "".join(p.open().readlines()[:5])]


def test_no_binaries_and_nothing_huge():
    files = tracked()
    pictures = {p for p in files if p.parent == ROOT / "docs" / "pictures" and p.suffix == ".png"}
    assert sum(p.stat().st_size for p in pictures) < 200_000, "make pictures keeps few, and small ones"
    example = {p for p in files if ROOT / "virtsdk/history/example_data" in p.parents}
    assert sum(p.stat().st_size for p in example) < 1_000_000, "make example keeps what the notebook needs"
    assert not [p for p in files if p not in pictures | example and b"\0" in p.read_bytes()[:8192]], "binary"
    # the whole of libvirt's domain document is one generated module
    assert not [p for p in files if p.stat().st_size > 2_000_000], "huge"


def test_notebooks_are_committed_without_outputs_and_widget_state():
    for path in (p for p in tracked() if p.suffix == ".ipynb"):
        notebook = json.loads(path.read_text())
        assert "widgets" not in notebook["metadata"], path
        assert not [cell for cell in notebook["cells"] if cell.get("outputs")], path


def test_version_is_said_once_and_the_same():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f'__version__ = "{project["version"]}"' in (ROOT / "virtsdk/__init__.py").read_text()


def test_every_make_target_is_listed():
    makefile = (ROOT / "Makefile").read_text()
    listed = " ".join(re.findall(r"^([a-z][a-z -]*):.*##", makefile, flags=re.MULTILINE))
    phony = re.search(r"^\.PHONY: ((?:.*\\\n)*.*)", makefile, flags=re.MULTILINE)[1].replace("\\", " ")
    assert set(listed.split()) == set(phony.split()) - {"help"}


def test_only_the_labs_examples_are_not_run():
    # They start guests and are there to be read; tests/integration does what they say.
    skipping = {
        p.relative_to(ROOT).parts[1] for p in (ROOT / "virtsdk").rglob("*.py") if "+SKIP" in p.read_text()
    }
    assert skipping <= {"lab"}
