"""packaging/: what cannot be built here is read here, and held equal to what it is made of."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from tools.release import dockerfile, try_release
from tools.release.machine import Failed
from virtsdk.lab.requirements import APT_PACKAGES

ROOT = Path(__file__).resolve().parents[3]
PACKAGING = ROOT / "packaging"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
RECIPE = yaml.safe_load((PACKAGING / "conda/recipe.yaml").read_text())
CONDA = {"prometheus-client": "prometheus_client"}  # PyPI's name, conda-forge's


def bounds(lines):
    """Return requirements as conda writes them: name and bound, without extras of packages."""
    found = [Requirement(line) for line in lines]
    return {f"{CONDA.get(one.name, one.name)} {one.specifier}" for one in found if one.name != "virtsdk"}


def brought_by_all():
    """Return the requirements of the extras that [all] is made of."""
    (everything,) = PROJECT["optional-dependencies"]["all"]
    return [
        line for extra in Requirement(everything).extras for line in PROJECT["optional-dependencies"][extra]
    ]


def test_the_recipe_has_the_dependencies_of_the_project():
    needed = RECIPE["requirements"]
    assert set(needed["run"]) == bounds(PROJECT["dependencies"]) | {"python >=${{ python_min }}"}
    assert set(needed["run_constraints"]) == bounds(brought_by_all())


def test_the_recipe_has_the_version_the_command_and_the_licence():
    assert RECIPE["context"]["version"] == PROJECT["version"]
    commands = [f"{name} = {place}" for name, place in PROJECT["scripts"].items()]
    assert RECIPE["build"]["python"]["entry_points"] == commands
    assert RECIPE["about"]["license"] == PROJECT["license"]
    assert RECIPE["about"]["summary"] == PROJECT["description"]
    assert (ROOT / RECIPE["about"]["license_file"]).is_file()


def test_the_image_installs_what_the_lab_and_the_binding_need():
    steps = dockerfile.read(PACKAGING / "Dockerfile")
    (installed,) = [step.text for step in steps if "apt-get install" in step.text]
    assert {*APT_PACKAGES, *try_release.HEADERS.split()} <= set(installed.split())


def test_the_image_is_of_a_release_that_a_stranger_can_repeat():
    steps = dockerfile.read(PACKAGING / "Dockerfile")
    assert re.fullmatch(r"debian:[a-z]+-slim", steps[0].text)
    assert steps[-1].word == "CMD"
    assert steps[-1].words[:2] == ["virtsdk", "demo"]
    assert {step.word for step in steps} == set(dockerfile.KNOWN)


def test_only_the_wheel_is_handed_to_the_builder_of_the_image():
    assert (PACKAGING / "Dockerfile.dockerignore").read_text().split() == ["*", "!dist/*.whl"]


def test_a_dockerfile_is_read_as_far_as_ours_goes(tmp_path):
    path = tmp_path / "Dockerfile"
    path.write_text('# why\nFROM debian\nENV A=b=c\nRUN one \\\n # not this\n && two\nCMD ["a", "b c"]\n')
    steps = dockerfile.read(path)
    assert steps[1].setting == ("A", "b=c")
    assert steps[2] == ("RUN", "one && two")
    assert steps[3].words == ["a", "b c"]
    path.write_text("FROM debian\nUSER nobody\n")
    with pytest.raises(ValueError, match="USER is none of FROM, RUN"):
        dockerfile.read(path)


@pytest.mark.parametrize("wheels", [[], ["virtsdk-1-py3-none-any.whl", "virtsdk-2-py3-none-any.whl"]])
def test_which_wheel_is_tried_is_no_guess(wheels, tmp_path, monkeypatch):
    (tmp_path / "dist").mkdir()
    for name in wheels:
        (tmp_path / "dist" / name).touch()
    monkeypatch.setattr(try_release, "ROOT", tmp_path)
    with pytest.raises(Failed, match=f"dist/ holds {len(wheels)} wheels"):
        try_release.the_wheel()
