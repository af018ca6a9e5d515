"""The host that the tutorials look at: one of the reader's own, or a lab's that goes with it."""

from __future__ import annotations

import os

import virtsdk
from virtsdk.binding.session import Session
from virtsdk.errors import LabError
from virtsdk.lab.embed import EmbeddedLab
from virtsdk.resources.host import Host

_URI, _GUESTS = "VIRTSDK_URI", "VIRTSDK_GUESTS"


class TutorialHost(Host):
    """A host of a lab, which goes down when the host is closed."""

    def __init__(self, session: Session, lab: EmbeddedLab) -> None:
        super().__init__(session)
        self._lab = lab

    def close(self) -> None:
        """Close the connection and take the guests down. A second call does nothing."""
        super().close()
        self._lab.stop()


def open_host(guests: int) -> Host:
    """Open the host of `virtsdk.lab.demo_host`."""
    uri = os.environ.get(_URI)
    if uri:
        return virtsdk.connect(uri, readonly=True)
    wanted = os.environ.get(_GUESTS) or str(guests)
    if not wanted.isascii() or not wanted.isdigit():
        raise LabError(f"{_GUESTS} must be a number of guests, not {wanted!r}")
    lab = EmbeddedLab(int(wanted))
    return TutorialHost(lab.start().session, lab)
