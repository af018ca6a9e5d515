"""A round: one question to all hosts of a fleet at once; who did not answer is noted, not raised."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import pandas as pd

from virtsdk import errors
from virtsdk.binding.deadlines import above_zero
from virtsdk.binding.live import Live
from virtsdk.binding.rounds import Job, Outcome, gather
from virtsdk.binding.workers import Waited
from virtsdk.display.listing import names
from virtsdk.display.text import count
from virtsdk.errors import FleetError, HostClosed, VirtError
from virtsdk.fleet.member import Member
from virtsdk.resources.host import Host

T = TypeVar("T")

_log = logging.getLogger(__name__)

AT_ONCE = 24
"""Hosts that are asked at a time: each in a thread, in one more where it waits on a wire, and all together in
16 more that list the guests of hosts that are far away; 64 threads."""
TIMEOUT = 10.0
"""Seconds that each host has in a round, where nobody said how many."""
Progress = Callable[[str], object] | None


class Asking(Live):
    """Members that are asked together, and the errors of the last round.

    Parameters
    ----------
    members
        The hosts.
    timeout
        Seconds that each has in a round.
    progress
        Is told each round's progress, a line of text at a time.
    """

    _what_goes = "what the fleet was made of, and call virtsdk.connect_fleet"

    def __init__(self, members: Sequence[Member], timeout: float, progress: Progress) -> None:
        self._members = {one.name: one for one in members}
        self._timeout = timeout
        self._progress = progress
        self._failed: list[tuple[str, str, Exception, float]] = []

    def _ask(
        self, operation: str, function: Callable[[Host], T], timeout: float | None = None
    ) -> dict[str, T]:
        """Ask all hosts, and note which did not answer.

        Parameters
        ----------
        operation
            The question's name in `errors`.
        function
            Asks a host.
        timeout
            Seconds that each host has; None for the fleet's own.

        Returns
        -------
        dict
            The answers by host, in the fleet's order.

        Raises
        ------
        HostClosed
            The fleet was closed: no answer would look like no guests.
        Exception
            What `function` raises that is no `VirtError`, where no host answered: it is the question that is
            wrong, rather than the hosts.
        """
        limit = self._timeout if timeout is None else timeout
        above_zero("timeout", limit)
        members = list(self._members.values())
        jobs = [
            Job(partial(one.ask, function, limit), f"{operation} of {one.subject}", one.leave)
            for one in members
        ]
        done: list[int] = []

        def tell(place: int, outcome: Outcome[T]) -> None:
            done.append(place)
            members[place].look()
            if self._progress is not None:
                self._progress(f"{operation}: {len(done)} of {count(len(members), 'host')}")

        outcomes = gather(jobs, timeout=limit, at_once=AT_ONCE, ended=tell)
        answers: dict[str, T] = {}
        failed: list[tuple[str, str, Exception, float]] = []
        for member, outcome in zip(members, outcomes, strict=True):
            if outcome.error is None:
                answers[member.name] = outcome.result  # pyright: ignore[reportArgumentType]
                continue
            error = outcome.error
            if isinstance(error, Waited):
                error = _late(member, operation, limit)
            what = "open" if member.seen is None else operation
            failed.append((member.name, what, error, outcome.seconds))
        self._tell(failed)
        self._failed = failed
        if members and all(one.is_closed for one in members):
            raise HostClosed(
                f"cannot ask the fleet ({operation}): it was closed; virtsdk.connect_fleet opens it again",
                operation=operation,
            )
        if failed and not answers:
            for _, _, error, _ in failed:
                if not isinstance(error, VirtError | OSError):
                    raise error
        return answers

    def _tell(self, failed: Sequence[tuple[str, str, Exception, float]]) -> None:
        """Say once in the log which hosts do not answer, and which do again."""
        before, now = ({name for name, *_ in one} for one in (self._failed, failed))
        if now - before:
            of = f"{len(now)} of {count(len(self._members), 'host')}"
            _log.warning("%s did not answer (%s); .errors says why", of, names(one for one, *_ in failed))
        elif before - now:
            _log.warning("%s answered again", names(sorted(before - now)))

    @property
    def errors(self) -> pd.DataFrame:
        """The hosts that did not answer in the last round.

        A round is one question to all hosts: `HostFleet.stats`, ``.domains.frame()``, `HostFleet.map` ...;
        each has errors of its own, which take the place of those before.

        Returns
        -------
        pandas.DataFrame
            One row per host that did not answer, in the fleet's order: host, operation (what was asked, or
            ``"open"`` where it is not open), error (the name of its class), message, seconds (after which
            that was known: 0.0 of a host that still does not answer since a round before).
        """
        return pd.DataFrame(
            {
                "host": pd.array([name for name, _, _, _ in self._failed], dtype="str"),
                "operation": pd.array([what for _, what, _, _ in self._failed], dtype="str"),
                "error": pd.array([type(error).__name__ for _, _, error, _ in self._failed], dtype="str"),
                "message": pd.array(
                    [str(error) or type(error).__name__ for _, _, error, _ in self._failed], dtype="str"
                ),
                "seconds": pd.array([round(seconds, 3) for *_, seconds in self._failed], dtype="Float64"),
            }
        )

    def raise_errors(self) -> None:
        """Raise what is in `errors`, where there is something.

        Raises
        ------
        Exception
            The error of the one host that did not answer in the last round.
        FleetError
            Several did not; the first one's error is the cause.
        """
        failed = self._failed
        if not failed:
            return
        if len(failed) == 1:
            raise failed[0][2].with_traceback(None)
        of = f"{len(failed)} of {count(len(self._members), 'host')}"
        first = f"{failed[0][0]}: {failed[0][2]}"
        raise FleetError(
            f"{of} did not answer: {names(name for name, *_ in failed)}; {first}", operation=failed[0][1]
        ) from failed[0][2]


def _late(member: Member, operation: str, limit: float) -> VirtError:
    opening = member.seen is None
    what = f"open {member.subject} ({member.uri})" if opening else f"ask {member.subject}"
    return errors.TimedOut(
        f"cannot {what}: no answer in {limit:g} s; the call itself goes on",
        operation="open" if opening else operation,
        subject=member.subject,
    )
