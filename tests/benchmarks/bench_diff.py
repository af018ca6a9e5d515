"""`xml.diff` beside ``==`` on libvirt's own domain documents, and on a guest of 300 edited devices."""

from __future__ import annotations

import copy
import random

from tests.benchmarks.bench_codec import per_item
from tests.benchmarks.figures import best_of, report
from tests.conformance.corpus import documents
from virtsdk import xml
from virtsdk.models.domain import DomainDef

EQUAL = 2  # times ==, for documents that are equal
ONE = 25  # times ==, for documents with one change
MANY = 300  # devices

DISK = (
    "<disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='none'/><source file='/{0}'/>"
    "<target dev='vd{0}' bus='virtio'/><alias name='virtio-disk{0}'/>"
    "<address type='pci' domain='0x0000' bus='0x{0:02x}' slot='0x00' function='0x0'/></disk>"
)
INTERFACE = (
    "<interface type='network'><source network='n{0}'/><model type='virtio'/><alias name='net{0}'/>"
    "<address type='pci' domain='0x0001' bus='0x{0:02x}' slot='0x00' function='0x0'/></interface>"
)


def main() -> None:
    """Print microseconds a document, the ratios to ``==``, and what many edited devices cost."""
    texts = [document.data for document in documents() if document.kind == "domain"]
    models = [xml.parse(text, DomainDef) for text in texts]
    twins = copy.deepcopy(models)
    changed = copy.deepcopy(models)
    for model in changed:
        model.name = f"{model.name}-changed"
    last = copy.deepcopy(models)
    for model in last:
        if model.devices and model.devices.disks:
            model.devices.disks[-1].serial = "changed"
    pairs = list(zip(models, twins, strict=True))
    read, equal, same, one, deep = per_item(
        [
            lambda text: xml.parse(text, DomainDef),
            lambda pair: pair[0] == pair[1],
            *(lambda pair: xml.diff(*pair) for _ in range(3)),
        ],
        [texts, pairs, pairs, [*zip(models, changed, strict=True)], [*zip(models, last, strict=True)]],
    )
    print(f"  {len(pairs)} domain documents")
    report("==, equal documents", equal * 1e6, "us")
    report("== / xml.parse, equal documents", equal / read, "x", bar=1)
    report("xml.diff, equal documents", same * 1e6, "us")
    report("xml.diff / ==, equal documents", same / equal, "x", bar=EQUAL)
    report("xml.diff / ==, another name", one / equal, "x", bar=ONE)
    report("xml.diff / ==, another serial of the last disk", deep / equal, "x", bar=ONE)
    _many("disks, which their targets tell apart", DISK, "disks", bar=1)
    _many("interfaces that nothing tells apart", INTERFACE, "interfaces", bar=40)


def _many(words: str, device: str, field: str, bar: int) -> None:
    text = f"<domain><devices>{''.join(device.format(number) for number in range(MANY))}</devices></domain>"
    before, after = xml.parse(text, DomainDef), xml.parse(text, DomainDef)
    devices = getattr(after.devices, field)
    for device_after in devices:
        device_after.alias.name = f"ua-{device_after.alias.name}"
        device_after.address.function = 1
    random.Random(1).shuffle(devices)
    others = getattr(before.devices, field)
    every = best_of(lambda: [one == other for one in others for other in devices], repeat=2)
    seconds = best_of(lambda: xml.diff(before, after), repeat=2)
    assert len(xml.diff(before, after)) == 2 * MANY
    report(f"xml.diff, {MANY} {words}, all edited", seconds, "s")
    report("the same / == of every pair", seconds / every, "x", bar=bar)


if __name__ == "__main__":
    main()
