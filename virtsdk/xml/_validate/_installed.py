"""The RELAX NG of a libvirt that is installed, for who wants the verdict of that version."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from virtsdk.model import Model

_FILES = {
    "DomainDef": "domain",
    "DomainSnapshotDef": "domainsnapshot",
    "DomainCheckpointDef": "domaincheckpoint",
    "DomainBackupDef": "domainbackup",
    "DomainCapabilities": "domaincaps",
    "Capabilities": "capability",
    "CpuDef": "cpu",
    "SysinfoDef": "sysinfo",
    "NetworkDef": "network",
    "NetworkPortDef": "networkport",
    "InterfaceDef": "interface",
    "StoragePoolDef": "storagepool",
    "StoragePoolCapabilities": "storagepoolcaps",
    "StorageVolumeDef": "storagevol",
    "NodeDeviceDef": "nodedev",
    "NWFilterDef": "nwfilter",
    "NWFilterBindingDef": "nwfilterbinding",
    "SecretDef": "secret",
}
_DEVICES = {"graphics": "graphic", "memory": "memorydev"}  # libvirt's define is not named as the element
_START = (
    "<grammar xmlns='http://relaxng.org/ns/structure/1.0'>"
    "<include href='{}'><start><ref name='{}'/></start></include></grammar>"
)


def grammar(cls: type[Model], tag: str, directory: Path) -> Any:
    """Return libxml2's validator of a class's document or device; None where the directory has none."""
    name = _FILES.get(cls.__name__)
    if name is not None:
        path = directory / f"{name}.rng"
        return _load(path, "", path.stat().st_mtime_ns) if path.is_file() else None
    path = directory / "domain.rng"
    if not path.is_file() or cls.__module__ != "virtsdk.models.domain":
        return None
    try:
        return _load(path, _DEVICES.get(tag, tag), path.stat().st_mtime_ns)
    except etree.RelaxNGParseError:
        return None  # this libvirt has no such device, or names it otherwise


@cache
def _load(path: Path, define: str, changed: int) -> Any:
    if not define:
        return etree.RelaxNG(file=str(path))
    start = _START.format(path.name, define).encode()
    return etree.RelaxNG(etree.fromstring(start, base_url=str(path.with_name("start.rng"))))
