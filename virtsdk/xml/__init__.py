"""libvirt's XML documents as typed models, and back."""

from virtsdk.xml._dict import from_dict, to_dict
from virtsdk.xml._diff import Change, Changes, diff
from virtsdk.xml._extras import Extra, extras
from virtsdk.xml._frame import to_frame
from virtsdk.xml._limits import limits
from virtsdk.xml._validate import Finding, validate
from virtsdk.xml.codec import parse, render

__all__ = [
    "Change",
    "Changes",
    "Extra",
    "Finding",
    "diff",
    "extras",
    "from_dict",
    "limits",
    "parse",
    "render",
    "to_dict",
    "to_frame",
    "validate",
]


def __dir__() -> list[str]:
    return sorted(__all__)
