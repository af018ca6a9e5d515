"""The type of lxml's elements, which lxml names with an underscore."""

from typing import TypeAlias

from lxml import etree

Node: TypeAlias = etree._Element  # pyright: ignore[reportPrivateUsage]
