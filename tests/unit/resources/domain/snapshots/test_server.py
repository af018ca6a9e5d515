"""Backup servers: where they listen, what they offer, and how they are shown."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest

import virtsdk
from virtsdk import xml
from virtsdk.models.domain_backup import DomainBackupDef
from virtsdk.resources.domain.snapshots.server import BackupExport, BackupServer, exports_of, place_of


@pytest.mark.parametrize(
    ("kind", "where", "message"),
    [
        (TypeError, True, "where must be a port or the path of a socket, not True"),
        (TypeError, 1.5, "where must be a port or the path of a socket"),
        (ValueError, 0, "where must be a port from 1 to 65535, not 0"),
        (ValueError, 65536, "where must be a port from 1 to 65535"),
        (ValueError, "nbd.sock", "path must be absolute"),
        (ValueError, "/" + "x" * 107, "where must be a path of 107 bytes at most"),
    ],
)
def test_a_place_that_is_none(kind: type[Exception], where: Any, message: str) -> None:
    with pytest.raises(kind, match=message):
        place_of(where, "127.0.0.1")
    with virtsdk.connect("test:///default") as host, pytest.raises(kind, match=message):
        host.domains["test"].backup_server(where)


def exports(where: Any, address: str, disks: str) -> dict[str, BackupExport]:
    document = xml.parse(f"<domainbackup mode='pull'><disks>{disks}</disks></domainbackup>", DomainBackupDef)
    return exports_of(document, place_of(where, address))


def test_a_client_finds_each_disk_and_its_bitmap() -> None:
    disks = "<disk name='vda' backup='yes' exportname='a b' exportbitmap='m'/><disk name='vdb' backup='no'/>"
    found = exports(PurePosixPath("/run/nbd 1.sock"), "", disks)
    assert list(found) == ["vda"]
    assert found["vda"].uri == "nbd+unix:///a%20b?socket=/run/nbd%201.sock"
    assert (found["vda"].bitmap, found["vda"].context) == ("m", "qemu:dirty-bitmap:m")
    plain = exports(10809, "192.0.2.7", "<disk name='vda'/>")["vda"]
    assert (plain.uri, plain.context) == ("nbd://192.0.2.7:10809/vda", None)


def test_it_says_what_it_is() -> None:
    with virtsdk.connect("test:///default") as host:
        found = exports(10809, "::1", "<disk name='vda' exportbitmap='backup-vda'/>")
        server = BackupServer(host.domains["test"], found, "monday", None)
        assert repr(server) == "<BackupServer of test, changes since monday, 1 disk>"
        assert server.addresses == {"vda": "nbd://[::1]:10809/vda"}
        frame = server.frame()
        assert frame["uri"].tolist() == ["nbd://[::1]:10809/vda"]
        assert frame["context"].tolist() == ["qemu:dirty-bitmap:backup-vda"]
        assert "nbd://[::1]:10809/vda" in server._repr_html_()
    assert repr(object.__new__(BackupServer)) == "<BackupServer>"
