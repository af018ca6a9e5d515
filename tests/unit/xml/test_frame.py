import pytest

from virtsdk import xml

WEB = xml.parse(
    """<domain type='kvm'><name>web</name><memory unit='GiB'>2</memory><features><acpi/></features><devices>
    <disk><source protocol='rbd'><host name='m1'/><host name='m2'/></source><target dev='vda'/></disk>
    <disk><source file='/b'/><target dev='vdb'/></disk></devices></domain>"""
)
BARE = xml.parse("<domain type='qemu'><name>bare</name></domain>")


def test_one_row_a_model():
    frame = xml.to_frame([WEB, BARE], columns=["name", "type", "memory.bytes", "features.acpi"])
    assert list(frame.columns) == ["name", "type", "memory.bytes", "features.acpi"]
    assert frame["name"].tolist() == ["web", "bare"]
    assert frame["type"].tolist() == ["kvm", "qemu"]
    assert str(frame["memory.bytes"].dtype) == "Int64"
    assert frame["memory.bytes"][0] == 2 * 1024**3
    assert frame["memory.bytes"].isna().tolist() == [False, True]
    assert frame["features.acpi"].tolist() == [True, False]


def test_one_row_an_item_where_a_column_repeats():
    frame = xml.to_frame(
        [WEB, BARE], columns=["name", "devices.disks[].target.dev", "devices.disks[].source.file"]
    )
    assert frame["name"].tolist() == ["web", "web", "bare"]
    assert frame["devices.disks[].target.dev"].tolist()[:2] == ["vda", "vdb"]
    assert frame["devices.disks[].source.file"].isna().tolist() == [True, False, True]


def test_a_list_inside_a_list():
    frame = xml.to_frame([WEB], columns=["devices.disks[].target.dev", "devices.disks[].source.hosts[].name"])
    assert frame.iloc[:, 0].tolist() == ["vda", "vda", "vdb"]
    assert frame.iloc[:, 1].tolist()[:2] == ["m1", "m2"]


def test_one_item_of_a_list():
    frame = xml.to_frame([WEB, BARE], columns=["devices.disks[1].target.dev"])
    assert frame.iloc[0, 0] == "vdb"
    assert frame.iloc[1].isna().all()


def test_sizes_that_are_attributes_are_columns_in_bytes_too():
    cells = "<cell memory='2' unit='GiB'/><cell cpus='0'/>"
    model = xml.parse(f"<domain><cpu><numa>{cells}</numa></cpu></domain>")
    frame = xml.to_frame([model], columns=["cpu.numa.cells[].memory", "cpu.numa.cells[].memory_bytes"])
    assert frame["cpu.numa.cells[].memory_bytes"].isna().tolist() == [False, True]
    assert frame["cpu.numa.cells[].memory_bytes"][0] == 2 * 1024**3
    assert frame["cpu.numa.cells[].memory"].dropna().tolist() == [2]
    with pytest.raises(ValueError, match="DiskIoTune has no 'total_bytes_sec_bytes'"):
        xml.to_frame([model], columns=["devices.disks[].iotune.total_bytes_sec_bytes"])
    with pytest.raises(ValueError, match="CpuNumaCell has no 'cpus_bytes'"):
        xml.to_frame([model], columns=["cpu.numa.cells[].cpus_bytes"])


def test_no_models():
    frame = xml.to_frame([], columns=["name", "memory.bytes"])
    assert frame.shape == (0, 2)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["nmae"], "did you mean 'name'"),
        (["devices.disks.target"], r"disks is a list, write disks\[\]"),
        (["name[]"], "name is no list"),
        (["name.x"], "name is a plain value"),
        (["devices.disks[].target.dev", "devices.interfaces[].mac.address"], "different lists"),
        (["devices..disks"], "not a path"),
    ],
)
def test_a_path_that_is_not_there_is_named(columns, message):
    with pytest.raises(ValueError, match=message):
        xml.to_frame([WEB], columns=columns)
