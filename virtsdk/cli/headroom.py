"""``virtsdk headroom``: what is left of hosts, or of what was recorded of them."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import virtsdk
from virtsdk.capacity import CapacityWarning, HeadroomReport, Policy
from virtsdk.capacity import headroom as answer
from virtsdk.cli.command import complain
from virtsdk.cli.output import write_json
from virtsdk.cli.policies import policy_of
from virtsdk.display.text import count, printable
from virtsdk.errors import VirtError

_ANSWERS = ("vcpus_headroom", "memory_headroom_bytes")


class HeadroomFailed(VirtError):
    """No host answered, or the figures do not allow an answer; the message says why."""


class _NobodyAnswered(HeadroomFailed):
    """No host answered.

    Parameters
    ----------
    missing
        Why, by host.
    """

    def __init__(self, missing: Mapping[str, str]) -> None:
        self.missing = missing
        said = "; ".join(f"{name}: {why}" for name, why in missing.items())
        super().__init__(f"no host answered: {said}" if len(missing) > 1 else said)


@dataclass(frozen=True, slots=True)
class _Found:
    """The answer, of when it is, and the hosts that it lacks, each with the reason."""

    report: HeadroomReport
    recorded: str | None
    missing: Mapping[str, str]


def headroom(
    source: Mapping[str, str] | Path | str,
    *,
    policy: str | None = None,
    timeout: float = 10.0,
    as_json: bool = False,
) -> bool:
    """Write what is left of hosts, the answer first; return whether all of them are in it, and it is one.

    Parameters
    ----------
    source
        URIs by name, opened read-only; or a recording, by its directory or a copy's URL: its last sample.
    policy
        A file of `Policy.to_yaml`, or the name of a preset; the usual rules where left out.
    timeout
        Seconds that each host has.
    as_json
        An object with sentence, recorded, policy, hosts, notes and missing, rather than a table.

    Raises
    ------
    HeadroomFailed
        No host answered, or its figures cannot be right.
    PolicyUnread
        The policy cannot be read.
    RecordingError
        It is no recording, or has no sample yet.
    """
    rules = policy_of(policy)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CapacityWarning)  # they are notes of the report
            found = _live(source, rules, timeout) if isinstance(source, Mapping) else _recorded(source, rules)
    except (ValueError, TypeError) as error:
        raise HeadroomFailed(str(error)) from error
    except _NobodyAnswered as error:
        if as_json:
            about = {"sentence": "no host answered", "recorded": None, "policy": rules.to_dict()}
            write_json({**about, "hosts": [], "notes": [], "missing": dict(error.missing)})
        raise
    _write(found, as_json=as_json)
    for name, why in found.missing.items():
        complain(f"{name} is not in it: {why}")
    known = bool(found.report.frame()[list(_ANSWERS)].notna().any(axis=None))
    if not known:
        complain("there is no answer: what may be promised is known of no host")
    return known and not found.missing


def _live(hosts: Mapping[str, str], policy: Policy, timeout: float) -> _Found:
    logging.getLogger("virtsdk").addHandler(logging.NullHandler())  # who does not answer is said here
    with virtsdk.connect_fleet(hosts, readonly=True, programs=True, timeout=timeout) as fleet:
        nodes, domains = fleet.inventory(placement=False)
        errors = fleet.errors
    missing = dict(zip(errors["host"].astype(str), errors["message"].astype(str), strict=True))
    if nodes.empty:
        raise _NobodyAnswered(missing)
    return _Found(answer(nodes, domains, policy), None, missing)


def _recorded(directory: Path | str, policy: Policy) -> _Found:
    recording = virtsdk.open_recording(directory)
    hosts = recording.hosts
    hosts = hosts[hosts["current"].fillna(False)]
    sample = recording.stats()
    domains = sample.domains
    domains = domains[domains["host"].isin(hosts["host"])]
    return _Found(answer(hosts, domains, policy), f"{sample.time:%Y-%m-%d %H:%M:%S} UTC", {})


def _write(found: _Found, *, as_json: bool) -> None:
    report = found.report
    if as_json:
        about = {"sentence": report.sentence, "recorded": found.recorded}
        write_json({**about, **report.to_dict(), "missing": dict(found.missing)})
        return
    when = f", as recorded at {found.recorded}" if found.recorded else ""
    lacks = f"; {count(len(found.missing), 'host')} did not answer" if found.missing else ""
    _, _, table = repr(report).partition("\n")
    sys.stdout.write(f"{printable(report.sentence)}{when}{lacks}\n\n{table}\n")
