"""Parts of libvirt's Python objects that virtsdk calls, as types; a file a family.

libvirt's own classes satisfy these protocols; nothing above this package names libvirt itself. A method that
is newer than the libvirt that libvirt-python was built against does not exist there: ask with ``hasattr``
first.
"""

from virtsdk.binding.protocol.base import (
    Record,
    VirDescribed,
    VirLasting,
    VirMoment,
    VirObject,
    VirStartable,
)
from virtsdk.binding.protocol.checkpoint import VirDomainCheckpoint
from virtsdk.binding.protocol.connect import VirConnect
from virtsdk.binding.protocol.domain import VirDomain
from virtsdk.binding.protocol.network import VirNetwork, VirNetworkPort
from virtsdk.binding.protocol.node import VirInterface, VirNodeDevice
from virtsdk.binding.protocol.nwfilter import VirNWFilter, VirNWFilterBinding
from virtsdk.binding.protocol.secret import VirSecret
from virtsdk.binding.protocol.snapshot import VirDomainSnapshot
from virtsdk.binding.protocol.storage import VirStoragePool, VirStorageVol
from virtsdk.binding.protocol.stream import VirStream

__all__ = [
    "Record",
    "VirConnect",
    "VirDescribed",
    "VirDomain",
    "VirDomainCheckpoint",
    "VirDomainSnapshot",
    "VirInterface",
    "VirLasting",
    "VirMoment",
    "VirNWFilter",
    "VirNWFilterBinding",
    "VirNetwork",
    "VirNetworkPort",
    "VirNodeDevice",
    "VirObject",
    "VirSecret",
    "VirStartable",
    "VirStoragePool",
    "VirStorageVol",
    "VirStream",
]
