"""What is done to domains from the explorer: to one or to many, with a result each, and as code."""

# pyright: reportUnknownVariableType=false

from __future__ import annotations

import contextlib
import logging
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING

import traitlets

from virtsdk.display.text import count, printable
from virtsdk.errors import DomainNotFound, InvalidState, OperationFailed, ResourceBusy, VirtError
from virtsdk.widgets.explorer.script import Script
from virtsdk.widgets.explorer.table import Table
from virtsdk.widgets.verbs import VERBS, Verb

if TYPE_CHECKING:
    from virtsdk.widgets.explorer.source import Source

_log = logging.getLogger(__name__)
_AT_ONCE = 8  # domains that something is done to at a time
_NAMED = 3  # in a line of text


class Acting(Table):
    """A table that does something to its domains."""

    verbs: traitlets.Dict[str, dict[str, object]] = traitlets.Dict().tag(sync=True)
    busy: traitlets.Dict[str, str] = traitlets.Dict().tag(sync=True)
    results: traitlets.List[dict[str, str]] = traitlets.List().tag(sync=True)
    code = traitlets.Unicode().tag(sync=True)
    only_code = traitlets.Bool(False).tag(sync=True)

    _script: Script | None = None

    def start(self, *domains: str) -> None:
        """Start domains: the selected ones, or those with these names or UUIDs.

        As all methods it acts on what `selection` has, also where the filter hides it; a button acts on what
        is shown.

        Raises
        ------
        InvalidState
            Nothing is selected, or the domain is running already.
        ResourceBusy
            Something else is being done to it from this view.
        OperationFailed
            Of several domains some were not started; the message says which, and why, and `results` has all.
        """
        self._act(VERBS["start"], self._targets(domains))

    def shutdown(self, *domains: str) -> None:
        """Ask guests to shut down: the selected ones, or those with these names or UUIDs.

        Returns when they were asked; the table shows when they are off. Raises as `start` does.
        """
        self._act(VERBS["shutdown"], self._targets(domains))

    def suspend(self, *domains: str) -> None:
        """Stop the vCPUs of the selected domains, or of those with these names or UUIDs.

        Their memory stays. Raises as `start` does.
        """
        self._act(VERBS["suspend"], self._targets(domains))

    def resume(self, *domains: str) -> None:
        """Let the selected domains go on, or those with these names or UUIDs.

        Raises as `start` does.
        """
        self._act(VERBS["resume"], self._targets(domains))

    def destroy(self, *domains: str) -> None:
        """Power off the selected domains at once, or those with these names or UUIDs.

        The button asks first; the method does not. Raises as `start` does.
        """
        self._act(VERBS["destroy"], self._targets(domains))

    # --- which ----------------------------------------------------------------------------------------------

    def _targets(self, domains: Sequence[str]) -> list[str]:
        if domains:
            return list(dict.fromkeys(self._key_of(one) for one in domains))
        if not self.selected:
            raise InvalidState("no domain is selected: click a row, call select('name'), or give the domain")
        return list(self.selected)

    def _key_of(self, domain: str) -> str:
        found = self._known(domain)
        if not found:
            for source in self._sources:
                self._read(source)
            found = self._known(domain)
        if len(found) > 1:
            on = ", ".join(str(self.rows[key]["host"]) for key in found)
            raise InvalidState(f"domain {printable(domain)} is on several hosts: {on}; select it by its key")
        if found:
            return found[0]
        if len(self._sources) == 1:
            _ = self._sources[0].host.domains[domain]  # raises, with names that are alike
        raise DomainNotFound(f"domain {printable(domain)} is on none of {self.host_name}")

    def _known(self, domain: str) -> list[str]:
        """Return the keys of a name, which wins, or of a UUID or a key."""
        with self._lock:
            table = self._all()
            for column in ("name", "domain", "key"):
                found = table["key"][table[column] == domain].tolist()
                if found:
                    return found
            return []

    # --- doing it -------------------------------------------------------------------------------------------

    def _write(self, verb: Verb, keys: Sequence[str]) -> None:
        with self._lock:
            if self._script is None:
                self._script = Script([(source.host.uri, source.host.readonly) for source in self._sources])
            names = self._all().set_index("key")["name"]
            places = [
                (int(str(self.rows[key]["number"])), str(names[key])) for key in keys if key in self.rows
            ]
            if places:
                self._script.add(verb.name, places)
                self._set(code=self._script.text)

    @contextlib.contextmanager
    def _busy_with(self, verb: Verb, keys: Sequence[str]) -> Generator[None]:
        with self._lock:
            for key in keys:
                if key in self.busy:
                    raise ResourceBusy(
                        f"{self.rows[key]['name']} is busy ({self.busy[key]}): wait for it to finish"
                    )
            self._set(busy={**self.busy, **dict.fromkeys(keys, verb.doing)})
            self._say(f"{self._named(keys)}: {verb.doing} …")
        try:
            yield
        finally:
            self._no_longer_busy(keys)

    def _no_longer_busy(self, keys: Sequence[str]) -> None:
        with self._lock:
            left = {key: doing for key, doing in self.busy.items() if key not in keys}
            if left != self.busy:
                self._set(busy=left)

    def _named(self, keys: Sequence[str]) -> str:
        names = [str(self.rows[key]["name"]) for key in keys if key in self.rows]
        if len(names) > _NAMED:
            return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"
        return ", ".join(names)

    def _act(self, verb: Verb, keys: Sequence[str]) -> None:
        if self.only_code:
            self._write(verb, keys)
            self._say(f"{verb.label} of {self._named(keys)} was written as code, and not done.")
        elif len(keys) == 1:
            self._act_on_one(verb, keys[0])
        else:
            self._act_on_many(verb, keys)

    def _act_on_one(self, verb: Verb, key: str) -> None:
        name = str(self.rows[key]["name"])
        outcome, level = f"{name}: {verb.label.lower()} failed unexpectedly; the log has more.", "error"
        try:
            with self._busy_with(verb, [key]):
                self._set(results=[])
                self._do(verb, key)
                self._write(verb, [key])
                self._read(self._source_of(key))
            outcome, level = f"{name} {verb.done}.", "info"
        except VirtError as error:
            outcome = str(error)
            raise
        finally:
            self._say(outcome, level)

    def _act_on_many(self, verb: Verb, keys: Sequence[str]) -> None:
        names = {key: str(self.rows[key]["name"]) for key in keys}
        hosts = {key: str(self.rows[key]["host"]) for key in keys}
        errors: dict[str, str] = {}
        with self._busy_with(verb, keys):
            name = f"virtsdk-{type(self).__name__.lower()}-{verb.name}"
            with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix=name) as pool:
                asked = {pool.submit(self._do, verb, key): key for key in keys}
                for over, one in enumerate(as_completed(asked), 1):
                    if error := one.exception():
                        errors[asked[one]] = _why(error)
                    self._no_longer_busy([asked[one]])
                    self._say(f"{verb.doing} {count(len(keys), 'domain')}: {over} done …".capitalize())
            if done := [key for key in keys if key not in errors]:
                self._write(verb, done)
            for source in {self._source_of(key) for key in keys}:
                with contextlib.suppress(VirtError):  # the rows' worker says so
                    self._read(source)
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
            self._say(f"{count(len(keys), 'domain')}: each {verb.done}.")
            return
        first = next(key for key in keys if key in errors)
        text = f"{verb.label}: {len(errors)} of {len(keys)} failed; {names[first]}: {errors[first]}"
        self._say(text, "error")
        raise OperationFailed(text)

    def _source_of(self, key: str) -> Source:
        return self._sources[int(str(self.rows[key]["number"]))]

    def _do(self, verb: Verb, key: str) -> None:
        source = self._source_of(key)
        uuid = key.removesuffix(source.mark) if source.mark else key
        getattr(source.host.domains[uuid], verb.name)()

    def _act_for_page(self, verb: Verb, keys: Sequence[str]) -> None:
        try:
            self._act(verb, keys)
        except VirtError as error:  # the status line has said it
            _log.info("%s failed from the page: %s", verb.name, error)


def _why(error: BaseException) -> str:
    if isinstance(error, VirtError):
        return str(error)
    _log.error("unexpected", exc_info=error)
    return f"failed unexpectedly: {error!r}; the log has more"
