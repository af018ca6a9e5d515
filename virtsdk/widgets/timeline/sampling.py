"""Sampling of a live timeline: a beat while somebody looks, and the host's events."""

# pyright: reportUnknownMemberType=false

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import Any

import traitlets

from virtsdk.errors import HostClosed, InvalidState, VirtError
from virtsdk.events import Disconnected, Reconnected
from virtsdk.tables.words import in_words
from virtsdk.widgets.looks import Looks
from virtsdk.widgets.timeline.painting import Painting
from virtsdk.widgets.timeline.sources.live import LiveSource
from virtsdk.widgets.timeline.sources.source import TimelineSource

_log = logging.getLogger(__name__)

_LOST = "Connection lost, trying again."


class Sampling(Painting):
    """A view that goes on with the time, where its source is live."""

    live = traitlets.Bool(False).tag(sync=True)
    paused = traitlets.Bool(False).tag(sync=True)

    def __init__(self, source: TimelineSource, guests: Sequence[str], **state: object) -> None:
        self._looks = Looks()
        self._sampling = threading.Lock()
        super().__init__(source, guests, live=source.live, **state)
        if isinstance(source, LiveSource):
            self._spawn(self._sample, source)
            self._spawn(self._follow, source)

    def _on_close(self) -> None:
        super()._on_close()
        self._looks.wake()

    # --- what a person does ---------------------------------------------------------------------------------

    def pause(self) -> None:
        """Take no more samples until `resume`: the picture stands still, and the host is not asked.

        Raises
        ------
        InvalidState
            It shows a recording.
        """
        self._live_source("pause")
        self._set(paused=True)
        self._looks.wake()
        self._say("Paused: no samples are taken.")

    def resume(self) -> None:
        """Go on; the time in between is a gap.

        Raises
        ------
        InvalidState
            It shows a recording.
        """
        self._live_source("resume")
        self._set(paused=False)
        self._looks.wake()
        self._say("")

    def refresh(self) -> None:
        """Take a sample now, also while nobody looks; the figures are those since the sample before.

        Raises
        ------
        InvalidState
            It shows a recording.
        VirtError
            The host could not be asked.
        """
        self._take(self._live_source("refresh"))

    def _live_source(self, verb: str) -> LiveSource:
        if not isinstance(self._source, LiveSource):
            raise InvalidState(f"cannot {verb} a recording: only a live view goes on with the time")
        return self._source

    # --- workers --------------------------------------------------------------------------------------------

    def _sample(self, source: LiveSource) -> None:
        lost = False
        while not self._stopped.is_set():
            paused, seen = self.paused, bool(self._looks)
            if paused or not seen:
                source.interrupt("paused" if paused else "nobody looked")
                self._looks.wait(
                    lambda before=(paused, seen): (
                        self._stopped.is_set() or (self.paused, bool(self._looks)) != before
                    )
                )
                continue
            before = source.span()
            try:
                at = self._take(source)
            except HostClosed:
                self._say("The host was closed: the picture is as it was.", "error")
                return
            except VirtError as error:
                lost = True
                gone = not source.host.is_alive
                source.interrupt("the connection was lost" if gone else str(error))
                self._say(_LOST if gone else f"No samples: {error}", "error")
            except Exception:  # noqa: BLE001  # the next sample may go well
                _log.exception("%r: a sample failed", self)
                lost = True
                self._say("A sample failed unexpectedly; the log has more.", "error")
            else:
                if lost or self.status == _LOST:
                    self._say(_again(before, at))
                    lost = False
            self._stopped.wait(source.pause)

    def _take(self, source: LiveSource) -> float | None:
        """Take a sample and send what is new; return the time of the new row, if there is one."""
        with self._sampling:
            before = source.lines()
            at = source.sample()
            with self._changing() as live:
                if not live:
                    return at
                first = not self.span_ms
                if source.lines() != before or (first and at is not None):
                    self._refreshed()
                if at is not None:
                    self._send_new()
            return at

    def _follow(self, source: LiveSource) -> None:
        for event in source.events:
            if isinstance(event, Disconnected):
                source.interrupt("the connection was lost")
                self._say(_LOST, "error")
            mark = source.happened(event)
            with self._changing() as live:
                if live:
                    self._send_mark(mark)
            if isinstance(event, Reconnected) and self.status == _LOST and not self._looks:
                self._say("Connected again.")
        if not self._stopped.is_set():
            self._say("The host's events ended: the picture is as it was.", "error")

    def _grant(self, wish: dict[str, Any]) -> None:
        if wish.get("kind") == "look":
            self._looks.note(str(wish.get("page")), wish.get("visible") is True)
        else:
            super()._grant(wish)


def _again(before: tuple[float, float] | None, at: float | None) -> str:
    if before is None or at is None:
        return "Connected again."
    return f"Connected again, after {in_words(at - before[1])} without samples."
