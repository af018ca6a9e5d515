"""``virtsdk report``: the capacity review of a recording, as text and as a page."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Final

import virtsdk
from virtsdk import capacity
from virtsdk.capacity.reporting.capacity_report import page_of
from virtsdk.cli.output import write_json
from virtsdk.cli.policies import policy_of
from virtsdk.display.text import printable
from virtsdk.display.writing import write_file
from virtsdk.errors import VirtError
from virtsdk.history.recording import Recording

_USUAL: Final = 300.0  # seconds


class ReportFailed(VirtError):
    """The recording does not allow a report, or the page cannot be written; the message says why."""


def report(
    directory: Path | str,
    *,
    html: str | Path | None = None,
    policy: str | None = None,
    every: float | None = None,
    as_json: bool = False,
) -> capacity.CapacityReport:
    """Review a recording, write the answer, and the page where one is asked for.

    Parameters
    ----------
    directory
        That of the recording, or the URL of a copy.
    html
        The page.
    policy
        A file of `Policy.to_yaml`, or the name of a preset; the usual rules where left out.
    every
        Seconds to average use over; five minutes, or two intervals of the recording where that is longer.
    as_json
        An object, as `CapacityReport.to_dict` gives it, rather than the text.

    Raises
    ------
    RecordingError
        It is no recording, or has no sample yet.
    ReportFailed
        Its figures cannot be right, or the page cannot be written.
    PolicyUnread
        The policy cannot be read.
    """
    recording = virtsdk.open_recording(directory)
    rules = policy_of(policy)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", capacity.CapacityWarning)  # they are notes of the report
            found = review(recording, rules, every)
    except (ValueError, TypeError, OSError) as error:
        raise ReportFailed(str(error)) from error
    page = "" if html is None else page_of(found)
    failed = None if html is None else _written(page, html)  # first: nobody may read the text to its end
    if as_json:
        write_json(found.to_dict())
    else:
        until = "" if found.until is None else f"as recorded up to {found.until:%Y-%m-%d %H:%M} UTC\n"
        sys.stdout.write(f"{printable(found.sentence)}\n{until}\n")
        for one in found.sections:
            if one.key != "definitions":
                sys.stdout.write(f"{one.title}: {printable(one.said)}\n")
    if failed is not None:
        raise ReportFailed(
            f"cannot write the page {printable(str(html))}: {failed.strerror or failed}"
        ) from failed
    if html is not None and not as_json:
        sys.stdout.write(f"\n{printable(str(html))}: the page, {len(page.encode()) / 1024:.0f} KiB\n")
    return found


def _written(page: str, html: str | Path) -> OSError | None:
    """Write the page; return why it could not be written."""
    try:
        write_file(html, page)
    except OSError as error:
        return error
    return None


def review(recording: Recording, policy: capacity.Policy, every: float | None) -> capacity.CapacityReport:
    """Make the frames of a recording, and report on them."""
    hosts = recording.hosts
    hosts = hosts[hosts["current"].fillna(False)]
    domains = recording.stats().domains
    domains = domains[domains["host"].isin(hosts["host"])]
    if every is None:
        interval = recording.interval
        # twice how often it was sampled: an interval that comes late would be longer than a bin of one
        every = _USUAL if interval is None else max(_USUAL, 2.0 * round(interval.total_seconds()))
    try:
        usage = recording.usage(every=f"{every:.9g}s")
    except ValueError as error:  # fewer than two samples of each host
        sys.stderr.write(f"virtsdk: nothing of the past can be said: {error}\n")
        usage = None
    pools = recording.frames("storage.pools")
    inside = recording.frames("guest.filesystems")
    return capacity.report(hosts, domains, usage, policy, pools, filesystems=inside)
