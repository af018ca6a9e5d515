"""Sets of CPUs: text, numbers, maps."""

from __future__ import annotations

import pytest

import virtsdk
from virtsdk import errors
from virtsdk.resources.domain.tuning.cpu_sets import cpu_count, map_of, numbers_of, written, written_map


@pytest.mark.parametrize("text", ["0", "0-3,8", "1,3,5-6"])
def test_what_is_read_is_written_alike(text: str) -> None:
    assert written(numbers_of(text)) == text


@pytest.mark.parametrize(
    "wrong", ["", "a", "3-1", "0-", "1,,2", "1,^1", "-1", "0x1", "9999999", [], [-1], [True], [0.5]]
)
def test_what_is_no_set_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="cpus must"):
        numbers_of(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [3, None, b"0-1"])
def test_what_is_no_list_is_a_type_error(wrong: object) -> None:
    with pytest.raises(TypeError, match="cpus must"):
        numbers_of(wrong)  # type: ignore[arg-type]


def test_a_map_has_each_cpu_of_the_host_and_no_other() -> None:
    with virtsdk.connect("test:///default") as host:

        def ask(conn: object) -> None:
            assert cpu_count(conn) == 8  # type: ignore[arg-type]
            assert map_of(conn, frozenset({0, 7}), "pin", "it") == (True, *[False] * 6, True)  # type: ignore[arg-type]
            assert map_of(conn, None, "pin", "it") == (True,) * 8  # type: ignore[arg-type]
            with pytest.raises(errors.InvalidArgument, match="has CPUs 0 to 7, and not 8-9"):
                map_of(conn, frozenset({1, 8, 9}), "pin", "it")  # type: ignore[arg-type]

        host.session.call("ask", "it", ask)
    assert written_map((False, True, True)) == "1-2"
