"""A guest's vCPUs: which are online, on which CPUs of the host they may run, how many there may be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from virtsdk import errors
from virtsdk.binding.calls import answered, translated
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirDomain
from virtsdk.binding.undecoded import decoded
from virtsdk.resources.domain.core import DomainCore
from virtsdk.resources.domain.pinning import vcpus_of
from virtsdk.resources.domain.tuning.checks import whole
from virtsdk.resources.domain.tuning.cpu_sets import numbers_of, pinning, written, written_map
from virtsdk.resources.domain.tuning.parameters import each_place, flags_of, places
from virtsdk.resources.domain.tuning.vcpu_rows import COLUMNS, Running, vcpu_rows
from virtsdk.resources.scope import CONFIG, LIVE, Scope, affected, check_scope

if TYPE_CHECKING:
    import pandas as pd

_NO_FLAGS: Final = frozenset({"test"})  # pins of one that is running, or of the definition of one that is off
_MOST: Final = 2**16


class VcpuVerbs(DomainCore):
    """The verbs about a guest's vCPUs."""

    def vcpus(self, *, persistent: bool = False, timeout: float | None = None) -> pd.DataFrame:
        """Give its vCPUs, those that are not online included; asks the host, not the guest.

        Parameters
        ----------
        persistent
            Those of its next start, rather than those that it runs with.
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        pandas.DataFrame
            One row per vCPU that it may have: host, domain (UUID), name, vcpu (its number), online, state
            (``running``, ``blocked``, ``offline``; missing of a guest that is off, or whose driver does not
            tell), cpu (the host's CPU that
            it ran on last), cpus (those that it may run on, ``"0-3,8"``: as the kernel has it of one that
            runs, as its definition has it of others; missing for any), hotpluggable (missing where the driver
            does not tell), cpu_seconds_total (CPU time that it used in this run).

        See Also
        --------
        Domains.vcpus_frame : The pins of all guests of a host.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.domains["test"].vcpus()[["vcpu", "online", "state"]]
           vcpu  online    state
        0     0    True  running
        1     1    True  running
        """
        import pandas as pd

        from virtsdk import xml
        from virtsdk.models.domain import DomainDef

        def ask(raw: VirDomain) -> tuple[str, list[Running]]:
            flags = flag("VIR_DOMAIN_XML_INACTIVE") if persistent else 0
            document = decoded(raw.XMLDesc, flags)
            if persistent or not raw.isActive():
                return document, []
            try:
                with translated("read the vCPUs of", self.subject):
                    found = raw.vcpus()
            except errors.NotSupported:  # of a container, say: its definition is all that is known
                return document, []
            return document, [Running(*one, cpumap) for one, cpumap in zip(*found, strict=False)]

        document, running = self._call("read the vCPUs of", ask, timeout=timeout)
        facts = {"host": self._host.name, "domain": self.key, "name": self.name}
        rows = [{**facts, **row} for row in vcpu_rows(xml.parse(document, DomainDef), running)]
        return pd.DataFrame(rows, columns=pd.Index(list(COLUMNS))).astype(COLUMNS)

    def set_vcpus(
        self,
        vcpus: int | Iterable[int],
        *,
        guest: bool = False,
        maximum: bool = False,
        scope: Scope = "auto",
        timeout: float | None = None,
    ) -> None:
        """Set how many vCPUs are online, or which.

        Parameters
        ----------
        vcpus
            A number, up to the maximum; or the numbers of those that shall be online, ``{0, 2}``, of which 0
            is always one.
        guest
            Have the guest's own system take them online and offline, by its agent; the guest keeps them all.
        maximum
            Set how many it may have, of one that is off or for its next start.
        scope
            ``"auto"``: what runs, where it runs, and its definition, where it has one that stays; ``"live"``,
            ``"persistent"``: one of the two.
        timeout
            Seconds to wait for the call, which itself goes on after `TimedOut`; None for the connection's
            own.

        Raises
        ------
        ValueError, TypeError
            `vcpus` are none, or the arguments do not go together; nothing is sent.
        InvalidArgument
            It is more than the maximum: ``set_vcpus(n, maximum=True)``.
        NotLive
            The `maximum` of one that runs; ``scope="persistent"`` is for its next start.
        NotApplied
            libvirt said yes, and other vCPUs are online: the guest did not let go of one.
        TimedOut
            The guest did not let go of one in libvirt's own time.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     guest = host.domains["test"]
        ...     guest.set_vcpus(1)
        ...     int(guest.vcpus()["online"].sum())
        ...     guest.set_vcpus(2)
        1
        """
        check_scope(scope)
        number, chosen = _wanted(vcpus)
        if guest and (maximum or scope == "persistent"):
            raise ValueError("guest must be False with maximum=True and with scope='persistent'")
        if maximum and chosen is not None:
            raise ValueError(f"vcpus must be a number with maximum=True, not {vcpus!r}")
        operation = "set the vCPUs of" if not maximum else "set the most vCPUs of"

        def send(raw: VirDomain) -> None:
            if guest:
                affected(raw, "live", operation=operation)
                _set_in_guest(raw, number, chosen)
                return
            flags = affected(raw, scope, live=not maximum, operation=operation)
            if maximum:
                raw.setVcpusFlags(number, flags | flag("VIR_DOMAIN_VCPU_MAXIMUM"))
            elif chosen is None:
                each_place(
                    raw, flags, self._session.driver, operation, lambda to: raw.setVcpusFlags(number, to)
                )
            else:
                for one in (LIVE, CONFIG):
                    if flags & one:
                        _set_online(raw, chosen, one)
            self._check_vcpus(raw, number, chosen, flags, maximum, operation)

        self._change(operation, send, timeout)

    def _check_vcpus(
        self,
        raw: VirDomain,
        number: int,
        chosen: frozenset[int] | None,
        flags: int,
        maximum: bool,
        operation: str,
    ) -> None:
        more = flag("VIR_DOMAIN_VCPU_MAXIMUM") if maximum else 0
        for one in (LIVE, CONFIG):
            found = raw.vcpusFlags(one | more) if flags & one else number
            which = _online(raw, one) if chosen is not None and flags & one else chosen
            if found != number or which != chosen:
                have = written(which) if which is not None else str(found)
                raise errors.NotApplied(
                    f"libvirt did not refuse to {operation} {self.subject}, and it has {have}, not "
                    f"{written(chosen) if chosen is not None else number}, "
                    f"{'now' if one == LIVE else 'in its definition'}",
                    paths=("vcpus",),
                    operation=operation,
                    subject=self.subject,
                )

    def pin_vcpu(
        self,
        vcpu: int,
        cpus: str | Iterable[int] | None,
        *,
        scope: Scope = "auto",
        timeout: float | None = None,
    ) -> None:
        """Say on which CPUs of the host a vCPU may run; `vcpus` has them.

        Parameters
        ----------
        vcpu
            Its number.
        cpus
            ``"0-3,^2,8"``, or numbers; None for all of the host.
        scope, timeout
            As of `set_vcpus`.

        Raises
        ------
        ValueError, TypeError
            An argument is none; nothing is sent.
        InvalidArgument
            It has no such vCPU; the host has no such CPU.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     guest = host.domains["test"]
        ...     guest.pin_vcpu(0, "0-3")
        ...     guest.pin_vcpu(0, None)
        """
        number = whole("vcpu", vcpu, 0, _MOST)
        self._pin(
            f"pin vCPU {number} of",
            cpus,
            lambda raw, cpumap, to: raw.pinVcpuFlags(number, cpumap, to),
            scope,
            timeout,
            _NO_FLAGS,
        )

    def pin_emulator(
        self, cpus: str | Iterable[int] | None, *, scope: Scope = "auto", timeout: float | None = None
    ) -> None:
        """Say on which CPUs of the host the emulator's own threads may run; `emulator_cpus` has them.

        Parameters
        ----------
        cpus, scope, timeout
            As of `pin_vcpu`.

        Raises
        ------
        InvalidArgument
            The host has no such CPU.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     guest = host.domains["test"]
        ...     guest.pin_emulator([0, 1])
        ...     guest.emulator_cpus()
        ...     guest.pin_emulator(None)
        '0-1'
        """
        self._pin(
            "pin the emulator of",
            cpus,
            lambda raw, cpumap, to: raw.pinEmulator(cpumap, to),
            scope,
            timeout,
            frozenset(),
        )

    def emulator_cpus(self, *, scope: Scope = "auto", timeout: float | None = None) -> str:
        """Read on which CPUs of the host the emulator's own threads may run; asks the host, not the guest.

        Parameters
        ----------
        scope
            ``"auto"``: what holds now. ``"persistent"``: what its next start takes.
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        str
            ``"0-3,8"``.
        """
        operation = "read the emulator's CPUs of"
        check_scope(scope)
        driver = self._session.driver

        def ask(raw: VirDomain) -> str:
            found = raw.emulatorPinInfo(flags_of(raw, scope, driver, operation, frozenset()))
            return written_map(found)

        return self._call(operation, ask, timeout=timeout)

    def _pin(
        self,
        operation: str,
        cpus: str | Iterable[int] | None,
        pin: Callable[[VirDomain, tuple[bool, ...], int], object],
        scope: Scope,
        timeout: float | None,
        no_flags: frozenset[str],
    ) -> None:
        check_scope(scope)
        pin_to = pinning(cpus, pin, operation, self.subject)
        driver = self._session.driver

        def send(raw: VirDomain) -> None:
            if driver in no_flags:
                pin_to(raw, places(raw, scope, driver, operation, no_flags)[0])
                return
            flags = affected(raw, scope, operation=operation)
            each_place(raw, flags, driver, operation, lambda to: pin_to(raw, to))

        self._call(operation, send, changes=True, timeout=timeout)


def _wanted(vcpus: object) -> tuple[int, frozenset[int] | None]:
    """Return how many are wanted, and which, where that was said."""
    if isinstance(vcpus, Iterable) and not isinstance(vcpus, str | bytes):
        chosen = numbers_of(vcpus, "vcpus")  # pyright: ignore[reportUnknownArgumentType]
        if 0 not in chosen:
            raise ValueError(f"vcpus must have vCPU 0, which no guest can be without, not {sorted(chosen)}")
        return len(chosen), chosen
    return whole("vcpus", vcpus, 1, _MOST), None


def _set_online(raw: VirDomain, chosen: frozenset[int], to: int) -> None:
    """Plug in those that are missing, then those out that are too many."""
    online = _online(raw, to)
    for numbers, state in ((chosen - online, 1), (online - chosen, 0)):
        for number in sorted(numbers):  # one by one: libvirt plugs no more than one entity a call
            raw.setVcpu(str(number), state, to)


def _online(raw: VirDomain, to: int) -> frozenset[int]:
    from virtsdk import xml
    from virtsdk.models.domain import DomainDef

    text = decoded(raw.XMLDesc, flag("VIR_DOMAIN_XML_INACTIVE") if to == CONFIG else 0)
    return frozenset(number for number, _ in vcpus_of(xml.parse(text, DomainDef)))


def _set_in_guest(raw: VirDomain, number: int, chosen: frozenset[int] | None) -> None:
    """Have the guest's agent take vCPUs online and offline."""
    if chosen is None:
        raw.setVcpusFlags(number, flag("VIR_DOMAIN_VCPU_GUEST") | LIVE)
        return
    online = numbers_of(answered(raw.guestVcpus, 0)["online"])
    for numbers, state in ((chosen - online, 1), (online - chosen, 0)):
        if numbers:
            raw.setGuestVcpus(written(numbers), state, 0)
