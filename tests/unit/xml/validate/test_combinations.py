"""Parts that do not go together are named, with what they go with; a name is sent to where it belongs."""

import pytest

from virtsdk import xml

DOMAIN = """<domain type='kvm'>
<name>web</name>
<memory>1024</memory>
<os><type>hvm</type></os>
{}
<devices>
{}
</devices>
</domain>"""


def findings(device="", part=""):
    return [(each.path, each.message, each.expected) for each in xml.validate(DOMAIN.format(part, device))]


def test_what_goes_with_another_value_is_named_with_it():
    disk = "<disk type='block'><source file='/a'/><target dev='vda'/></disk>"
    assert findings(disk) == [
        (
            "devices.disks[0].source.file",
            "'file' does not go with type='block' of <disk>, but with type='file'",
            "dev, index or startupPolicy",
        )
    ]


def test_what_a_value_needs_is_named_with_the_values_that_do_not():
    nic = "<interface type='bridge'><source network='default'/></interface>"
    assert findings(nic) == [
        (
            "devices.interfaces[0].source.bridge",
            "the attribute 'bridge' is missing: type='bridge' of <interface> needs it,"
            " type='network' does not",
            "",
        )
    ]
    pool = "<pool type='dir'><name>p</name><target/></pool>"
    (finding,) = xml.validate(pool)
    assert (finding.path, finding.expected) == ("target", "<path>")
    assert finding.message.startswith("<target> is not complete: type='dir' of <pool> needs <path>")


def test_what_is_lacking_and_what_is_too_much_are_two_findings():
    nic = "<interface type='bridge'><source dev='eth0'/></interface>"
    assert [(path, expected) for path, _, expected in findings(nic)] == [
        ("devices.interfaces[0].source.bridge", ""),
        ("devices.interfaces[0].source.dev", "bridge, macTableManager or network"),
    ]
    assert "it goes" not in str(findings(nic)) and "'direct'" in str(findings(nic))


def test_every_value_that_something_goes_with_is_named():
    message = findings("<graphics type='sdl' port='5900'/>")[0][1]
    assert message == "'port' does not go with type='sdl', but with type='vnc', 'spice' or 'rdp'"


def test_two_values_that_do_not_go_together():
    disk = "<disk type='file' device='lun'><source file='/a'/><target dev='sda'/></disk>"
    assert findings(disk) == [
        ("devices.disks[0].device", "device='lun' does not go with type='file'", "floppy, disk or cdrom")
    ]
    assert findings("<controller type='usb' model='lsilogic'/>")[0][1] == (
        "type='usb' does not go with model='lsilogic'"
    )


def test_what_goes_with_the_text_of_an_element():
    os = "<os><type>exe</type><loader>/a</loader></os>"
    domain = f"<domain type='kvm'><name>web</name><memory>1</memory>{os}</domain>"
    (finding,) = xml.validate(domain)
    assert (finding.path, finding.message) == (
        "os.loader",
        "<loader> does not go with 'exe' in <type>, but with 'hvm' in <type>",
    )


def test_what_is_always_missing_is_missing_for_no_reason():
    assert findings("<disk type='file'><source file='/a'/></disk>") == [
        ("devices.disks[0]", "<disk> is not complete", "<target>")
    ]
    cpu = "<cpu><topology sockets='1' cores='2'/></cpu>"
    assert findings(part=cpu)[0][1:] == (
        "the attribute 'threads' is missing",
        "a whole number, 1 or more",
    )


def test_an_attribute_of_any_text_that_is_missing_is_told_no_form():
    from virtsdk.models.domain_qemu import QemuCommandline

    text = "<commandline xmlns='http://libvirt.org/schemas/domain/qemu/1.0'><arg/></commandline>"
    (finding,) = xml.validate(text, QemuCommandline)
    assert (finding.message, finding.expected) == ("the attribute 'value' is missing", "")


def test_what_there_is_room_for_is_not_told_where_it_is_a_lot():
    tune = "<iotune><read_iops_sec>1</read_iops_sec></iotune>"
    filters = "<throttlefilters><throttlefilter group='g'/></throttlefilters>"
    disk = f"<disk type='file'><source file='/a'/><target dev='vda'/>{tune}{filters}</disk>"
    ((_, message, expected),) = findings(disk)
    assert "does not go with <" in message
    assert expected == ""


def test_two_attributes_of_which_there_can_be_one():
    text = "<network><name>n</name><ip address='10.0.0.1' prefix='8' netmask='255.0.0.0'/></network>"
    (finding,) = xml.validate(text)
    assert (finding.path, finding.message) == (
        "ips[0].prefix",
        "'prefix' does not go with the attribute 'netmask'",
    )


def test_one_of_several_is_missing():
    device = "<hostdev mode='subsystem' type='usb'><source><address bus='1'/></source></hostdev>"
    assert findings(device)[0][:2] == (
        "devices.hostdevs[0].source.address.device",
        "the attribute 'device' or 'port' is missing",
    )


def test_what_one_part_needs_of_another():
    disk = (
        "<disk type='file'><source file='/a'/><target dev='vda'/><encryption format='luks'>"
        "<secret type='passphrase' usage='x'/><cipher name='aes' size='256'/></encryption></disk>"
    )
    assert findings(disk) == [
        ("devices.disks[0].encryption", "<encryption> is not complete: <cipher> needs <ivgen>", "<ivgen>")
    ]
    text = (
        "<domainsnapshot><disks><disk name='vda' snapshot='external'><source dev='/a'/></disk></disks>"
        "</domainsnapshot>"
    )
    (finding,) = xml.validate(text)
    assert finding.message == "'dev' goes only with the attribute 'type' of <disk>"


def test_the_nearest_form_is_taken():
    """One thing to change is said, not the many that would make it something else."""
    address = "<address domain='0' bus='1' slot='2' function='0'/>"
    device = f"<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source>{address}</source></hostdev>"
    assert [path for path, _, _ in findings(device)] == [
        "devices.hostdevs[0].source.address.uuid",
        *(f"devices.hostdevs[0].source.address.{name}" for name in ("domain", "bus", "slot", "function")),
    ]
    ids = "<vendor id='0x1'/><product id='0x2'/>"
    usb = f"<hostdev mode='subsystem' type='pci'><source>{ids}</source></hostdev>"
    assert [path for path, _, _ in findings(usb)] == [
        "devices.hostdevs[0].source",
        "devices.hostdevs[0].source.vendor",
        "devices.hostdevs[0].source.product",
    ]


def test_a_value_that_is_nowhere_right_does_not_decide_what_is_meant():
    cpu = "<cpu mode='custom'><model fallback='maybe'>x</model></cpu>"
    (finding,) = xml.validate(cpu)
    assert (finding.path, finding.expected) == ("model.fallback", "allow or forbid")
    disk = "<disk type='blok'><source dev='/dev/sda'/><target dev='vda'/></disk>"
    ((path, message, expected),) = findings(disk)
    assert (path, message) == (
        "devices.disks[0].type",
        "'blok' is not allowed, did you mean 'block'?",
    )
    assert {"file", "network", "volume"} < set(expected.replace(" or ", ", ").split(", "))


def test_faults_all_along_a_chain_are_found_where_they_are():
    source = "<source file='/b'><privateData/></source>"
    chain = f"<backingStore type='file'><format type='raw'/>{source}{{}}</backingStore>"
    disk = "<disk type='file'><source file='/a'/>{}<target dev='vda'/></disk>"
    inner = ""
    for _ in range(6):
        inner = chain.format(inner)
    found = findings(disk.format(inner))
    assert [path for path, _, _ in found] == [
        "devices.disks[0]." + "backing_store." * depth + "source" for depth in range(1, 7)
    ]
    assert {message for _, message, _ in found} == {"<privateData> is not known here"}


def test_a_fault_deep_in_a_chain_is_found_there():
    chain = "<backingStore type='file'><format type='raw'/><source file='/b'/>{}</backingStore>"
    disk = "<disk type='file'><source file='/a'/>{}<target dev='vda'/></disk>"
    inner = chain.format(chain.format(chain.format("<backingStore/><hologram/>")))
    ((path, message, _),) = findings(disk.format(inner))
    assert path == "devices.disks[0].backing_store.backing_store.backing_store"
    assert message == "<hologram> is not known here"


@pytest.mark.parametrize(
    ("part", "path", "where"),
    [
        ("<hugepages/>", "", "it belongs in <memoryBacking> (memory_backing.hugepages)"),
        ("<vcpupin vcpu='0' cpuset='1'/>", "", "it belongs in <cputune> (cputune.vcpupins)"),
        ("<disk type='file'/>", "", "it belongs in <devices> (devices.disks)"),
        ("<features><name/></features>", "features", "it belongs in <domain> (name)"),
        ("<type/>", "", "'type' is an attribute of <domain>"),
        ("<source/>", "", "it belongs in <memoryBacking> (memory_backing.source)"),
    ],
)
def test_an_unknown_child_says_where_it_belongs(part, path, where):
    ((found, message, _),) = findings(part=part)
    assert found == path
    assert message.endswith(f"is not known here, {where}")


@pytest.mark.parametrize(
    ("device", "where"),
    [
        ("<disk dev='vda'><target dev='vda'/></disk>", "it belongs in <source> or <target> (devices"),
        ("<disk><target dev='vda'/><bus>virtio</bus></disk>", "'bus' is an attribute of <target>"),
        ("<disk target='vda'><target dev='vda'/></disk>", "<target> is an element in <disk>"),
        ("<source/>", "it belongs in <disk>, <filesystem>, <interface> and others"),
        ("<boot dev='hd'/>", "it belongs in <os> (os.boots)"),
        ("<boot order='1'/>", "it belongs in <disk>, <filesystem>, <interface> and others"),
        ("<boot hologram='1'/>", "it belongs in <disk>, <filesystem>, <interface> and others"),
    ],
)
def test_a_name_that_is_known_elsewhere_says_so(device, where):
    ((_, message, _),) = findings(device)
    assert f"is not known here, {where}" in message


@pytest.mark.parametrize(
    ("part", "end"),
    [
        ("<features><acpi state='on'/></features>", "'state' is not known here"),  # many beside it have one
        ("<cpu><topology addr='1' sockets='1' cores='1' threads='1'/></cpu>", "'addr' is not known here"),
    ],
)
def test_an_attribute_does_not_belong_far_away(part, end):
    ((_, message, _),) = findings(part=part)
    assert message.endswith(end)


def test_an_attribute_that_is_only_known_far_away_may_be_misspelt():
    text = "<network><name>a</name><ip addr='10.0.0.1' prefix='24'/></network>"
    (finding,) = xml.validate(text)
    assert finding.message == "the attribute 'addr' is not known here, did you mean 'address'?"


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("<commandline/>", "<commandline> is not known here, did you mean 'qemu:commandline'?"),
        (
            "<q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/2.0'/>",
            "<commandline xmlns='http://libvirt.org/schemas/domain/qemu/2.0'> is not known here,"
            " did you mean 'qemu:commandline'?",
        ),
        ("<max-memory>1</max-memory>", "<max-memory> is not known here, did you mean 'maxMemory'?"),
        ("<TITLE>x</TITLE>", "<TITLE> is not known here, did you mean 'title'?"),
        ("<on_crash>Coredump_Restart</on_crash>",
         "'Coredump_Restart' is not allowed, did you mean 'coredump-restart'?"),
    ],
)  # fmt: skip
def test_a_name_or_word_in_other_letters_or_another_namespace_is_found(part, message):
    assert findings(part=part)[0][1] == message


def test_an_element_of_a_foreign_namespace_is_shown_with_it():
    unknown = "<x:commandline xmlns:x='http://example.com/x'/>"
    assert findings(part=unknown)[0][1] == "<commandline xmlns='http://example.com/x'> is not known here"
    near = unknown.replace("commandline", "nam")
    assert findings(part=near)[0][1] == "<nam xmlns='http://example.com/x'> is not known here"
    qemu = "<q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'/>"
    assert findings(part=f"<features>{qemu}</features>")[0][1] == (
        "<qemu:commandline> is not known here, it belongs in <domain> (qemu_commandline)"
    )
    misspelt = qemu.replace("/>", "><q:agr value='x'/></q:commandline>")
    assert findings(part=misspelt)[0][1] == "<qemu:agr> is not known here, did you mean 'qemu:arg'?"


def test_many_findings_are_still_found():
    tags = "".join(f"<hologram{number}/>" for number in range(50))
    assert len(findings(part=tags)) == 50


# --- order


def test_children_that_have_an_order():
    source = "<source><product id='0x2'/><vendor id='0x1'/></source>"
    device = f"<hostdev mode='subsystem' type='usb'>{source}</hostdev>"
    assert findings(device) == [
        ("devices.hostdevs[0].source.vendor", "<vendor> has to come before <product>", "")
    ]


def test_children_of_one_name_in_an_order():
    card = "<smartcard mode='host-certificates'>{}</smartcard>"
    certificate = "<certificate>c</certificate>"
    assert findings(card.format(certificate * 3)) == []
    assert findings(card.format(certificate * 2)) == [
        (
            "devices.smartcards[0]",
            "<smartcard> is not complete: mode='host-certificates' needs <certificate>",
            "<certificate>",
        )
    ]
    assert "once too often" in findings(card.format(certificate * 4))[0][1]


MIXED = """<domain type='kvm'>
<name>web</name>
<memory>1024</memory>
<on_crash>destroy</on_crash>
<currentMemory>1024</currentMemory>
<on_reboot>restart</on_reboot>
<devices><disk><target dev='vda'/><source file='/a'/></disk></devices>
</domain>"""


def test_children_that_libxml2_does_not_take_in_turns():
    (finding,) = xml.validate(MIXED)
    assert (finding.path, finding.line) == ("current_memory", 5)
    assert finding.expected == "<currentMemory> right behind <memory>"
    moved = MIXED.replace("<currentMemory>1024</currentMemory>\n", "")
    moved = moved.replace("</memory>", "</memory><currentMemory>1024</currentMemory>")
    assert xml.validate(moved) == []


def test_a_child_that_comes_too_late_is_sent_before_another():
    lines = MIXED.splitlines()
    lines.insert(3, lines.pop(1))
    lines[4] = "<vcpu>1</vcpu>"
    lines[4:6] = [lines[5], lines[4]]
    (finding,) = xml.validate("\n".join(lines))
    assert (finding.path, finding.line) == ("name", 4)
    assert finding.expected == "<name> right before <memory>"


def test_an_order_that_takes_more_than_one_move():
    lines = MIXED.splitlines()
    lines[3:3] = ["<on_poweroff>destroy</on_poweroff>", "<vcpu>1</vcpu>"]
    (finding,) = xml.validate("\n".join(lines))
    names = finding.expected.removeprefix("the order ").split(", ")
    tags = {line.split(">")[0] + ">" for line in lines[1:-1]}
    assert set(names) == tags
    lines[1:-1] = sorted(lines[1:-1], key=lambda line: names.index(line.split(">")[0] + ">"))
    assert xml.validate("\n".join(lines)) == []
