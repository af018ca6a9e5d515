"""Sizes in bytes and times in seconds: convert once, at the edge.

>>> from virtsdk.units import GiB, MiB, Size
>>> GiB(2)
GiB(2)
>>> int(GiB(2) + MiB(512))
2684354560
>>> Size.parse("16 M").mib
16.0
"""

from __future__ import annotations

import re
from typing import Final, SupportsIndex

__all__ = [
    "EB",
    "GB",
    "KB",
    "MB",
    "PB",
    "TB",
    "B",
    "EiB",
    "GiB",
    "KiB",
    "MiB",
    "PiB",
    "Size",
    "TiB",
    "Unit",
    "factor",
    "ns_to_seconds",
    "seconds_to_ns",
]

_BINARY: Final = {word: 1024**n for n, word in enumerate(("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"))}
_DECIMAL: Final = {word: 1000**n for n, word in enumerate(("KB", "MB", "GB", "TB", "PB", "EB"), 1)}
_BYTES: Final = frozenset({"b", "byte", "bytes"})
_SIZE: Final = re.compile(r"\s*([+-]?[0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)\s*", re.ASCII)


def factor(unit: str) -> int:
    """Bytes in one of libvirt's units.

    libvirt's rules: upper and lower case are the same; ``b``, ``byte``, ``bytes`` are 1; ``KB``, ``MB`` ...
    are powers of 1000; ``k``, ``KiB``, ``M``, ``MiB`` ... are powers of 1024.

    Parameters
    ----------
    unit
        A unit word as it stands in a ``unit`` attribute.

    Returns
    -------
    int
        Bytes.

    Raises
    ------
    ValueError
        The word is not one of libvirt's.

    Examples
    --------
    >>> factor("KB"), factor("k"), factor("GiB")
    (1000, 1024, 1073741824)
    """
    word = unit.lower()
    if word in _BYTES:
        return 1
    power = "kmgtpe".find(word[:1]) + 1 if word else 0
    if power:
        if word[1:] in ("", "ib"):
            return 1024**power
        if word[1:] == "b":
            return 1000**power
    raise ValueError(
        f"unknown size unit {unit!r}: use b or bytes, KB MB GB TB PB EB (powers of 1000) "
        "or k KiB M MiB G GiB T TiB P PiB E EiB (powers of 1024)"
    )


class Size(int):
    """An amount of memory or storage: an ``int`` of bytes that knows how to be read and shown.

    Sizes add and subtract among each other and with plain bytes, and multiply with whole numbers; everything
    else is what ``int`` does.

    Examples
    --------
    >>> Size(2147483648)
    GiB(2)
    >>> Size.parse("2 GiB") == 2 * Size.parse("1048576 KiB")
    True
    >>> f"{Size(1500000)}"
    '1.43 MiB'
    """

    __slots__ = ()

    def __new__(cls, amount: SupportsIndex = 0) -> Size:
        """Make a size of whole bytes.

        Raises
        ------
        TypeError
            The amount is no whole number; of a text, the message says what reads it.
        """
        if isinstance(amount, str):
            raise TypeError(f"a size is made of whole bytes, not of text: Size.parse({amount!r}) reads one")
        if not isinstance(amount, SupportsIndex):
            raise TypeError(f"a size is made of whole bytes, not {amount!r}; GiB(1.5) takes parts of a unit")
        return int.__new__(cls, amount)

    @classmethod
    def parse(cls, text: str, default_unit: str = "b") -> Size:
        """Read a number with one of libvirt's unit words.

        Parameters
        ----------
        text
            ``"2 GiB"``, ``"512M"``, ``"1.5 TB"``.
        default_unit
            The unit of a bare number.

        Returns
        -------
        Size

        Raises
        ------
        ValueError
            Not a number, an unknown unit, or not a whole number of bytes.

        Examples
        --------
        >>> int(Size.parse("512M")), int(Size.parse("4", "KiB"))
        (536870912, 4096)
        """
        match = _SIZE.fullmatch(text)
        if match is None:
            raise ValueError(f"not a size: {text!r}; write a number and a unit, like '2 GiB' or '512 MB'")
        number, unit = match.groups()
        return cls(_whole(number, factor(unit or default_unit), unit or default_unit))

    @property
    def bytes(self) -> int:
        """The plain number of bytes."""
        return int(self)

    @property
    def kib(self) -> float:
        """In units of 1024 bytes."""
        return self / 1024

    @property
    def mib(self) -> float:
        """In units of 1024 ** 2 bytes."""
        return self / 1024**2

    @property
    def gib(self) -> float:
        """In units of 1024 ** 3 bytes."""
        return self / 1024**3

    @property
    def tib(self) -> float:
        """In units of 1024 ** 4 bytes."""
        return self / 1024**4

    def __add__(self, other: object) -> Size:
        return Size(int.__add__(self, other)) if isinstance(other, int) else NotImplemented

    __radd__ = __add__

    def __sub__(self, other: object) -> Size:
        return Size(int.__sub__(self, other)) if isinstance(other, int) else NotImplemented

    def __mul__(self, other: object) -> Size:
        if isinstance(other, Size):
            raise TypeError("a size times a size is not a size")
        return Size(int.__mul__(self, other)) if isinstance(other, int) else NotImplemented

    __rmul__ = __mul__

    def __neg__(self) -> Size:
        return Size(int.__neg__(self))

    def __repr__(self) -> str:
        for word, size in reversed(_BINARY.items()):
            if size > 1 and self and not self % size:
                return f"{word}({self // size})"
        return f"Size({int(self)})"

    def __str__(self) -> str:
        for word, size in reversed(_BINARY.items()):
            if abs(int(self)) >= size:
                return f"{int(self) / size:.2f}".rstrip("0").rstrip(".") + f" {word}"
        return "0 B"

    def __format__(self, spec: str) -> str:
        return int.__format__(self, spec) if spec else str(self)

    def __getnewargs__(self) -> tuple[int]:
        return (int(self),)


class Unit:
    """A unit that makes sizes when it is called: ``GiB(2)``."""

    __slots__ = ("factor", "word")

    def __init__(self, word: str, factor: int) -> None:
        self.word = word
        self.factor = factor

    def __call__(self, amount: float | SupportsIndex) -> Size:
        """Make a size of that many units.

        Raises
        ------
        ValueError
            The amount is not a whole number of bytes.
        TypeError
            The amount is a size already, or not a number.
        """
        return Size(_whole(amount, self.factor, self.word))

    def __repr__(self) -> str:
        return f"<unit {self.word}: {self.factor} bytes>"


def _whole(number: str | float | SupportsIndex, scale: int, unit: str) -> int:
    """Exact product of an amount and a unit, in bytes."""
    if isinstance(number, (bool, Size)):
        raise TypeError(f"the number of {unit} must be a number, not {number!r}")
    if isinstance(number, SupportsIndex):
        return number.__index__() * scale
    try:
        if isinstance(number, str) and "." not in number:
            return int(number) * scale
        from fractions import Fraction  # it brings decimal, which whole numbers do not need

        exact = Fraction(str(number)) * scale
    except ValueError:
        raise ValueError(f"not an amount: {number} {unit}") from None
    if exact.denominator != 1:
        raise ValueError(f"{number} {unit} is not a whole number of bytes")
    return exact.numerator


B: Final = Unit("B", 1)
KiB: Final = Unit("KiB", _BINARY["KiB"])
MiB: Final = Unit("MiB", _BINARY["MiB"])
GiB: Final = Unit("GiB", _BINARY["GiB"])
TiB: Final = Unit("TiB", _BINARY["TiB"])
PiB: Final = Unit("PiB", _BINARY["PiB"])
EiB: Final = Unit("EiB", _BINARY["EiB"])
KB: Final = Unit("KB", _DECIMAL["KB"])
MB: Final = Unit("MB", _DECIMAL["MB"])
GB: Final = Unit("GB", _DECIMAL["GB"])
TB: Final = Unit("TB", _DECIMAL["TB"])
PB: Final = Unit("PB", _DECIMAL["PB"])
EB: Final = Unit("EB", _DECIMAL["EB"])


def ns_to_seconds(nanoseconds: float) -> float:
    """Seconds of a duration in nanoseconds, as libvirt counts CPU time.

    Parameters
    ----------
    nanoseconds
        The duration; a fraction is as good.

    Returns
    -------
    float
        Seconds.

    Examples
    --------
    >>> ns_to_seconds(1_500_000_000)
    1.5
    """
    return nanoseconds / 1e9


def seconds_to_ns(seconds: float) -> int:
    """Nanoseconds of a duration in seconds, to the nearest one.

    Parameters
    ----------
    seconds
        The duration.

    Returns
    -------
    int
        Nanoseconds.

    Examples
    --------
    >>> seconds_to_ns(1.5)
    1500000000
    """
    return round(seconds * 1e9)


def __dir__() -> list[str]:
    return sorted(__all__)
