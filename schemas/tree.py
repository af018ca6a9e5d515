"""The type of lxml's elements, which lxml names with an underscore."""

from lxml.etree import _Element as Node  # pyright: ignore[reportPrivateUsage]

__all__ = ["Node"]
