"""Models that are drawn to be valid are valid, by libvirt's RELAX NG and by the shipped XSD."""

from hypothesis import given
from hypothesis import strategies as st

from tests.budget import examples
from virtsdk import units, xml
from virtsdk.model import Empty
from virtsdk.models import domain as d
from virtsdk.xml._validate import INSTALLED

name = st.from_regex(r"[a-zA-Z0-9_.+-]{1,20}", fullmatch=True)
path = st.from_regex(r"/[a-z0-9_/.-]{1,20}", fullmatch=True)
mac = st.integers(0, 2**24 - 1).map(
    lambda n: "52:54:00:" + ":".join(f"{n:06x}"[i : i + 2] for i in (0, 2, 4))
)
size = st.integers(1, 2**20).map(units.MiB)


def one_of(*options):
    return st.sampled_from(options)


def maybe(strategy):
    return st.none() | strategy


disks = st.builds(
    d.Disk,
    type=st.just(d.DiskType.FILE),
    device=maybe(one_of(d.DiskDevice.DISK, d.DiskDevice.CDROM, "floppy")),
    source=maybe(st.builds(d.DiskSource, file=path)),
    driver=maybe(
        st.builds(
            d.DiskDriver,
            name=st.just("qemu"),
            type=one_of(d.DiskDriverType.RAW, "qcow2"),
            cache=maybe(one_of("none", "writeback", "unsafe")),
            io=maybe(one_of("threads", "native")),
        )
    ),
    target=st.builds(
        d.DiskTarget, dev=st.integers(0, 25).map(lambda n: f"vd{chr(97 + n)}"), bus=one_of("virtio", "sata")
    ),
    serial=maybe(st.from_regex(r"[A-Za-z0-9_.-]{1,20}", fullmatch=True)),
    readonly=maybe(st.builds(Empty)),
    shareable=maybe(st.builds(Empty)),
    boot=maybe(st.builds(d.DeviceBoot, order=st.integers(1, 99))),
)
interfaces = st.builds(
    d.Interface,
    type=st.just(d.InterfaceType.NETWORK),
    mac=maybe(st.builds(d.InterfaceMac, address=mac)),
    source=st.builds(d.InterfaceSource, network=name),
    model=maybe(st.builds(d.InterfaceModel, type=one_of("virtio", "e1000"))),
)
domains = st.builds(
    d.DomainDef,
    type=one_of("kvm", "qemu"),
    name=name,
    uuid=maybe(st.uuids(version=4).map(str)),
    title=maybe(st.from_regex(r"[^\n\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]{1,20}", fullmatch=True)),
    memory=size.map(d.Memory.of),
    vcpu=st.builds(d.Vcpu, value=st.integers(1, 512), placement=maybe(one_of("static", "auto"))),
    os=st.builds(
        d.Os,
        type=st.builds(d.OsType, value=st.just("hvm"), arch=maybe(one_of("x86_64", "aarch64"))),
        boots=st.lists(st.builds(d.OsBoot, dev=one_of("hd", "cdrom", "network")), max_size=3),
    ),
    features=maybe(st.builds(d.Features, acpi=maybe(st.builds(Empty)), pae=maybe(st.builds(Empty)))),
    clock=maybe(st.builds(d.Clock, offset=one_of("utc", "localtime"))),
    on_poweroff=maybe(one_of("destroy", "restart")),
    devices=st.builds(
        d.Devices,
        disks=st.lists(disks, max_size=3),
        interfaces=st.lists(interfaces, max_size=3),
        memballoon=maybe(st.builds(d.Memballoon, model=one_of("virtio", "none"))),
    ),
)


@examples(60)
@given(domains)
def test_drawn_domains_are_valid_by_the_rules_and_by_the_installed_libvirt(model):
    assert xml.validate(model) == []
    assert xml.validate(model, relaxng=INSTALLED) == []
    assert xml.extras(xml.parse(xml.render(model))) == []
