"""What is done from the explorer to guests, networks and pools: to one or many, with results and as code."""

# pyright: reportUnknownVariableType=false

from __future__ import annotations

import contextlib
import logging
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING

import traitlets

from virtsdk.display.text import count, printable
from virtsdk.errors import InvalidState, OperationFailed, ResourceBusy, VirtError
from virtsdk.tables.verbs import Verb
from virtsdk.widgets.explorer.sampling import Sampling
from virtsdk.widgets.explorer.script import Script

if TYPE_CHECKING:
    from virtsdk.tables.sheet import Sheet
    from virtsdk.tables.source import Source

_log = logging.getLogger(__name__)
_AT_ONCE = 8  # objects that something is done to at a time
_NAMED = 3  # in a line of text


class Acting(Sampling):
    """A table that does something to what it lists."""

    results: traitlets.List[dict[str, str]] = traitlets.List().tag(sync=True)
    code = traitlets.Unicode().tag(sync=True)
    only_code = traitlets.Bool(False).tag(sync=True)

    _script: Script | None = None

    def start(self, *names: str) -> None:
        """Start guests, networks or pools, as `tab` says: the selected ones, or those that are named.

        As all methods it acts on what `selection` has, also where the filter hides it; a button acts on what
        is shown.

        Parameters
        ----------
        *names
            Names, UUIDs or keys of `rows`; none for the selected ones.

        Raises
        ------
        InvalidState
            Nothing is selected, it is started already, or what the tab lists cannot be started.
        ResourceBusy
            Something else is being done to it from this view.
        OperationFailed
            Of several some were not started; the message says which, and why, and `results` has all.
        """
        self._act_by_name("start", names)

    def shutdown(self, *names: str) -> None:
        """Ask guests to shut down: the selected ones, or those with these names or UUIDs.

        Returns when they were asked; the table shows when they are off. Raises as `start` does.

        Parameters
        ----------
        *names
            Names or UUIDs; without any, the rows that are selected.
        """
        self._act_by_name("shutdown", names)

    def suspend(self, *names: str) -> None:
        """Stop the vCPUs of the selected guests, or of those with these names or UUIDs.

        Their memory stays. Raises as `start` does.

        Parameters
        ----------
        *names
            Names or UUIDs; without any, the rows that are selected.
        """
        self._act_by_name("suspend", names)

    def resume(self, *names: str) -> None:
        """Let the selected guests go on, or those with these names or UUIDs.

        Raises as `start` does.

        Parameters
        ----------
        *names
            Names or UUIDs; without any, the rows that are selected.
        """
        self._act_by_name("resume", names)

    def destroy(self, *names: str) -> None:
        """Power off the selected guests at once, or those with these names or UUIDs.

        The button asks first; the method does not. Raises as `start` does.

        Parameters
        ----------
        *names
            Names or UUIDs; without any, the rows that are selected.
        """
        self._act_by_name("destroy", names)

    def stop(self, *names: str) -> None:
        """Stop the selected networks or pools, or those that are named; their definitions stay.

        libvirt calls it destroy. The button asks first; the method does not. Raises as `start` does; guests
        have `shutdown` and `destroy`.

        Parameters
        ----------
        *names
            Names or UUIDs; without any, the rows that are selected.
        """
        self._act_by_name("stop", names)

    def autostart(self, *names: str) -> None:
        """Have the selected networks or pools, or those that are named, started with their host.

        Raises as `start` does.

        Parameters
        ----------
        *names
            Names or UUIDs; without any, the rows that are selected.
        """
        self._act_by_name("autostart", names)

    def no_autostart(self, *names: str) -> None:
        """Have the selected networks or pools, or those that are named, no longer started with their host.

        Raises as `start` does.

        Parameters
        ----------
        *names
            Names or UUIDs; without any, the rows that are selected.
        """
        self._act_by_name("no_autostart", names)

    # --- which ----------------------------------------------------------------------------------------------

    def _act_by_name(self, verb: str, names: Sequence[str]) -> None:
        with self._lock:  # both of one tab
            sheet, chosen = self._sheet, list(self.selected)
        if verb not in sheet.kind.verbs:
            there_is = f"there is {', '.join(sheet.kind.verbs)}" if sheet.kind.verbs else "there is none"
            raise InvalidState(f"{verb} is no verb of {sheet.kind.nouns}, which the tab shows: {there_is}")
        if names:
            chosen = list(dict.fromkeys(self._key_of(one, sheet) for one in names))
        elif not chosen:
            noun = sheet.kind.noun
            raise InvalidState(f"no {noun} is selected: click a row, call select('name'), or give the {noun}")
        self._act(sheet, sheet.kind.verbs[verb], chosen)

    def _key_of(self, name: str, sheet: Sheet | None = None) -> str:
        if not isinstance(name, str):  # callers in a notebook are not typed
            raise TypeError(f"a name must be a text, not {name!r}: give several one by one, select(*names)")
        sheet = sheet or self._sheet
        found = self._known(sheet, name)
        if not found:
            for source in self._sources:
                self._read(source, sheet)
            found = self._known(sheet, name)
        said = f"{sheet.kind.noun} {printable(name)}"
        if len({sheet.rows[key]["number"] for key in found}) < len(found):
            raise InvalidState(f"{said} is not one, but {len(found)}: give a key of rows, as {found[0]!r}")
        if len(found) > 1:
            on = ", ".join(str(sheet.rows[key]["host"]) for key in found)
            raise InvalidState(f"{said} is on several hosts: {on}; select it by its key")
        if found:
            return found[0]
        if len(self._sources) == 1 and sheet.kind.handle is not None:
            self._sources[0].handle(sheet.kind, name, sheet.within)  # raises, with names that are alike
        raise sheet.kind.missing(f"{said} is on none of {self.host_name}")

    def _known(self, sheet: Sheet, name: str) -> list[str]:
        with self._lock:
            return sheet.known(name)

    # --- doing it -------------------------------------------------------------------------------------------

    def _places(self, sheet: Sheet, keys: Sequence[str]) -> dict[str, tuple[int, str]]:
        """Return number of the host and name of each, for the code: what is transient is gone afterwards."""
        with self._lock:
            names = sheet.table().set_index("key")["name"]
            return {
                key: (int(str(sheet.rows[key]["number"])), str(names[key]))
                for key in keys
                if key in sheet.rows
            }

    def _write(self, sheet: Sheet, verb: Verb, places: Iterable[tuple[int, str]]) -> None:
        with self._lock:
            if self._script is None:
                self._script = Script([(source.host.uri, source.host.readonly) for source in self._sources])
            if done := list(places):
                self._script.add(verb.call, done, sheet.kind.collection)
                self._set(code=self._script.text)

    @contextlib.contextmanager
    def _busy_with(self, sheet: Sheet, verb: Verb, keys: Sequence[str]) -> Generator[None]:
        with self._lock:
            for key in keys:
                if key in self.busy:
                    raise ResourceBusy(
                        f"{sheet.rows[key]['name']} is busy ({self.busy[key]}): wait for it to finish"
                    )
            self._set(busy={**self.busy, **dict.fromkeys(keys, verb.doing)})
            self._say(f"{self._named(sheet, keys)}: {verb.doing} …")
        try:
            yield
        finally:
            self._no_longer_busy(keys)

    def _no_longer_busy(self, keys: Sequence[str]) -> None:
        with self._lock:
            left = {key: doing for key, doing in self.busy.items() if key not in keys}
            if left != self.busy:
                self._set(busy=left)

    def _named(self, sheet: Sheet, keys: Sequence[str]) -> str:
        names = [str(sheet.rows[key]["name"]) for key in keys if key in sheet.rows]
        if len(names) > _NAMED:
            return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"
        return ", ".join(names)

    def _act(self, sheet: Sheet, verb: Verb, keys: Sequence[str]) -> None:
        if self.only_code:
            self._write(sheet, verb, self._places(sheet, keys).values())
            self._say(f"{verb.label} of {self._named(sheet, keys)} was written as code, and not done.")
        elif len(keys) == 1:
            self._act_on_one(sheet, verb, keys[0])
        else:
            self._act_on_many(sheet, verb, keys)

    def _act_on_one(self, sheet: Sheet, verb: Verb, key: str) -> None:
        name, source = str(sheet.rows[key]["name"]), self._source_of(sheet, key)
        places = self._places(sheet, [key])
        outcome, level = f"{name}: {verb.label.lower()} failed unexpectedly; the log has more.", "error"
        try:
            with self._busy_with(sheet, verb, [key]):
                self._set(results=[])
                self._do(sheet, verb, key)
                self._write(sheet, verb, places.values())
                self._read(source, sheet)
            outcome, level = f"{name} {verb.done}.", "info"
        except VirtError as error:
            outcome = str(error)
            raise
        finally:
            self._say(outcome, level)

    def _act_on_many(self, sheet: Sheet, verb: Verb, keys: Sequence[str]) -> None:
        names = {key: str(sheet.rows[key]["name"]) for key in keys}
        hosts = {key: str(sheet.rows[key]["host"]) for key in keys}
        places, sources = self._places(sheet, keys), {self._source_of(sheet, key) for key in keys}
        errors: dict[str, str] = {}
        with self._busy_with(sheet, verb, keys):
            name = f"virtsdk-{type(self).__name__.lower()}-{verb.name}"
            with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix=name) as pool:
                asked = {pool.submit(self._do, sheet, verb, key): key for key in keys}
                for over, one in enumerate(as_completed(asked), 1):
                    if error := one.exception():
                        errors[asked[one]] = _why(error)
                    self._no_longer_busy([asked[one]])
                    self._say(f"{verb.doing} {count(len(keys), sheet.kind.noun)}: {over} done …".capitalize())
            if done := [key for key in keys if key not in errors]:
                self._write(sheet, verb, [places[key] for key in done])
            for source in sources:
                with contextlib.suppress(VirtError):  # the rows' worker says so
                    self._read(source, sheet)
        self._set(
            results=[
                {
                    "name": names[key],
                    "host": hosts[key],
                    "verb": verb.name,
                    "outcome": "failed" if key in errors else "done",
                    "why": errors.get(key, verb.done),
                }
                for key in sorted(keys, key=lambda key: key not in errors)
            ]
        )
        if not errors:
            self._say(f"{count(len(keys), sheet.kind.noun)}: each {verb.done}.")
            return
        first = next(key for key in keys if key in errors)
        text = f"{verb.label}: {len(errors)} of {len(keys)} failed; {names[first]}: {errors[first]}"
        self._say(text, "error")
        raise OperationFailed(text)

    def _source_of(self, sheet: Sheet, key: str) -> Source:
        return self._sources[int(str(sheet.rows[key]["number"]))]

    def _do(self, sheet: Sheet, verb: Verb, key: str) -> None:
        verb.do(self._source_of(sheet, key).handle(sheet.kind, key, sheet.within))

    def _act_for_page(self, sheet: Sheet, verb: Verb, keys: Sequence[str]) -> None:
        try:
            self._act(sheet, verb, keys)
        except VirtError as error:  # the status line has said it
            _log.info("%s failed from the page: %s", verb.name, error)


def _why(error: BaseException) -> str:
    if isinstance(error, VirtError):
        return str(error)
    _log.error("unexpected", exc_info=error)
    return f"failed unexpectedly: {error!r}; the log has more"
