"""Items find their counterparts: by identity, and where that does not tell, by what else agrees."""

import itertools
import random

import pytest

from virtsdk import xml
from virtsdk.models.domain import Devices, Disk, DiskSource, DiskTarget, Sound, Watchdog
from virtsdk.models.nwfilter import Filterref, NWFilterRule
from virtsdk.xml._diff.identities import RULES
from virtsdk.xml._diff.matching import assignment, pairs
from virtsdk.xml._diff.parts import Items, Part


def devices(*parts):
    return xml.parse(f"<domain><devices>{''.join(parts)}</devices></domain>")


def domain(text):
    return xml.parse(f"<domain>{text}</domain>")


def network(text):
    return xml.parse(f"<network>{text}</network>")


def said(changes):
    return [(change.path, change.before, change.after) for change in changes]


def usb(model, start=""):
    master = f"<master startport='{start}'/>" if start else ""
    return f"<controller type='usb' index='0' model='{model}'>{master}</controller>"


COMPANIONS = [usb("ich9-ehci1"), usb("ich9-uhci1", "0"), usb("ich9-uhci2", "2"), usb("ich9-uhci3", "4")]


@pytest.mark.parametrize("gone", range(4))
def test_one_of_four_controllers_with_one_index_goes(gone):
    rest = [each for number, each in enumerate(COMPANIONS) if number != gone]
    for order in itertools.permutations(rest):
        (change,) = xml.diff(devices(*COMPANIONS), devices(*order))
        assert (change.path, change.after) == (f"devices.controllers[{gone}]", None)
        assert change.before.model in COMPANIONS[gone]


def test_an_index_that_libvirt_counts_anew_is_the_least_evidence():
    place = "<address type='pci' domain='0' bus='0' slot='{}' function='0'/>"
    one, two = (
        f"<controller type='scsi' index='{number}' model='auto'>{place.format(number + 5)}</controller>"
        for number in (0, 1)
    )
    left = two.replace("index='1'", "index='0'")
    changes = xml.diff(devices(one, two), devices(left))
    assert said(changes) == [
        ("devices.controllers[0]", changes[0].before, None),
        ("devices.controllers[0].index", 1, 0),
    ]
    assert changes[0].before.address.slot == 5


def test_an_alias_that_libvirt_counts_is_no_identity_and_one_of_the_user_is():
    tablet, keyboard = "<input type='tablet'>{}</input>", "<input type='keyboard'>{}</input>"
    alias = "<alias name='{}'/>"
    changes = xml.diff(
        devices(tablet.format(alias.format("input0")), keyboard.format(alias.format("input1"))),
        devices(keyboard.format(alias.format("input0"))),
    )
    assert [(change.path, change.item) for change in changes] == [
        ("devices.inputs[0]", "tablet"),
        ("devices.inputs[0].alias.name", "keyboard"),
    ]
    sound = "<sound model='{}'><alias name='{}'/></sound>"
    changes = xml.diff(
        devices(sound.format("ich6", "ua-a"), sound.format("ich9", "ua-b")),
        devices(sound.format("ich6", "ua-b"), sound.format("ich9", "ua-a")),
    )
    assert [(change.path, change.item) for change in changes] == [
        ("devices.sounds[0].model", "ua-b"),
        ("devices.sounds[1].model", "ua-a"),
    ]


def test_two_consoles_of_one_type_pair_by_what_agrees():
    vnc = "<graphics type='vnc' port='{}' keymap='{}' autoport='{}'/>"
    (change,) = xml.diff(
        devices(vnc.format(5900, "de", "no"), vnc.format(5901, "fr", "yes")),
        devices(vnc.format(5902, "fr", "yes"), vnc.format(5900, "de", "no")),
    )
    assert said([change]) == [("devices.graphics[0].port", 5901, 5902)]


def test_interfaces_of_one_mac_and_an_interface_without_one():
    mac = "<mac address='52:54:00:00:00:01'/>"
    team = "<interface type='network'>" + mac + "<source network='{}'/><teaming type='{}'/></interface>"
    one = devices(team.format("a", "persistent"), team.format("b", "transient"))
    (change,) = xml.diff(one, devices(team.format("c", "transient"), team.format("a", "persistent")))
    assert said([change]) == [("devices.interfaces[0].source.network", "b", "c")]

    bare = "<interface type='network'><source network='{}'/></interface>"
    full = bare.replace(
        "</interface>", "{}<target dev='vnet7'/><model type='virtio'/><alias name='net0'/></interface>"
    )
    second = full.format("b", mac.replace("01'", "02'"))
    changes = xml.diff(devices(bare.format("a"), bare.format("b")), devices(second, full.format("a", mac)))
    assert {change.path.split(".")[1] for change in changes} == {"interfaces[0]", "interfaces[1]"}
    assert all(change.before is None for change in changes)


def test_usb_devices_by_vendor_and_product():
    usb = "<hostdev type='usb'><source><vendor id='{}'/><product id='{}'/>{}</source>{}</hostdev>"
    where = "<address bus='1' device='{}'/>"
    twice = [usb.format("0x46D", "0xC52b", where.format(number), "") for number in (2, 3)]
    (gone,) = xml.diff(devices(*twice), devices(twice[1].replace("0x46D", "0x046d")))
    assert (gone.path, gone.after) == ("devices.hostdevs[0]", None)
    assert gone.before.source.address.device == "2"
    gone, new = xml.diff(devices(twice[0]), devices(usb.format("0x1234", "0x1", "", "")))
    assert gone.after is new.before is None
    assert (gone.item, new.item) == ("0x46D 0xC52b", "0x1234 0x1")


def test_a_pci_device_is_where_it_is_on_the_host():
    address = "<address domain='{}' bus='{}' slot='{}' function='{}'/>"
    pci = f"<hostdev mode='subsystem' type='pci'><source>{address}</source>"
    one, other = pci + "</hostdev>", pci + "<rom bar='off'/></hostdev>"
    (change,) = xml.diff(
        devices(one.format(0, 11, 0, 0), one.format(0, 12, 0, 1)),
        devices(one.format("0x0000", "0x0c", "0x00", "0x1"), other.format("0x0000", "0x0b", "0x00", "0x0")),
    )
    assert (change.path, change.item) == ("devices.hostdevs[1].rom", "0000:0b:00.0")
    gone, new = xml.diff(devices(one.format(0, 1, 0, 0)), devices(one.format(0, 2, 0, 0)))
    assert (gone.item, new.item) == ("0000:01:00.0", "0000:02:00.0")


def test_devices_of_two_kinds_are_two_devices():
    gone, new = xml.diff(devices("<graphics type='vnc'/>"), devices("<graphics type='spice'/>"))
    assert (gone.before.type, new.after.type) == ("vnc", "spice")


def test_few_changes_are_one_device_and_nothing_in_common_is_two():
    one = Watchdog(model="i6300esb", action="reset")
    assert len(xml.diff(Devices(watchdogs=[one]), Devices(watchdogs=[Watchdog(model="itco")]))) == 2
    long = (
        "<rng model='virtio'><rate bytes='1' period='2'/><backend model='random'>/dev/random</backend></rng>"
    )
    short = "<rng><backend model='builtin'/><driver iommu='on'/></rng>"
    changes = xml.diff(devices(long), devices(long.replace("'1'", "'7'").replace("'2'", "'8'")))
    assert [change.path for change in changes] == [
        "devices.rngs[0].rate.bytes",
        "devices.rngs[0].rate.period",
    ]
    gone, new = xml.diff(devices(long), devices(short))
    assert (gone.after, new.before) == (None, None)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            domain("<cpu><feature name='avx' policy='require'/></cpu>"),
            domain("<cpu><feature name='svm' policy='require'/></cpu>"),
        ),
        (domain("<clock><timer name='pit'/></clock>"), domain("<clock><timer name='hpet'/></clock>")),
        (
            network("<ip><dhcp><host mac='52:54:00:00:00:01' ip='10.0.0.2'/></dhcp></ip>"),
            network("<ip><dhcp><host mac='52:54:00:00:00:02' ip='10.0.0.2'/></dhcp></ip>"),
        ),
        (network("<portgroup name='a'/>"), network("<portgroup name='b'/>")),
        (
            xml.parse("<domainsnapshot><disks><disk name='vda'/></disks></domainsnapshot>"),
            xml.parse("<domainsnapshot><disks><disk name='vdb'/></disks></domainsnapshot>"),
        ),
        (
            xml.parse("<pool><source><device path='/dev/sda'/></source></pool>"),
            xml.parse("<pool><source><device path='/dev/sdb'/></source></pool>"),
        ),
        (
            xml.parse(
                "<capabilities><guest><os_type>hvm</os_type><arch name='i686'/></guest></capabilities>"
            ),
            xml.parse(
                "<capabilities><guest><os_type>hvm</os_type><arch name='x86_64'/></guest></capabilities>"
            ),
        ),
    ],
)
def test_another_name_is_another_item(before, after):
    gone, new = xml.diff(before, after)
    assert gone.after is new.before is None
    assert gone.before == new.before or type(gone.before) is type(new.after)


def test_a_dhcp_host_is_known_by_the_first_that_both_say():
    host = "<ip><dhcp><host {}/></dhcp></ip>"
    changes = xml.diff(
        network(host.format("mac='52:54:0:AA:0:1' ip='10.0.0.2' name='a'")),
        network(host.format("mac='52:54:00:aa:00:01' ip='10.0.0.3' name='b'")),
    )
    assert [change.path for change in changes] == [
        "ips[0].dhcp.hosts[0].name",
        "ips[0].dhcp.hosts[0].ip",
    ]
    assert [
        change.path
        for change in xml.diff(
            network(host.format("name='a' ip='10.0.0.2'")),
            network(host.format("name='a' ip='10.0.0.3' mac='52:54:00:00:00:01'")),
        )
    ] == [
        "ips[0].dhcp.hosts[0].mac",
        "ips[0].dhcp.hosts[0].ip",
    ]


def test_words_are_a_set_and_other_texts_are_in_order():
    enum = "<domainCapabilities><os supported='yes'><enum name='firmware'>{}</enum></os></domainCapabilities>"
    value = "<value>{}</value>".format
    before = xml.parse(enum.format(value("bios") + value("efi")))
    assert xml.diff(before, xml.parse(enum.format(value("efi") + value("bios")))) == []
    assert said(xml.diff(before, xml.parse(enum.format(value("efi") + value("x"))))) == [
        ("os.enums[0].values[0]", "bios", None),
        ("os.enums[0].values[1]", None, "x"),
    ]
    argument = "<initarg>{}</initarg>".format
    arguments = domain(f"<os>{argument('a')}{argument('b')}{argument('c')}</os>")
    assert said(xml.diff(arguments, domain(f"<os>{argument('a')}{argument('x')}{argument('c')}</os>"))) == [
        ("os.initargs[1]", "b", "x")
    ]
    assert said(xml.diff(arguments, domain(f"<os>{argument('b')}{argument('c')}</os>"))) == [
        ("os.initargs[0]", "a", None)
    ]
    assert len(xml.diff(arguments, domain(f"<os>{argument('b')}{argument('a')}{argument('c')}</os>"))) == 2


def test_rules_in_another_order_are_said():
    accept = "<rule action='accept' direction='in'><tcp dstportstart='22'/></rule>"
    drop = "<rule action='drop' direction='in'><all/></rule>"
    make = "<filter name='f'>{}</filter>".format
    one, two = xml.parse(make(accept + drop)), xml.parse(make(drop + accept))
    assert len(xml.diff(one, two)) == 2
    assert xml.diff(one, xml.parse(make(accept + drop))) == []
    (new,) = xml.diff(one, xml.parse(make(drop + accept + drop)))
    assert new.before is None


def test_items_of_two_classes_in_one_list_keep_their_places():
    def paired(before, after):
        one, two = (
            Items(entries, [Part(entry) for entry in entries], RULES["NWFilterDef.entries"])
            for entries in (before, after)
        )
        return pairs(one, two)

    rule, other = NWFilterRule(action="accept", priority=500), NWFilterRule(action="drop", priority=500)
    reference = Filterref(filter="clean-traffic")
    before = [rule, reference, other]
    assert paired(before, [rule, Filterref(filter="clean-traffic"), other]) == [(0, 0), (1, 1), (2, 2)]
    assert paired(before, [rule, reference, NWFilterRule(action="drop")]) == [(0, 0), (1, 1), (2, 2)]
    assert paired(before, [rule, Filterref(filter="x"), other]) == [(1, None), (0, 0), (None, 1), (2, 2)]
    moved = paired(before, [reference, rule, other])
    assert sorted((i is None, j is None) for i, j in moved).count((False, False)) == 2
    assert (0, 0) not in moved


def test_numbers_that_libvirt_counts_are_positions_where_they_are_not_said():
    cell = "<cell {} cpus='{}' memory='1'/>"
    numa = "<cpu><numa>{}</numa></cpu>"
    plain = domain(numa.format(cell.format("", 0) + cell.format("", 1)))
    swapped = domain(numa.format(cell.format("", 1) + cell.format("", 0)))
    assert len(xml.diff(plain, swapped)) == 2
    counted = domain(numa.format(cell.format("id='0'", 0) + cell.format("id='1'", 1)))
    assert [change.path.rpartition(".")[2] for change in xml.diff(plain, counted)] == ["id", "id"]
    other_way = domain(numa.format(cell.format("id='1'", 1) + cell.format("id='0'", 0)))
    assert xml.diff(counted, other_way) == []


def test_values_of_one_parameter_keep_their_order():
    parameter = "<parameter name='{}' value='{}'/>".format
    make = "<interface><filterref filter='f'>{}</filterref></interface>".format
    before = xml.parse(make(parameter("IP", 1) + parameter("MAC", 5) + parameter("IP", 2)))
    assert (
        xml.diff(before, xml.parse(make(parameter("MAC", 5) + parameter("IP", 1) + parameter("IP", 2)))) == []
    )
    assert (
        len(xml.diff(before, xml.parse(make(parameter("MAC", 5) + parameter("IP", 2) + parameter("IP", 1)))))
        == 2
    )


def test_one_item_for_a_set_and_one_for_each_of_it_mean_the_same():
    item = "<vcpusched vcpus='{}' scheduler='{}' priority='1'/>".format
    together = domain(f"<cputune>{item('0-1,3', 'fifo')}</cputune>")
    apart = domain(f"<cputune>{item(3, 'fifo')}{item(0, 'fifo')}{item(1, 'fifo')}</cputune>")
    assert xml.diff(together, apart) == xml.diff(apart, together) == []
    (gone,) = xml.diff(
        domain("<cputune><vcpusched/><vcpusched/></cputune>"), domain("<cputune><vcpusched/></cputune>")
    )
    assert (gone.path, gone.after) == ("cputune.vcpuscheds[1]", None)
    other = domain(f"<cputune>{item(3, 'fifo')}{item(0, 'fifo')}{item(1, 'rr')}</cputune>")
    assert xml.diff(together, other)
    assert len(xml.diff(together, domain(f"<cputune>{item('0-1,3', 'rr')}</cputune>"))) == 1


def test_many_items_that_nothing_tells_apart_pair_in_time():
    def disk(number, name):
        return Disk(
            type="file", source=DiskSource(file=f"/{number}"), serial=name, target=DiskTarget(bus="sata")
        )

    rng = random.Random(1)
    before = [disk(number, f"s{number}") for number in range(120)]
    after = [disk(number, f"t{number}") for number in range(120)]
    rng.shuffle(after)
    changes = xml.diff(Devices(disks=before), Devices(disks=after))
    assert len(changes) == 120
    assert {change.path.rpartition(".")[2] for change in changes} == {"serial"}


def test_long_ordered_lists_are_aligned_around_what_is_equal():
    sounds = [f"-{number}" for number in range(3000)]
    namespace = "xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'"
    make = f"<domain {namespace}><q:commandline>{{}}</q:commandline></domain>".format
    args = [f"<q:arg value='{each}'/>" for each in sounds]
    edited = [
        *args[1:1000],
        *args[1001:2000],
        "<q:arg value='new'/>",
        *args[2000:2999],
        "<q:arg value='last'/>",
    ]
    changes = xml.diff(xml.parse(make("".join(args))), xml.parse(make("".join(edited))))
    assert sorted((str(change.before), str(change.after)) for change in changes) == sorted(
        [
            ("QemuCommandlineArg(value='-0')", "None"),
            ("QemuCommandlineArg(value='-1000')", "None"),
            ("None", "QemuCommandlineArg(value='new')"),
            ("-2999", "last"),
        ]
    )


def test_an_assignment_is_the_cheapest_of_all():
    rng = random.Random(4)
    for _ in range(300):
        rows = rng.randint(1, 4)
        columns = rng.randint(rows, 5)
        costs = [[rng.choice([-5, 0, 1, 2, 9]) for _ in range(columns)] for _ in range(rows)]
        found = assignment(costs)
        assert len(set(found)) == rows
        assert sum(line[column] for line, column in zip(costs, found, strict=True)) == min(
            sum(line[column] for line, column in zip(costs, chosen, strict=True))
            for chosen in itertools.permutations(range(columns), rows)
        )
    assert assignment([]) == []


def test_a_list_that_holds_what_no_document_can_say():
    devices = Devices()
    devices.sounds.append("ich9")
    with pytest.raises(TypeError, match=r"Devices\.sounds must be Sound, not str"):
        xml.diff(devices, Devices(sounds=[Sound(model="ich9")]))
