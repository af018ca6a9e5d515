"""Refresh the pinned dependencies: ``make lock``.

requirements.lock holds all of pyproject.toml's extras for Python 3.11 and newer, with the hashes of the files
that PyPI serves. tools/requirements-build.lock holds what builds the packages that have no wheel.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = Path(sys.executable).with_name("uv")
HEADER = "# Made by `make lock` from pyproject.toml; do not edit.\n"
BUILD_REQUIREMENTS = "setuptools>=77\nwheel\n"


def compile_lock(source: str, target: Path, *options: str, stdin: str | None = None) -> None:
    """Resolve `source` for every supported Python and write the result to `target`."""
    # A machine's own pip or uv settings could add files that PyPI does not serve.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("UV_")}
    environment["PIP_CONFIG_FILE"] = os.devnull
    command = [UV, "pip", "compile", source, "--universal", "--python-version=3.11", "--generate-hashes"]
    command += ["--no-config", "--no-header", "--no-annotate", "--upgrade", "--quiet", *options]
    done = subprocess.run(
        command, input=stdin, text=True, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE
    )
    target.write_text(HEADER + done.stdout)
    print(f"{target.relative_to(ROOT)}: {done.stdout.count('==')} packages")


if __name__ == "__main__":
    compile_lock("-", ROOT / "tools/requirements-build.lock", stdin=BUILD_REQUIREMENTS)
    compile_lock("pyproject.toml", ROOT / "requirements.lock", "--extra=dev")
