"""What a release depends on: licences by pip-licenses, an SBOM by cyclonedx-bom, known faults by pip-audit.

Dependencies are looked at as .venv has them, which is as requirements.lock pins them. Those of `virtsdk[all]`
come to whoever installs it, and are told apart from the tools of this checkout.
"""

import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import tomllib
import venv
from collections.abc import Mapping, Sequence
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any, NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.release.build import ROOT, NotReady

BIN = Path(sys.executable).parent
LICENCES = ROOT / "packaging" / "licenses.toml"


def dependencies(extra: str | None) -> dict[str, Distribution]:
    """Return the packages that `virtsdk[extra]` or virtsdk alone brings here, by name, without virtsdk."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras: Mapping[str, Sequence[str]] = project["optional-dependencies"]
    waiting = [Requirement(line) for line in (*project["dependencies"], *(extras[extra] if extra else ()))]
    met: set[tuple[str, str]] = set()
    found: dict[str, Distribution] = {}
    while waiting:
        one = waiting.pop()
        name = canonicalize_name(one.name)
        for asked in ("", *sorted(one.extras)):
            if (name, asked) in met:
                continue
            met.add((name, asked))
            if name == "virtsdk":
                waiting += [Requirement(line) for line in extras.get(asked, ())]
                continue
            found[name] = distribution(name)
            for line in map(Requirement, found[name].requires or ()):
                if line.marker is None or line.marker.evaluate({"extra": asked}):
                    waiting.append(line)
    return dict(sorted(found.items()))


class Licence(NamedTuple):
    """A dependency, its licence as it words it and in SPDX, and whether it comes with `virtsdk[all]`."""

    name: str
    version: str
    said: str
    spdx: str
    runtime: bool


def licences() -> list[Licence]:
    """Return the licence of every dependency, as pip-licenses finds it in what is installed here.

    Raises
    ------
    NotReady
        As `judged`.
    """
    command = [str(BIN / "pip-licenses"), "--from=mixed", "--format=json", "--with-system"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return judged(json.loads(listed), tomllib.loads(LICENCES.read_text()))


def judged(listed: Sequence[Mapping[str, str]], rules: Mapping[str, Any]) -> list[Licence]:
    """Return the licence of every dependency of pip-licenses' list, by name; licenses.toml has the rules.

    Raises
    ------
    NotReady
        Some are unknown, or not allowed where they are; the message names them all, and what to do.
    """
    runtime, all_of_it = dependencies("all"), dependencies("dev")
    said = {canonicalize_name(row["Name"]): row for row in listed}
    found: list[Licence] = []
    for name in all_of_it:
        row = said[canonicalize_name(name)]
        spdx = rules["packages"].get(name) or rules["words"].get(row["License"], row["License"])
        found.append(Licence(row["Name"], row["Version"], row["License"], spdx, name in runtime))
    faults = [
        f"  {one.name} {one.version}: {one.said!r}" + (" (comes with virtsdk[all])" if one.runtime else "")
        for one in found
        if not allowed(one.spdx, rules["runtime"] if one.runtime else [*rules["runtime"], *rules["tools"]])
    ]
    if faults:
        what = "Licences that packaging/licenses.toml does not allow; read them, and say there what they are:"
        raise NotReady("\n".join([what, *faults]))
    return found


def allowed(spdx: str, names: Sequence[str]) -> bool:
    """Tell whether an SPDX expression of AND and OR can be met with these licences; brackets are refused.

    Examples
    --------
    >>> allowed("Apache-2.0 OR GPL-3.0-only", ["Apache-2.0"]), allowed("MIT AND GPL-3.0-only", ["MIT"])
    (True, False)
    """
    return any(all(one in names for one in part.split(" AND ")) for part in spdx.split(" OR "))


def licence_table(found: Sequence[Licence]) -> str:
    """Return the licences of what comes with `virtsdk[all]` as CSV."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["name", "version", "licence", "spdx"])
    table.writerows(one[:4] for one in found if one.runtime)
    return text.getvalue()


def sbom(time: int, *, validate: bool = True) -> str:
    """Return the bill of materials of `virtsdk[all]` as CycloneDX JSON; checking it by its schema takes 7 s.

    It is of the packages that this Python and this system take of the lock; times and places are left out, so
    that the same lock gives the same bytes.
    """
    with tempfile.TemporaryDirectory(prefix="virtsdk-sbom-") as folder:
        venv.create(folder, symlinks=True)  # one that has [all] and nothing else, by links to what .venv has
        (site,) = Path(folder, "lib").glob("python*/site-packages")
        for one in dependencies("all").values():
            described = Path(str(one.locate_file(""))) / f"{_stem(one)}.dist-info"
            (site / described.name).symlink_to(described)
        command = [str(BIN / "cyclonedx-py"), "environment", "--pyproject", str(ROOT / "pyproject.toml")]
        command += ["--mc-type=library", "--output-reproducible", "--of=JSON", "--sv=1.6"]
        command.append("--validate" if validate else "--no-validate")
        environment = {**os.environ, "SOURCE_DATE_EPOCH": str(time)}
        done = subprocess.run(
            [*command, f"{folder}/bin/python"], env=environment, capture_output=True, text=True
        )
    if done.returncode:
        raise NotReady(f"{done.stderr}\ncyclonedx-py failed, exit status {done.returncode}")
    return done.stdout


def _stem(one: Distribution) -> str:
    (record,) = [file for file in one.files or () if file.name == "METADATA" and len(file.parts) == 2]
    return record.parts[0].removesuffix(".dist-info")


class Audit(NamedTuple):
    """How many packages of the lock were looked up, how many were not, and what was found."""

    looked_up: int
    not_found: int
    faults: list[str]

    @classmethod
    def of(cls, answer: str) -> "Audit":
        """Read the JSON of pip-audit: a package that its service did not know counts as not looked up."""
        rows = json.loads(answer)["dependencies"]
        known = [row for row in rows if "skip_reason" not in row]
        faults = [
            f"{row['name']} {row['version']}: {one['id']}, fixed in {', '.join(one['fix_versions'])}"
            for row in known
            for one in row["vulns"]
        ]
        return cls(len(known), len(rows) - len(known), faults)


def audit() -> Audit:
    """Ask PyPI's service for known faults of what the lock pins; nothing looked up where it cannot be asked.

    pip-audit says "No known vulnerabilities found" and ends with 0 also where the service knew no package at
    all, as behind a mirror: so its words and its status are not taken, its list is counted.
    """
    lock = ROOT / "requirements.lock"
    command = [str(BIN / "pip-audit"), "--vulnerability-service=pypi", "--timeout=10", "--format=json"]
    command += ["--progress-spinner=off", "--no-deps", "--disable-pip", f"--requirement={lock}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        return Audit.of(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):  # no list: no service
        return Audit(0, lock.read_text().count("=="), [])
