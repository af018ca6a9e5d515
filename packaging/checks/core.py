"""Try an installed wheel without extras: `python core.py FOLDER`, with the interpreter it is installed for.

It needs no network, no libvirt and no checkout, and writes to FOLDER only. Each line that it prints was true.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd

import virtsdk
from virtsdk import capacity, xml
from virtsdk.models import DomainDef
from virtsdk.units import GiB

GUEST = """<domain type='kvm'>
  <name>web1</name>
  <memory unit='KiB'>1048576</memory>
  <vcpu>2</vcpu>
  <os><type>hvm</type></os>
  <vendor:thing xmlns:vendor='urn:vendor'>kept</vendor:thing>
</domain>
"""


def holds(what: str, answer: object) -> None:
    """Print what is true, or stop."""
    if not answer:
        sys.exit(f"NOT TRUE: {what}")
    sys.stdout.write(f"  {what}\n")


def command(*arguments: str, status: int = 0) -> str:
    """Run the command `virtsdk` of this environment and return what it printed."""
    program = Path(sys.executable).with_name("virtsdk")
    environment = {**os.environ, "PYTHONWARNINGS": "error"}
    done = subprocess.run([program, *arguments], capture_output=True, text=True, env=environment)
    if done.returncode != status:
        sys.exit(f"virtsdk {' '.join(arguments)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def main(folder: Path) -> None:
    """Go through what the core does."""
    installed = Path(virtsdk.__file__).is_relative_to(sys.prefix)
    holds(f"virtsdk {virtsdk.__version__} is installed", installed)
    extras = ("libvirt", "altair", "ipywidgets", "scipy", "dask", "yaml")
    holds("no extra is there", not [one for one in extras if importlib.util.find_spec(one)])
    try:
        virtsdk.connect("test:///default")
    except virtsdk.MissingDependency as error:
        holds("a live host asks for the extra", "virtsdk[libvirt]" in str(error))
    else:
        sys.exit("NOT TRUE: connect() without libvirt raises")

    guest = xml.parse(GUEST, DomainDef)
    holds("a document is read", guest.memory is not None and guest.memory.bytes == GiB(1))
    guest.memory = GiB(2)
    holds("and changed and written, with what no schema knows", ">kept</" in xml.render(guest))
    holds("and compared", [one.path for one in xml.diff(xml.parse(GUEST), guest)] == ["memory"])
    holds("and checked", ["urn:vendor" in one.message for one in xml.validate(GUEST)] == [True])

    recording = virtsdk.example_recording()
    usage = recording.usage("2h")
    holds("the example recording is read", usage["name"].nunique() == 9)
    sizes = recording.frames("domains").sort_values("time").drop_duplicates("domain", keep="last")
    report = capacity.headroom(recording.hosts, sizes, capacity.Policy(vcpu_ratio=4))
    holds("headroom answers", isinstance(report.frame(), pd.DataFrame) and len(report.frame()))
    holds("rightsizing answers", len(capacity.rightsizing(usage).frame()) == 9)

    document, other = folder / "web1.xml", folder / "web2.xml"
    document.write_text("".join(line for line in GUEST.splitlines(True) if "vendor" not in line))
    other.write_text(document.read_text().replace(">2<", ">zwei<"))
    holds("virtsdk --version", command("--version").split() == ["virtsdk", virtsdk.__version__])
    holds("virtsdk validate", not command("validate", "--json", str(document)).strip("[] \n"))
    holds("virtsdk validate finds a mistake", "zwei" in command("validate", str(other), status=1))
    data = str(recording.directory)
    page = folder / "report.html"
    holds("virtsdk report", command("report", data, "--html", str(page)) and "</html>" in page.read_text())
    command("check", data)
    holds("virtsdk check", True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
