"""Definitions without what nobody is to read in a recording."""

from __future__ import annotations

import re

HIDDEN = "***"
_PASSWORD = re.compile(r"""(\s(?:passwd|password)=)(?:"[^"]*"|'[^']*')""", re.IGNORECASE)
_HANDED_ON = re.compile(r"""<(?:[\w-]+:)?(?:arg|env)\b[^>]*>""")  # to the emulator as it is
_VALUE = re.compile(r"""(\svalue=)(?:"[^"]*"|'[^']*')""")
_TELLING = re.compile(r"passw|secret|token|credential|data=|key=", re.IGNORECASE)


def without_secrets(definition: str) -> str:
    """Hide passwords of graphics, and what is handed on to the emulator and looks like a secret.

    libvirt itself leaves out secrets of disks, volumes and networks, which a definition names by UUID.

    Examples
    --------
    >>> without_secrets("<graphics type='vnc' passwd='hush'/><auth username='a'><secret uuid='1'/></auth>")
    "<graphics type='vnc' passwd='***'/><auth username='a'><secret uuid='1'/></auth>"
    """
    hidden = _PASSWORD.sub(rf"\g<1>'{HIDDEN}'", definition)
    return _HANDED_ON.sub(_without_value, hidden)


def _without_value(found: re.Match[str]) -> str:
    element = found[0]
    return _VALUE.sub(rf"\g<1>'{HIDDEN}'", element) if _TELLING.search(element) else element
