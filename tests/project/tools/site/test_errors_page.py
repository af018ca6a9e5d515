"""The page about errors: every class once, each with what to do, and messages that are real."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import virtsdk
from tools.site import errors_page
from virtsdk import errors

ROOT = Path(__file__).resolve().parents[4]
PAGE = (ROOT / "docs/reference/errors.md").read_text(encoding="utf-8")
ENTRIES = dict(re.findall(r"^:::\{virt-error\} (\w+)\n(.*?)^:::$", PAGE, re.MULTILINE | re.DOTALL))


def option(name: str, key: str) -> str:
    found = re.search(rf"^:{key}: (.*)$", ENTRIES[name], re.MULTILINE)
    return found[1] if found else ""


def test_every_class_has_one_entry_in_the_order_of_the_module() -> None:
    assert [*ENTRIES] == ["VirtError", "Details", *errors.__all__[2:]] or {*ENTRIES} == {*errors.__all__}
    assert len(re.findall(r"\{virt-error\}", PAGE)) == len(errors.__all__)


def test_every_entry_says_what_to_do() -> None:
    for name, body in ENTRIES.items():
        advice = re.sub(r"^:\w+: .*$", "", body, flags=re.MULTILINE).strip()
        assert len(advice) > 30, name


@pytest.mark.parametrize("name", [name for name in ENTRIES if option(name, "code")])
def test_the_code_of_an_entry_raises_its_error(name: str) -> None:
    message = errors_page.raised(name, option(name, "code"))
    assert message
    assert message == errors_page.raised(name, option(name, "code"))


def test_code_that_raises_another_error_is_told() -> None:
    with pytest.raises(AssertionError, match="raises DomainNotFound, not NotSupported"):
        errors_page.raised("NotSupported", 'host.domains["webb"]')
    with pytest.raises(AssertionError, match="raises nothing"):
        errors_page.raised("NotSupported", "host.domains")


@pytest.mark.parametrize("name", [name for name in ENTRIES if option(name, "says")])
def test_what_a_message_has_is_asserted_by_a_test(name: str) -> None:
    path = ROOT / option(name, "test")
    assert path.is_relative_to(ROOT / "tests")
    assert option(name, "says") in path.read_text(encoding="utf-8")


NO_MESSAGE = {
    "VirtError": "the root: what is raised is a kind of it",
    "Details": "facts of an error, and no error",
    "NotFound": "what is raised says what is not found, by its class",
}


def test_every_entry_has_a_message() -> None:
    """By code that raises it here, by a test that does, or made of libvirt's answer; but for a few kinds."""
    ways = {name: [key for key in ("code", "says", "answer") if option(name, key)] for name in ENTRIES}
    assert {name for name, found in ways.items() if not found} == {*NO_MESSAGE}
    assert [name for name, found in ways.items() if len(found) > 1] == []


@pytest.mark.parametrize("name", [name for name in ENTRIES if option(name, "answer")])
def test_libvirts_answer_makes_its_error(name: str) -> None:
    answer = option(name, "answer")
    error = errors_page.made_of(answer)
    assert type(error).__name__ == name
    assert answer.rpartition(" | ")[2] in str(error)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("guest", virtsdk.Domain),
        ("host", virtsdk.Host),
        ("pool", virtsdk.StoragePool),
        ("network", virtsdk.Network),
        ("fleet", virtsdk.HostFleet),
        ("recording", virtsdk.Recording),
    ],
)
def test_advice_names_what_there_is(word: str, kind: type) -> None:
    """Each ``guest.verb`` and keyword on the page is one."""
    for name, arguments in re.findall(rf"\b{word}\.(\w+)(?:\(([^)]*)\))?", PAGE):
        value = inspect.getattr_static(kind, name)
        for given in re.findall(r"(\w+)=", arguments):
            assert given in inspect.signature(value).parameters, (word, name, given)
