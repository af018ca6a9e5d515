"""The scope of a change: what runs, the definition that the next start takes, or both.

libvirt's own default, "current", changes a running guest alone, and its next start forgets that. Here the
default is both, in one call.
"""

from __future__ import annotations

from typing import Final, Literal, Protocol, get_args

from virtsdk import errors

Scope = Literal["auto", "live", "persistent"]
"""``"auto"`` is both: what runs, where it runs, and the definition, where it has one that stays."""

LIVE: Final = 1
"""``VIR_DOMAIN_AFFECT_LIVE``, and the same number for networks and their like."""
CONFIG: Final = 2
"""``VIR_DOMAIN_AFFECT_CONFIG``, and the same number for networks and their like."""
_SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)


class Scoped(Protocol):
    """An object of libvirt's that can run, and can stay defined while it does not."""

    def name(self) -> str: ...  # noqa: D102 - libvirt's
    def isActive(self) -> int: ...  # noqa: D102, N802
    def isPersistent(self) -> int: ...  # noqa: D102, N802


def check_scope(scope: str) -> None:
    """Refuse what is no scope, before a call.

    Raises
    ------
    ValueError
        The message names the three.

    Examples
    --------
    >>> check_scope("config")
    Traceback (most recent call last):
      ...
    ValueError: scope must be "auto", "live" or "persistent", not 'config'
    """
    if scope not in _SCOPES:
        raise ValueError(f'scope must be "auto", "live" or "persistent", not {scope!r}')


def affected(
    raw: Scoped,
    scope: Scope,
    *,
    live: bool = True,
    operation: str = "change",
    subject: str | None = None,
) -> int:
    """Give libvirt's flags, AFFECT_LIVE and AFFECT_CONFIG, for what a guest or network is now.

    Asks libvirt twice, no guest; meant for the function that a verb gives to ``_call`` or ``_change``.

    Parameters
    ----------
    raw
        libvirt's domain, network ...
    scope
        As the verb was given it.
    live
        Whether the change can be made while it runs; False: it can be made in the definition alone.
    operation, subject
        For messages, as those of ``Session.call``; the subject is ``domain 'NAME'`` where it is left out.

    Returns
    -------
    int
        1 (live), 2 (persistent) or 3.

    Raises
    ------
    ValueError
        `scope` is no such word.
    InvalidState
        It is off and `scope` is ``"live"``, or has no definition that stays and it is ``"persistent"``.
    NotLive
        It runs, `live` is False and `scope` is not ``"persistent"``.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.connect("test:///default") as host:
    ...     host.session.call("change", "it", lambda conn: affected(conn.lookupByName("test"), "auto"))
    3
    """
    check_scope(scope)
    active, persistent = bool(raw.isActive()), bool(raw.isPersistent())
    what = errors.Details(operation=operation, subject=subject or f"domain {raw.name()!r}")
    cannot = f"cannot {operation} {what.get('subject')}"
    if scope == "live" and not active:
        raise errors.InvalidState(
            f"{cannot} live: it is off; scope='persistent' changes its definition", **what
        )
    if scope == "persistent" and not persistent:
        raise errors.InvalidState(
            f"{cannot} for its next start: it is transient, and gone once it stops; scope='live' changes it "
            "until then",
            **what,
        )
    if scope != "persistent" and active and not live:
        raise errors.NotLive(
            f"{cannot} while it runs; scope='persistent' changes its definition, which its next start takes",
            **what,
        )
    return {
        "auto": (LIVE if active else 0) | (CONFIG if persistent else 0),
        "live": LIVE,
        "persistent": CONFIG,
    }[scope]
