"""libvirt's XML documents as typed models, and back."""

from virtsdk.xml.codec import parse, render

__all__ = ["parse", "render"]
