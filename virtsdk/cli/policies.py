"""``--policy``: the rules of a site, by the file or the preset's name."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from virtsdk.errors import VirtError

if TYPE_CHECKING:
    from virtsdk.capacity import Policy

PRESETS = ("nova", "conservative", "kubevirt", "harvester-1.4", "harvester-2026")
"""Those of `virtsdk.capacity`, which is dear to import: for help and completion."""


class PolicyUnread(VirtError):
    """The policy's file cannot be read, or says what no policy has; the message names it."""


def declare_policy(parser: argparse.ArgumentParser) -> None:
    """Add ``--policy``."""
    policy: Any = parser.add_argument(
        "--policy",
        metavar="FILE|PRESET",
        help="ratios, reserves, rules, as Policy.to_yaml writes them, or the name of a preset: "
        f"{', '.join(PRESETS)} (default: those of Policy())",
    )
    policy.completer = _complete


def policy_of(given: str | None) -> Policy:
    """Read a policy; a file of the name of a preset is ``./nova``.

    Raises
    ------
    PolicyUnread
        There is no such preset and no such file, or the file is no policy.
    """
    from virtsdk import capacity

    if given is None:
        return capacity.Policy()
    if given in PRESETS:
        return capacity.Policy.preset(given)
    try:
        text = Path(given).read_text("utf-8")
    except UnicodeDecodeError:
        raise PolicyUnread(f"the policy {given} must be YAML in UTF-8") from None
    except (OSError, ValueError) as error:
        missing = f" (presets: {', '.join(PRESETS)})" if isinstance(error, FileNotFoundError) else ""
        why = getattr(error, "strerror", None) or error
        raise PolicyUnread(f"cannot read the policy {given}: {why}{missing}") from error
    try:
        return capacity.Policy.from_yaml(text)
    except (ValueError, TypeError) as error:
        raise PolicyUnread(f"the policy {given}: {error}") from error


def _complete(prefix: str, **given: Any) -> list[str]:
    from argcomplete.completers import FilesCompleter

    files: Any = FilesCompleter()
    return [*(one for one in PRESETS if one.startswith(prefix)), *files(prefix, **given)]
