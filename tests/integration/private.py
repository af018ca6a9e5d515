"""Private daemons with settings that the lab has no use for: other users, remote listeners."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

from virtsdk.lab.keeper import Keeper
from virtsdk.lab.lab_host import daemon_pid
from virtsdk.lab.layout import Layout
from virtsdk.lab.namespaces import own_namespaces
from virtsdk.lab.processes import wait_until

# In place of libvirtd, inside the host's namespaces: what is mounted and listed there is only there.
_START = """#!/bin/sh
if [ ! -e {home}/prepared ]; then
  touch {home}/prepared
{first}
fi
exec libvirtd {arguments} "$@"
"""


def command(layout: Layout, *, first: str = "", arguments: str = "", own_network: bool = True) -> list[str]:
    """Give the command of a host as the lab starts it.

    Parameters
    ----------
    first
        Shell lines to run once before its daemon.
    arguments
        What libvirtd is given beside its configuration.
    own_network
        False: it listens on this machine's loopback.
    """
    daemon, script = layout.home / "libvirtd", layout.home / "init.sh"
    daemon.write_text(_START.format(home=layout.home, first=first, arguments=arguments))
    daemon.chmod(0o755)
    with resources.as_file(resources.files("virtsdk.lab").joinpath("host-init.sh")) as packaged:
        shutil.copyfile(packaged, script)
    unshare = own_namespaces("unshare", layout.home)
    if not own_network:
        unshare.remove("--net")
    return [*unshare, "/bin/sh", *map(str, (script, layout.home, layout.name, daemon))]


def start(keeper: Keeper, commands: dict[Path, list[str]]) -> None:
    """Start hosts by their homes and wait until they listen; they end with the keeper or this process."""
    keeper.start(list(commands.values()))
    for layout in map(Layout, commands):
        if not wait_until(lambda layout=layout: daemon_pid(layout) is not None, 60):
            logs = (keeper.folder / "keeper.log", layout.log)
            said = "".join(log.read_text() for log in logs if log.exists())
            keeper.end()
            raise AssertionError(f"{layout.name} did not come up: {said}")


def as_nobody(layout: Layout) -> list[str]:
    """Give the command of a session daemon of a user without rights, started by root."""
    settings, log = layout.settings, layout.log
    places = {"HOME": "lib", "XDG_RUNTIME_DIR": "run", "XDG_CONFIG_HOME": "etc", "XDG_CACHE_HOME": "cache"}
    environment = [f"{name}={layout.home / place}" for name, place in places.items()]
    daemon = ["libvirtd", "-f", str(settings / "libvirtd.conf"), "-p", str(layout.home / "run" / "pid")]
    shutil.chown(log.parent, _NOBODY)
    for path in (layout.home, *layout.home.rglob("*")):
        shutil.chown(path, _NOBODY, _NOBODY)
    become = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
    words = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *environment, *become, *daemon]
    # a first process that collects the zombies, in a process namespace that ends with the keeper
    own = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
    return [*own, "/bin/sh", "-c", '"$@" & wait', "sh", *words]


_NOBODY = 65534
