"""Figures from inside the guests: file systems, as the guest agent says them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from virtsdk import errors
from virtsdk.binding.deadlines import above_zero
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirConnect
from virtsdk.resources.domain import Domain
from virtsdk.resources.figures.clock import timed
from virtsdk.stats.samples.guests import GuestStats, guest_frames

if TYPE_CHECKING:
    from virtsdk.binding.session import Session
    from virtsdk.resources.host import Host

_KEY = re.compile(r"fs\.(\d+)\.(mountpoint|fstype|total-bytes|used-bytes|disk\.0\.device|disk\.0\.alias)")
FileSystems = list[dict[str, object]]


def read_file_systems(
    session: Session, uuids: Iterable[str], *, timeout: float
) -> dict[str, FileSystems | str]:
    """Ask the agents of some active domains, one after the other.

    Parameters
    ----------
    session
        The connection.
    uuids
        The domains.
    timeout
        Seconds that each agent may take.

    Returns
    -------
    dict
        By UUID the file systems, each with libvirt's keys; or why there is no answer, in words.
    """
    found: dict[str, FileSystems | str] = {}
    for uuid in uuids:

        def ask(conn: VirConnect, uuid: str = uuid) -> dict[str, object]:
            domain: Any = conn.lookupByUUIDString(uuid)
            return domain.guestInfo(flag("VIR_DOMAIN_GUEST_INFO_FILESYSTEM"), 0)

        try:
            answer = session.call("ask the agent of", f"domain {uuid}", ask, timeout=timeout)
        except errors.TimedOut:
            found[uuid] = f"the guest agent did not answer in {timeout:g} s"
        except (errors.AgentError, errors.NotSupported, errors.InvalidState) as error:
            found[uuid] = f"no guest agent: {error.libvirt_message or error}"
        except errors.NotFound:  # gone meanwhile
            continue
        else:
            found[uuid] = _file_systems(answer)
    return found


def _file_systems(answer: dict[str, object]) -> FileSystems:
    rows: dict[int, dict[str, object]] = {}
    for key, value in answer.items():
        match = _KEY.fullmatch(key)
        if match:
            rows.setdefault(int(match[1]), {})[match[2]] = value
    return [rows[number] for number in sorted(rows) if "mountpoint" in rows[number]]


def collect_guests(
    host: Host, domains: Iterable[Domain | str] | None = None, *, timeout: float = 3.0
) -> GuestStats:
    """Ask the agents inside the guests for their file systems; `Host.guest_stats` is the same.

    Parameters
    ----------
    host
        An open host.
    domains
        Handles, names or UUIDs; None for all that are active.
    timeout
        Seconds that each agent may take.
    """
    above_zero("timeout", timeout)
    records, _ = timed(lambda: host.stats_records(["state"], domains, runs=True))
    active = {uuid: name for uuid, name, values in records if "domain.id" in values}
    answers, moment = timed(lambda: read_file_systems(host.session, active, timeout=timeout))
    rows: list[dict[str, object]] = []
    reasons: dict[str, str] = {}
    for uuid, answer in answers.items():
        if isinstance(answer, str):
            reasons[uuid] = answer
        else:
            rows += [{"domain": uuid, "name": active[uuid], **one} for one in answer]
    return guest_frames(rows, reasons, active, host=host.name, time=moment.time)
