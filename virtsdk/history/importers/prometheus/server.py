"""A Prometheus that runs: asked metric by metric and stretch by stretch, so that no answer is too large."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from virtsdk.display.text import shorten
from virtsdk.errors import (
    AccessDenied,
    AuthenticationFailed,
    ConnectError,
    MissingDependency,
    OperationFailed,
    RecordingError,
    TimedOut,
    VirtError,
)
from virtsdk.history.importers.notes import UNKNOWN, Notes
from virtsdk.history.importers.prometheus.answers import Found, series_of_json
from virtsdk.history.importers.prometheus.presets import FAMILIES
from virtsdk.history.reading.arguments import Time, microseconds_of
from virtsdk.stats.change.spacing import Interval, seconds_of
from virtsdk.stats.samples.times import utc

if TYPE_CHECKING:
    import httpx

POINTS: Final = 10_000
"""Steps in one answer: Prometheus gives at most 11,000 of a series."""
STRETCH: Final = 6 * 3600
"""Seconds of scraped samples in one answer, at first."""
_DAY: Final = 86_400
LAG: Final = 30
"""Seconds before now at which a range ends that nobody ended: while metrics are asked for one by one, the
server takes in samples, and the last ones would be there of some and not of others."""
_TOO_MUCH: Final = ("too many", "exceed", "limit", "maximum", "timed out", "timeout")


class _TooMuchError(Exception):
    """The server says that an answer would be too large, or take too long."""


class Server:
    """A server that speaks Prometheus's language.

    Parameters
    ----------
    url
        What stands before ``/api/v1``.
    token
        Called for each request; what it returns is kept nowhere.
    timeout
        Seconds to wait for one answer.
    verify
        As httpx takes it.
    """

    def __init__(
        self, url: str, *, token: Callable[[], str] | None = None, timeout: float = 60.0, verify: Any = True
    ) -> None:
        parts = urlsplit(url)
        if parts.username or parts.password:
            raise ValueError(
                "the URL must have no user and password in it: it shows in messages; give token=, a function "
                "that returns them"
            )
        if not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"the URL must be that of a server, 'http://prometheus:9090', not {url!r}")
        if token is not None and not callable(token):
            raise TypeError("token must be a function that returns the token, so that it shows nowhere")
        if not isinstance(timeout, int | float) or not timeout > 0 or not math.isfinite(timeout):
            raise ValueError(f"timeout must be seconds above 0, not {timeout!r}")
        self.url = url.rstrip("/").removesuffix("/api/v1")
        self._token = token
        self._timeout = timeout
        self._verify = verify

    def __repr__(self) -> str:
        return f"<Server {self.url}>"

    def series(
        self,
        metrics: Mapping[str, object],
        *,
        start: Time | None,
        end: Time | None,
        step: Interval | None,
        match: str,
        notes: Notes,
    ) -> Found:
        """Ask for the series of some metrics.

        Parameters
        ----------
        metrics
            Those that are wanted, by name.
        start, end, step, match
            As of `import_prometheus`.
        notes
            What the server has besides, of names alike, is told there.

        Raises
        ------
        ConnectError, AuthenticationFailed, TimedOut, OperationFailed, RecordingError
            It cannot be reached, refuses, takes too long, or gives something else.
        """
        first, last = _range(start, end)
        width = None if step is None else seconds_of(step, "step")
        if match and ("{" in match or "}" in match):
            raise ValueError(f"match must be what stands in the braces, 'cluster=\"a\"', not {match!r}")
        with self._client() as client:
            there = self._names(client, first, last, match)
            for name in sorted(there - metrics.keys()):
                if name.startswith(FAMILIES):
                    notes.leave_out(name, UNKNOWN, 0, 0)
            found = Found(stepped=width is not None)
            for name in sorted(there & metrics.keys()):
                selector = f"{name}{{{match}}}" if match else name
                for text in self._stretches(client, selector, first, last, width):
                    found.series += series_of_json(text, f"{self.url} ({name})").series
        for one in found.series:
            kept = (one.times >= first * 1e6) & (one.times < last * 1e6)
            if not kept.all():
                one.times, one.values = one.times[kept], one.values[kept]
        return found

    def _names(self, client: httpx.Client, first: float, last: float, match: str) -> set[str]:
        """Return the metrics that there are."""
        asked: dict[str, Any] = {"start": f"{first:.3f}", "end": f"{last:.3f}"}
        if match:
            asked["match[]"] = f"{{{match}}}"
        answer = self._get(client, "label/__name__/values", asked)
        try:
            names: Any = answer.json()["data"]
            return {str(one) for one in names}
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise self._strange(answer) from error

    def _stretches(
        self, client: httpx.Client, selector: str, first: float, last: float, step: float | None
    ) -> Iterator[bytes]:
        """Ask for a range in stretches, shorter ones where the server says that they are too long."""
        if step is None:
            length, least, begin = float(STRETCH), 60.0, math.floor(first)
        else:
            length, least, begin = step * POINTS, step, math.ceil(first / step) * step
        while begin < last:
            until = min(begin + length, math.ceil(last) if step is None else last)
            try:
                yield self._ask(client, selector, begin, until, step)
            except _TooMuchError as error:
                if length <= least:
                    raise OperationFailed(
                        f"{self.url} refuses {selector}: {error}; give a longer step="
                    ) from None
                length = max(least, length / 2 if step is None else math.floor(length / step / 2) * step)
                continue
            begin += length

    def _ask(
        self, client: httpx.Client, selector: str, begin: float, until: float, step: float | None
    ) -> bytes:
        if step is None:
            seconds = math.ceil(until - begin)
            asked = {"query": f"{selector}[{seconds}s]", "time": f"{begin + seconds:.3f}"}
            return self._get(client, "query", asked).content
        last = begin + step * math.floor((until - begin) / step + 1e-9)
        asked = {"query": selector, "start": f"{begin:.3f}", "end": f"{last:.3f}", "step": f"{step:.3f}"}
        return self._get(client, "query_range", asked).content

    # --- HTTP ------------------------------------------------------------

    def _client(self) -> httpx.Client:
        try:
            import httpx
        except ImportError as error:
            raise MissingDependency("reading a server needs httpx", extra="fleet", package="httpx") from error
        return httpx.Client(
            base_url=f"{self.url}/api/v1/", timeout=self._timeout, verify=self._verify,
            headers={"Accept": "application/json"},
        )  # fmt: skip

    def _get(self, client: httpx.Client, path: str, asked: Mapping[str, str]) -> httpx.Response:
        import httpx

        # what httpx raises knows the request, and so the token: it is not kept as the cause
        trouble: VirtError
        try:
            answer = client.get(path, params=dict(asked), headers=self._header())
        except httpx.TimeoutException:
            trouble = TimedOut(
                f"{self.url} gave no answer in {self._timeout:g} s: give timeout=, or a shorter range"
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            said = shorten(str(error) or type(error).__name__, 200)
            trouble = ConnectError(f"{self.url} cannot be read: {said}")
        else:
            self._check(answer)
            return answer
        raise trouble

    def _header(self) -> dict[str, str]:
        if self._token is None:
            return {}
        said: Any = self._token()
        if not isinstance(said, str) or not said or not said.isprintable() or not said.isascii():
            raise TypeError("token must return the token as text of one line, and it does not")
        return {"Authorization": said if " " in said else f"Bearer {said}"}

    def _check(self, answer: httpx.Response) -> None:
        """Raise what an answer says that is none."""
        code = answer.status_code
        if code == 200:
            return
        said = _said(answer)
        if code in (400, 413, 422, 500, 503, 504) and any(word in said.lower() for word in _TOO_MUCH):
            raise _TooMuchError(said)
        if code == 401:
            raise AuthenticationFailed(f"{self.url} wants other credentials ({said}): see token=")
        if code == 403:
            raise AccessDenied(f"{self.url} refuses ({said})")
        if 300 <= code < 400:
            where = shorten(answer.headers.get("location", "elsewhere"), 100)
            raise ConnectError(f"{self.url} sends to {where}: give that URL")
        if code == 404:
            raise ConnectError(f"{self.url} has no /api/v1 ({said}): give the URL that stands before it")
        raise OperationFailed(f"{self.url} answers {code}: {said}")

    def _strange(self, answer: httpx.Response) -> RecordingError:
        kind = answer.headers.get("content-type", "something")
        return RecordingError(f"{self.url} is no Prometheus: it answers {shorten(kind, 60)}")


def _range(start: Time | None, end: Time | None) -> tuple[float, float]:
    """Return a range in seconds since 1970: the last day where nothing is said."""
    now = microseconds_of(utc(None)) or 0
    last = microseconds_of(end, what="end", end=now)
    last = now - LAG * 1_000_000 if last is None else last
    first = microseconds_of(start, what="start", end=last)
    first = last - _DAY * 1_000_000 if first is None else first
    if first >= last:
        raise ValueError(f"start must be before end, not {start!r} where end is {end!r}")
    return first / 1e6, last / 1e6


def _said(answer: httpx.Response) -> str:
    try:
        found: Any = answer.json()
        said = found["error"]
    except (ValueError, TypeError, KeyError, RecursionError):
        said = answer.text if len(answer.content) < 10_000 else answer.reason_phrase
    return shorten(" ".join(str(said).split()), 200) or str(answer.reason_phrase)
