import re

import pytest

from virtsdk import xml
from virtsdk.models.domain import DomainDef

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


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("memory.byts", "memory.bytes"),
        ("memroy.bytes", "memory.bytes"),
        ("memory_bytes", "memory.bytes"),
        ("devices.disk[].target.dve", "devices.disks[].target.dev"),
        ("disks[].target.dev", "devices.disks[].target.dev"),
        ("devices.disk[0].target", "devices.disks[0].target"),
        ("target.dev", "devices.disks[].target.dev"),
        ("cpu.cores", "cpu.topology.cores"),
        ("hugepages", "memory_backing.hugepages"),
        ("os.frist_boot.dev", "os.first_boot.dev"),
        ("currentMemory.bytes", "current_memory.bytes"),
    ],
)
def test_the_nearest_path_is_named_and_is_one(given, meant):
    with pytest.raises(ValueError, match=re.escape(f"did you mean {meant!r}?")):
        xml.to_frame([DomainDef()], columns=[given])
    xml.to_frame([DomainDef()], columns=[meant])


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("zzz", "DomainDef has no 'zzz'; it has type, id, name, "),
        ("memory.bytes.x", "bytes is a number, it has no 'x'"),
        ("name.bytes", "name is a plain value, it has no 'bytes'"),
    ],
)
def test_where_nothing_is_near_it_says_what_is_there(column, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        xml.to_frame([DomainDef()], columns=[column])


def test_bytes_of_an_attribute_and_the_first_of_a_list():
    guest = xml.parse(
        "<domain><os><boot dev='hd'/><boot dev='network'/></os>"
        "<cpu><numa><cell id='0' memory='2'/><cell id='1' memory='1' unit='GiB'/><cell id='2'/></numa></cpu>"
        "<devices><video><model type='qxl' ram='65536'/></video></devices></domain>"
    )
    frame = xml.to_frame(
        [guest], columns=["cpu.numa.cells[].memory.bytes", "devices.videos[0].model.ram.bytes"]
    )
    assert list(frame["cpu.numa.cells[].memory.bytes"][:2]) == [2048, 1024**3]
    assert frame["cpu.numa.cells[].memory.bytes"].isna().tolist() == [False, False, True]
    assert set(frame["devices.videos[0].model.ram.bytes"]) == {64 * 1024**2}
    frame = xml.to_frame([guest, DomainDef()], columns=["os.first_boot.dev", "devices.first_video.model.ram"])
    assert frame["os.first_boot.dev"].tolist()[0] == "hd"
    assert frame["devices.first_video.model.ram"].tolist()[0] == 65536
    assert frame.isna().to_numpy().tolist() == [[False, False], [True, True]]


@pytest.mark.parametrize(
    ("models", "columns", "message"),
    [
        (WEB, ["name"], "models must be a list of models, not DomainDef"),
        ("<domain/>", ["name"], "models must be a list of models, not str"),
        (None, ["name"], "models must be a list of models, not NoneType"),
        ([WEB, None], ["name"], r"models\[1\] must be a model, not NoneType"),
        (
            {"web": WEB},
            ["name"],
            r"models must be a list of models, or models by \(host, key\): give values\(\)",
        ),
        ([WEB], "name", r"columns must be a list of paths, such as \['name'\], not text"),
    ],
)
def test_one_thing_in_place_of_a_list_is_refused(models, columns, message):
    with pytest.raises(TypeError, match=f"^{message}$"):
        xml.to_frame(models, columns=columns)


def test_a_size_that_is_none_names_its_model():
    other = xml.parse("<domain><memory unit='XX'>1</memory></domain>")
    with pytest.raises(ValueError, match=r"^models\[1\]: unknown size unit 'XX'"):
        xml.to_frame([WEB, other], columns=["name", "memory.bytes"])
