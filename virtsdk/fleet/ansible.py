"""Ansible inventories, INI and YAML: their hosts as URIs, their groups as tags.

Source of the formats: https://docs.ansible.com/ansible/latest/inventory_guide/intro_inventory.html. Read are
the hosts, the groups, and of their variables those that lead to a host; no file of ``group_vars`` or
``host_vars``, no vault, no password, and no inventory that is a program.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, cast

from virtsdk.binding.uri import DRIVERS, build
from virtsdk.errors import MissingDependency
from virtsdk.errors.frames import shows_no_variables
from virtsdk.resources.hosts_file import HostEntry, checked

_WANTED = {
    "ansible_host": "host",
    "ansible_ssh_host": "host",
    "ansible_port": "port",
    "ansible_ssh_port": "port",
    "ansible_user": "user",
    "ansible_ssh_user": "user",
    "ansible_connection": "connection",
    "libvirt_uri": "uri",
}
_RANGE = re.compile(r"\[([0-9]+|[A-Za-z]):([0-9]+|[A-Za-z])(?::([0-9]+))?\]")
_MOST = 100_000  # hosts of a range


@dataclass
class _Group:
    """A group as it is written: its own hosts, children and variables."""

    hosts: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    children: list[str] = field(default_factory=list[str])
    vars: dict[str, str] = field(default_factory=dict[str, str])


@shows_no_variables
def read_ansible(
    path: str | PathLike[str], *, driver: str = "qemu", programs: bool = False
) -> dict[str, HostEntry]:
    """Read an inventory.

    A host's URI is ``qemu+ssh://ansible_user@ansible_host:ansible_port/system``; what is not said is left out
    (``ansible_host`` is the host's name then), and ssh's own configuration decides. A host with
    ``ansible_connection=local`` is ``qemu:///system``. A variable ``libvirt_uri`` says the URI itself. A
    host's own variables go before those of its groups, a group's before those of the groups that it is in.

    Parameters
    ----------
    path
        An inventory in INI form, or in YAML (``.yml``, ``.yaml``; extra ``[yaml]``).
    driver
        That of the URIs.
    programs
        Whether a ``libvirt_uri`` may name programs to start.

    Returns
    -------
    dict
        A `HostEntry` by the inventory's name of the host; each group that it is in, but for ``all`` and
        ``ungrouped``, is a tag.

    Raises
    ------
    ValueError
        It is no inventory, or a program; a URI is none, has a password, or names a program; a variable is a
        template.
    MissingDependency
        It is YAML, and PyYAML is not installed.
    OSError
        It cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
    ...     _ = file.write("[compute]" + chr(10) + "kvm[1:2] ansible_user=ana ansible_port=2222")
    ...     file.flush()
    ...     found = read_ansible(file.name)
    >>> found["kvm2"].uri, found["kvm2"].tags
    ('qemu+ssh://ana@kvm2:2222/system', {'compute': ''})
    """
    if driver not in DRIVERS:
        raise ValueError(f"driver must be one of libvirt's ({', '.join(DRIVERS)}), not {driver!r}")
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"{file} must be an inventory in UTF-8") from None
    if text.startswith("#!"):
        raise ValueError(
            f"{file} is a program; have it write its inventory down: "
            "ansible-inventory --list --yaml -i ... > inventory.yml"
        )
    yaml = file.suffix in {".yml", ".yaml"} or text.lstrip().startswith("---")
    groups = _of_yaml(text, file) if yaml else _of_ini(text, file)
    within = _parents(groups, file)
    found: dict[str, HostEntry] = {}
    for name in dict.fromkeys(host for group in groups.values() for host in group.hosts):
        own = [group for group, about in groups.items() if name in about.hosts]
        order = _nearest_first(own, within)
        chosen: dict[str, str] = {}
        for about in (
            *(groups[group].hosts[name] for group in own),
            *(groups[group].vars for group in order),
        ):
            chosen = {**about, **chosen}
        tags = dict.fromkeys(sorted(set(order) - {"all", "ungrouped"}), "")
        found[name] = HostEntry(_uri(name, chosen, driver, str(file), programs), tags)
    if not found:
        raise ValueError(f"{file} must have a host at least")
    return found


def _uri(name: str, about: Mapping[str, str], driver: str, where: str, programs: bool) -> str:
    for key, value in about.items():
        if "{{" in value:
            raise ValueError(
                f"{where}: {key} of {name!r} is a template; write its value down, or libvirt_uri"
            )
    if "uri" in about:
        return checked(name, about["uri"], where=where, programs=programs)
    if about.get("connection") == "local":
        return checked(name, build(driver), where=where)
    host, port = about.get("host", name), about.get("port")
    place = f"[{host}]" if ":" in host and not host.startswith("[") else host
    try:
        uri = build(driver, "ssh", place if port is None else f"{place}:{port}", about.get("user") or None)
    except ValueError as error:
        raise ValueError(f"{where}: no URI for {name!r}: {error}") from None
    return checked(name, uri, where=where)


def _parents(groups: Mapping[str, _Group], file: Path) -> dict[str, list[str]]:
    """Return the groups that each group is a child of; all are children of ``all``."""
    found: dict[str, list[str]] = {name: [] for name in groups}
    for name, group in groups.items():
        for child in group.children:
            if child not in found:
                raise ValueError(f"{file}: the group {name!r} has the child {child!r}, which is no group")
            found[child].append(name)
    for name in found:
        if name != "all" and not found[name] and "all" in groups:
            found[name].append("all")
    return found


def _nearest_first(own: Iterable[str], parents: Mapping[str, list[str]]) -> list[str]:
    """Return groups and the groups that they are in, by distance; a circle is walked once."""
    depth: dict[str, int] = {}
    level, here = 0, list(own)
    while here:
        here = [one for one in here if one not in depth]
        depth |= dict.fromkeys(here, level)
        here = [parent for one in here for parent in parents[one]]
        level += 1
    return sorted(depth, key=lambda one: (one == "all", depth[one], one))


# --- INI ------------------------------------------------------------------------------------------------


def _of_ini(text: str, file: Path) -> dict[str, _Group]:
    groups = {"all": _Group(), "ungrouped": _Group()}
    group, kind = "ungrouped", "hosts"
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line[0] in "#;":
            continue
        header = re.fullmatch(r"\[([^\]:]+)(?::(hosts|vars|children))?\]\s*(?:[#;].*)?", line)
        if header:
            group, kind = header[1].strip(), header[2] or "hosts"
            groups.setdefault(group, _Group())
            continue
        if line.startswith("[") and line.endswith("]"):
            raise ValueError(
                f"{file}, line {number}: [...] must be a group, [group:vars] or [group:children]"
            )
        if kind == "children":
            child = line.split("#")[0].strip()
            groups[group].children.append(child)
            groups.setdefault(child, _Group())
        elif kind == "vars":
            key, equals, value = line.partition("=")
            if equals and key.strip() in _WANTED:
                groups[group].vars[_WANTED[key.strip()]] = _unquoted(value)
        else:
            try:
                words = shlex.split(line, comments=True)
            except ValueError as error:
                raise ValueError(f"{file}, line {number}: {str(error).lower()}") from None
            about = {
                _WANTED[key]: value
                for key, equals, value in (word.partition("=") for word in words[1:])
                if equals and key in _WANTED
            }
            for name in _spread(words[0], f"{file}, line {number}"):
                _join(groups[group].hosts, name, about)
    return groups


def _unquoted(value: str) -> str:
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value


def _join(hosts: dict[str, dict[str, str]], name: str, about: Mapping[str, str]) -> None:
    """Add a host; with ``:port`` behind its name that is its port, as Ansible reads it."""
    if (behind := re.fullmatch(r"([^:\[\]]+|\[[^\]]+\]):([0-9]+)", name)) is not None:
        name, about = behind[1], {"port": behind[2], **about}
    hosts[name] = {**hosts.get(name, {}), **about}


def _spread(pattern: str, where: str) -> Iterator[str]:
    """Yield the names of a pattern with ranges: ``kvm[01:20].example.org``, ``db-[a:f]``."""
    found = _RANGE.search(pattern)
    if found is None:
        yield pattern
        return
    first, last, step = found[1], found[2], int(found[3] or 1)
    numbers = first.isdigit() and last.isdigit()
    low, high = (int(first), int(last)) if numbers else (ord(first), ord(last))
    if first.isdigit() != last.isdigit() or high < low or step < 1 or (high - low) // step >= _MOST:
        raise ValueError(f"{where}: {found[0]} must be a range such as [01:20] or [a:f]")
    width = len(first) if first.startswith("0") else 0
    for place in range(low, high + 1, step):
        word = str(place).zfill(width) if numbers else chr(place)
        yield from _spread(pattern[: found.start()] + word + pattern[found.end() :], where)


# --- YAML -----------------------------------------------------------------------------------------------


def _of_yaml(text: str, file: Path) -> dict[str, _Group]:
    try:
        import yaml
    except ImportError as error:
        raise MissingDependency(
            f"reading {file} needs PyYAML: pip install 'virtsdk[yaml]'; or give an inventory in INI form"
        ) from error

    class Loader(yaml.SafeLoader):  # a vaulted value stays shut, and is nothing that is wanted
        pass

    cast("Any", Loader).add_multi_constructor("!", _shut)
    try:
        content: Any = yaml.load(text, Loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = "" if mark is None else f", line {mark.line + 1}"
        raise ValueError(f"{file}{where}: no YAML: {error.problem}") from None
    except yaml.YAMLError:
        raise ValueError(f"{file} must be YAML") from None
    groups = {"all": _Group(), "ungrouped": _Group()}
    for name, about in _table(content, "the inventory", file).items():
        _add_group(groups, str(name), about, file)
    return groups


def _shut(*_: object) -> None:
    """Leave a value with a tag of its own out."""


def _add_group(groups: dict[str, _Group], name: str, about: object, file: Path) -> None:
    group = groups.setdefault(name, _Group())
    parts = _table(about, f"group {name!r}", file)
    group.vars |= _wanted(_table(parts.get("vars"), f"vars of group {name!r}", file))
    for host, own in _table(parts.get("hosts"), f"hosts of group {name!r}", file).items():
        for one in _spread(str(host), str(file)):
            _join(group.hosts, one, _wanted(_table(own, f"host {host!r}", file)))
    for child, its in _table(parts.get("children"), f"children of group {name!r}", file).items():
        if str(child) not in group.children:
            group.children.append(str(child))
        _add_group(groups, str(child), its, file)


def _table(given: object, what: str, file: Path) -> dict[object, object]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise ValueError(f"{file}: {what} must be a mapping")  # noqa: TRY004 - of a file
    return cast("dict[object, object]", given)


def _wanted(about: Mapping[object, object]) -> dict[str, str]:
    return {
        _WANTED[key]: str(value)
        for key, value in about.items()
        if isinstance(key, str) and key in _WANTED and isinstance(value, str | int)
    }
