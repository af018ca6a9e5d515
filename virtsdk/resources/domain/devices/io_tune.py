"""Limits on what a guest reads from a disk and writes to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Self, TypedDict

from virtsdk.display import html, text

if TYPE_CHECKING:
    import pandas as pd

_SIDES = ("total", "read", "write")
_MORE = ("", "_max", "_max_seconds")
_KEYS = {
    **{
        f"{side}_{ours}{more}": f"{side}_{theirs}{key}"
        for ours, theirs in (("bytes_per_second", "bytes_sec"), ("iops", "iops_sec"))
        for more, key in (("", ""), ("_max", "_max"), ("_max_seconds", "_max_length"))
        for side in _SIDES
    },
    "iops_size_bytes": "size_iops_sec",
}
"""libvirt's name of each limit."""
_UNNAMED = "/machine/"  # the group that QEMU gives to a disk alone, named after its place


class Limits(TypedDict, total=False):
    """Limits, by the names of `IoTune`; 0 takes one away."""

    total_bytes_per_second: int
    read_bytes_per_second: int
    write_bytes_per_second: int
    total_iops: int
    read_iops: int
    write_iops: int
    total_bytes_per_second_max: int
    read_bytes_per_second_max: int
    write_bytes_per_second_max: int
    total_iops_max: int
    read_iops_max: int
    write_iops_max: int
    total_bytes_per_second_max_seconds: int
    read_bytes_per_second_max_seconds: int
    write_bytes_per_second_max_seconds: int
    total_iops_max_seconds: int
    read_iops_max_seconds: int
    write_iops_max_seconds: int
    iops_size_bytes: int


@dataclass(frozen=True, repr=False)
class IoTune:
    """Limits of a disk; None where there is none.

    Attributes
    ----------
    total_bytes_per_second, read_bytes_per_second, write_bytes_per_second
        Bytes a second: of both together, or of each.
    total_iops, read_iops, write_iops
        Requests a second.
    total_bytes_per_second_max, total_iops_max ...
        The same for a burst, which may be higher.
    total_bytes_per_second_max_seconds, total_iops_max_seconds ...
        How long a burst may last.
    iops_size_bytes
        A request that is larger than this counts as several.
    group
        The disks of a guest that name the same group share its limits.
    """

    total_bytes_per_second: int | None = None
    read_bytes_per_second: int | None = None
    write_bytes_per_second: int | None = None
    total_iops: int | None = None
    read_iops: int | None = None
    write_iops: int | None = None
    total_bytes_per_second_max: int | None = None
    read_bytes_per_second_max: int | None = None
    write_bytes_per_second_max: int | None = None
    total_iops_max: int | None = None
    read_iops_max: int | None = None
    write_iops_max: int | None = None
    total_bytes_per_second_max_seconds: int | None = None
    read_bytes_per_second_max_seconds: int | None = None
    write_bytes_per_second_max_seconds: int | None = None
    total_iops_max_seconds: int | None = None
    read_iops_max_seconds: int | None = None
    write_iops_max_seconds: int | None = None
    iops_size_bytes: int | None = None
    group: str | None = None

    @classmethod
    def of_record(cls, record: Mapping[str, object]) -> Self:
        """Take libvirt's parameters: 0 and an empty name stand for no limit and no group.

        Examples
        --------
        >>> IoTune.of_record({"total_iops_sec": 100, "read_iops_sec": 0, "group_name": ""})
        <IoTune 100 requests/s>
        """
        values = {name: record.get(key) or None for name, key in _KEYS.items()}
        # a burst of a second is what every limit without one has
        lengths = [name for name in values if name.endswith("_seconds")]
        for name in lengths:
            if values[name.removesuffix("_seconds")] is None:
                values[name] = None
        group = str(record.get("group_name") or "")
        named = group and not group.startswith(_UNNAMED)
        return cls(**values, group=group if named else None)  # pyright: ignore[reportArgumentType]

    def with_limits(self, limits: Mapping[str, int]) -> dict[str, int]:
        """Give libvirt's parameters for some limits, and for those of the same kind that stay.

        libvirt replaces all limits of a kind at once. A limit of both together takes the place of those of
        each, and the other way round; with a limit goes its burst.
        """
        found: dict[str, int] = {}
        for kind in ("bytes_per_second", "iops"):
            names = {(side, more): f"{side}_{kind}{more}" for more in _MORE for side in _SIDES}
            given = {place: limits[name] for place, name in names.items() if name in limits}
            if not given:
                continue
            now = {place: getattr(self, name) or 0 for place, name in names.items()}
            wanted = now | _without_rivals(given) | given
            for side in _SIDES:  # no burst without a limit, no length without a burst
                for less, more in (("", "_max"), ("_max", "_max_seconds")):
                    if not wanted[side, less] and (side, more) not in given:
                        wanted[side, more] = 0
            sent = {place for place, value in wanted.items() if place in given or value != now[place]}
            found |= {
                _KEYS[names[place]]: value
                for place, value in wanted.items()
                if place in sent or (value and place[1] in {more for _, more in sent})
            }
        if "iops_size_bytes" in limits:
            found[_KEYS["iops_size_bytes"]] = limits["iops_size_bytes"]
        return found

    @property
    def is_limited(self) -> bool:
        """True where there is any limit."""
        return any(getattr(self, field.name) is not None for field in fields(self) if field.name != "group")

    def frame(self) -> pd.DataFrame:
        """Give the limits as a frame.

        Returns
        -------
        pandas.DataFrame
            A row per limit that there is: limit (its name here), value (bytes, bytes per second, requests per
            second or seconds, as its name says).
        """
        import pandas as pd

        rows = [(name, value) for name, value in asdict(self).items() if isinstance(value, int)]
        frame = pd.DataFrame(rows, columns=pd.Index(["limit", "value"]))
        return frame.astype({"limit": "str", "value": "Int64"})

    def to_dict(self) -> dict[str, int | str]:
        """Give the limits that there are, by their names; and the group."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def _words(self) -> dict[str, str]:
        said: dict[str, str] = {}
        for side in _SIDES:
            word = "" if side == "total" else side
            rate, count = getattr(self, f"{side}_bytes_per_second"), getattr(self, f"{side}_iops")
            if rate is not None:
                said[f"{side} bytes"] = f"{word} {text.size(rate)}/s".strip()
            if count is not None:
                said[f"{side} requests"] = f"{word} {count} requests/s".strip()
        if self.group is not None:
            said["group"] = f"group {text.printable(self.group)}"
        return said

    def __repr__(self) -> str:
        said = ", ".join(self._words().values())
        return f"<IoTune {said or ('limited' if self.is_limited else 'no limits')}>"

    def _repr_html_(self) -> str:
        limits: dict[str, object] = {}
        for name, value in self.to_dict().items():
            often = name.removesuffix("_max")
            limits[text.label(often) + (" max" if often != name else "")] = text.said(often, value)
        return html.view(html.heading("limits of a disk"), html.outline(limits or {"limits": "none"}))


def _without_rivals(given: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """Give the limits that others take the place of, as none."""
    gone: dict[tuple[str, str], int] = {}
    for more in ("", "_max"):
        if given.get(("total", more)):
            gone |= {("read", more): 0, ("write", more): 0}
        elif given.get(("read", more)) or given.get(("write", more)):
            gone["total", more] = 0
    return gone


def check_limits(limits: Mapping[str, object]) -> dict[str, int]:
    """Check limits as a verb was given them, before a call.

    Raises
    ------
    TypeError, ValueError
        The message names the limit.

    Examples
    --------
    >>> check_limits({"total_iops": -1})
    Traceback (most recent call last):
      ...
    ValueError: total_iops must be 0 (no limit) or more, not -1
    """
    found: dict[str, int] = {}
    for name, value in limits.items():
        if name not in _KEYS:
            raise TypeError(f"unknown limit {name!r}; limits are {', '.join(_KEYS)}")
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} must be a whole number, not {value!r}")
        if value < 0:
            raise ValueError(f"{name} must be 0 (no limit) or more, not {value}")
        found[name] = int(value)
    for kind in ("bytes_per_second", "iops"):
        for more in ("", "_max"):
            if found.get(f"total_{kind}{more}") and any(
                found.get(f"{side}_{kind}{more}") for side in ("read", "write")
            ):
                raise ValueError(
                    f"total_{kind}{more} must not be given with those of read and write, as it limits both"
                )
    return found


def parameters(limits: Mapping[str, int]) -> dict[str, int]:
    """Give libvirt's names to limits."""
    return {_KEYS[name]: value for name, value in limits.items()}


def shortfalls(tune: IoTune, wanted: Mapping[str, int]) -> tuple[str, ...]:
    """Give the limits that are not as they were to be, by their names here; `wanted` has libvirt's."""
    ours = {key: name for name, key in _KEYS.items()}
    return tuple(
        ours[key]
        for key, value in wanted.items()
        if (getattr(tune, ours[key]) or 0) != value and _matters(tune, ours[key])
    )


def _matters(tune: IoTune, name: str) -> bool:
    """Tell whether a limit says something: the length of a burst that there is not says nothing."""
    return not name.endswith("_seconds") or getattr(tune, name.removesuffix("_seconds")) is not None
