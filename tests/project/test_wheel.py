"""What `pip install virtsdk` brings."""

import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

from tests.unit.type_checker import findings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A copy of what it is built from, so that nothing is left in the checkout."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("virtsdk", "schemas", "notebooks"):  # with the links from the first to the others
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=ignored)
    return source


@pytest.fixture(scope="module")
def wheel(source, tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--wheel-dir", str(out), str(source)], check=True)
    (path,) = out.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def test_every_file_of_the_package_is_in_it(wheel):
    found = os.walk(ROOT / "virtsdk", followlinks=True)
    files = {str((Path(folder) / name).relative_to(ROOT)) for folder, _, names in found for name in names}
    files = {name for name in files if not {"__pycache__", ".jupyter"} & set(name.split("/"))}
    assert "virtsdk/notebooks/01_first_look.py" in files
    assert files - set(wheel.namelist()) == set()


def test_the_rules_are_in_it(wheel):
    assert wheel.read("virtsdk/xml/_validate/rules.json") == (ROOT / "schemas/rules.json").read_bytes()


def test_it_brings_the_command_and_the_notebooks(wheel, tmp_path):
    """The command runs from an installed wheel, away from any checkout."""
    site = tmp_path / "site"
    wheel.extractall(site)
    (points,) = site.glob("virtsdk-*.dist-info/entry_points.txt")
    assert "virtsdk = virtsdk.cli:main" in points.read_text()
    code = (
        "import sys, virtsdk.cli.demo.run as demo; assert sys.path[0] in demo.__file__;"
        "print(demo.NOTEBOOK.read_text()); sys.exit(__import__('virtsdk.cli').cli.main([]))"
    )
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "# # A first look at a host" in done.stdout
    for command in ("demo", "record", "check", "report"):
        assert re.search(rf"^    {command} ", done.stdout, re.MULTILINE)


def test_the_example_recording_opens_from_it(wheel, tmp_path):
    """Its data are in the wheel, below a megabyte, and are read where they lie."""
    data = [one for one in wheel.infolist() if one.filename.startswith("virtsdk/history/example_data/")]
    assert sum(one.file_size for one in data) < 1_000_000
    wheel.extractall(tmp_path)
    code = (
        "import sys, virtsdk; assert sys.path[0] in virtsdk.__file__;"
        "print(virtsdk.example_recording().frames('domains')['name'].nunique())"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONSAFEPATH": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "9\n"), done.stderr


def test_nothing_else_is_in_it(wheel):
    assert {name.split("/")[0].split("-")[0] for name in wheel.namelist()} == {"virtsdk"}


def test_the_core_needs_no_libvirt_and_no_notebook(wheel):
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    metadata = HeaderParser().parsestr(wheel.read(name).decode())
    needed = metadata.get_all("Requires-Dist")
    core = {re.match(r"[\w.-]+", line)[0] for line in needed if "extra ==" not in line}
    assert core == {"lxml", "numpy", "pandas", "pyarrow", "xsdata"}
    assert metadata["License-Expression"] == "LGPL-2.1-or-later"
    assert metadata["Requires-Python"] == ">=3.11"


@pytest.fixture(scope="module")
def editable(source, tmp_path_factory):
    """The interpreter of an environment into which `pip install --editable` put what it is given to."""
    folder = tmp_path_factory.mktemp("editable")
    build = "import sys; from setuptools import build_meta; build_meta.build_editable(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(folder)], cwd=source, check=True, capture_output=True)
    venv.create(folder / "env", symlinks=True)
    (packages,) = (folder / "env/lib").glob("python*/site-packages")
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(packages)
    return folder / "env/bin/python"


def test_an_editable_install_is_a_path_that_editors_can_follow(editable, source, tmp_path):
    snippet = """
        import virtsdk
        reveal_type(virtsdk.VirtError)
        virtsdk.conect
    """
    assert findings(snippet, tmp_path, python=editable) == [
        '2: Type of "virtsdk.VirtError" is "type[VirtError]"',
        '3: "conect" is not a known attribute of module "virtsdk"',
    ]
    code = "import sys, virtsdk; print(virtsdk.__file__, *sys.meta_path)"
    said = subprocess.run([editable, "-I", "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.startswith(f"{source}/virtsdk/__init__.py ")
    assert "editable" not in said.partition(" ")[2]  # no finder of its own
