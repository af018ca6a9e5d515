import copy
import pickle

import numpy as np
import pytest

from virtsdk import units
from virtsdk.units import GiB, KiB, MiB, Size


@pytest.mark.parametrize(
    ("word", "size"),
    [
        *[("b", 1), ("bytes", 1), ("BYTE", 1), ("k", 1024), ("KB", 1000), ("KiB", 1024), ("kib", 1024)],
        *[("M", 1024**2), ("MB", 10**6), ("G", 1024**3), ("t", 1024**4), ("PB", 10**15), ("EiB", 1024**6)],
    ],
)
def test_units_are_libvirts(word, size):
    assert units.factor(word) == size


@pytest.mark.parametrize("word", ["", "kk", "KiBs", "q", "bit", "iB"])
def test_an_unknown_unit_is_named(word):
    with pytest.raises(ValueError, match=f"'{word}'"):
        units.factor(word)


def test_sizes_are_whole_bytes():
    assert GiB(2) == 2 * 1024**3
    assert GiB(1.5) == MiB(1536)
    with pytest.raises(ValueError, match="whole number of bytes"):
        GiB(0.1)
    with pytest.raises(TypeError):
        GiB(GiB(1))
    with pytest.raises(ValueError, match="nan"):
        GiB(float("nan"))


def test_sizes_parse():
    assert Size.parse("2 GiB") == GiB(2)
    assert Size.parse(" 512M ") == MiB(512)
    assert Size.parse("4", "KiB") == KiB(4)
    for text in ("", "GiB", "1 2", "٣ GiB", "1e3"):
        with pytest.raises(ValueError, match="not a size"):
            Size.parse(text)


def test_arithmetic_keeps_the_size():
    assert isinstance(sum([GiB(1), MiB(1)]), Size)
    assert isinstance(2 * GiB(1) - MiB(1), Size)
    assert GiB(1) / MiB(1) == 1024
    with pytest.raises(TypeError):
        GiB(1) * GiB(1)


def test_a_size_is_made_of_whole_bytes():
    assert Size(np.int64(4096)) == KiB(4)
    with pytest.raises(TypeError, match=r"Size\.parse\('8 GiB'\) reads one"):
        Size("8 GiB")
    with pytest.raises(TypeError, match=r"whole bytes, not 1\.5"):
        Size(1.5)


def test_sizes_show_themselves():
    assert repr(GiB(2)) == "GiB(2)"
    assert eval(repr(Size(1001)), {"Size": Size}) == 1001
    assert str(Size(1536)) == "1.5 KiB"
    assert f"{GiB(1):,}" == "1,073,741,824"


def test_sizes_survive_pickle_and_copy():
    assert pickle.loads(pickle.dumps(GiB(2))) == copy.deepcopy(GiB(2)) == GiB(2)
    assert type(pickle.loads(pickle.dumps(GiB(2)))) is Size


def test_nanoseconds():
    assert units.ns_to_seconds(1_500_000_000) == 1.5
    assert units.seconds_to_ns(1.5) == 1_500_000_000
