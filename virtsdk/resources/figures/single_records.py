"""Figures of one domain after the other, under the keys of libvirt's bulk call.

The drivers without a bulk call (LXC, Xen, ESX ...) know some of the figures; each comes from a call of its
own. What a driver turned out not to have is not asked for again on that host.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING

from virtsdk import errors
from virtsdk.binding.protocol import VirConnect, VirDomain
from virtsdk.binding.session import Session
from virtsdk.binding.undecoded import decoded
from virtsdk.resources.figures.bulk_records import group_names, group_words

if TYPE_CHECKING:
    from virtsdk.models.domain import Devices

Record = dict[str, object]

# libvirt's names of memory statistics, and what the bulk call calls them
_MEMORY = {
    "actual": "balloon.current",
    "swap_in": "balloon.swap_in",
    "swap_out": "balloon.swap_out",
    "major_fault": "balloon.major_fault",
    "minor_fault": "balloon.minor_fault",
    "unused": "balloon.unused",
    "available": "balloon.available",
    "usable": "balloon.usable",
    "last_update": "balloon.last-update",
    "disk_caches": "balloon.disk_caches",
    "hugetlb_pgalloc": "balloon.hugetlb_pgalloc",
    "hugetlb_pgfail": "balloon.hugetlb_pgfail",
    "rss": "balloon.rss",
}
_CPU = {"cpu_time": "cpu.time", "user_time": "cpu.user", "system_time": "cpu.system"}
_DISK = ("rd.reqs", "rd.bytes", "wr.reqs", "wr.bytes", "errors")
_NIC = ("rx.bytes", "rx.pkts", "rx.errs", "rx.drop", "tx.bytes", "tx.pkts", "tx.errs", "tx.drop")
_UNKNOWN = -1  # what libvirt says where a driver does not count


class SingleReader:
    """Reads figures one domain at a time; remembers what the driver does not have.

    Parameters
    ----------
    session
        The connection.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._missing: set[str] = set()
        # LXC calls memory and swap in use swap_in, which is elsewhere what came in since the start
        left_out = {"swap_in"} if session.driver == "lxc" else set[str]()
        self._memory = {name: key for name, key in _MEMORY.items() if name not in left_out}

    def read(
        self,
        conn: VirConnect,
        domains: Iterable[VirDomain],
        groups: Iterable[str] | None,
        *,
        runs: bool = False,
    ) -> list[tuple[str, str, Record]]:
        """Read many, as `bulk_records.read_records` does; one that is gone meanwhile is left out."""
        wanted = set(group_names()) if groups is None else group_words(groups)
        found: list[tuple[str, str, Record]] = []
        for raw in domains:
            record = self._one(conn, raw, wanted)
            if record is not None:
                if runs and raw.ID() >= 0:
                    record["domain.id"] = raw.ID()
                found.append((raw.UUIDString(), raw.name(), record))
        return found

    def _one(self, conn: VirConnect, raw: VirDomain, wanted: Collection[str]) -> Record | None:
        subject = f"domain {raw.name()!r}"
        try:
            with self._session.translated(conn, "read the figures of", subject):
                record = _basics(raw, raw.info(), wanted)
        except errors.DomainNotFound:
            return None

        def ask(name: str, call: Callable[[], None]) -> None:
            if name in self._missing:
                return
            try:
                with self._session.translated(conn, "read the figures of", subject):
                    call()
            except errors.NotSupported:
                self._missing.add(name)
            except (errors.InvalidState, errors.InvalidArgument, errors.OperationFailed, errors.NotFound):
                return  # stopped meanwhile, or a device that has no figures

        if "state" in wanted:
            ask("state", lambda: record.update({"state.reason": raw.state(0)[1]}))
        if raw.ID() < 0:
            return record
        if "cpu-total" in wanted:
            ask("cpu", lambda: record.update(_named(raw.getCPUStats(True, 0)[0], _CPU)))
        if "balloon" in wanted:
            ask("memory", lambda: record.update(_named(raw.memoryStats(), self._memory)))
        if "vcpu" in wanted:
            ask("most vcpus", lambda: record.update({"vcpu.maximum": raw.maxVcpus()}))
            ask("vcpus", lambda: record.update(_vcpus(raw)))
        if not {"block", "interface"}.isdisjoint(wanted):
            self._devices(raw, record, wanted, ask)
        return record

    def _devices(
        self,
        raw: VirDomain,
        record: Record,
        wanted: Collection[str],
        ask: Callable[[str, Callable[[], None]], None],
    ) -> None:
        devices: list[Devices] = []
        ask("definition", lambda: devices.extend(_devices_of(raw)))
        if not devices:
            return
        if "interface" in wanted:
            nics = [nic.target.dev for nic in devices[0].interfaces if nic.target and nic.target.dev]
            record["net.count"] = len(nics)
            for number, nic in enumerate(nics):
                record[f"net.{number}.name"] = nic
                ask("net", lambda nic=nic, number=number: record.update(_nic(raw, nic, number)))
        if "block" in wanted:
            disks = [disk.target.dev for disk in devices[0].disks if disk.target and disk.target.dev]
            record["block.count"] = len(disks)
            for number, disk in enumerate(disks):
                record[f"block.{number}.name"] = disk
                ask("block", lambda disk=disk, number=number: record.update(_disk(raw, disk, number)))
                ask("sizes", lambda disk=disk, number=number: record.update(_sizes(raw, disk, number)))


def _basics(raw: VirDomain, info: list[int], wanted: Collection[str]) -> Record:
    state, maximum, memory, vcpus, cpu_time = info
    record: Record = {}
    if "state" in wanted:
        record["state.state"] = state
    if "cpu-total" in wanted and raw.ID() >= 0:
        record["cpu.time"] = cpu_time
    if "balloon" in wanted:
        record |= {"balloon.current": memory, "balloon.maximum": maximum}
    if "vcpu" in wanted:
        record |= {"vcpu.current": vcpus, "vcpu.maximum": vcpus}
    return record


def _devices_of(raw: VirDomain) -> list[Devices]:
    from virtsdk import xml
    from virtsdk.models.domain import DomainDef

    devices = xml.parse(decoded(raw.XMLDesc, 0), DomainDef).devices
    return [] if devices is None else [devices]


def _named(values: dict[str, int], names: dict[str, str]) -> Record:
    return {names[key]: value for key, value in values.items() if key in names}


def _vcpus(raw: VirDomain) -> Record:
    record: Record = {}
    for number, state, cpu_time, _cpu in raw.vcpus()[0]:
        record |= {f"vcpu.{number}.state": state, f"vcpu.{number}.time": cpu_time}
    return record


def _nic(raw: VirDomain, name: str, number: int) -> Record:
    values = zip(_NIC, raw.interfaceStats(name), strict=True)
    return {f"net.{number}.{key}": value for key, value in values if value != _UNKNOWN}


def _disk(raw: VirDomain, name: str, number: int) -> Record:
    values = zip(_DISK, raw.blockStats(name), strict=True)
    return {f"block.{number}.{key}": value for key, value in values if value != _UNKNOWN}


def _sizes(raw: VirDomain, name: str, number: int) -> Record:
    keys = ("capacity", "allocation", "physical")
    return {f"block.{number}.{key}": value for key, value in zip(keys, raw.blockInfo(name, 0), strict=True)}
