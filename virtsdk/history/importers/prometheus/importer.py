"""`import_prometheus`: files, answers and servers of Prometheus and of what speaks its language."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from virtsdk.display import listing
from virtsdk.errors import RecordingError
from virtsdk.errors.frames import shows_no_variables
from virtsdk.history.importers.assemble import frames_of
from virtsdk.history.importers.combine import combined
from virtsdk.history.importers.filling import booted, filled, lacking
from virtsdk.history.importers.imported import Imported
from virtsdk.history.importers.judging import judged
from virtsdk.history.importers.notes import Notes
from virtsdk.history.importers.prometheus.answers import Found, series_of_json
from virtsdk.history.importers.prometheus.exposition import series_of_text
from virtsdk.history.importers.prometheus.presets import rules_for, told
from virtsdk.history.importers.prometheus.repeats import without_repeats
from virtsdk.history.importers.prometheus.translate import Naming, merged, translate
from virtsdk.history.importers.readings import Reading, tidy
from virtsdk.history.importers.sources import Source, name_of, read_bytes, sources_of
from virtsdk.history.reading.arguments import Time, microseconds_of
from virtsdk.stats.change.spacing import Interval


@shows_no_variables
def import_prometheus(
    source: Source | Iterable[Source],
    *,
    start: Time | None = None,
    end: Time | None = None,
    step: Interval | None = None,
    preset: str | Collection[str] | None = None,
    metrics: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    hosts: Mapping[str, str] | None = None,
    host: str | None = None,
    ports: bool = False,
    time: Time | None = None,
    match: str = "",
    token: Callable[[], str] | None = None,
    timeout: float = 60.0,
    verify: Any = True,
) -> Imported:
    """Take the history that a Prometheus has.

    Parameters
    ----------
    source
        The URL of a server (``"http://prometheus:9090"``; also VictoriaMetrics, Thanos, Mimir by the URL
        before ``/api/v1``); or files, also compressed by gzip: answers of ``query_range``, lines of
        VictoriaMetrics's ``/api/v1/export``, OpenMetrics or Prometheus text with times.
    start, end
        Samples from `start` on, before `end`: times with a zone, texts (UTC), lengths before the end
        (``"-7d"``). Of a server the last day where they are left out, but for its last 30 s: what is taken in
        meanwhile would be there of some metrics and not of others.
    step
        Of a server: one value every so long (``"5min"``), for long ranges. None for the samples as they were
        scraped.
    preset
        One or more of ``"inovex"``, ``"tinkoff"``, ``"kumina"``, ``"kubevirt"``, ``"node"``, ``"virtsdk"``;
        None for all: their names do not contradict each other.
    metrics
        What metrics of your own are: ``{"vm:cpu_seconds": "domains.cpu_time_seconds_total"}``, in the units
        of the catalogue.
    labels
        Which label is meant, where it is not the exporter's: ``{"host": "nodename", "domain": "vm"}``.
        ``nodename`` stands for the machine's own name, by ``node_uname_info``.
    hosts
        Names of hosts by what the label says (``{"10.0.0.7": "kvm7"}``).
    host
        The host of series that do not name theirs.
    ports
        Keep the port of ``instance`` in the names of hosts; without it ``kvm7:9177`` and ``kvm7:9100`` are
        one.
    time
        Of text without times, as an exporter shows it: when it was scraped.
    match
        Of a server: more for its selectors, ``'cluster="a"'``.
    token
        Of a server: called for each request, gives the token (or the whole header, ``"Basic ..."``).
    timeout
        Of a server: seconds to wait for one answer.
    verify
        Of a server: False for no check of its certificate, or the file of a CA, as httpx takes it.

    Returns
    -------
    Imported
        ``.usage()``, ``.rates()``, ``.node_rates()``, ``.trust`` (what is missing, rounded or doubtful),
        ``.left_out`` (metrics that were not taken), ``.save(directory)``.

    Raises
    ------
    RecordingError
        A file cannot be read or is none of these; the message names file, line and what to do.
    ConnectError, AuthenticationFailed, TimedOut
        The server cannot be reached, refuses, or does not answer in time.
    MissingDependency
        A server needs the extra ``[fleet]``.

    Notes
    -----
    ``libvirt_domain_info_memory_usage_bytes`` is the balloon and never usage. Where a server was asked by a
    step, what it repeats is left out: counters that stand still are no rates of 0. Values are floats: from
    2**53 on counters are rounded, and `trust` says so. libvirt's delay of vCPUs is the guests' steal time;
    node_exporter's steal is what a hypervisor below the host takes, and is not taken.

    Examples
    --------
    >>> import io
    >>> text = '''
    ... libvirt_domain_info_cpu_time_seconds_total{domain="web1",instance="kvm7:9177"} 10 1772366400
    ... libvirt_domain_info_cpu_time_seconds_total{domain="web1",instance="kvm7:9177"} 25 1772366430
    ... '''
    >>> found = import_prometheus(io.BytesIO(text.encode()))
    >>> found.usage(every=None)[["host", "name", "seconds", "cpu_used_vcpus"]]
       host  name  seconds  cpu_used_vcpus
    0  kvm7  web1     30.0             0.5
    """
    rules = {**rules_for(preset), **told(metrics or {})}
    naming = Naming(dict(labels or {}), host, dict(hosts or {}), ports)
    _check_labels(naming.labels)
    notes = Notes()
    if isinstance(source, str) and source.startswith(("http://", "https://")):
        from virtsdk.history.importers.prometheus.server import Server

        server = Server(source, token=token, timeout=timeout, verify=verify)
        found = server.series(rules, start=start, end=end, step=step, match=match, notes=notes)
        named = server.url
        start = end = None
    else:
        if step is not None or token is not None or match:
            raise TypeError("step, match and token are of a server: the source is a file")
        given = sources_of(source)
        moment = microseconds_of(time)
        parts = [_read(one, None if moment is None else moment / 1e6) for one in given]
        found = Found([one for part in parts for one in part.series], any(part.stepped for part in parts))
        named = listing.names([name_of(one) for one in given], 3)
    translated = translate(merged(found.series), rules, naming, notes, named)
    readings = [one for one in (tidy(each, notes, named) for each in translated.readings) if one is not None]
    readings = combined(readings, notes)
    if found.stepped:
        readings = without_repeats(readings, notes)
    readings = between(readings, start, end)
    if not readings:
        raise RecordingError(_nothing(named, notes))
    frames = filled(frames_of(readings, translated.lives, notes), notes)
    frames = booted(frames, translated.boots, notes)
    judged(frames, named)
    lacking(frames, notes)
    return Imported(frames, notes, named)


def _read(source: Any, time: float | None) -> Found:
    name = name_of(source)
    data = read_bytes(source)
    head = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] in (b"{", b"[") and not head.startswith((b"{__name__", b"{ __name__")):
        return series_of_json(data, name)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecordingError(
            f"{name} is neither JSON nor text in UTF-8: byte {error.start} is none"
        ) from error
    if not text.strip():
        raise RecordingError(f"{name} is empty: was the export ended too early?")
    return series_of_text(text, name, time)


def between(readings: list[Reading], start: Time | None, end: Time | None) -> list[Reading]:
    """Keep the samples from `start` on, before `end`."""
    last = max((int(one.times[-1]) for one in readings), default=None)
    first, until = (
        microseconds_of(one, what=what, end=last) for one, what in ((start, "start"), (end, "end"))
    )
    for one in readings:
        if first is not None or until is not None:
            kept = one.times >= (first if first is not None else one.times[0])
            if until is not None:
                kept &= one.times < until
            one.times, one.values = one.times[kept], one.values[kept]
    return [one for one in readings if len(one.times)]


def _check_labels(labels: Mapping[str, str]) -> None:
    for key, value in labels.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError(
                f"labels must be {{what: label}}, for example {{'host': 'node'}}, not {key!r}: {value!r}"
            )


def _nothing(named: str, notes: Notes) -> str:
    left = notes.left_out
    metrics = listing.names(left["metric"].tolist(), 5) if len(left) else ""
    return f"{named}: there is nothing that a preset knows" + (
        f"; it has {metrics}: metrics={{name: 'frame.column'}} says what they are" if metrics else ""
    )
