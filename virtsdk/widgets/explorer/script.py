"""The clicks of a person as Python code that does the same."""

from __future__ import annotations

from collections.abc import Sequence


class Script:
    """Python code that grows by a line or two for each thing that is done.

    Parameters
    ----------
    hosts
        URI of each host, and whether its connection is read-only.

    Examples
    --------
    >>> script = Script([("test:///default", False)])
    >>> script.add("suspend()", [(0, "web1")])
    >>> script.add("shutdown()", [(0, "web1"), (0, "web2")])
    >>> print(script.text)
    import virtsdk
    <BLANKLINE>
    host = virtsdk.connect('test:///default')
    host.domains['web1'].suspend()
    for name in ['web1', 'web2']:
        host.domains[name].shutdown()
    """

    def __init__(self, hosts: Sequence[tuple[str, bool]]) -> None:
        self._hosts = list(hosts)
        self._opened: set[int] = set()
        self._lines: list[str] = []
        self._ending: set[tuple[int, str]] = set()  # who was asked to shut down, and may still be at it

    @property
    def text(self) -> str:
        """The code so far; empty where nothing was done."""
        return "\n".join(["import virtsdk", "", *self._lines]) if self._lines else ""

    def add(self, call: str, things: Sequence[tuple[int, str]], collection: str = "domains") -> None:
        """Write a call on objects of hosts, each by the number of its host and its name."""
        for number in dict.fromkeys(number for number, _ in things):
            names = [name for one, name in things if one == number]
            host = self._host(number)
            if collection == "domains":
                self._wait_for_end(call, host, number, names)
            if len(names) == 1:
                self._lines.append(f"{host}.{collection}[{names[0]!r}].{call}")
            else:
                self._lines += [f"for name in {names!r}:", f"    {host}.{collection}[name].{call}"]

    def _wait_for_end(self, call: str, host: str, number: int, names: Sequence[str]) -> None:
        """Write what a person did between asking a guest to shut down and starting it: wait."""
        ours = {(number, name) for name in names}
        if call.startswith("start"):
            ending = [name for name in names if (number, name) in self._ending]
            self._lines += [f"{host}.domains[{name!r}].wait('shutoff')" for name in ending]
        if call.startswith("shutdown"):
            self._ending |= ours
        else:
            self._ending -= ours

    def _host(self, number: int) -> str:
        variable = f"host{number + 1}" if len(self._hosts) > 1 else "host"
        if number not in self._opened:
            self._opened.add(number)
            uri, readonly = self._hosts[number]
            self._lines.append(
                f"{variable} = virtsdk.connect({uri!r}{', readonly=True' if readonly else ''})"
            )
        return variable
