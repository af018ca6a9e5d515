"""`host.explore()`: the domains of hosts as a live table, with buttons for the selected ones.

The rows go to the page once, later only what changed. For each host there are three workers: one waits for
its events, one reads all of its domains after a burst of them, and one takes samples of their figures, in one
call, while the page is looked at. Each thing that is done to domains has a worker of its own.
"""

from __future__ import annotations

import uuid as uuids
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import traitlets

from virtsdk.display.text import count
from virtsdk.errors import InvalidState, VirtError
from virtsdk.widgets.explorer.acting import Acting
from virtsdk.widgets.explorer.pane import pane_of
from virtsdk.widgets.verbs import VERBS

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.resources.domain import Domain
    from virtsdk.resources.host import Host

_HINT = "Select a domain to act on it; Ctrl or Shift selects more."
_FOLDER = Path(__file__).parent
SCRIPTS = (
    "dom.js",
    "kernel.js",
    "columns.js",
    "order.js",
    "table.js",
    "actions.js",
    "pane.js",
    "explorer.js",
)
"""The page's half, in the order in which it is put together: one module is what a widget has."""


class Explorer(Acting):
    """Domains of one or more hosts as a live table: filter, sort and select them, act on the selected ones.

    Returned by `Host.explore`. The table follows the hosts' events; its figures are over the last beat, and
    no samples are taken while nobody looks at it. Every button is a method of the same name, which acts on
    the selected domains or on those that it is given.

    Parameters
    ----------
    hosts
        An open host, or several. A read-only connection gives rows whose buttons are off.
    every
        Seconds between two samples of the figures; longer where a host needs long to answer.

    Attributes
    ----------
    filter
        Words that a row has to match, all of them: ``state:running mem>4GiB cpu>50% host:kvm* name~web``. A
        plain word is looked for in name, state and host. Observable, as all others:
        ``explorer.observe(callback, "rows")``.
    sort
        A column, ``"-cpu"`` for the largest first.
    columns
        The columns that are shown, ``["state", "cpu"]``; empty for those that have something to say.
    grouped
        Whether rows stand by host.
    rows
        The rows of all domains, by UUID (of several hosts, by UUID and number of the host).
    selected
        The keys in `rows` of the selected domains.
    busy
        What is being done to domains now, by key.
    results
        Of the last thing that was done to several domains: name, host, verb, outcome and why, one each.
    code
        What was done from this view, as Python code that does it again; it runs as it stands, where the
        connection needs no credentials of yours: those are not written.
    pane
        What `details` read of one domain; empty where its pane is closed.
    only_code
        Whether buttons and methods write code only, and do nothing.
    status, status_level
        The status line, and whether it is ``info`` or ``error``.

    Examples
    --------
    >>> import virtsdk
    >>> host = virtsdk.connect("test:///default")
    >>> explorer = host.explore()
    >>> explorer.filter = "state:running name~te"
    >>> explorer.frame["name"].tolist()
    ['test']
    >>> explorer.select("test")
    >>> explorer.suspend()
    >>> explorer.selection[["name", "state"]].to_dict("records")
    [{'name': 'test', 'state': 'paused'}]
    >>> explorer.resume()
    >>> print(explorer.code)
    import virtsdk
    <BLANKLINE>
    host = virtsdk.connect('test:///default')
    host.domains['test'].suspend()
    host.domains['test'].resume()
    >>> explorer.close()
    >>> host.close()
    """

    _esm = "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in SCRIPTS)
    _css = (_FOLDER / "explorer.css").read_text(encoding="utf-8")

    def __init__(self, hosts: Host | Iterable[Host], *, every: float = 2.0) -> None:
        opened = list(hosts) if isinstance(hosts, Iterable) else [hosts]
        if not opened:
            raise ValueError("hosts must be at least one open host")
        if not every > 0:
            raise ValueError(f"every must be more than 0 seconds, not {every!r}")
        super().__init__(
            opened, every, verbs={name: verb.to_dict() for name, verb in VERBS.items()}, status=_HINT
        )

    # --- what a person reads --------------------------------------------------------------------------------

    @property
    def selection(self) -> pd.DataFrame:
        """The selected domains as a frame.

        Returns
        -------
        pandas.DataFrame
            The columns of `frame`, one row per selected domain, also where the filter hides it; no row where
            none is selected.
        """
        with self._lock:
            return self._public(self._chosen())

    @property
    def handles(self) -> list[Domain]:
        """The selected domains as live objects, in the order of `selection`.

        Raises
        ------
        DomainNotFound
            One of them is gone.
        """
        with self._lock:
            chosen = [(self._source_of(key).host, uuid) for key, uuid in self._identities()]
        return [host.domains[uuids.UUID(uuid)] for host, uuid in chosen]

    def _identities(self) -> list[tuple[str, str]]:
        table = self._chosen()
        return list(zip(table["key"], table["domain"], strict=True))

    def _chosen(self) -> pd.DataFrame:
        table = self._ordered(self._all())
        return table[table["key"].isin(self.selected)]

    def __repr__(self) -> str:
        if not self._opened:
            return "<Explorer closed>"
        with self._lock:
            names = [str(self.rows[key]["name"]) for key in self.selected if key in self.rows]
            chosen = f", {names[0] if len(names) == 1 else len(names)} selected" if names else ""
            return f"<Explorer {self.host_name} {count(len(self.rows), 'domain')}{chosen}>"

    # --- what a person does ---------------------------------------------------------------------------------

    def select(self, *domains: str | None) -> None:
        """Select domains by name or UUID, in place of those that are selected; none, or None, for no domain.

        Raises
        ------
        DomainNotFound
            There is no such domain.
        InvalidState
            The name is on several hosts.
        """
        self._choose([self._key_of(one) for one in domains if one is not None])

    def select_shown(self) -> None:
        """Select all domains that the filter shows."""
        with self._lock:
            self._choose(self._matching()["key"].tolist())

    def details(self, domain: str | None = None) -> None:
        """Open the pane of one domain: facts, addresses, disks, nics and the events that were seen here.

        It shows what was read at the time that it names; opened again, it is read again.

        Parameters
        ----------
        domain
            Its name or UUID; None for the selected one.

        Raises
        ------
        InvalidState
            None is selected, or several are.
        VirtError
            It could not be read.
        """
        keys = [self._key_of(domain)] if domain is not None else self.selected
        if len(keys) != 1:
            raise InvalidState(f"{count(len(keys), 'domain is', 'domains are')} selected: details are of one")
        self._open_pane(keys[0])

    def close_details(self) -> None:
        """Close the pane of `details`."""
        self._set(pane={})

    def _open_pane(self, key: str) -> None:
        source = self._source_of(key)
        uuid = key.removesuffix(source.mark) if source.mark else key
        with self._lock:
            happened = list(self._happened.get(key, ()))
        self._set(pane=pane_of(source.host.domains[uuid], key, happened))

    def _details_for_page(self, key: str) -> None:
        try:
            self._open_pane(key)
        except VirtError as error:
            self._say(str(error), "error")

    def _choose(self, keys: Sequence[str]) -> None:
        with self._changing() as live:
            if live:
                self.selected = list(dict.fromkeys(keys))
                if self.status == _HINT:
                    self.status = ""

    # --- what the page asks for -----------------------------------------------------------------------------

    def _grant(self, wish: dict[str, Any]) -> None:
        kind, given, verb = wish.get("kind"), wish.get("domains"), VERBS.get(str(wish.get("verb")))
        keys = cast("list[Any]", given) if isinstance(given, list) else None
        if kind == "look":
            self._look(str(wish.get("page")), wish.get("visible") is True)
        elif kind in ("filter", "sort", "columns", "grouped", "only_code"):
            self._set_for_page(str(kind), wish.get("value"))
        elif kind == "close details":
            self.close_details()
        elif keys is None or kind not in ("select", "act", "details"):
            super()._grant(wish)
        elif missing := [key for key in keys if not isinstance(key, str) or key not in self.rows]:
            gone = "That domain is" if len(keys) == 1 else f"{len(missing)} of these domains are"
            self._say(f"{gone} gone.", "error")
        elif kind == "select":
            self._choose(keys)
        elif kind == "details" and len(keys) == 1:
            self._spawn(self._details_for_page, keys[0])
        elif kind == "act" and verb is not None and keys:
            self._spawn(self._act_for_page, verb, list(keys))
        else:
            super()._grant(wish)

    def _set_for_page(self, name: str, value: object) -> None:
        try:
            self._set(**{name: value})
        except (traitlets.TraitError, ValueError, TypeError) as error:
            if name == "filter":
                self._set(filter_error=str(error))
            else:
                self._say(f"{name}: {error}", "error")


def explore(hosts: Host | Iterable[Host], *, every: float = 2.0) -> Explorer:
    """Show the guests of several hosts in one interactive table (extra ``[widgets]``).

    Parameters
    ----------
    hosts
        Open hosts, or one.
    every
        Seconds between two samples of the figures; none is taken while nobody looks.

    Returns
    -------
    Explorer
        A widget that shows itself, with the host of each guest as a column; ``.grouped`` puts them by host.

    Raises
    ------
    VirtError
        A host could not be read.

    See Also
    --------
    virtsdk.Host.explore : The same of one host.

    Examples
    --------
    >>> import virtsdk
    >>> with virtsdk.connect("test:///default") as one, virtsdk.connect("test:///default") as other:
    ...     with virtsdk.explore([one, other]) as explorer:
    ...         explorer.frame[["name", "state"]].to_dict("records")
    [{'name': 'test', 'state': 'running'}, {'name': 'test', 'state': 'running'}]
    """
    return Explorer(hosts, every=every)
