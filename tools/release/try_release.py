"""Try a release on fresh Debians: ``python3 -m tools.release.try_release RELEASE:WHAT...``, as root.

WHAT is one of

- ``wheel``: the wheel in `dist/`, without extras and, once it is installed, without a network; then with
  `[all]` beside the system's libvirt, then `virtsdk demo` on real guests;
- ``image``: the steps and the command of `packaging/Dockerfile`, whose system that release has to be, with
  the devices and rights of a container, the command without a network;
- ``checkout``: a clone of what is committed, `make demo`.

Each gets a system of its own, half an hour, and leaves nothing behind. ``--cache DIR`` keeps what was
fetched for the next time. Runs with nothing but the standard library.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tools.release import dockerfile
from tools.release.build import version
from tools.release.machine import Failed, Machine, as_first_process, in_a_fresh_folder

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
APT = "apt-get install --quiet --quiet --yes --no-install-recommends"
HEADERS = "gcc libvirt-dev pkg-config python3-dev"
LAB = "from virtsdk.lab.requirements import APT_PACKAGES; print(*APT_PACKAGES)"


def the_wheel() -> Path:
    """Return the wheel in dist/.

    Raises
    ------
    Failed
        There is none of this checkout's version, or more than that one.
    """
    found = sorted(path.name for path in (ROOT / "dist").glob("*.whl"))
    if found != [f"virtsdk-{version(ROOT)}-py3-none-any.whl"]:
        raise Failed(
            f"dist/ should hold the wheel of {version(ROOT)} and no other, not {', '.join(found) or 'none'}: "
            "`make release` makes it"
        )
    return ROOT / "dist" / found[0]


def try_wheel(machine: Machine, release: str) -> None:
    """Install the wheel as a stranger would, in steps, and check each."""
    machine.install(release, ["python3", "python3-venv", "ca-certificates"])
    wheel = machine.put(the_wheel(), "/wheels")
    core = machine.put(PACKAGING / "checks/core.py", "/checks")
    extras = machine.put(PACKAGING / "checks/extras.py", "/checks")
    machine.run(
        "pip install virtsdk", f"python3 -m venv /opt/core; /opt/core/bin/pip install --quiet {wheel}"
    )
    machine.run(
        "the core, offline", f"mkdir /out; /opt/core/bin/python {core} /out", offline=True, quiet=False
    )
    machine.run(f"apt-get install {HEADERS}", f"apt-get update --quiet --quiet; {APT} {HEADERS}")
    published = f"--find-links /wheels 'virtsdk[all]=={version(ROOT)}'"  # by name, as once it is published
    machine.run("pip install virtsdk[all]", f"python3 -m venv /opt/all; /opt/all/bin/pip install {published}")
    machine.run("the extras, offline", f"/opt/all/bin/python {extras}", offline=True, quiet=False)
    machine.run("apt-get install, for the lab", f"{APT} $(/opt/all/bin/python -c '{LAB}')")
    machine.run("virtsdk demo", "/opt/all/bin/virtsdk demo --output /out/first_look.html", quiet=False)
    machine.run("its page", "grep -q '</html>' /out/first_look.html")


def try_image(machine: Machine, release: str) -> None:
    """Carry out the steps of the Dockerfile, then its command."""
    steps = dockerfile.read(PACKAGING / "Dockerfile")
    if steps[0].text != f"debian:{release}-slim":
        raise Failed(f"the Dockerfile begins with {steps[0].text}, not with debian:{release}-slim")
    machine.contained = True
    begin: list[str] = []
    machine.install(release, ["ca-certificates"])  # as the image has, once its first step is done
    for step in steps[1:]:
        match step.word:
            case "RUN":
                machine.run(f"RUN {step.text[:60]}", step.text)
            case "COPY":
                sources, _, target = step.text.rpartition(" ")
                for source in sorted(ROOT.glob(sources)):
                    machine.put(source, target)
            case "WORKDIR":
                machine.folder = step.text
                (machine.root / step.text.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "ENTRYPOINT":
                begin = step.words
            case "CMD":
                command = " ".join([*begin, *step.words])
                machine.run(f"CMD {command}", f"exec {command}", quiet=False, offline=True)
            case _:
                machine.environment.update([step.setting])


def try_checkout(machine: Machine, release: str) -> None:
    """Run `make demo` in a clone on a system that has git, make and Python."""
    machine.install(release, ["python3", "git", "make", "ca-certificates"])
    clone = ["git", "clone", "--quiet", "--no-local", str(ROOT), str(machine.root / "root/virtsdk")]
    subprocess.run(clone, check=True)
    machine.run("make demo", "cd /root/virtsdk && make demo", quiet=False)
    machine.run("its page", "grep -q '</html>' /root/virtsdk/demo/first_look.html")


TRIALS: dict[str, Callable[[Machine, str], None]] = {
    "wheel": try_wheel,
    "image": try_image,
    "checkout": try_checkout,
}


def inside(trial: str, folder: Path, cache: Path | None) -> int:
    """Carry out one trial in its folder, in namespaces of its own; return the exit status."""
    release, _, what = trial.partition(":")
    try:
        TRIALS[what](Machine(folder, cache), release)
    except Failed as stop:
        print(stop)
        return 1
    return 0


def main() -> int:
    """Run the trials one after the other; return the exit status."""
    parser = argparse.ArgumentParser(prog="try_release", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("trials", nargs="+", metavar="RELEASE:WHAT", help=f"WHAT: {', '.join(TRIALS)}")
    parser.add_argument("--cache", type=Path, help="keep what was fetched, for the next time")
    parser.add_argument("--minutes", type=float, default=30, help="for each (default: %(default)s)")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        trial, folder = options.trials
        return as_first_process(lambda: inside(trial, Path(folder), options.cache))
    for trial in options.trials:
        if trial.partition(":")[2] not in TRIALS:
            parser.error(f"WHAT must be one of {', '.join(TRIALS)}, not {trial!r}")
    missing = [one for one in ("debootstrap", "unshare", "setpriv", "chroot") if not shutil.which(one)]
    if os.geteuid() != 0 or missing:
        print(f"it takes root{''.join(f', and {one}' for one in missing)}", file=sys.stderr)
        return 1
    outcomes: dict[str, int] = {}
    for trial in options.trials:
        print(f"\n=== {trial} ===", flush=True)
        command = [sys.executable, "-m", "tools.release.try_release", "--inside"]
        command += [f"--cache={options.cache.resolve()}"] if options.cache else []
        outcomes[trial] = in_a_fresh_folder([*command, trial], minutes=options.minutes)
    print(*(f"\n{trial}: {'FAILED' if code else 'ok'}" for trial, code in outcomes.items()), sep="")
    return 1 if any(outcomes.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
