"""What `pip install virtsdk` brings."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy so that nothing is left in the checkout."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("virtsdk", "schemas"):  # with its link from one to the other
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=ignored)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--wheel-dir", str(out), str(source)], check=True)
    (path,) = out.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def test_every_file_of_the_package_is_in_it(wheel):
    found = os.walk(ROOT / "virtsdk", followlinks=True)
    files = {str((Path(folder) / name).relative_to(ROOT)) for folder, _, names in found for name in names}
    files = {name for name in files if "__pycache__" not in name}
    assert files - set(wheel.namelist()) == set()


def test_the_xsd_is_in_it(wheel):
    shipped = {name for name in wheel.namelist() if name.endswith(".xsd")}
    assert shipped == {f"virtsdk/xml/xsd/{path.name}" for path in (ROOT / "schemas/xsd").glob("*.xsd")}


def test_nothing_else_is_in_it(wheel):
    assert {name.split("/")[0].split("-")[0] for name in wheel.namelist()} == {"virtsdk"}


def test_the_core_needs_no_libvirt_and_no_notebook(wheel):
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    metadata = HeaderParser().parsestr(wheel.read(name).decode())
    needed = metadata.get_all("Requires-Dist")
    core = {re.match(r"[\w.-]+", line)[0] for line in needed if "extra ==" not in line}
    assert core == {"xsdata", "xmlschema", "pandas", "pyarrow"}
    assert metadata["License-Expression"] == "LGPL-2.1-or-later"
    assert metadata["Requires-Python"] == ">=3.11"
