"""``make release``: the sdist, the wheel and what goes with them, in dist/, checked.

Nothing is published: docs/releasing.md says how. A step that fails ends it, with dist/ as it was.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tools.release import supply
from tools.release.build import ROOT, Built, NotReady, build, epoch, released, version

DIST = ROOT / "dist"
T = TypeVar("T")


def check_tree() -> None:
    """Refuse what would not be what the commit says."""
    command = ["git", "status", "--porcelain"]
    changed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    if changed:
        raise NotReady(f"What is not committed would not be in the release's history:\n{changed}")
    if released()[0][0] != version():
        raise NotReady(
            f"pyproject.toml says {version()}, and CHANGELOG.md begins with {released()[0][0]}: "
            f"head its changes '## {version()} (YYYY-MM-DD)'"
        )


def check_files(built: Built) -> None:
    """Let twine look at the metadata and at what PyPI will show."""
    command = [sys.executable, "-m", "twine", "check", "--strict", *map(str, built)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise NotReady(f"{done.stdout}\ntwine check failed")


def check_faults(*, required: bool) -> str:
    """Say what pip-audit found.

    Raises
    ------
    NotReady
        A pinned package has a known fault; or, where it is required, not all could be looked up.
    """
    found = supply.audit()
    if found.faults:
        raise NotReady("\n  ".join(["Known faults in what requirements.lock pins:", *found.faults]))
    if found.not_found and (required or found.looked_up):
        raise NotReady(f"pip-audit looked up {found.looked_up} packages, and {found.not_found} it could not")
    if found.not_found:
        return f"NOT AUDITED: no service answered for the {found.not_found} packages; AUDIT=required insists"
    return f"no known fault in {found.looked_up} packages"


def step(what: str, work: Callable[[], T]) -> T:
    """Do one step and say its name, and then that it is done."""
    print(f"  {what} ... ", end="", flush=True)
    answer = work()
    print(answer if isinstance(answer, str) and len(answer) < 200 else "ok", flush=True)
    return answer


def main() -> int:
    """Make the release; return the exit status."""
    name = f"virtsdk-{version()}"
    wish = os.environ.get("AUDIT", "")
    try:
        if wish not in ("", "required"):
            raise NotReady(f"AUDIT must be 'required' or left out, not {wish!r}")
        with tempfile.TemporaryDirectory(prefix="virtsdk-release-", dir=ROOT) as folder:
            out = Path(folder)
            step("everything is committed, and the changelog has the version", check_tree)
            built = step("sdist and wheel", lambda: build(ROOT, out / "one"))
            again = step("the same bytes a second time", lambda: build(ROOT, out / "two"))
            if [path.read_bytes() for path in built] != [path.read_bytes() for path in again]:
                raise NotReady("two builds of the same commit differ")
            step("twine check --strict", lambda: check_files(built))
            found = step("licences", supply.licences)
            bill = step("bill of materials", lambda: supply.sbom(epoch()))
            step("known faults", lambda: check_faults(required=bool(wish)))
            (out / "one" / f"{name}-licences.csv").write_text(supply.licence_table(found))
            (out / "one" / f"{name}.cdx.json").write_text(bill)
            for old in DIST.glob("virtsdk-*"):
                old.unlink()
            DIST.mkdir(exist_ok=True)
            for path in sorted((out / "one").iterdir()):
                print(f"{path.stat().st_size:>9,} bytes  {path.replace(DIST / path.name).relative_to(ROOT)}")
    except NotReady as stop:
        print(f"\n{stop}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
