"""The processors of a host: what guests can be given of them, and how they compare."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Literal

from virtsdk.binding.library import flag
from virtsdk.binding.protocol import VirConnect
from virtsdk.binding.undecoded import decoded
from virtsdk.resources.documents import as_document
from virtsdk.resources.host.core import HostCore

if TYPE_CHECKING:
    import pandas as pd

    from virtsdk.model import Model
    from virtsdk.models.domain import Cpu

CpuComparison = Literal["incompatible", "identical", "superset"]
"""How a host's CPU compares with another: it lacks something, is the same, or has more."""
_COMPARED: Final[dict[int, CpuComparison]] = {0: "incompatible", 1: "identical", 2: "superset"}
_CPUS: Final = {
    "host": "str",
    "cpu": "Int64",
    "online": "boolean",
    "cell": "Int64",
    "socket": "Int64",
    "core": "Int64",
    "siblings": "str",
}


class CpuVerbs(HostCore):
    """Questions about processors."""

    def node_cpus(self) -> pd.DataFrame:
        """Give the CPUs of the machine, those that are offline included.

        Returns
        -------
        pandas.DataFrame
            One row per CPU: host, cpu (its number, as pins name it), online, cell (NUMA cell), socket, core
            (within its socket), siblings (CPUs of the same core, ``"0,8"``); missing where the capabilities
            do not tell, as of a CPU that is offline.

        Raises
        ------
        NotSupported
            The driver does not tell.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     int(host.node_cpus()["online"].sum())
        3
        """
        import pandas as pd

        def ask(conn: VirConnect) -> tuple[list[bool], str]:
            return list(conn.getCPUMap(0)[1]), decoded(conn.getCapabilities)

        online, document = self._session.call("read the CPUs of", f"host {self.name!r}", ask)
        places = {} if self.driver == "test" else _places(document)  # its node file may be another machine
        rows = [
            {"host": self.name, "cpu": number, "online": on, **places.get(number, {})}
            for number, on in enumerate(online)
        ]
        return pd.DataFrame(rows, columns=pd.Index(list(_CPUS))).astype(_CPUS)

    def cpu_models(self, arch: str | None = None) -> list[str]:
        """List the CPU models that libvirt here knows by name.

        Which of them this host can run is in ``domain_capabilities().cpu``.

        Parameters
        ----------
        arch
            ``"x86_64"``, ``"ppc64le"`` ...; None for the machine's own.

        Returns
        -------
        list of str
            Empty where the architecture has no list: any model will do.

        Raises
        ------
        InvalidArgument
            libvirt knows no such architecture.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     "Haswell" in host.cpu_models("x86_64")
        True
        """
        return self._session.call(
            "list the CPU models of",
            f"host {self.name!r}",
            lambda conn: conn.getCPUModelNames(str(conn.getInfo()[0]) if arch is None else arch, 0),
        )

    def cpu_baseline(
        self,
        cpus: Iterable[Model | str],
        *,
        expand: bool = False,
        migratable: bool = False,
        hypervisor: bool = False,
        emulator: str | None = None,
        arch: str | None = None,
        machine: str | None = None,
        virttype: str | None = None,
    ) -> Cpu:
        """Work out the richest CPU that several hosts have in common, for guests that move between them.

        Parameters
        ----------
        cpus
            One a host: its `Capabilities` (of which the host's CPU is taken) or, with `hypervisor`, its
            `DomainCapabilities` (the CPU that its hypervisor can give); or a CPU as a model or XML text.
        expand
            List all features, those included that the model has by its name.
        migratable
            Leave out features that keep a guest from being migrated.
        hypervisor
            Take into account what this host's hypervisor can give, rather than the processors alone; needs a
            connection that may write.
        emulator, arch, machine, virttype
            Of the hypervisor, as of `domain_capabilities`.

        Returns
        -------
        Cpu
            For a definition: ``definition.cpu = host.cpu_baseline(...)``.

        Raises
        ------
        ValueError, TypeError
            There is no CPU, or one is none; nothing is sent.
        XmlError, CpuIncompatible, OperationFailed
            libvirt cannot read one, or they have nothing in common.
        NotSupported
            The driver does not work it out.

        Examples
        --------
        >>> import virtsdk
        >>> two = [f"<cpu><arch>x86_64</arch><model>{one}</model></cpu>" for one in ("Nehalem", "Westmere")]
        >>> with virtsdk.connect("test:///default") as host:
        ...     host.cpu_baseline(two).model.value
        'Nehalem'
        """
        from virtsdk import xml
        from virtsdk.models.domain import Cpu

        documents = _documents(cpus)
        operation, subject = "work out a common CPU on", f"host {self.name!r}"
        if hypervisor:  # libvirt may have to start it to find out
            self._session.refuse_readonly(operation, subject)
        chosen = {"EXPAND_FEATURES": expand, "MIGRATABLE": migratable}
        flags = sum(flag(f"VIR_CONNECT_BASELINE_CPU_{name}") for name, on in chosen.items() if on)

        def ask(conn: VirConnect) -> str:
            if hypervisor:
                return conn.baselineHypervisorCPU(emulator, arch, machine, virttype, documents, flags)
            return conn.baselineCPU(documents, flags)

        return xml.parse(self._session.call(operation, subject, ask), Cpu)

    def cpu_compare(
        self,
        cpu: Model | str,
        *,
        strict: bool = False,
        hypervisor: bool = False,
        emulator: str | None = None,
        arch: str | None = None,
        machine: str | None = None,
        virttype: str | None = None,
    ) -> CpuComparison:
        """Compare a CPU with this host's: whether guests with it could run here.

        Parameters
        ----------
        cpu
            A CPU as a model or XML text: of a definition; or `Capabilities` or `DomainCapabilities` of
            another host.
        strict
            Raise where it is ``"incompatible"``; the message names what is missing.
        hypervisor
            Compare with what this host's hypervisor can give, rather than with its processor; needs a
            connection that may write.
        emulator, arch, machine, virttype
            Of the hypervisor, as of `domain_capabilities`.

        Returns
        -------
        str
            ``"incompatible"``: this host lacks something; ``"identical"``; ``"superset"``: it has more.

        Raises
        ------
        CpuIncompatible
            With `strict`.
        TypeError
            It is no CPU; nothing is sent.
        NotSupported
            The driver does not compare.
        """
        (document,) = _documents([cpu])
        operation, subject = "compare a CPU with", f"host {self.name!r}"
        if hypervisor:  # libvirt may have to start it to find out
            self._session.refuse_readonly(operation, subject)
        flags = flag("VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE") if strict else 0

        def ask(conn: VirConnect) -> int:
            if hypervisor:
                return conn.compareHypervisorCPU(emulator, arch, machine, virttype, document, flags)
            return conn.compareCPU(document, flags)

        return _COMPARED[self._session.call(operation, subject, ask)]


def _documents(cpus: Iterable[Model | str]) -> list[str]:
    if isinstance(cpus, str | bytes) or not isinstance(cpus, Iterable):  # pyright: ignore
        raise TypeError(f"cpus must be a list of CPUs, not {type(cpus).__name__}")
    documents = [cpu_document(one) for one in cpus]
    if not documents:
        raise ValueError("cpus must have at least one CPU, not none")
    return documents


def cpu_document(cpu: Model | str) -> str:
    """Give the XML text of a CPU, or of the one that capabilities have.

    Raises
    ------
    ValueError
        The capabilities have none.

    Examples
    --------
    >>> from virtsdk import xml
    >>> found = xml.parse("<capabilities><host><cpu><model>Haswell</model></cpu></host></capabilities>")
    >>> print(cpu_document(found))
    <cpu>
      <model>Haswell</model>
    </cpu>
    """
    if isinstance(cpu, str):
        return cpu
    from virtsdk.models.capabilities import Capabilities
    from virtsdk.models.cpu import CpuDef, HostCpuFeature, HostCpuFeaturePolicy, HostCpuModel
    from virtsdk.models.domain_capabilities import DomainCapabilities

    if isinstance(cpu, Capabilities):
        if cpu.host is None or cpu.host.cpu is None:
            raise ValueError("cpus must be CPUs, or capabilities that have one, not capabilities without")
        return as_document(cpu.host.cpu)
    if isinstance(cpu, DomainCapabilities):
        modes = cpu.cpu.modes if cpu.cpu is not None else []
        model = next((one for one in modes if str(one.name) == "host-model" and one.models), None)
        if model is None:
            raise ValueError("cpus must be CPUs, or domain capabilities with a host-model, not without")
        features = [
            HostCpuFeature(
                name=one.name, policy=None if one.policy is None else HostCpuFeaturePolicy(one.policy)
            )
            for one in model.features
        ]
        return as_document(
            CpuDef(
                mode="custom",
                match="exact",
                model=HostCpuModel(value=model.models[0].value),
                vendor=model.vendor,
                features=features,
            )
        )
    return as_document(cpu)


def _places(document: str) -> dict[int, dict[str, object]]:
    """Take out of capabilities where each CPU is."""
    from virtsdk import xml
    from virtsdk.models.capabilities import Capabilities

    host = xml.parse(document, Capabilities).host
    topology = host.topology if host is not None else None
    cells = topology.cells.cells if topology is not None and topology.cells is not None else []
    return {
        cpu.id: {
            "cell": cell.id,
            "socket": cpu.socket_id,
            "core": cpu.core_id,
            "siblings": cpu.siblings,
        }
        for cell in cells
        for cpu in (cell.cpus.cpus if cell.cpus is not None else ())
        if isinstance(cpu.id, int)
    }
