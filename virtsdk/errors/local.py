"""Errors on this side: documents, recordings, the lab, packages that are not installed."""

from __future__ import annotations

from typing import Unpack

from virtsdk.errors.base import Details, VirtError


class XmlError(VirtError):
    """A document cannot be read, cannot be written, or is not accepted by libvirt.

    Parameters
    ----------
    message
        What is wrong.
    line, column
        Where in the text, counted from 1, where that is known.
    """

    def __init__(
        self,
        message: str = "",
        *,
        line: int | None = None,
        column: int | None = None,
        **details: Unpack[Details],
    ) -> None:
        super().__init__(message, **details)
        self.line = line
        self.column = column


class RecordingError(VirtError):
    """A recording on disk cannot be read or written."""


class FleetError(VirtError):
    """Hosts of a fleet did not do it; the message names some of them, `HostFleet.errors` lists all."""


class LabError(VirtError):
    """A throwaway host or guest of the lab did not come up, or not in time."""


class MissingDependency(VirtError, ImportError):
    """A part of virtsdk needs a package that is not installed.

    Parameters
    ----------
    message
        What needs it. Left out, it is made from the other two.
    extra
        The extra of virtsdk that brings it: ``pip install 'virtsdk[extra]'``.
    package
        The package that could not be imported.

    Examples
    --------
    >>> str(MissingDependency("charts need Altair", extra="plot", package="altair"))
    "charts need Altair: pip install 'virtsdk[plot]'"
    """

    def __init__(self, message: str = "", *, extra: str | None = None, package: str | None = None) -> None:
        what = message or f"{package or 'an optional package'} is not installed"
        if extra and not message.endswith(f"'virtsdk[{extra}]'"):  # unpickling passes the finished message
            what += f": pip install 'virtsdk[{extra}]'"
        super().__init__(what)
        self.extra = extra
        self.package = package
