"""``virtsdk top``: on a screen, as tables one below the other, or as lines of JSON."""

# pyright: reportUnknownMemberType=false

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from virtsdk.cli.command import complain
from virtsdk.cli.output import write_json
from virtsdk.cli.stopping import told_to_stop
from virtsdk.cli.top.choices import Choices
from virtsdk.cli.top.layout import Picture, chosen, fitted, picture
from virtsdk.cli.top.watching import Watch
from virtsdk.display import listing
from virtsdk.errors import MissingDependency
from virtsdk.resources.connect import require_libvirt

_APART = 0.05
"""Seconds between two drawings: many hosts have their beats at any time."""


def top(
    hosts: Mapping[str, str],
    choices: Choices,
    *,
    every: float = 2.0,
    timeout: float = 10.0,
    number: int | None = None,
    as_json: bool = False,
) -> bool:
    """Show the guests of hosts until a person, or a signal, ends it; return whether all hosts answered.

    On a terminal the table has the screen; to a pipe one table goes.

    Parameters
    ----------
    hosts
        URIs by name; the connections are read-only.
    choices
        Order and filter to begin with.
    every
        Seconds between two beats.
    timeout
        Seconds that opening a host and each call may take.
    number
        How many tables, or objects, are written one after the other; None for the screen, or for as many
        objects as are asked for.
    as_json
        An object a line at each beat, rather than tables.

    Raises
    ------
    MissingDependency
        rich is not installed, or libvirt-python.
    """
    require_libvirt()
    logging.getLogger("virtsdk").addHandler(logging.NullHandler())  # the table says who does not answer
    if as_json:
        return _write(hosts, choices, every, timeout, number, None)
    console = _console()
    dumb = console.is_dumb_terminal or not os.environ.get("TERM")
    if number is None and console.is_terminal and not dumb:
        return _on_screen(hosts, choices, every, timeout, console)
    return _write(hosts, choices, every, timeout, number or 1, console)


def _console() -> Any:
    try:
        from rich.console import Console
    except ModuleNotFoundError as error:
        raise MissingDependency("virtsdk top needs rich", extra="terminal", package=error.name) from error
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


# --- one after the other ----------------------------------------------------------------------------------


def _write(
    hosts: Mapping[str, str], choices: Choices, every: float, timeout: float, number: int | None, console: Any
) -> bool:
    well = True
    with told_to_stop() as told:
        watch = Watch(hosts, every=every, timeout=timeout, told=lambda: None, first=every)
        try:
            beat = 0
            while not told.is_set() and (number is None or beat < number):
                beat += 1
                watch.wait(told)
                if told.is_set():
                    break
                found = picture(watch, choices)
                well = all(one.up for one in found.hosts)
                if console is None:
                    write_json(_object(watch, choices, found), indent=None)
                else:
                    _print(found, choices, console, first=beat == 1)
                sys.stdout.flush()
        finally:
            watch.close()
    return well


def _object(watch: Watch, choices: Choices, found: Picture) -> dict[str, object]:
    with watch.lock:
        guests = watch.sheet.public(chosen(watch, choices))
    hosts = [
        {"host": one.name, "uri": one.uri, "up": one.up, "error": one.error or None} for one in found.hosts
    ]
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return {"time": now, "hosts": hosts, "guests": listing.records(guests)}


def _print(found: Picture, choices: Choices, console: Any, *, first: bool) -> None:
    from rich.cells import cell_len
    from rich.text import Text

    from virtsdk.cli.top.painting import table_lines

    wide = console.width if console.is_terminal else None  # a pipe has no width: names are whole
    lines = [Text(f"{found.headline}  {found.time:%H:%M:%S} UTC"), Text("")]
    lines += table_lines(fitted(found, choices, wide, cell_len))
    sys.stdout.write("" if first else "\n")
    for line in lines:
        line.end = "\n"
        console.print(line)
    for one in found.hosts:
        if not one.up:
            complain(f"{one.name} did not answer: {one.error or 'not yet'}")


# --- on the screen ----------------------------------------------------------------------------------------


def _on_screen(
    hosts: Mapping[str, str], choices: Choices, every: float, timeout: float, console: Any
) -> bool:
    from virtsdk.cli.top.painting import painted, room_for_rows
    from virtsdk.cli.top.terminal import Terminal

    output: Any = sys.stdout
    if hasattr(output, "reconfigure"):
        output.reconfigure(errors="replace")  # one character, as the layout counts it: no escape
    terminal = Terminal(console)
    with terminal.held():
        watch = Watch(hosts, every=every, timeout=timeout, told=terminal.wake)
        try:
            found = Picture(watch.hosts())
            while not choices.quit and not terminal.ended:
                width, height = os.get_terminal_size(sys.stdout.fileno())
                page = room_for_rows(found, choices, height=height, every=every)
                watch.pause(choices.paused)
                found = picture(watch, choices, page)
                terminal.draw(painted(found, choices, width=width, height=height, every=every), width)
                drawn = time.monotonic()
                for key in terminal.keys(1.0):
                    choices.press(key, rows=found.shown, page=page)
                time.sleep(max(0.0, min(_APART, drawn + _APART - time.monotonic())))
        finally:
            watch.close()
    return True
