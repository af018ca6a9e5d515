"""`Fleet.explore()`: what becomes of a fleet, by sliders and selects, and the Python that says the same.

`settings` is what the controls say, `steps` turns them into verbs of a `Fleet`, `answers` asks the fleet that
they lead to, and `page` writes the answers as HTML: none of them knows a widget. `controls` are the widgets,
`newest` the workers, and `view` puts them together. There is no script in it but that of ipywidgets.
"""

from __future__ import annotations

from virtsdk.widgets.what_if.settings import Settings
from virtsdk.widgets.what_if.view import WhatIfView

__all__ = ["Settings", "WhatIfView"]


def __dir__() -> list[str]:
    return sorted(__all__)
