"""A picture of a guest's screen."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Self

from virtsdk import errors
from virtsdk.display import picture, text
from virtsdk.display.writing import write_file


@dataclass(frozen=True, repr=False)
class Screenshot:
    """A picture of a guest's screen, as it was at one moment; a notebook shows it.

    Attributes
    ----------
    name
        The guest's.
    mime
        What `data` is: ``"image/png"``, or ``"image/x-portable-pixmap"`` from older hypervisors.
    width, height
        In pixels.
    data
        The picture as the hypervisor made it.
    """

    name: str
    mime: str
    width: int
    height: int
    data: bytes = field(repr=False)

    @classmethod
    def of(cls, data: bytes, mime: str, *, name: str) -> Self:
        """Make one of what a host sent.

        Raises
        ------
        StreamError
            It is no picture, or one of a kind that nobody here can read.
        """
        try:
            width, height = picture.size(data)
        except ValueError as error:
            raise errors.StreamError(
                f"cannot take a screenshot of domain {name!r}: the host sent {len(data)} bytes of {mime}, "
                f"and {error}",
                operation="take a screenshot of",
                subject=f"domain {name!r}",
            ) from error
        return cls(name, mime, width, height, data)

    @cached_property
    def png(self) -> bytes:
        """The picture as a PNG."""
        return picture.png(self.data)

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the picture to a file: a PNG, or for a name that ends in ``.ppm`` what an older host sent.

        Raises
        ------
        ValueError
            The name says that it is something else.

        Parameters
        ----------
        path
            The file. One that is there is replaced in one piece and keeps its rights; a link, a pipe or a
            device is written through.

        Returns
        -------
        pathlib.Path
            Where it is.
        """
        to = Path(path)
        if to.suffix.lower() not in {"", ".png", ".ppm"}:
            raise ValueError(f"a screenshot is saved as .png, not as {to.suffix}")
        if to.suffix.lower() == ".ppm" and picture.is_png(self.data):
            raise ValueError("the host sent a PNG: save it as .png")
        write_file(path, self.data if to.suffix.lower() == ".ppm" else self.png)
        return to

    def _repr_png_(self) -> bytes:
        return self.png

    def __repr__(self) -> str:
        return f"<Screenshot of {text.printable(self.name)}, {self.width}x{self.height}, {self.mime}>"
