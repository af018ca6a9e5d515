"""How fast a guest writes to its memory: `DirtyRate`, and the measuring of it."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from math import sqrt
from numbers import Real
from typing import TYPE_CHECKING, Final, Literal, Self, get_args, overload

from virtsdk import errors
from virtsdk.binding.deadlines import seconds as checked
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import Record, VirDomain
from virtsdk.binding.undecoded import decoded
from virtsdk.display import html, text
from virtsdk.resources.domain.core import DomainCore
from virtsdk.resources.operation import Amount, Operation, followed, patience_with, started
from virtsdk.resources.operation.figures import Shown
from virtsdk.units import MiB
from virtsdk.words import DIRTY_RATE_STATES, RUNS, DirtyRateMode, DomainState, word_of

if TYPE_CHECKING:
    import pandas as pd

SAMPLED_BYTES: Final = int(MiB(2))
"""Guest memory that one sampled page stands for."""
LEAST_SECONDS, MOST_SECONDS = 1, 60
_MODES: Final[tuple[DirtyRateMode, ...]] = get_args(DirtyRateMode)
_LATE_SECONDS: Final = 60.0  # how much longer than asked for QEMU may take
_KEY: Final = "dirtyrate.megabytes_per_second"
_OPERATION: Final = "measure the dirty rate of"


@dataclass(frozen=True, repr=False)
class DirtyRate:
    """How fast a guest wrote to its memory while that was measured.

    Attributes
    ----------
    host, domain, name
        Whose it is: the host's name, the domain's UUID and name.
    bytes_per_second
        Memory that it wrote to, each page counted once, over the seconds; libvirt rounds it down to MiB.
    seconds
        How long QEMU measured.
    mode
        How: ``"page-sampling"``, ``"dirty-bitmap"`` or ``"dirty-ring"``.
    vcpu_bytes_per_second
        The same for each vCPU, by its number; empty but in ``"dirty-ring"``.
    """

    host: str
    domain: str
    name: str
    bytes_per_second: int
    seconds: float
    mode: str
    vcpu_bytes_per_second: tuple[int, ...] = ()

    @classmethod
    def of_record(cls, record: Record, *, host: str, domain: str, name: str) -> Self:
        """Make one of libvirt's figures of a measurement that is done."""
        vcpus: list[int] = []
        while (key := f"dirtyrate.vcpu.{len(vcpus)}.megabytes_per_second") in record:
            vcpus.append(int(MiB(record[key])))
        return cls(
            host=host,
            domain=domain,
            name=name,
            bytes_per_second=int(MiB(record[_KEY])),
            seconds=float(record["dirtyrate.calc_period"]),
            mode=record.get("dirtyrate.calc_mode", "page-sampling"),
            vcpu_bytes_per_second=tuple(vcpus),
        )

    @property
    def changed_bytes(self) -> int:
        """Memory that it wrote to within the seconds, each page counted once.

        Where a longer measurement finds hardly more of it than a short one, the guest writes the same pages
        again and again, and this is its working set.
        """
        return round(self.bytes_per_second * self.seconds)

    @property
    def error_bytes_per_second(self) -> int:
        """Standard error of the rate, in bytes per second: of the sample, and of libvirt's rounding.

        QEMU samples 512 pages a GiB, so a sampled page stands for 2 MiB, and n of them that changed have a
        standard error of sqrt(n). A longer measurement has a smaller error; a rate of 0 may be one of this.
        """
        if self.mode != "page-sampling":
            return int(MiB(1))
        found = max(self.changed_bytes, SAMPLED_BYTES)
        return round(sqrt(found * SAMPLED_BYTES) / self.seconds)

    def frame(self) -> pd.DataFrame:
        """Give the same as a frame.

        Returns
        -------
        pandas.DataFrame
            One row, the measurement: host, domain (its UUID), name, mode, period_seconds,
            dirty_rate_bytes_per_second, dirty_rate_error_bytes_per_second; as in
            ``host.stats().dirty_rates`` where that has them.
        """
        import pandas as pd

        row = {
            "host": self.host,
            "domain": self.domain,
            "name": self.name,
            "mode": self.mode,
            "period_seconds": self.seconds,
            "dirty_rate_bytes_per_second": self.bytes_per_second,
            "dirty_rate_error_bytes_per_second": self.error_bytes_per_second,
        }
        types = {"host": "str", "domain": "str", "name": "str", "mode": "str", "period_seconds": "Float64"}
        return pd.DataFrame([row]).astype(types | dict.fromkeys(list(row)[-2:], "Int64"))

    def to_dict(self) -> dict[str, object]:
        """Give plain values: the attributes, ``changed_bytes`` and ``error_bytes_per_second``."""
        more = {"changed_bytes": self.changed_bytes, "error_bytes_per_second": self.error_bytes_per_second}
        return {**asdict(self), "vcpu_bytes_per_second": list(self.vcpu_bytes_per_second), **more}

    def _facts(self) -> dict[str, str]:
        facts = {
            "rate": f"{text.size(self.bytes_per_second)}/s ± {text.size(self.error_bytes_per_second)}/s",
            "measured": f"{self.seconds:g} s, {self.mode}",
        }
        if self.vcpu_bytes_per_second:
            most = max(self.vcpu_bytes_per_second)
            number = self.vcpu_bytes_per_second.index(most)
            facts["most"] = f"{text.size(most)}/s by vCPU {number} of {len(self.vcpu_bytes_per_second)}"
        return facts

    def __repr__(self) -> str:
        rate, measured, *more = self._facts().values()
        vcpus = f"; most {more[0]}" if more else ""
        return f"<DirtyRate of {text.printable(self.name)} {rate}, over {measured}{vcpus}>"

    def _repr_html_(self) -> str:
        return html.view(
            html.heading(f"dirty rate of {self.name}", f"on {self.host}"), html.outline(self._facts())
        )


class _Measuring:
    """How far a measurement is, by the clock."""

    def __init__(self, period: int) -> None:
        self._period = period
        self.began: float | None = None

    def figures(self) -> Amount | None:
        """Give the seconds that QEMU measures for by now; None before it began."""
        if self.began is None:
            return None
        return Amount(min(int(time.monotonic() - self.began), self._period), self._period)


class DirtyRateVerbs(DomainCore):
    """Measuring how fast a guest writes to its memory."""

    @overload
    def measure_dirty_rate(
        self,
        seconds: int = 1,
        *,
        mode: DirtyRateMode = "page-sampling",
        timeout: float | None = None,
        wait: Literal[True] = True,
        progress: Shown | None = None,
    ) -> DirtyRate: ...
    @overload
    def measure_dirty_rate(
        self,
        seconds: int = 1,
        *,
        mode: DirtyRateMode = "page-sampling",
        timeout: float | None = None,
        wait: Literal[False],
        progress: Shown | None = None,
    ) -> Operation[DirtyRate]: ...
    def measure_dirty_rate(
        self,
        seconds: int = 1,
        *,
        mode: DirtyRateMode = "page-sampling",
        timeout: float | None = None,
        wait: bool = True,
        progress: Shown | None = None,
    ) -> DirtyRate | Operation[DirtyRate]:
        """Measure how fast it writes to its memory: what decides whether a live migration of it ends.

        Parameters
        ----------
        seconds
            How long QEMU measures, 1 to 60; the call takes as long. A page that is written again and again
            counts once in that time, so a guest that writes the same few pages has a rate that falls as the
            time grows, and one that writes to ever more pages keeps its rate. ``capacity.migration`` says
            which of them it takes.
        mode
            ``"page-sampling"`` compares some pages' contents before and after; any guest, an estimate: see
            ``error_bytes_per_second``. ``"dirty-bitmap"`` counts the pages written to; a guest of KVM only.
            ``"dirty-ring"`` counts them by vCPU; a guest of KVM whose definition has
            ``<dirty-ring state='on'/>``.
        timeout
            Seconds for all of it, the measuring included; None for the connection's own for each call.
        wait
            False: do not wait, and give an `Operation`; nothing ends it early.
        progress
            ``"auto"`` draws a bar; a function is told the seconds that it has measured, and of how many.

        Returns
        -------
        DirtyRate or Operation
            ``bytes_per_second``, what ``capacity.migration`` takes; ``seconds``, ``mode``,
            ``vcpu_bytes_per_second``. With ``wait=False`` an operation whose result that is.

        Raises
        ------
        InvalidState
            It is off or paused, or became so meanwhile: it writes nothing then, which says nothing of it.
        NotSupported
            The driver does not measure it (see ``host.supports("dirty_rate")``), or not in this mode.
            ``"dirty-bitmap"`` is refused for a guest without KVM: QEMU before 9.1 crashes on it there.
        ResourceBusy
            It is being measured already, or another job holds the guest.
        TimedOut
            QEMU did not answer in time. What was begun ends by itself.
        ReadOnly
            The connection was opened read-only; nothing is sent.
        ValueError, TypeError
            `seconds` or `mode` is no such thing, or `timeout` leaves no time to measure.

        Notes
        -----
        ``virDomainStartDirtyRateCalc``, and what the bulk figures then say. While it is measured, a guest
        writes more slowly with ``"dirty-bitmap"`` and ``"dirty-ring"``, which make each first write of a page
        a fault; page sampling only reads. A page that is written with what it holds already has not changed
        for page sampling; a migration sends it all the same.

        That an emulated guest crashes was seen with QEMU 7.2 (``kvm_dirty_ring_enabled`` reads KVM's state,
        which is not there); QEMU 9.1 mended it. No version is asked for, since a guest may run with an older
        QEMU than its host has by now.

        Examples
        --------
        On a host with QEMU::

            guest.measure_dirty_rate(5)  # <DirtyRate of web1 12 MiB/s ± 2.19 MiB/s, over 5 s, page-sampling>

        A driver that does not measure it says so:

        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.supports("dirty_rate")
        False
        """
        period = _whole(seconds)
        if mode not in _MODES:
            raise ValueError(f"mode must be {', '.join(map(repr, _MODES))}, not {mode!r}")
        limit = checked(timeout)
        if limit is not None and 0 < limit <= period:
            raise ValueError(f"timeout must be above the {period} s of the measuring, not {timeout!r}")
        self._session.refuse_readonly(_OPERATION, self.subject)
        measuring = _Measuring(period)
        given = limit if wait else None  # behind, it ends when it is done

        def run(_: float | None) -> DirtyRate:
            deadline = time.monotonic() + (period + _LATE_SECONDS if given is None else given)
            self._start(period, mode, given)
            measuring.began = time.monotonic()
            return self._read_by(deadline, float(period), given)

        def again(lost: errors.ConnectionLost) -> DirtyRate:
            if measuring.began is None:
                raise lost
            by = measuring.began + period + _LATE_SECONDS
            patience = patience_with(self._session)
            return followed(lost, lambda: None, lambda: self._read_by(by, 0.0, None), patience=patience)

        return started(
            run,
            what=f"{_OPERATION} {self.subject}",
            figures=measuring.figures,
            wait=wait,
            progress=progress,
            timeout=timeout,
            again=again,
            unit="seconds",
        )

    def _start(self, period: int, mode: DirtyRateMode, limit: float | None) -> None:
        try:
            self._call(_OPERATION, lambda raw: self._begin(raw, period, mode), changes=True, timeout=limit)
        except errors.InternalError as error:
            if "already being measured" not in (error.libvirt_message or ""):
                raise
            raise errors.ResourceBusy(
                f"cannot {_OPERATION} {self.subject}: somebody measures it already; try again in a moment",
                **error.details,
            ) from error

    def _read_by(self, deadline: float, pause: float, limit: float | None) -> DirtyRate:
        """Wait for the figures, which are there after a pause at the earliest, until a deadline."""
        began = time.monotonic()
        while (left := deadline - time.monotonic()) > 0:
            time.sleep(min(pause, left))
            pause = 0.1
            record = self._call(
                "read the dirty rate of", self._measured, timeout=None if limit is None else max(left, 0.1)
            )
            if record is not None:
                return DirtyRate.of_record(record, host=self._host.name, domain=self.key, name=self._name)
        total = deadline - began if limit is None else limit
        raise errors.TimedOut(
            f"cannot {_OPERATION} {self.subject}: not done in {total:.3g} s; it ends by itself",
            operation=_OPERATION,
            subject=self.subject,
        )

    def _begin(self, raw: VirDomain, seconds: int, mode: DirtyRateMode) -> None:
        self._check_runs(raw.state(0)[0])
        if mode == "dirty-bitmap":
            self._check_kvm(raw)
        word = mode.upper().replace("-", "_")
        # a libvirt before 8.1 has no modes, and samples
        flags = 0 if mode == "page-sampling" else flag(f"VIR_DOMAIN_DIRTYRATE_MODE_{word}")
        raw.startDirtyRateCalc(seconds, flags)

    def _measured(self, raw: VirDomain) -> Record | None:
        """Read what was measured; None while that goes on."""
        self._check_runs(raw.state(0)[0])  # one that is gone raises; below it would be passed over
        for _, record in raw.connect().domainListGetStats([raw], flag("VIR_DOMAIN_STATS_DIRTYRATE"), 0):
            if word_of(DIRTY_RATE_STATES, record.get("dirtyrate.calc_status", 0)) == "measured":
                return record
        return None

    def _check_runs(self, number: int) -> None:
        state = DomainState.of(number)
        if state not in RUNS:
            raise errors.InvalidState(
                f"cannot {_OPERATION} {self.subject}: it is {state} and writes nothing; it must be running",
                operation=_OPERATION,
                subject=self.subject,
            )

    def _check_kvm(self, raw: VirDomain) -> None:
        """Refuse what crashes an emulated guest."""
        from virtsdk import xml
        from virtsdk.models.domain import DomainDef

        kind = xml.parse(decoded(raw.XMLDesc, 0), DomainDef).type
        if kind != "kvm":
            raise errors.NotSupported(
                f"cannot {_OPERATION} {self.subject} with mode='dirty-bitmap': it is of type {str(kind)!r}, "
                "and QEMU before 9.1 crashes on that without KVM; mode='page-sampling' does for any guest",
                operation=_OPERATION,
                subject=self.subject,
            )


def _whole(seconds: object) -> int:
    if isinstance(seconds, bool) or not isinstance(seconds, Real):
        raise TypeError(f"seconds must be a whole number, not {seconds!r}")
    number = float(seconds)
    if not (number.is_integer() and LEAST_SECONDS <= number <= MOST_SECONDS):
        raise ValueError(
            f"seconds must be a whole number from {LEAST_SECONDS} to {MOST_SECONDS}, not {seconds!r}"
        )
    return int(number)
