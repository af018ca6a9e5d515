"""What a driver can do, known from the driver and the versions and never from a failed call.

Source of the table: libvirt's driver tables (``src/*/…_driver.c``), as its page "libvirt API support matrix"
lists them: the release in which a driver took up the function.
"""

from __future__ import annotations

from typing import NamedTuple


class Version(NamedTuple):
    """A version of libvirt or of a hypervisor; compares as a tuple."""

    major: int
    minor: int
    release: int

    @classmethod
    def of(cls, number: int) -> Version:
        """Take libvirt's one-number form apart.

        Examples
        --------
        >>> str(Version.of(9_000_000))
        '9.0.0'
        """
        return cls(number // 1_000_000, number // 1_000 % 1_000, number % 1_000)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.release}"


class Feature(NamedTuple):
    """What a feature is, and the libvirt that each driver does it from."""

    meaning: str
    since: dict[str, tuple[int, int, int]]


FEATURES: dict[str, Feature] = {
    "bulk_stats": Feature(
        "figures of all domains in one call", {"qemu": (1, 2, 8), "vz": (6, 3, 0), "test": (5, 1, 0)}
    ),
}


def since(feature: str, driver: str) -> str | None:
    """Give the libvirt version that a driver does something from; None where no version does."""
    version = FEATURES[feature].since.get(driver)
    return None if version is None else ".".join(map(str, version))


def supports(feature: str, driver: str, version: tuple[int, int, int]) -> bool:
    """Tell whether a driver of a libvirt version does something.

    Raises
    ------
    ValueError
        There is no such feature in the table.
    """
    if feature not in FEATURES:
        raise ValueError(f"unknown feature {feature!r}; known are {', '.join(sorted(FEATURES))}")
    first = FEATURES[feature].since.get(driver)
    return first is not None and version >= first
