"""A server on loopback that answers as Prometheus does: ranges in stretches, refusals, hidden tokens."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
import pytest

from tests.unit.history.importers.exporters import START, Guest, libvirt_exporter, over, scrapes, truth
from virtsdk.errors import (
    AccessDenied,
    AuthenticationFailed,
    ConnectError,
    OperationFailed,
    RecordingError,
    TimedOut,
)
from virtsdk.history.importers.prometheus import server as module
from virtsdk.history.importers.prometheus.importer import import_prometheus

WEB = Guest()
SERIES = over(
    scrapes(41), lambda at: [*libvirt_exporter(WEB, at), ("libvirt_new", {}, 1), ("go_info", {}, 1)]
)


class Prometheus(BaseHTTPRequestHandler):
    """The little of Prometheus's API that is asked for."""

    most = 10**9  # seconds of samples in one answer
    asked: list[tuple[str, dict[str, str], str]]
    fault = None

    def do_GET(self):
        parts = urlsplit(self.path)
        asked = {key: values[0] for key, values in parse_qs(parts.query).items()}
        self.asked.append((parts.path, asked, self.headers.get("Authorization", "")))
        if self.fault is not None:
            return self.fault()
        if parts.path.endswith("values"):
            return self.say({"status": "success", "data": sorted({name for name, _ in SERIES})})
        if "step" in asked:
            return self.stepped(asked)
        name, _, rest = asked["query"].partition("[")
        seconds, end = int(rest.removesuffix("s]")), float(asked["time"])
        if seconds > self.most:
            return self.say({"status": "error", "error": "query processing would load too many samples"}, 422)
        return self.result({
            key: [one for one in samples if end - seconds <= one[0] <= end]
            for key, samples in SERIES.items() if key[0] == name.split("{")[0]
        })  # fmt: skip

    def stepped(self, asked):
        start, end, step = (float(asked[one]) for one in ("start", "end", "step"))
        times = np.arange(start, end + step / 2, step)
        assert len(times) <= 11_000
        found = {}
        for key, samples in SERIES.items():
            if key[0] == asked["query"]:
                at = np.array([one for one, _ in samples])
                last = np.searchsorted(at, times, side="right") - 1
                kept = (last >= 0) & (times - at[last] < 300)
                found[key] = [(float(t), samples[n][1]) for t, n in zip(times[kept], last[kept], strict=True)]
        return self.result(found)

    def result(self, found):
        rows = [
            {"metric": {"__name__": name, **dict(labels)},
             "values": [[at, repr(value)] for at, value in samples]}
            for (name, labels), samples in found.items() if samples
        ]  # fmt: skip
        self.say({"status": "success", "data": {"resultType": "matrix", "result": rows}})

    def say(self, document, code=200, **headers):
        text = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.send_response(code)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(text)

    def log_message(self, *_):
        pass


@pytest.fixture
def prometheus(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    handler = type("Handler", (Prometheus,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        handler.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield handler
        finally:
            server.shutdown()
            thread.join()


def test_samples_as_they_were_scraped(prometheus):
    found = import_prometheus(prometheus.url, **span(start=START))
    pd.testing.assert_frame_equal(found.usage(every=None), truth([WEB], scrapes(41)).usage())
    left = found.left_out.set_index("metric")["reason"]
    assert "no preset knows it" in left["libvirt_new"] and "go_info" not in left.index


def span(start, end=START + 10_000):
    return {"start": pd.Timestamp(start, unit="s", tz="UTC"), "end": pd.Timestamp(end, unit="s", tz="UTC")}


def test_by_a_step_in_stretches_that_a_server_gives(prometheus, monkeypatch):
    monkeypatch.setattr(module, "POINTS", 7)
    found = import_prometheus(prometheus.url, step="1min", **span(START, START + 1260))
    pd.testing.assert_frame_equal(found.usage(every=None), truth([WEB], scrapes(21, 60)).usage())
    ranges = [(float(one["start"]), float(one["end"])) for _, one, _ in prometheus.asked if "step" in one]
    assert max(end - start for start, end in ranges) <= 7 * 60
    assert len(ranges) == len(set(ranges)) * len(
        {one["query"] for _, one, _ in prometheus.asked if "step" in one}
    )


def test_a_stretch_that_is_too_long_is_divided(prometheus):
    prometheus.most = 400
    found = import_prometheus(prometheus.url, **span(START, START + 1300))
    pd.testing.assert_frame_equal(found.usage(every=None), truth([WEB], scrapes(41)).usage())
    prometheus.most = 10
    with pytest.raises(OperationFailed, match=r"refuses libvirt_.*too many samples; give a longer step="):
        import_prometheus(prometheus.url, **span(START, START + 1300))


def test_the_range_is_the_one_that_was_asked_for(prometheus):
    found = import_prometheus(prometheus.url, **span(START + 60, START + 120))
    assert (found.start.timestamp(), found.end.timestamp()) == (START + 60, START + 90)
    with pytest.raises(ValueError, match="start must be before end"):
        import_prometheus(prometheus.url, start="2026-03-02", end="2026-03-01")


def test_a_range_that_nobody_ends_leaves_out_what_is_still_taken_in():
    first, last = module._range(None, None)
    assert last - first == 86_400
    assert 25 < pd.Timestamp.now(tz="UTC").timestamp() - last < 3600
    assert module._range("-1h", "2026-03-01 12:00") == (START - 3600, START)


def test_more_for_the_selectors(prometheus):
    import_prometheus(prometheus.url, match='cluster="a"', **span(START))
    asked = [one["query"] for _, one, _ in prometheus.asked if "query" in one]
    assert asked and all('{cluster="a"}[' in one for one in asked)
    with pytest.raises(ValueError, match="match must be what stands in the braces"):
        import_prometheus(prometheus.url, match="{a}")


def test_a_token_is_sent_and_shows_nowhere(prometheus, caplog):
    secret = "s3cr3t-t0k3n"
    caplog.set_level(logging.DEBUG)
    found = import_prometheus(prometheus.url, token=lambda: secret, **span(START))
    assert {header for _, _, header in prometheus.asked} == {f"Bearer {secret}"}
    prometheus.fault = lambda self: self.say({"status": "error", "error": "no"}, 401)
    with pytest.raises(AuthenticationFailed, match="wants other credentials") as refused:
        import_prometheus(prometheus.url, token=lambda: f"Basic {secret}", **span(START))
    assert prometheus.asked[-1][2] == f"Basic {secret}"
    shown = "".join(traceback.TracebackException.from_exception(refused.value, capture_locals=False).format())
    assert secret not in shown + caplog.text + repr(found) + str(found.trust) + repr(vars(refused.value))
    assert refused.value.__context__ is None


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        (lambda self: self.say({"error": "no"}, 403), AccessDenied, r"refuses \(no\)"),
        (lambda self: self.say(b"not found", 404), ConnectError, r"has no /api/v1 \(not found\)"),
        (lambda self: self.say(b"", 302, Location="https://sso"), ConnectError, "sends to https://sso"),
        (
            lambda self: self.say(b"<html>", 200, **{"Content-Type": "text/html"}),
            RecordingError,
            "no Prometheus",
        ),
        (lambda self: self.say({"data": 5}), RecordingError, "is no Prometheus"),
        (lambda self: self.say(b"oh " * 10_000, 502), OperationFailed, "answers 502: Bad Gateway"),
        (lambda self: time.sleep(0.4), TimedOut, "gave no answer in 0.05 s"),
        (lambda self: self.connection.close(), ConnectError, "cannot be read"),
    ],
)
def test_what_a_server_refuses_is_said(prometheus, fault, error, says):
    prometheus.fault = fault
    with pytest.raises(error, match=says):
        import_prometheus(prometheus.url, timeout=0.05 if error is TimedOut else 30, **span(START))


def test_an_error_does_not_keep_the_request(prometheus):
    prometheus.fault = lambda self: self.connection.close()
    with pytest.raises(ConnectError) as refused:
        import_prometheus(prometheus.url, token=lambda: "s3cr3t", **span(START))
    assert refused.value.__cause__ is None and refused.value.__context__ is None


def test_nobody_listens():
    with pytest.raises(ConnectError, match="cannot be read"):
        import_prometheus("http://127.0.0.1:9", **span(START))


@pytest.mark.parametrize(
    ("url", "options", "error", "says"),
    [
        ("http://ana:pw@kvm7", {}, ValueError, "no user and password in it"),
        ("http://", {}, ValueError, "must be that of a server"),
        ("http://a?b=c", {}, ValueError, "must be that of a server"),
        ("http://a", {"token": "abc"}, TypeError, "token must be a function"),
        ("http://a", {"timeout": 0}, ValueError, "timeout must be seconds above 0"),
        ("http://a", {"step": "0s"}, ValueError, "step must be"),
    ],
)
def test_arguments_are_checked(url, options, error, says):
    with pytest.raises(error, match=says) as refused:
        import_prometheus(url, **options)
    assert "pw" not in str(refused.value).split("password")


def test_its_repr_is_the_url():
    assert repr(module.Server("http://a:9090/api/v1/", token=lambda: "x")) == "<Server http://a:9090>"
