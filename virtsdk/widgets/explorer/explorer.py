"""`host.explore()`: guests, networks, pools and events of hosts as live tables with buttons.

The rows of the tab that is shown go to the page once, later only what changed. For each host there are three
workers: one waits for its events, one reads what the tab shows after a burst of them, and one takes samples
of the guests' figures, in one call, while the page is looked at. Each thing that is done has a worker of its
own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import traitlets

from virtsdk.display.text import count
from virtsdk.errors import InvalidState, VirtError
from virtsdk.tables.kinds import GUESTS, KINDS, POOLS, VOLUMES, Within
from virtsdk.tables.sheet import Sheet
from virtsdk.widgets.explorer.pane.panes import Panes

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.resources.host import Host

_HINT = "Select a row to act on it; Ctrl or Shift selects more."
_OF_ONE_GUEST = ("details", "screenshot", "console")
_FOLDER = Path(__file__).parent


class Explorer(Panes):
    """Guests, networks, pools and events of one or more hosts as live tables: find, select, act.

    Returned by `Host.explore`. The table follows the hosts' events; figures of guests are over the last beat,
    and no samples are taken while nobody looks at it. What a tab shows is read when it is turned to. Every
    button is a method of the same name, which acts on what is selected in the tab, or on those that it is
    given.

    Parameters
    ----------
    hosts
        An open host, or several. A read-only connection gives rows whose buttons are off.
    every
        Seconds between two samples of the figures; longer where a host needs long to answer.

    Attributes
    ----------
    tab
        ``"guests"``, ``"networks"``, ``"pools"`` or ``"events"``. Each tab has its own filter, order, columns
        and selection, and keeps them. Observable, as all others: ``explorer.observe(callback, "tab")``.
    filter
        Words that a row has to match, all of them: ``state:running mem>4GiB cpu>50% host:kvm* name~web``. A
        plain word is looked for in all text. Fields are the columns of the tab: of networks
        ``state:active forward:nat leases>2 autostart:yes``, of pools ``available>10GiB type:dir``, of events
        ``name~web words~stopped host:kvm*``.
    sort
        A column, ``"-cpu"`` for the largest first.
    columns
        The columns that are shown, ``["state", "cpu"]``; empty for those that have something to say.
    grouped
        Whether rows stand by host.
    rows
        The rows of the tab by key: the UUID, a volume's path, an event's number (of several hosts, with the
        number of the host behind).
    selected
        The keys in `rows` of what is selected.
    pool
        The name of the pool whose volumes are shown; empty for the pools. See `volumes`.
    busy
        What is being done now, by key.
    results
        Of the last thing that was done to several: name, host, verb, outcome and why, one each.
    code
        What was done from this view, as Python code that does it again; it runs as it stands, where the
        connection needs no credentials of yours: those are not written.
    pane
        What `details` read of one guest; empty where its pane is closed.
    picture
        What `screenshot` shows in the pane; ``picture["png"]`` are its bytes.
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
    >>> explorer.tab = "networks"
    >>> explorer.frame[["name", "state", "forward"]].to_dict("records")
    [{'name': 'default', 'state': 'active', 'forward': 'nat'}]
    >>> explorer.close()
    >>> host.close()
    """

    _esm = (_FOLDER / "explorer.bundle.js").read_text(encoding="utf-8")
    _css = (_FOLDER / "explorer.bundle.css").read_text(encoding="utf-8")

    def __init__(self, hosts: Host | Iterable[Host], *, every: float = 2.0) -> None:
        opened = list(hosts) if isinstance(hosts, Iterable) else [hosts]
        if not opened:
            raise ValueError("hosts must be at least one open host")
        if isinstance(every, bool) or not isinstance(every, int | float):
            raise TypeError(f"every must be a number of seconds, not {every!r}")
        if not every > 0:
            raise ValueError(f"every must be more than 0 seconds, not {every!r}")
        super().__init__(opened, every, status=_HINT)

    # --- what a person reads --------------------------------------------------------------------------------

    @property
    def selection(self) -> pd.DataFrame:
        """What is selected in the tab, as a frame.

        Returns
        -------
        pandas.DataFrame
            The columns of `frame`, one row per selected row, also where the filter hides it; no row where
            none is selected.
        """
        with self._lock:
            return self._sheet.public(self._chosen())

    @property
    def handles(self) -> list[Any]:
        """What is selected in the tab, as live objects in the order of `selection`.

        Each is a `Domain`, `Network`, `StoragePool` or `StorageVolume`; events have none, and the list is
        empty.

        Raises
        ------
        NotFound
            One of them is gone.
        """
        with self._lock:
            sheet = self._sheet
            if sheet.kind.handle is None:
                return []
            chosen = [(self._source_of(sheet, key), key) for key in self._chosen()["key"]]
        return [source.handle(sheet.kind, key, sheet.within) for source, key in chosen]

    def _chosen(self) -> pd.DataFrame:
        sheet = self._sheet
        table = sheet.ordered(sheet.table(), self.sort, self.grouped)
        return table[table["key"].isin(self.selected)]

    def __repr__(self) -> str:
        if not self._opened:
            return "<Explorer closed>"
        with self._lock:
            names = [str(self.rows[key]["name"]) for key in self.selected if key in self.rows]
            chosen = f", {names[0] if len(names) == 1 else len(names)} selected" if names else ""
            of = f" of {self.pool}" if self.pool else ""
            unread = ", not read yet" if self.unread else ""
            return f"<Explorer {self.host_name} {count(len(self.rows), self.noun)}{of}{unread}{chosen}>"

    # --- what a person does ---------------------------------------------------------------------------------

    def select(self, *names: str | None) -> None:
        """Select rows of the tab, in place of those that are selected; none, or None, for no row.

        Parameters
        ----------
        *names
            Names, UUIDs or keys of `rows`.

        Raises
        ------
        NotFound
            There is none of that name.
        InvalidState
            The name is on several hosts.
        """
        self._choose([self._key_of(one) for one in names if one is not None])

    def select_shown(self) -> None:
        """Select all rows that the filter shows."""
        with self._lock:
            self._choose(self._sheet.matching()["key"].tolist())

    def volumes(self, pool: str | None = None) -> None:
        """Show the volumes of one storage pool in place of the pools; they are read now.

        Parameters
        ----------
        pool
            Its name or UUID; None for the selected one.

        Raises
        ------
        InvalidState
            None is selected, or several are; or it is inactive.
        VirtError
            They could not be read.
        """
        pools = self._sheets[POOLS.tab]
        if pool is not None:
            self._open_pool(self._key_of(pool, pools))
        elif self._sheet is not pools:
            raise InvalidState(
                f"volumes are of a pool, and the tab shows {self._sheet.kind.nouns}: give its name"
            )
        elif len(self.selected) != 1:
            selected = count(len(self.selected), "pool is", "pools are")
            raise InvalidState(f"{selected} selected: volumes are of one")
        else:
            self._open_pool(self.selected[0])

    def close_volumes(self) -> None:
        """Show the pools again."""
        if self._sheet.within is not None:
            self._turn_to(self._sheets[POOLS.tab])

    def _open_pool(self, key: str) -> None:
        pools = self._sheets[POOLS.tab]
        source = self._source_of(pools, key)
        name = str(source.handle(POOLS, key).name)
        sheet = Sheet(VOLUMES, [source.number], Within(source.number, source.identity(key), name))
        self._read(source, sheet)
        self._turn_to(sheet)

    def _volumes_for_page(self, key: str) -> None:
        try:
            self._open_pool(key)
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
        kind, given, sheet = wish.get("kind"), wish.get("keys"), self._sheet
        verb = sheet.kind.verbs.get(str(wish.get("verb")))
        keys = cast("list[Any]", given) if isinstance(given, list) else None
        if kind == "look":
            self._look(str(wish.get("page")), wish.get("visible") is True)
        elif kind == "tab" and wish.get("value") in KINDS:
            self._turn_to(self._sheets[str(wish["value"])])
        elif kind in ("filter", "sort", "columns", "grouped", "only_code"):
            self._set_for_page(str(kind), wish.get("value"))
        elif kind in ("close_details", "close_console", "close_volumes"):
            getattr(self, str(kind))()
        elif keys is None or kind not in ("select", "act", "volumes", *_OF_ONE_GUEST):
            super()._grant(wish)
        elif missing := [key for key in keys if not isinstance(key, str) or key not in sheet.rows]:
            one = f"That {sheet.kind.noun} is"
            self._say(f"{one if len(keys) == 1 else f'{len(missing)} of these are'} gone.", "error")
        elif kind == "select":
            self._choose(keys)
        elif kind == "act" and verb is not None and keys:
            self._spawn(self._act_for_page, sheet, verb, list(keys))
        elif len(keys) == 1 and kind == "volumes" and sheet.kind is POOLS:
            self._spawn(self._volumes_for_page, keys[0])
        elif len(keys) == 1 and kind in _OF_ONE_GUEST and sheet.kind is GUESTS:
            self._spawn(self._for_page, str(kind), keys[0])
        else:
            super()._grant(wish)

    def _set_for_page(self, name: str, value: object) -> None:
        try:
            self._set(**{name: value})
        except (traitlets.TraitError, ValueError, TypeError) as error:
            if name == "filter":
                still = (
                    f" Until then the table shows “{self.filter}”."
                    if self.filter
                    else " The table shows all."
                )
                self._set(filter_error=f"{error}.{still}")
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
