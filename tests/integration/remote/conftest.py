"""Three hosts that listen on loopback, and the certificates for them; shared, so leave them as they were."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from .pki import Authority
from .sites import Site, start


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders as ``pkipath`` wants them.

    ``ana`` is right; ``lost`` trusts another authority; ``forged`` is signed by one that the hosts do not
    trust; ``old`` has expired. ``server`` and ``old-server`` are the hosts', for the name localhost alone.
    """
    folder = tmp_path_factory.mktemp("pki")
    ours, other = Authority(folder / "ours", "ours"), Authority(folder / "other", "other")
    ours.sign(folder / "server", "server", "kvm7", also="DNS:localhost")
    ours.sign(folder / "old-server", "server", "kvm9", also="DNS:localhost", days=0)
    ours.sign(folder / "ana", "client", "ana")
    ours.sign(folder / "old", "client", "ana", days=0)
    other.sign(folder / "lost", "client", "ana")
    other.sign(folder / "forged", "client", "ana")
    with (folder / "forged" / "cacert.pem").open("ab") as trusted:  # else libvirt refuses it on this side
        trusted.write(ours.certificate.read_bytes())
    return folder


@pytest.fixture(scope="session")
def sites(pki: Path) -> Iterator[dict[str, Site]]:
    """``kvm7``: tcp with SASL, tls, ssh; ``kvm8``: tls with SASL; ``kvm9``: tls, its certificate expired."""
    if os.geteuid() != 0:
        pytest.skip("the hosts for remote connections need root: they have a user of their own that logs in")
    kvm7 = Site("kvm7", pki / "server", mechanisms="digest-md5", ssh=True)
    kvm8 = Site("kvm8", pki / "server", {"auth_tls": "sasl"}, mechanisms="scram-sha-256")
    kvm9 = Site("kvm9", pki / "old-server", {"tls_no_sanity_certificate": 1})
    keeper = start(kvm7, kvm8, kvm9)
    yield {site.name: site for site in (kvm7, kvm8, kvm9)}
    keeper.end()


@pytest.fixture(scope="session")
def kvm7(sites: dict[str, Site]) -> Site:
    return sites["kvm7"]
