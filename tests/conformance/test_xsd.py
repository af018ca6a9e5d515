"""The XSD accepts every document that libvirt's RELAX NG accepts."""

import functools
import pathlib

import xmlschema
from lxml import etree

from schemas.generate import HERE, XSD
from schemas.naming import Naming
from virtsdk.models import ROOTS

INSTALLED = pathlib.Path("/usr/share/libvirt/schemas")


def naming():
    return Naming.read(HERE / "naming.toml")


@functools.cache
def relaxng(name):
    return etree.RelaxNG(etree.parse(str(INSTALLED / name)))


@functools.cache
def xsd(module):
    return xmlschema.XMLSchema11(str(XSD / f"{module}.xsd"))


def test_what_the_relaxng_accepts_the_xsd_accepts(documents):
    homes = {f"{kind.module}:{kind.class_name}": kind for kind in naming().documents.values()}
    kinds = {root: homes[home] for root, home in ROOTS.items() if home in homes}
    kinds["interface"] = kinds.pop("host_interface")  # as a whole document it is the host's
    accepted, refused = 0, []
    for document in documents:
        kind = kinds.get(document.kind)
        tree = etree.fromstring(document.data)
        if kind is None or not relaxng(kind.rng).validate(tree):
            continue
        accepted += 1
        error = next(xsd(kind.module).iter_errors(tree), None)
        if error is not None:
            refused.append(f"{document}: {error.path}: {error.reason}")
    assert refused == []
    assert accepted > 0.9 * len([document for document in documents if document.kind in kinds])
