"""What a host is made of: its hypervisor, firmware, security; and how its connection is guarded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

from virtsdk.binding.features import Version
from virtsdk.binding.library import flag
from virtsdk.binding.undecoded import decoded
from virtsdk.resources.domain.tuning.checks import one_of, whole
from virtsdk.resources.host.core import HostCore

if TYPE_CHECKING:
    from virtsdk.models.sysinfo import SysinfoDef

SuspendKind = Literal["mem", "disk", "hybrid"]
"""How a machine sleeps: its memory powered, all of it on disk, or both."""
_KINDS: Final[tuple[SuspendKind, ...]] = get_args(SuspendKind)
_LEAST_SECONDS: Final = 60  # libvirt's own: less, and it may be asleep before the alarm is set


@dataclass(frozen=True)
class SecurityModel:
    """What keeps guests apart on a host.

    Attributes
    ----------
    model
        ``"selinux"``, ``"apparmor"``, ``"dac"``; ``"none"``.
    doi
        Its domain of interpretation.
    """

    model: str
    doi: str


@dataclass(frozen=True)
class SevInfo:
    """What a host tells of AMD's encryption of guests' memory (SEV), for a guest's owner to check.

    Attributes
    ----------
    pdh, cert_chain, cpu0_id
        Its Diffie-Hellman key, its certificates, its first processor's id; Base64.
    cbitpos, reduced_phys_bits
        Place of the encryption bit, and the physical address bits that it costs.
    max_guests, max_es_guests
        Guests with SEV, and with SEV-ES, at a time.
    """

    pdh: str | None = None
    cert_chain: str | None = None
    cpu0_id: str | None = None
    cbitpos: int | None = None
    reduced_phys_bits: int | None = None
    max_guests: int | None = None
    max_es_guests: int | None = None


class PlatformVerbs(HostCore):
    """Questions about the host as a whole."""

    @property
    def hypervisor_version(self) -> Version:
        """The version of the hypervisor (QEMU's, say); asks the host."""
        return self._session.call(
            "read the hypervisor's version of",
            f"host {self.name!r}",
            lambda conn: Version.of(conn.getVersion()),
        )

    @property
    def is_encrypted(self) -> bool:
        """True where nobody between here and the host can read along; asks libvirt here."""
        return self._session.call(
            "read the encryption of", self._session.subject, lambda conn: bool(conn.isEncrypted())
        )

    @property
    def is_secure(self) -> bool:
        """True where the connection is encrypted, or does not leave this machine; asks libvirt here."""
        return self._session.call(
            "read the security of", self._session.subject, lambda conn: bool(conn.isSecure())
        )

    def sysinfo(self) -> SysinfoDef:
        """Read what the machine's firmware says of it (SMBIOS): vendor, board, memory modules.

        Returns
        -------
        SysinfoDef
            The typed document.

        Raises
        ------
        NotSupported
            The driver does not tell, or the machine has no such firmware.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.sysinfo().bios.entries[0].value
        'LENOVO'
        """
        from virtsdk import xml
        from virtsdk.models.sysinfo import SysinfoDef

        document = self._session.call(
            "read the system information of", f"host {self.name!r}", lambda conn: decoded(conn.getSysinfo, 0)
        )
        return xml.parse(document, SysinfoDef)

    def security_model(self) -> SecurityModel:
        """Read what keeps guests apart: SELinux, AppArmor.

        Returns
        -------
        SecurityModel
            ``.model`` and ``.doi``.

        Raises
        ------
        NotSupported
            The driver has none.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.security_model()
        SecurityModel(model='testSecurity', doi='')
        """
        found = self._session.call(
            "read the security model of", f"host {self.name!r}", lambda conn: conn.getSecurityModel()
        )
        return SecurityModel(*found)

    def sev_info(self) -> SevInfo:
        """Read what the host tells of AMD's encryption of guests' memory (SEV).

        Returns
        -------
        SevInfo
            Frozen; None where this libvirt does not tell.

        Raises
        ------
        NotSupported
            The machine has no SEV, or the driver does not tell.
        ReadOnly
            The connection was opened read-only, to which libvirt does not tell it.
        """
        operation, subject = "read the SEV information of", f"host {self.name!r}"
        self._session.refuse_readonly(operation, subject)
        record = self._session.call(operation, subject, lambda conn: conn.getSEVInfo(0))
        known = {key.replace("-", "_"): value for key, value in record.items()}
        fields = SevInfo.__dataclass_fields__
        return SevInfo(**{key: value for key, value in known.items() if key in fields})

    def suspend_node(self, kind: SuspendKind, seconds: int, *, timeout: float | None = None) -> None:
        """Have the machine itself sleep, with all of its guests, and wake up by its clock.

        The connection is gone meanwhile, as for a machine that was unplugged.

        Parameters
        ----------
        kind
            ``"mem"``: its memory stays powered; ``"disk"``: all of it is written to disk; ``"hybrid"``: both.
        seconds
            Until it wakes up, 60 or more.
        timeout
            Seconds; None for the connection's own.

        Raises
        ------
        ValueError, TypeError
            An argument is none; nothing is sent.
        NotSupported
            The machine cannot sleep so, or the driver does not do that.
        """
        target = flag(f"VIR_NODE_SUSPEND_TARGET_{one_of('kind', kind, _KINDS).upper()}")
        duration = whole("seconds", seconds, _LEAST_SECONDS, 2**31 - 1)
        self._session.call(
            "suspend",
            f"host {self.name!r}",
            lambda conn: conn.suspendForDuration(target, duration, 0),
            changes=True,
            timeout=timeout,
        )
