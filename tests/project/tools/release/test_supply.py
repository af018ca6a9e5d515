"""Licences, bill of materials and known faults of what a release depends on."""

import copy
import json
import re
import tomllib
from pathlib import Path

import pytest

from tools.release import make as release
from tools.release import supply
from tools.release.build import NotReady

ROOT = Path(__file__).resolve().parents[4]
EPOCH = 1_795_824_000
RULES = tomllib.loads(supply.LICENCES.read_text())


@pytest.fixture(scope="module")
def licences():
    return supply.licences()


@pytest.fixture(scope="module")
def bill():
    return supply.sbom(EPOCH, validate=False)


def pinned():
    """Return {name: versions} of the lock; a package may be there once for each Python."""
    found = {}
    lines = re.finditer(r"^([\w.-]+)==([^\s;\\]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    for name, version in (line.groups() for line in lines):
        found.setdefault(name, set()).add(version)
    return found


def test_every_dependency_has_a_licence_that_is_allowed(licences):
    runtime = {one.name.lower() for one in licences if one.runtime}
    assert {"pandas", "libvirt-python", "vl-convert-python", "rich", "nbconvert"} <= runtime
    assert not {"pytest", "sphinx", "twine", "ruff"} & runtime
    assert {"pytest", "sphinx", "twine", "ruff"} <= {one.name.lower() for one in licences}


def test_the_list_of_licences_has_nothing_that_nobody_needs(licences):
    """Else it would let in tomorrow what nobody has looked at."""
    words = {one.said for one in licences}
    assert set(RULES["words"]) <= words
    assert set(RULES["packages"]) <= set(pinned())
    for which, names in (
        (RULES["runtime"], [one.spdx for one in licences if one.runtime]),
        (RULES["tools"], [one.spdx for one in licences if not one.runtime]),
    ):
        assert set(which) <= set(re.split(r" AND | OR ", " OR ".join(names)))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda rules: rules["runtime"].remove("ISC"), r"pexpect .*'ISC License \(ISCL\)' \(comes with"),
        (lambda rules: rules["tools"].remove("MIT-0"), r"cffi .*'MIT-0'$"),
        (lambda rules: rules["packages"].clear(), r"axe-playwright-python .*'UNKNOWN'$"),
        (lambda rules: rules["words"].pop("LGPL-v2.0-or-later"), r"libvirt-python .*\(comes with"),
    ],
)
def test_a_licence_that_is_not_allowed_is_named_with_its_package(change, named, licences):
    rules = copy.deepcopy(RULES)
    change(rules)
    listed = [{"Name": one.name, "Version": one.version, "License": one.said} for one in licences]
    assert supply.judged(listed, RULES) == licences
    with pytest.raises(NotReady) as stop:
        supply.judged(listed, rules)
    assert re.search(named, str(stop.value), re.MULTILINE)


@pytest.mark.parametrize(
    ("spdx", "met"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("MIT AND ISC", True),
        ("MIT AND GPL-3.0-only", False),
        ("GPL-3.0-only OR MIT", True),
        ("GPL-3.0-only OR MIT AND AGPL-3.0-only", False),
        ("(MIT OR GPL-3.0-only) AND ISC", False),  # brackets are for a person to read
        ("UNKNOWN", False),
    ],
)
def test_expressions(spdx, met):
    assert supply.allowed(spdx, ["MIT", "ISC"]) == met


def test_the_table_of_licences_has_what_comes_with_all(licences):
    rows = supply.licence_table(licences).splitlines()
    assert rows[0] == "name,version,licence,spdx"
    assert len(rows) - 1 == len(supply.dependencies("all"))
    (binding,) = [row for row in rows if row.startswith("libvirt-python,")]
    assert binding.endswith(",LGPL-2.0-or-later")


def test_the_bill_of_materials_is_of_all_and_of_nothing_else(bill):
    found = json.loads(bill)
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    assert found["metadata"]["component"]["name"] == "virtsdk"
    names = {one["name"].lower().replace("_", "-").replace(".", "-"): one for one in found["components"]}
    assert set(names) == set(supply.dependencies("all"))
    lock = pinned()
    assert not {name: one["version"] for name, one in names.items() if one["version"] not in lock[name]}


def test_the_bill_of_materials_knows_what_needs_what(bill):
    needs = {
        one["ref"].partition("==")[0]: one.get("dependsOn", []) for one in json.loads(bill)["dependencies"]
    }
    assert any(one.startswith("pandas==") for one in needs["root-component"])
    assert any(one.startswith("numpy==") for one in needs["pandas"])


def test_the_bill_of_materials_is_the_same_each_time_and_names_no_place(bill):
    assert supply.sbom(EPOCH, validate=False) == bill
    assert not re.search(r'"(/|file:)', bill)
    assert "site-packages" not in bill


ANSWER = {
    "dependencies": [
        {"name": "one", "version": "1", "vulns": []},
        {"name": "two", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]},
        {"name": "three", "skip_reason": "Dependency not found on PyPI and could not be audited: three (3)"},
    ]
}


def test_what_the_service_did_not_know_is_not_audited():
    assert supply.Audit.of(json.dumps(ANSWER)) == (2, 1, ["two 2: PYSEC-1, fixed in 2.1"])


@pytest.mark.parametrize(
    ("audit", "required", "said"),
    [
        (supply.Audit(9, 0, []), True, "no known fault in 9 packages"),
        (supply.Audit(0, 9, []), False, "NOT AUDITED: no service answered for the 9 packages"),
    ],
)
def test_a_release_says_whether_faults_were_looked_for(audit, required, said, monkeypatch):
    monkeypatch.setattr(supply, "audit", lambda: audit)
    assert release.check_faults(required=required).startswith(said)


@pytest.mark.parametrize(
    ("audit", "required", "said"),
    [
        (supply.Audit(9, 0, ["two 2: PYSEC-1"]), False, "two 2: PYSEC-1"),
        (supply.Audit(0, 9, []), True, "looked up 0 packages, and 9 it could not"),
        (
            supply.Audit(8, 1, []),
            False,
            "looked up 8 packages, and 1 it could not",
        ),  # it answers, so all must be known
    ],
)
def test_a_release_ends_where_a_fault_is_known_or_an_answer_is_missing(audit, required, said, monkeypatch):
    monkeypatch.setattr(supply, "audit", lambda: audit)
    with pytest.raises(NotReady, match=said):
        release.check_faults(required=required)
