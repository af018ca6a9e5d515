"""The conda recipe, which cannot be built here, is read here, and held equal to what it is made of."""

import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[4]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
RECIPE = yaml.safe_load((ROOT / "packaging/conda/recipe.yaml").read_text())
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
