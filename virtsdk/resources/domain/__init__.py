"""A guest: `Domain`, the live handle, and the collection of a host's guests."""

from virtsdk.resources.domain.domain import Domain

__all__ = ["Domain"]
