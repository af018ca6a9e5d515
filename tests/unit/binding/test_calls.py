"""libvirt's errors by meaning."""

from __future__ import annotations

import weakref

import libvirt
import pytest

import virtsdk
from tests.waiting import until
from virtsdk import errors
from virtsdk.binding import calls

LEVELS = {"VIR_ERR_NONE", "VIR_ERR_WARNING", "VIR_ERR_ERROR"}
NUMBERS = {name: getattr(libvirt, name) for name in dir(libvirt) if name.startswith("VIR_ERR_")}


def raised(code: int, message: str = "what libvirt says") -> libvirt.libvirtError:
    error = libvirt.libvirtError("unused")
    error.err = (code, 10, message, 2, message, None, None, -1, -1)
    return error


def test_every_code_of_libvirt_has_a_meaning_or_is_listed_as_having_none() -> None:
    spoken_for = calls.CODES.keys() | calls.NO_ADVICE
    assert set(NUMBERS) - LEVELS - spoken_for == set()
    assert calls.CODES.keys() & calls.NO_ADVICE == set()


def test_a_code_that_we_tell_apart_is_raised_as_its_class() -> None:
    for name in sorted(calls.CODES):
        if name not in NUMBERS:  # newer than the libvirt here: the table is ahead, nothing to raise
            assert name not in dir(libvirt)
            continue
        original = raised(NUMBERS[name])
        with pytest.raises(calls.CODES[name]) as caught, calls.translated("start", "domain 'web1'"):
            raise original
        error = caught.value
        assert type(error) is calls.CODES[name]
        assert (error.code, error.code_name, error.domain) == (NUMBERS[name], name, 10)
        assert error.libvirt_message == "what libvirt says"
        assert "start domain 'web1'" in str(error)
        assert error.__cause__ is original


def test_a_volume_that_is_there_is_one_on_the_test_driver_as_well() -> None:
    with virtsdk.connect("test:///default") as host:
        volumes = host.storage_pools["default-pool"].volumes
        document = "<volume><name>twice</name><capacity>1024</capacity></volume>"
        volume = volumes.create(document)
        try:
            with pytest.raises(errors.StorageVolumeExists, match="'twice'"):
                volumes.create(document)
        finally:
            volume.delete()


def test_a_code_without_advice_is_still_ours() -> None:
    for name in sorted(calls.NO_ADVICE & NUMBERS.keys()):
        with pytest.raises(errors.InternalError), calls.translated("start", "domain 'web1'"):
            raise raised(NUMBERS[name])


def test_a_code_of_the_future_is_ours_too() -> None:
    with pytest.raises(errors.InternalError) as caught, calls.translated("start", "domain 'web1'"):
        raise raised(9999)
    assert caught.value.code == 9999


def test_an_error_on_a_dead_connection_is_a_lost_connection_whatever_its_code_says() -> None:
    with (
        pytest.raises(errors.ConnectionLost, match="the connection was lost while trying to start"),
        calls.translated("start", "domain 'web1'", alive=lambda: False),
    ):
        raise raised(libvirt.VIR_ERR_INTERNAL_ERROR)


def test_a_plain_answer_on_a_connection_that_died_since_keeps_its_meaning() -> None:
    with (
        pytest.raises(errors.DomainNotFound),
        calls.translated("find", "domain 'web1'", alive=lambda: False),
    ):
        raise raised(libvirt.VIR_ERR_NO_DOMAIN)


def test_libvirt_refusing_a_read_only_connection_is_read_only() -> None:
    with pytest.raises(errors.ReadOnly), calls.translated("start", "domain 'web1'"):
        raise raised(
            libvirt.VIR_ERR_OPERATION_DENIED, "operation virDomainCreate forbidden for read only access"
        )


def test_nothing_is_printed_when_libvirt_fails(capfd: pytest.CaptureFixture[str]) -> None:
    with virtsdk.connect("test:///default") as host, pytest.raises(errors.DomainNotFound):
        host.domains["none"]
    assert capfd.readouterr() == ("", "")


def test_every_class_is_below_the_root_and_drawn_in_the_tree() -> None:
    classes = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, Exception)]
    assert all(issubclass(one, errors.VirtError) for one in classes)
    tree = errors.__doc__ or ""
    assert [one.__name__ for one in classes if one.__name__ not in tree] == []
    assert set(calls.CODES.values()) <= set(classes)


def test_an_error_that_is_kept_does_not_keep_libvirts_objects() -> None:
    class Thing:
        def fail(self) -> None:
            raise raised(NUMBERS["VIR_ERR_INTERNAL_ERROR"])

    thing = Thing()
    gone = weakref.ref(thing)
    host = virtsdk.connect("test:///default")
    things = [thing]
    with pytest.raises(errors.InternalError) as caught:
        host.session.call("use", "a thing", lambda conn: things.pop().fail())
    host.close()
    del thing
    until(lambda: gone() is None)  # the thread that called it lets go of it
    assert caught.value.__traceback__ is not None


def test_an_error_without_a_code_is_an_argument_that_libvirt_python_refuses() -> None:
    said = "cannot tune domain 'web1': keys must be"
    with (
        pytest.raises(errors.InvalidArgument, match=said) as caught,
        calls.translated("tune", "domain 'web1'", alive=lambda: True),
    ):
        raise libvirt.libvirtError("keys must be")
    assert (caught.value.code, caught.value.code_name) == (None, None)
    with (
        pytest.raises(errors.ConnectionLost),
        calls.translated("tune", "domain 'web1'", alive=lambda: False),
    ):
        raise libvirt.libvirtError("virDomainX() failed")


@pytest.mark.parametrize("name", ["guestVcpus", "migrateGetMaxDowntime", "migrateGetCompressionCache"])
def test_a_call_that_gives_none_where_it_fails_raises_what_libvirt_says(name: str) -> None:
    with virtsdk.connect("test:///default") as host:

        def ask(conn: libvirt.virConnect) -> object:
            call = getattr(conn.lookupByName("test"), name)
            assert call() is None  # what it is for
            return calls.answered(call)

        with pytest.raises(errors.NotSupported) as caught:
            host.session.call("ask", "domain 'test'", ask)
    assert caught.value.code_name == "VIR_ERR_NO_SUPPORT"
    assert calls.answered(lambda: 0) == 0


@pytest.mark.parametrize("text", ["a\0b", "\udcff"], ids=["NUL", "surrogate"])
def test_a_text_that_c_cannot_take_is_a_wrong_argument(text: str) -> None:
    with virtsdk.connect("test:///default") as host:
        raw = host.session.call("look at", "it", lambda conn: conn)
        said = "cannot find domain 'web1': a text that was given"
        with pytest.raises(errors.InvalidArgument, match=said), calls.translated("find", "domain 'web1'"):
            raw.lookupByName(text)
    with pytest.raises(ValueError, match=r"^another$"), calls.translated("find", "domain 'web1'"):
        raise ValueError("another")
