"""The sdist and the wheel: the same bytes from the same commit, all of the package, and nothing else."""

import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from tools.release import supply
from tools.release.build import (
    PARTS,
    NotReady,
    build,
    epoch,
    export,
    packed_again,
    released,
    run_build,
    version,
)

ROOT = Path(__file__).resolve().parents[4]
MORE_OF_SDIST = {*PARTS, "PKG-INFO", "setup.cfg"} - {"virtsdk"}


def git(folder, *words):
    who = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.org"]
    command = ["git", *who, *words]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """A clone of what the checkout has, later, and in a place where somebody has worked."""
    clone = tmp_path_factory.mktemp("elsewhere") / "a clone"
    for name in filter(None, git(ROOT, "ls-files", "-z").split("\0")):
        if (ROOT / name).exists():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, clone / name, follow_symlinks=False)
    git(clone, "init", "--quiet")
    git(clone, "add", "--all")
    (clone / "virtsdk/stray.py").write_text("PASSWORD = 'nobody else is to see this'\n")
    (clone / "build/lib/virtsdk").mkdir(parents=True)
    (clone / "build/lib/virtsdk/older.py").touch()
    return clone


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """What a release of the checkout is."""
    return build(ROOT, tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def again(elsewhere, tmp_path_factory):
    """What it is in another folder, for another person, elsewhere on earth."""
    out = tmp_path_factory.mktemp("again")
    environment = {**os.environ, "TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    environment |= {"PYTHONPATH": str(elsewhere), "SOURCE_DATE_EPOCH": "1"}
    command = [sys.executable, "-m", "tools.release.build", str(out)]
    subprocess.run(command, cwd=elsewhere, env=environment, umask=0o077, check=True, capture_output=True)
    return out


def test_the_same_commit_gives_the_same_bytes(built, again):
    assert sorted(path.name for path in built) == sorted(path.name for path in again.iterdir())
    for path in built:
        assert path.read_bytes() == (again / path.name).read_bytes(), path.name


def test_the_page_of_the_package_leads_to_no_file_of_the_checkout(built):
    with zipfile.ZipFile(built.wheel) as wheel:
        (name,) = (one for one in wheel.namelist() if one.endswith("/METADATA"))
        page = wheel.read(name).decode().partition("\n\n")[2]
    assert page.startswith("# virtsdk\n")
    assert re.findall(r"\]\((?!https?://)|src(?:set)?=\"(?!https?://)", page) == []


def test_a_wheel_of_the_checkout_is_the_wheel_of_the_sdist(built, tmp_path):
    export(ROOT, tmp_path / "tree")
    run_build(tmp_path / "tree", tmp_path, epoch(), "--wheel")
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.read_bytes() == built.wheel.read_bytes()


def test_the_sdist_has_what_the_wheel_has_and_what_builds_it(built):
    with tarfile.open(built.sdist) as archive:
        found = {name.partition("/")[2] for name in archive.getnames() if archive.getmember(name).isfile()}
    with zipfile.ZipFile(built.wheel) as archive:
        wheel = {name for name in archive.namelist() if name.startswith("virtsdk/")}
    assert {"virtsdk/notebooks/01_first_look.py", "virtsdk/xml/_validate/rules.json"} <= wheel
    assert {name for name in found if not name.startswith("virtsdk.egg-info/")} == wheel | MORE_OF_SDIST


def test_the_sdist_tells_nothing_of_who_built_it(built):
    with tarfile.open(built.sdist) as archive:
        members = archive.getmembers()
    owners = {(one.uid, one.gid, one.uname, one.gname) for one in members}
    assert (owners, {one.mtime for one in members}) == ({(0, 0, "", "")}, {epoch()})
    assert {(one.type, one.mode) for one in members} == {(tarfile.REGTYPE, 0o644), (tarfile.DIRTYPE, 0o755)}


def test_twine_has_nothing_against_them(built):
    command = [sys.executable, "-m", "twine", "check", "--strict", *map(str, built)]
    said = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"})
    assert said.returncode == 0, said.stdout
    assert said.stdout.count("PASSED") == 2


def test_the_wheel_works_without_extras(built, tmp_path):
    """Installed beside the core's dependencies alone: documents, recordings, capacity, the command."""
    home = tmp_path / "env"
    venv.create(home, symlinks=True)
    (site,) = (home / "lib").glob("python*/site-packages")
    for one in supply.dependencies(None).values():
        for name in {file.parts[0] for file in one.files if file.parts[0] not in ("..", "__pycache__")}:
            if not (site / name).exists():
                (site / name).symlink_to(Path(one.locate_file(name)))
    python = home / "bin/python"
    pip = [sys.executable, "-m", "pip", "--quiet", "--python", str(python)]
    install = ["install", "--no-index", "--no-deps", "--no-compile", str(built.wheel)]
    subprocess.run([*pip, *install], check=True)
    check = [python, "-I", ROOT / "packaging/checks/core.py", tmp_path]
    done = subprocess.run(check, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "  virtsdk check"


def test_a_link_in_an_sdist_is_refused():
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as new:
        link = tarfile.TarInfo("virtsdk-1/rules.json")
        link.type, link.linkname = tarfile.SYMTYPE, "../../schemas/rules.json"
        new.addfile(link)
    with pytest.raises(NotReady, match=r"virtsdk-1/rules\.json is neither a file nor a folder"):
        packed_again(archive.getvalue(), 0)


def test_a_build_that_fails_shows_why(tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        "[build-system]\nrequires = []\nbuild-backend = 'nothing_here'\n"
    )
    with pytest.raises(NotReady, match="nothing_here"):
        run_build(tmp_path, tmp_path / "out", 0)


def test_the_changelog_has_the_version_first():
    """A release has its date; what is being worked on has none yet."""
    text = (ROOT / "CHANGELOG.md").read_text()
    first = re.search(r"^## (.*)$", text, re.MULTILINE)[1]
    if "dev" in version():
        assert first == "Unreleased"
        assert version().partition(".dev")[0] not in dict(released())
    else:
        assert first == f"{version()} ({released()[0][1]:%Y-%m-%d})"
    days = [day for _, day in released()]
    assert days == sorted(days, reverse=True)
