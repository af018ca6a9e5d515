"""The memory of a machine: what is free, its pages, and the merging of pages that are alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from virtsdk import errors
from virtsdk.binding.library import flag
from virtsdk.binding.protocol import Record, VirConnect
from virtsdk.binding.undecoded import decoded
from virtsdk.display import html, text
from virtsdk.resources.domain.tuning.checks import kibibytes, microseconds, something, whole
from virtsdk.resources.host.core import HostCore
from virtsdk.resources.host.topology import known_topology
from virtsdk.units import factor

if TYPE_CHECKING:
    import pandas as pd

_PAGES: Final = {
    "host": "str",
    "cell": "Int64",
    "page_bytes": "Int64",
    "free_pages": "Int64",
    "memory_free_bytes": "Int64",
}
_KSM: Final = {
    "pages_to_scan": "shm_pages_to_scan",
    "pages_shared": "shm_pages_shared",
    "pages_sharing": "shm_pages_sharing",
    "pages_unshared": "shm_pages_unshared",
    "pages_volatile": "shm_pages_volatile",
    "full_scans": "shm_full_scans",
}


@dataclass(frozen=True, repr=False)
class Ksm:
    """Merging of memory pages that are alike (KSM) on a machine; None where its kernel does not tell.

    Attributes
    ----------
    host
        The host's name.
    pages_to_scan
        Pages that the kernel looks at before it sleeps.
    sleep_seconds
        How long it sleeps.
    merge_across_nodes
        Whether pages of several NUMA cells are merged.
    pages_shared
        Pages that stand for others now.
    pages_sharing
        Pages that are saved by that.
    pages_unshared
        Pages that are like no others, and looked at again and again.
    pages_volatile
        Pages that change too fast.
    full_scans
        How often all was looked at.
    """

    host: str
    pages_to_scan: int | None = None
    sleep_seconds: float | None = None
    merge_across_nodes: bool | None = None
    pages_shared: int | None = None
    pages_sharing: int | None = None
    pages_unshared: int | None = None
    pages_volatile: int | None = None
    full_scans: int | None = None

    def frame(self) -> pd.DataFrame:
        """Give the same as a frame.

        Returns
        -------
        pandas.DataFrame
            One row, the host: host, and a column an attribute; missing where it is None.
        """
        import pandas as pd

        types = {
            "host": "str",
            **dict.fromkeys(_KSM, "Int64"),
            "sleep_seconds": "Float64",
            "merge_across_nodes": "boolean",
        }
        return pd.DataFrame([asdict(self)]).astype(types)

    def _said(self) -> dict[str, str]:
        return {
            text.label(name): text.words(text.said(name, value))
            for name, value in asdict(self).items()
            if name != "host" and value is not None
        }

    def __repr__(self) -> str:
        said = ", ".join(f"{key} {value}" for key, value in self._said().items()) or "nothing is told"
        return f"<Ksm of {text.printable(self.host)}: {said}>"

    def _repr_html_(self) -> str:
        return html.view(html.heading("merging of pages", f"on {self.host}"), html.outline(self._said()))


class NodeMemoryVerbs(HostCore):
    """Questions about the machine's memory."""

    def free_memory(self) -> pd.DataFrame:
        """Give the memory that is free, by NUMA cell.

        Returns
        -------
        pandas.DataFrame
            One row per cell: host, cell (missing where the driver tells of the whole machine alone),
            memory_free_bytes. That holds nothing at all: caches, which the kernel gives back, count as used.

        Raises
        ------
        NotSupported
            The driver does not tell.
        ReadOnly
            The connection was opened read-only, and the driver tells of the whole machine alone.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     list(host.free_memory())
        ['host', 'cell', 'memory_free_bytes']
        """
        import pandas as pd

        operation, subject = "read the free memory of", f"host {self.name!r}"

        def ask(conn: VirConnect) -> list[tuple[int | None, int]]:
            cells = _cells(conn, self.driver)
            try:
                with self._session.translated(conn, operation, subject):
                    free = conn.getCellsFreeMemory(0, max(cells) + 1)
            except (errors.InvalidArgument, errors.NotSupported):  # VMware, or a node file without cells
                return [(None, conn.getFreeMemory())]
            return [(cell, free[cell]) for cell in cells if cell < len(free)]

        found = self._session.call(operation, subject, ask)
        rows = [(self.name, cell, free) for cell, free in found]
        types = {"host": "str", "cell": "Int64", "memory_free_bytes": "Int64"}
        return pd.DataFrame(rows, columns=pd.Index(list(types))).astype(types)

    def free_pages(self, sizes: Iterable[int] | None = None) -> pd.DataFrame:
        """Give the memory pages that are free, by NUMA cell and size.

        Parameters
        ----------
        sizes
            Of pages, each a `Size` or bytes; None for all that the capabilities name.

        Returns
        -------
        pandas.DataFrame
            One row per cell and size: host, cell, page_bytes, free_pages, memory_free_bytes.

        Raises
        ------
        ValueError, TypeError
            A size is none; nothing is sent.
        NotSupported, OperationFailed
            The driver does not tell; the machine has no pages of that size.

        Examples
        --------
        >>> import virtsdk
        >>> with virtsdk.connect("test:///default") as host:
        ...     list(host.free_pages())
        ['host', 'cell', 'page_bytes', 'free_pages', 'memory_free_bytes']
        """
        import pandas as pd

        wanted = None if sizes is None else sorted({kibibytes("sizes", one) for one in sizes})
        if wanted == []:
            raise ValueError("sizes must name at least one, not none")

        def ask(conn: VirConnect) -> dict[int, dict[int, int]]:
            cells = _cells(conn, self.driver)
            kib = wanted or _page_sizes(decoded(conn.getCapabilities))
            return conn.getFreePages(kib, min(cells), max(cells) - min(cells) + 1, 0) if kib else {}

        found = self._session.call("read the free pages of", f"host {self.name!r}", ask)
        rows = [
            (self.name, cell, kib * 1024, free, free * kib * 1024)
            for cell, counts in sorted(found.items())
            for kib, free in sorted(counts.items())
        ]
        return pd.DataFrame(rows, columns=pd.Index(list(_PAGES))).astype(_PAGES)

    def allocate_pages(
        self,
        counts: Mapping[int, int],
        *,
        cell: int | None = None,
        add: bool = False,
        timeout: float | None = None,
    ) -> None:
        """Set aside memory in huge pages, for guests whose definition asks for them.

        Parameters
        ----------
        counts
            How many pages, by their size (a `Size` or bytes): ``{MiB(2): 512}``. Fewer than there are give
            free ones back.
        cell
            The NUMA cell; None for all, among which the kernel divides them.
        add
            So many more than there are, rather than so many in all.
        timeout
            Seconds; None for the connection's own.

        Raises
        ------
        ValueError, TypeError
            A size or a number is none; nothing is sent.
        OperationFailed
            The kernel found no room for all of them.
        NotSupported
            The driver does not do that; the machine has no pages of that size.
        """
        if not isinstance(counts, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"counts must be numbers of pages by their size, not {type(counts).__name__}")
        pages = {kibibytes("counts", size): whole("counts", number) for size, number in counts.items()}
        something("allocate_pages()", pages)
        start = -1 if cell is None else whole("cell", cell)
        flags = 0 if add else flag("VIR_NODE_ALLOC_PAGES_SET")
        self._session.call(
            "set pages aside on",
            f"host {self.name!r}",
            lambda conn: conn.allocPages(pages, start, 1, flags),
            changes=True,
            timeout=timeout,
        )

    def ksm(self) -> Ksm:
        """Read how the kernel merges memory pages that are alike.

        Returns
        -------
        Ksm
            Frozen; ``.pages_sharing`` are the pages that are saved.

        Raises
        ------
        NotSupported
            The driver, or the machine's kernel, does not tell.
        """
        record = self._session.call(
            "read the merging of pages on", f"host {self.name!r}", lambda conn: conn.getMemoryParameters(0)
        )
        return _ksm(self.name, record)

    def set_ksm(
        self,
        *,
        pages_to_scan: int | None = None,
        sleep_seconds: float | None = None,
        merge_across_nodes: bool | None = None,
        timeout: float | None = None,
    ) -> Ksm:
        """Set how the kernel merges memory pages that are alike; what is not given stays as it is.

        Whether it does so at all is the machine's own affair (``/sys/kernel/mm/ksm/run``).

        Parameters
        ----------
        pages_to_scan
            Pages that it looks at before it sleeps.
        sleep_seconds
            How long it sleeps, to the millisecond.
        merge_across_nodes
            Whether pages of several NUMA cells are merged; the kernel changes that while none is merged.
        timeout
            Seconds; None for the connection's own.

        Returns
        -------
        Ksm
            As it is now.

        Raises
        ------
        ValueError, TypeError
            A value is none; nothing is sent.
        NotApplied
            libvirt said yes, and it is as before.
        NotSupported
            The driver, or the machine's kernel, does not do that.
        """
        wanted: Record = {}
        if pages_to_scan is not None:
            wanted["shm_pages_to_scan"] = whole("pages_to_scan", pages_to_scan, 1, 2**32 - 1)
        if sleep_seconds is not None:
            wanted["shm_sleep_millisecs"] = microseconds("sleep_seconds", sleep_seconds, 0, 86_400) // 1000
        if merge_across_nodes is not None:
            wanted["shm_merge_across_nodes"] = int(bool(merge_across_nodes))
        something("set_ksm()", wanted)
        operation, subject = "set the merging of pages on", f"host {self.name!r}"

        def send(conn: VirConnect) -> Record:
            conn.setMemoryParameters(wanted, 0)
            found = conn.getMemoryParameters(0)
            ignored = [key for key, value in wanted.items() if found.get(key) != value]
            if ignored:
                raise errors.NotApplied(
                    f"libvirt did not refuse to {operation} {subject}, and {', '.join(ignored)} is not as "
                    "wanted",
                    paths=tuple(ignored),
                    operation=operation,
                    subject=subject,
                )
            return found

        return _ksm(self.name, self._session.call(operation, subject, send, changes=True, timeout=timeout))


def _ksm(host: str, record: Record) -> Ksm:
    sleep, across = record.get("shm_sleep_millisecs"), record.get("shm_merge_across_nodes")
    return Ksm(
        host,
        sleep_seconds=None if sleep is None else sleep / 1000,
        merge_across_nodes=None if across is None else bool(across),
        **{field: record.get(key) for field, key in _KSM.items()},
    )


def _cells(conn: VirConnect, driver: str) -> tuple[int, ...]:
    """Return the numbers of the NUMA cells, which may have gaps."""
    # the test driver's capabilities are the same whatever node its file describes
    known = known_topology(conn) if driver != "test" else None
    return known.cells if known is not None else tuple(range(max(1, int(conn.getInfo()[4]))))


def _page_sizes(document: str) -> list[int]:
    """Take the sizes of pages out of capabilities, in KiB."""
    from virtsdk import xml
    from virtsdk.models.capabilities import Capabilities

    host = xml.parse(document, Capabilities).host
    topology = host.topology if host is not None else None
    cells = topology.cells.cells if topology is not None and topology.cells is not None else []
    return sorted(
        {
            page.size * factor(str(page.unit or "KiB")) // 1024
            for cell in cells
            for page in cell.pages
            if isinstance(page.size, int)
        }
    )
