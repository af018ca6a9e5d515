"""libvirt's XML documents as typed models, and back."""

from virtsdk.xml._validate import Finding, validate
from virtsdk.xml.codec import parse, render

__all__ = ["Finding", "parse", "render", "validate"]
