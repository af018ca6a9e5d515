"""``python -m virtsdk.lab up | status | down``: private hosts for a person's own play."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from virtsdk.errors import LabError, VirtError
from virtsdk.lab import keeper
from virtsdk.lab.daemons import HostsLab
from virtsdk.lab.guest.image import cache_folder
from virtsdk.lab.lab_host import LabHost
from virtsdk.lab.layout import Layout


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 0 where it did what was asked."""
    parser = argparse.ArgumentParser(
        prog="python -m virtsdk.lab", description="Throwaway libvirt hosts with real guests on this machine."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start private libvirt daemons that stay until 'down'")
    up.add_argument("--hosts", type=int, default=1, help="how many daemons (default 1)")
    up.add_argument("--guests", type=int, default=2, help="how many guests on each (default 2)")
    commands.add_parser("status", help="show the hosts that are up, and their guests")
    commands.add_parser("down", help="take them down, with everything of theirs")
    options = parser.parse_args(arguments)
    try:
        if options.command == "up":
            _up(options.hosts, options.guests)
        elif options.command == "status":
            _status()
        else:
            _down()
    except (VirtError, ValueError) as exc:
        print(exc, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _up(hosts: int, guests: int) -> None:
    folder = _folder()
    if folder is not None:
        raise LabError("a lab is up already; see it with 'status', take it away with 'down' (make lab-down)")
    lab = HostsLab(hosts, guests, progress=_progress)
    lab.start()
    folder = lab.leave_up()
    _pointer().write_text(str(folder))
    _status()


def _status() -> None:
    folder = _folder()
    if folder is None:
        print("no lab is up; start one with 'up' (make lab-up HOSTS=3 GUESTS=2)")
        return
    for home in sorted(folder.glob("lab*"), key=lambda path: int(path.name.removeprefix("lab"))):
        layout = Layout(home)
        with LabHost.open(layout) as host:
            guests = ", ".join(f"{domain.name} {domain.state}" for domain in host.domains) or "no guests"
        print(f"{home.name}  {layout.uri}\n      {guests}")
    print("use:  virtsdk.connect(URI)   or   virsh -c URI list --all")
    print("away: python -m virtsdk.lab down   (make lab-down)")


def _down() -> None:
    folder = _folder()
    if folder is None:
        print("no lab is up")
        return
    keeper.end(folder)
    _pointer().unlink(missing_ok=True)
    print("the lab is down")


def _progress(line: str) -> None:
    print(f"lab {line}", file=sys.stderr, flush=True)


def _pointer() -> Path:
    return cache_folder() / "up"


def _folder() -> Path | None:
    """Find the lab that 'up' left; None where it is down, also after a reboot."""
    try:
        folder = Path(_pointer().read_text())
    except FileNotFoundError:
        return None
    return folder if keeper.is_up(folder) else None


if __name__ == "__main__":
    sys.exit(main())
