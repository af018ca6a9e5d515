"""The table of libvirt-python's methods: whole, true, and what it says of read-only connections."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from pathlib import Path
from typing import Any

import libvirt
import pytest

from tests.api import HINT, STATUSES, Row, called, exists, native, rows
from tests.unit.resources.test_every_verb import VERBS

ROOT = Path(__file__).resolve().parents[2]
BY_METHOD = {(one.owner, one.method): one for one in rows()}
SERVED = [one for one in rows() if one.status == "served"]
NUMBER = {
    "virConnect": 137,
    "virDomain": 173,
    "virNetwork": 22,
    "virNodeDevice": 19,
}  # of libvirt-python 12.8
LEFT_OUT = {
    *((owner, "c_pointer") for owner in native()),
    *(("virStream", f"event{word}Callback") for word in ("Add", "Remove", "Update")),
    ("virConnect", "createXMLWithFiles"),
    ("virDomain", "createWithFiles"),
    ("virDomain", "FDAssociate"),
    ("virConnect", "setIdentity"),
    ("virStream", "connect"),
}


def test_the_table_has_every_method_once_in_order() -> None:
    assert len(rows()) == len(BY_METHOD) == 470
    assert list(BY_METHOD) == sorted(BY_METHOD)
    of = Counter(one.owner for one in rows())
    assert {owner: of[owner] for owner in NUMBER} == NUMBER
    assert of.keys() == native().keys()
    assert all(re.fullmatch(r"(\d+\.\d+\.\d+)?", one.since) for one in rows())


def test_no_method_of_libvirt_python_is_unknown() -> None:
    here = {(owner, method) for owner, methods in native().items() for method in methods}
    unknown = [f"{owner}.{method}" for owner, method in sorted(here - BY_METHOD.keys())]
    assert unknown == [], f"libvirt-python has what the table does not know; {HINT}"
    version = libvirt.getVersion()
    gone = [BY_METHOD[one].name for one in BY_METHOD.keys() - here if _number(BY_METHOD[one]) <= version]
    assert gone == [], "libvirt-python does not have them, and it should"


def _number(row: Row) -> int:
    major, minor, release = (int(part) for part in (row.since or "0.0.0").split("."))
    return major * 1_000_000 + minor * 1_000 + release


def test_each_row_says_who_or_why() -> None:
    assert {one.status for one in rows()} <= set(STATUSES)
    assert [one.name for one in rows() if not one.by.strip() or one.by != one.by.strip()] == []
    assert [one.name for one in rows() if one.not_run and one.status != "served"] == []
    assert [one.name for one in rows() if "not run" in one.by and not one.not_run] == [], (
        "; not run here: why"
    )


@pytest.mark.parametrize("row", SERVED, ids=lambda one: one.name)
def test_what_is_served_is_served_by_a_verb_that_exists(row: Row) -> None:
    assert exists(row.verb), f"{row.name} is served by {row.verb}, which virtsdk does not have; {HINT}"


def test_a_verb_that_does_not_exist_is_none() -> None:
    assert exists("Domain.save")
    assert exists("Host.name")  # an attribute
    assert exists("virtsdk.connect")
    for one in ("Domain.sav", "Domain._call", "Nothing.save", "Domain", "virtsdk.conect", "Domain.raw"):
        assert not exists(one), one


def test_what_is_superseded_is_so_by_a_method_that_is_served() -> None:
    wrong = {
        one.name: one.by
        for one in rows()
        if one.status == "superseded" and not (exists(one.by) or _is_served(one.owner, one.by))
    }
    assert wrong == {}, HINT


def _is_served(owner: str, method: str) -> bool:
    row = BY_METHOD.get((owner, method))
    return row is not None and row.status in {"served", "missing"}


def test_what_nobody_needs_is_a_closed_list() -> None:
    assert {(one.owner, one.method) for one in rows() if one.status == "left out"} == LEFT_OUT


def test_what_virtsdk_calls_is_served() -> None:
    calls = {BY_METHOD[one].name for one in called() if BY_METHOD[one].status != "served"}
    assert calls == set(), f"the protocols declare them, so virtsdk calls them; {HINT}"
    source = "\n".join(
        one.read_text(encoding="utf-8")
        for one in (ROOT / "virtsdk").rglob("*.py")
        if not {"models", "protocol", "written"} & set(one.parts)
    )
    words = set(re.findall(r"\.(\w+)", source)) | set(re.findall(r'"(\w+)"', source))
    words |= {one.replace("Register", "Deregister") for one in words}  # what the hub makes of them
    assert [one.name for one in SERVED if one.method not in words] == [], "nothing calls them"


# --- read-only connections -----------------------------------------------------------------------------

# what a method that libvirt refuses to read-only connections serves all the same, and does not change
PRIVILEGED = {
    "Host.cpu_compare": "reads; refused of what the hypervisor gives, which libvirt may start to find out",
    "NodeDevice.autostart": "reads",
    "Host.domain_capabilities": "reads: libvirt starts a program to find them out",
    "Host.guest_stats": "asks the guest's agent, and changes nothing",
    "Domain.wait": "asks the guest's agent, and changes nothing",
}
# of methods that the test driver cannot be asked about: these words change something
CHANGING = re.compile(
    r"(add|alloc|announce|attach|create|define|del|detach|FD|graphicsReload|migrate(3|ToURI|Set)|open|pin|"
    r"restore|save(?!ImageGet)|send(Key|Process)|set(?!KeepAlive)|undefine|update|value)"
)


@pytest.fixture(scope="module")
def answers() -> dict[str, str]:
    """What libvirt says to each method on a read-only connection: "reads", "refused", or "".

    Whatever works there changes nothing, and what is refused there may change something; of the others nobody
    knows.
    """
    writer, reader = libvirt.open("test:///default"), libvirt.openReadOnly("test:///default")
    pool = writer.storagePoolLookupByName("default-pool")
    volume = pool.createXML("<volume><name>api</name><capacity>1</capacity></volume>")
    guest = writer.lookupByName("test")
    snapshot = guest.snapshotCreateXML("<domainsnapshot><name>api</name></domainsnapshot>")
    things = _things(reader)
    try:
        return {
            f"{owner}.{method}": _answer(things, things[owner], method)
            for owner, methods in native().items()
            if owner in things
            for method in sorted(methods)
            if method != "close" and "Event" not in method
        }
    finally:
        snapshot.delete()
        volume.delete()
        del things, snapshot, volume, guest, pool  # they would keep the driver, which all tests share
        reader.close()
        writer.close()


def _things(conn: Any) -> dict[str, Any]:
    guest, pool = conn.lookupByName("test"), conn.storagePoolLookupByName("default-pool")
    return {
        "virConnect": conn,
        "virDomain": guest,
        "virDomainSnapshot": guest.snapshotLookupByName("api"),
        "virInterface": conn.interfaceLookupByName("eth1"),
        "virNetwork": conn.networkLookupByName("default"),
        "virNodeDevice": conn.nodeDeviceLookupByName("computer"),
        "virStoragePool": pool,
        "virStorageVol": pool.storageVolLookupByName("api"),
    }


def _answer(things: dict[str, Any], thing: Any, method: str) -> str:
    libvirt.virResetLastError()  # some wrappers raise what is left of an earlier call
    call = getattr(thing, method)
    wanted = [one for one in inspect.signature(call).parameters.values() if one.default is one.empty]
    try:
        call(*(_given(things, str(one.annotation)) for one in wanted))
    except libvirt.libvirtError as error:
        return "refused" if error.get_error_code() == libvirt.VIR_ERR_OPERATION_DENIED else ""
    except (SystemError, TypeError):
        return ""
    return "reads"


def _given(things: dict[str, Any], annotation: str) -> object:
    """A value for a parameter, by its annotation."""
    for owner, thing in things.items():
        if re.search(rf"\b{owner}\b", annotation):
            return thing
    if "virStream" in annotation:
        return things["virConnect"].newStream()
    kinds = {
        "Dict": {},
        "List[str]": ["x"],
        "List": [0],
        "Tuple": (True,),
        "bytes": b"x",
        "int": 0,
        "bool": 0,
    }
    return next((value for word, value in kinds.items() if word in annotation), "x")


def test_libvirt_itself_knows_what_reads_and_what_changes(answers: dict[str, str]) -> None:
    said = Counter(answers.values())
    assert said["refused"] > 140
    assert said["reads"] > 120
    assert {answers[f"virDomain.{one}"] for one in ("saveFlags", "suspend", "setMemoryFlags")} == {"refused"}
    assert {answers[f"virDomain.{one}"] for one in ("info", "XMLDesc", "isActive")} == {"reads"}


def test_a_verb_that_changes_something_is_refused_on_a_read_only_connection(answers: dict[str, str]) -> None:
    """Each verb in `VERBS` is called on one by tests/unit/resources/test_every_verb.py, and is refused."""
    changing = [
        one
        for one in SERVED
        if answers.get(one.name, "") == "refused"
        or (not answers.get(one.name) and CHANGING.match(one.method) and "Event" not in one.method)
    ]
    assert len(changing) > 60
    verbs = {one.verb for one in changing if one.verb not in PRIVILEGED}
    assert [one for one in sorted(verbs - VERBS.keys()) if not one.startswith("virtsdk.")] == []
    assert {one.verb for one in changing} >= PRIVILEGED.keys(), "they are no exceptions any more"


def test_a_page_says_the_share_that_the_table_has() -> None:
    served = len(SERVED)
    said = f"{served} of the {len(rows())} methods of libvirt-python 12.8"
    page = " ".join((ROOT / "docs/connecting.md").read_text(encoding="utf-8").split())
    assert said in page, f"docs/connecting.md has to say: {said}"
