"""Check the hosts and domains frames of a fleet: what cannot be right is refused, by column and row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Real
from typing import Any, Final

import numpy as np
import pandas as pd

from virtsdk.capacity import checks
from virtsdk.capacity.policy import TYING, Policy
from virtsdk.capacity.room import inputs
from virtsdk.capacity.room.arrays import MILLI, Ints
from virtsdk.display import listing
from virtsdk.display.text import size

LEAST_PER_CPU: Final = 64 * 2**20
"""Memory for each CPU below which a host's memory is taken to be in another unit."""
MOST_BYTES: Final = 2**52
"""Memory of a host that is surely none; sums of less are exact."""
MOST_SUM: Final = 2**62
"""What all hosts or guests may come to, in bytes or thousandths of a vCPU."""
SMALL_GUEST: Final = 32 * 2**20
"""Memory below which not all guests are expected to be, on hosts of a GiB and more."""
MOST_OF_HOST: Final = 16
"""Times its host's memory above which a guest's memory is taken to be in another unit."""
_HOST_FIGURES = ("hugepages_bytes", "numa_cells", "disk_bytes")
_DOMAIN_FIGURES = (
    "hugepages_bytes", "disk_bytes", "disk_allocated_bytes", "host_devices", "local_disk_bytes",
    "memory_usable_bytes",
)  # fmt: skip
_UNITS = ((2**10, "KiB"), (2**20, "MiB"), (2**30, "GiB"))


def checked(hosts: pd.DataFrame, domains: pd.DataFrame, policy: Policy) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return copies of both frames, names as text and rows renumbered, after checking every column used.

    Raises
    ------
    ValueError
        A column, figure or row that cannot be right; the message names it.
    TypeError
        Not frames, or a column of another type.
    """
    checks.require(hosts, "hosts", ["host", policy.cpu_column, "memory_bytes"], maker=inputs.HOSTS)
    checks.require(domains, "domains", ["host", "vcpus", "memory_bytes"], maker=inputs.DOMAINS)
    hosts = _texts(hosts, "hosts", ["host"], ["cpu_model"])
    domains = _texts(domains, "domains", ["host"], ["domain", "name", "cpu_model"])
    who = inputs.who(domains)
    checks.once(hosts, "hosts", ["host"])
    hosts = _there(_without_unused_cells(hosts, domains))
    if "domain" in domains.columns and not domains["domain"].is_unique:
        known = domains.loc[domains["domain"].notna(), ["host", "domain"]]
        checks.once(known, "domains", ["host", "domain"])
    _check_hosts(hosts, policy)
    _check_domains(hosts, domains, _on_known_hosts(hosts, domains, who), who)
    _check_groups(domains, policy)
    _check_sums(hosts, domains, policy)
    return hosts, domains


def once_by_name(domains: pd.DataFrame, keys: Sequence[str] = ("domain", "name")) -> None:
    """Refuse a guest that is there twice, by UUID or by name: an answer could not say which one it means.

    Parameters
    ----------
    domains
        Those that count.
    keys
        By what.
    """
    for key in keys:
        if key not in domains.columns:
            continue
        known = domains[domains[key].notna()]
        twice = known[known.duplicated(key, keep=False)]
        if len(twice):
            value = twice[key].iloc[0]
            where = listing.names(map(repr, twice.loc[twice[key] == value, "host"]))
            raise ValueError(
                f"column {key!r} of the domains frame has {value!r} on more than one row, on hosts {where}; "
                "drop or rename all but one"
            )


def each_named(domains: pd.DataFrame) -> None:
    """Refuse a guest that has neither a name nor a UUID."""
    named = np.zeros(len(domains), bool)
    for key in ("name", "domain"):
        if key in domains.columns:
            named |= domains[key].notna().to_numpy(bool)
    if not named.all():
        raise ValueError(
            "columns 'name' and 'domain' of the domains frame are missing in row "
            f"{np.flatnonzero(~named)[0]}; a fleet's guests need one of them"
        )


def row_of(domains: pd.DataFrame, name: object) -> int:
    """Find a guest by name or UUID; return its row.

    Raises
    ------
    ValueError
        There is none.
    TypeError
        The name is no text.
    """
    if not isinstance(name, str):
        raise TypeError(f"a guest must be given by name or UUID, not {name!r}")
    found = inputs.named(domains, [name]).nonzero()[0]
    if not len(found):
        raise ValueError(
            f"there is no guest {name!r} in the fleet; there are "
            f"{listing.names(map(repr, domains[inputs.who(domains)]))}"
        )
    return int(found[0])


def texts_of(names: str | Iterable[str], what: str) -> list[str]:
    """Take one name or several, each once.

    Raises
    ------
    TypeError
        One is no text, or the argument is neither text nor several.
    """
    found = [names] if isinstance(names, str) or not isinstance(names, Iterable) else list(names)
    for one in found:
        if not isinstance(one, str):
            number = isinstance(one, Real) and not isinstance(one, bool)
            text = f"; names are text: {str(one)!r}" if number else ""
            raise TypeError(f"{what} must be names, not {one!r}{text}")
    return list(dict.fromkeys(found))


def _without_unused_cells(hosts: pd.DataFrame, domains: pd.DataFrame) -> pd.DataFrame:
    """Drop numbers of NUMA cells that are not known of all hosts, where no guest is bound to a cell."""
    if "numa_cells" not in hosts.columns or not hosts["numa_cells"].isna().any():
        return hosts
    bound = "cell" in domains.columns and domains["cell"].notna().any()
    return hosts if bound else hosts.drop(columns="numa_cells")


def _there(hosts: pd.DataFrame) -> pd.DataFrame:
    """Leave out hosts that a recording has from another day: a host that is gone has no room."""
    if "current" not in hosts.columns:
        return hosts
    _check_flags(hosts, "hosts", "current", "host", missing=True)
    there = hosts["current"].astype("boolean").fillna(True).to_numpy(dtype=bool)
    if not there.all():
        gone = listing.names(map(repr, hosts.loc[~there, "host"]))
        checks.warn([f"hosts left out, since they are gone (their current is False): {gone}"], level=4)
        hosts = hosts[there].reset_index(drop=True)
    return hosts


def _texts(frame: pd.DataFrame, name: str, needed: list[str], optional: list[str]) -> pd.DataFrame:
    """Make names text, and refuse columns that are there twice and rows without a host."""
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()]
        raise ValueError(f"the {name} frame has the column {twice[0]!r} twice; drop one of them")
    if not isinstance(frame.index, pd.RangeIndex) or frame.index.start != 0 or frame.index.step != 1:
        frame = frame.reset_index(drop=True)
    for column in needed:
        missing = np.flatnonzero(frame[column].isna())
        if len(missing):
            raise ValueError(
                f"column {column!r} of the {name} frame is missing in row {missing[0]}"
                f"{f' (and {len(missing) - 1} more)' if len(missing) > 1 else ''}; it is needed"
            )
    there = [column for column in (*needed, *optional) if column in frame.columns]
    other = [column for column in there if not isinstance(frame[column].dtype, pd.StringDtype)]
    return frame.assign(**{column: _text(frame[column]) for column in other}) if other else frame


def _text(values: Any) -> Any:
    return values.astype(object).map(str, na_action="ignore").astype("str")


def _check_hosts(hosts: pd.DataFrame, policy: Policy) -> None:
    cpus = checks.figures(hosts, "hosts", policy.cpu_column, "host")
    memory = checks.figures(hosts, "hosts", "memory_bytes", "host")
    if (memory == 0).any():
        expected = "leave out a host that is not there"
        checks.complain(hosts, "hosts", "memory_bytes", "host", memory == 0, expected)
    if "cpus" in hosts.columns:
        cpus = checks.figures(hosts, "hosts", "cpus", "host")
    _check_size(hosts, "hosts", memory, "host")
    low = memory < LEAST_PER_CPU * cpus
    if low.any():
        row = int(np.flatnonzero(low)[0])
        factor, unit = _likely(float(memory[row]), float(cpus[row]))
        raise ValueError(
            f"column 'memory_bytes' of the hosts frame is {memory[row]:.0f} for host "
            f"{hosts.at[row, 'host']!r}, {size(memory[row] / cpus[row])} for each of {cpus[row]:g} CPUs; "
            f"if it is in {unit}, multiply by {factor}"
        )
    for column in _HOST_FIGURES:
        if column in hosts.columns:
            checks.figures(hosts, "hosts", column, "host")
    if "hugepages_bytes" in hosts.columns:
        _at_most(hosts, "hosts", "hugepages_bytes", memory, "the host's memory", "host")
    if "maintenance" in hosts.columns:
        _check_flags(hosts, "hosts", "maintenance", "host", missing=False)


def _check_sums(hosts: pd.DataFrame, domains: pd.DataFrame, policy: Policy) -> None:
    """Refuse figures and ratios of which the sums are too large to be exact."""
    known = inputs.resources(hosts, domains)
    for whose, figures in (
        ("hosts", inputs.capacities(hosts, known, policy)),
        ("domains", inputs.needs(domains, known)),
    ):
        for resource, values in figures.items():
            total = float(np.nansum(values)) * (MILLI if resource == "vcpus" else 1)
            if total >= MOST_SUM:
                more = " and the policy's ratios" if whose == "hosts" else ""
                raise ValueError(
                    f"the sum of {resource} of the {whose} frame is {float(np.nansum(values)):.3g}, more "
                    f"than can be counted; check the figures{more}"
                )


def _check_size(frame: pd.DataFrame, name: str, memory: Any, who: str) -> None:
    if (memory >= MOST_BYTES).any():
        checks.complain(frame, name, "memory_bytes", who, memory >= MOST_BYTES, "expected less than 4 PiB")


def _likely(memory: float, cpus: float) -> tuple[int, str]:
    """The unit in which a host would have the memory that hosts have."""
    for factor, unit in _UNITS:
        if memory * factor >= 4 * LEAST_PER_CPU * cpus:
            return factor, unit
    return _UNITS[0]


def _on_known_hosts(hosts: pd.DataFrame, domains: pd.DataFrame, who: str) -> Ints:
    """Return the place of each domain's host among the hosts."""
    place: Ints = pd.Index(hosts["host"]).get_indexer(pd.Index(domains["host"]))
    if (place < 0).any():
        strange = domains[place < 0]
        row = strange.iloc[0]
        more = f" (and {len(strange) - 1} more)" if len(strange) > 1 else ""
        raise ValueError(
            f"domain {row[who]!r}{more} is on host {row['host']!r}, which the hosts frame does not have; "
            f"it has {listing.names(map(repr, hosts['host']))}"
        )
    return place


def _check_domains(hosts: pd.DataFrame, domains: pd.DataFrame, place: Ints, who: str) -> None:
    checks.figures(domains, "domains", "vcpus", who, missing=True)
    memory = checks.figures(domains, "domains", "memory_bytes", who, missing=True)
    of_host = checks.numbers(hosts, "memory_bytes")[place]
    large = memory > MOST_OF_HOST * of_host
    if large.any():
        row = int(np.flatnonzero(large)[0])
        raise ValueError(
            f"column 'memory_bytes' of the domains frame is {memory[row]:.0f} ({size(memory[row])}) for "
            f"{who} {domains.at[row, who]!r}, more than {MOST_OF_HOST} times what its host has "
            f"({size(of_host[row])}); one of the two is likely off by a factor of 1024, "
            "bytes are expected"
        )
    for column in _DOMAIN_FIGURES:
        if column in domains.columns:
            checks.figures(domains, "domains", column, who, missing=True)
    if "hugepages_bytes" in domains.columns:
        _at_most(domains, "domains", "hugepages_bytes", memory, "the guest's memory", who)
    if "pinned" in domains.columns:
        _check_flags(domains, "domains", "pinned", who, missing=True)
    if "cell" in domains.columns:
        _check_cells(hosts, domains, place, who)


def _check_cells(hosts: pd.DataFrame, domains: pd.DataFrame, place: Ints, who: str) -> None:
    cells = checks.figures(domains, "domains", "cell", who, missing=True)
    wrong = ~np.isnan(cells) & (cells % 1 != 0)
    if wrong.any():
        checks.complain(domains, "domains", "cell", who, wrong, "expected the whole number of one NUMA cell")
    if "numa_cells" in hosts.columns:
        wrong = cells >= np.maximum(checks.numbers(hosts, "numa_cells"), 1)[place]
        if wrong.any():
            checks.complain(domains, "domains", "cell", who, wrong, "its host has fewer cells (numa_cells)")


def _at_most(frame: pd.DataFrame, name: str, column: str, most: Any, whose: str, who: str) -> None:
    wrong = checks.numbers(frame, column) > most
    if wrong.any():
        checks.complain(frame, name, column, who, wrong, f"expected at most {whose}")


def _check_flags(frame: pd.DataFrame, name: str, column: str, who: str, *, missing: bool) -> None:
    values = frame[column]
    if values.dtype == object:
        values = values.convert_dtypes()
    if values.notna().any() and not pd.api.types.is_bool_dtype(values):
        raise TypeError(f"column {column!r} of the {name} frame is {values.dtype}; expected True and False")
    if not missing and values.isna().any():
        checks.complain(frame, name, column, who, values.isna().to_numpy(bool), "it is needed")


def _check_groups(domains: pd.DataFrame, policy: Policy) -> None:
    if not (policy.anti_affinity or policy.affinity or policy.protected):
        return
    for setting in ("anti_affinity", "affinity", "protected"):
        value = getattr(policy, setting) or ()
        wanted = value if setting == "protected" else [one for group in value for one in group]
        known: set[str] = set()
        for key in ("name", "domain"):
            if key in domains.columns:
                known |= set(domains[key].dropna())
        strange = [one for one in wanted if one not in known]
        if strange:
            raise ValueError(
                f"Policy.{setting} names {listing.names(map(repr, strange))}, and the domains frame has no "
                "such name or UUID"
            )


def pages_note(hosts: pd.DataFrame, domains: pd.DataFrame) -> tuple[str, ...]:
    """Say that huge pages are counted as ordinary memory, where it is not known which guests use them."""
    if "hugepages_bytes" in domains.columns or "hugepages_bytes" not in hosts.columns:
        return ()
    found = hosts.loc[checks.numbers(hosts, "hugepages_bytes") > 0, "host"]
    if not len(found):
        return ()
    return (
        f"huge pages of {listing.names(map(repr, found))} count as ordinary memory: the domains frame has no "
        "column 'hugepages_bytes' to say which guests use them",
    )


def small_note(hosts: pd.DataFrame, domains: pd.DataFrame) -> tuple[str, ...]:
    """Say that guests are so small that their memory may be in another unit."""
    memory = checks.numbers(domains, "memory_bytes")
    memory = memory[~np.isnan(memory)]
    least = checks.numbers(hosts, "memory_bytes").min(initial=np.inf)
    if not len(memory) or memory.max() == 0 or memory.max() >= SMALL_GUEST or least < 2**30:
        return ()
    return (
        f"no guest has more than {size(float(memory.max()))} of memory; if 'memory_bytes' of the domains "
        "frame is in KiB, multiply it by 1024",
    )


def small_template(memory: float, least: float) -> tuple[str, ...]:
    """Say that a size is so small that its memory may be in another unit; `least` is that of a host."""
    if not 0 < memory < SMALL_GUEST or least < 2**30:
        return ()
    return (
        f"'memory_bytes' of the template is {memory:.0f} ({size(memory)}); if it is in KiB, multiply it "
        "by 1024",
    )


def remarks(hosts: pd.DataFrame, domains: pd.DataFrame) -> tuple[str, ...]:
    """Say what is odd about frames, though it may be right; no reason to warn."""
    return (*pages_note(hosts, domains), *small_note(hosts, domains))


def notes(hosts: pd.DataFrame, domains: pd.DataFrame) -> tuple[str, ...]:
    """Say which optional columns are not there, so what was not looked at."""
    wanted = {
        "hosts": ("cpu_model", "maintenance", "hugepages_bytes", "numa_cells"),
        "domains": (*TYING, "hugepages_bytes", "cell"),
    }
    frames = {"hosts": hosts, "domains": domains}
    lacking = [
        f"{name}.{column}"
        for name, columns in wanted.items()
        for column in columns
        if column not in frames[name].columns
    ]
    lacking_note = (f"not looked at, for want of columns: {', '.join(lacking)}",) if lacking else ()
    return (*lacking_note, *remarks(hosts, domains))
