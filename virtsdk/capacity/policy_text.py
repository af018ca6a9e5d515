"""Policies as YAML text (extra ``[yaml]``)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, cast

from virtsdk import errors
from virtsdk.display import listing


def plain(value: object) -> Any:
    """Turn tuples into lists, at any depth."""
    if isinstance(value, tuple | list):
        return [plain(one) for one in cast("Sequence[object]", value)]
    return value


def write(settings: dict[str, Any]) -> str:
    """Write settings as a YAML mapping, in their order."""
    return _yaml().safe_dump(settings, sort_keys=False, allow_unicode=True) if settings else "{}\n"


def read(text: str, known: Sequence[str]) -> dict[str, Any]:
    """Read a YAML mapping whose keys are all known.

    Raises
    ------
    ValueError
        The text is not that; the message names the key.
    TypeError
        Not a text.
    """
    yaml = _yaml()
    if not isinstance(text, str):
        raise TypeError(f"text must be YAML text, not {type(text).__name__}")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            raise ValueError(f"a policy in YAML must be a mapping of settings, not {text[:40]!r}")  # noqa: TRY004
        loaded: dict[Hashable, Any] = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"the policy is no YAML: {error}") from error
    keys = [key.value for key, _ in node.value]
    for number, key in enumerate(keys):
        if key not in known:
            raise ValueError(f"unknown key {key!r} in the policy; known keys: {listing.names(known, 30)}")
        if key in keys[:number]:
            raise ValueError(f"the policy has the key {key!r} twice")
    return {str(key): value for key, value in loaded.items()}


def _yaml() -> Any:
    try:
        import yaml
    except ImportError as error:
        what = "policies in YAML need PyYAML"
        raise errors.MissingDependency(what, extra="yaml", package=error.name) from error
    return yaml
