"""A recording of nine hosts over two midnights in which much happens, as several tests read it."""

from __future__ import annotations

from pathlib import Path

from tests.unit.history.recordings import NS, about, at
from tests.unit.stats.records import running
from virtsdk.history.retention.keep import Keep
from virtsdk.history.retention.rolling import Rolling
from virtsdk.history.sampling.samples import Sample
from virtsdk.history.writer import RecordingWriter
from virtsdk.stats.samples.raw import raw_sample

HOSTS = tuple(f"kvm{number}" for number in range(9))
GUESTS = [(f"{number:08}-0000-4000-8000-000000000000", f"g{9 - number}") for number in range(3)]
STEP, DAYS = 4200, 3  # seconds: no bin of an hour, and no day, begins with a sample


def taken(number: int, host: str, step: int = STEP) -> Sample | None:
    """A sample: a late host, gaps, a guest that is away for more than a day and starts anew, a late disk."""
    seconds, place = number * step, HOSTS.index(host)
    if (place == 8 and number < 25) or (place == 7 and number % 20 in (6, 7)):
        return None
    away = {2: range(10, 40), 1: range(20, 22)}
    records = []
    for which, (uuid, name) in enumerate(GUESTS):
        if number in away.get(which, ()):
            continue
        anew = number >= 30 and place % 2 == which % 2
        grown = (seconds - 30 * step if anew else seconds) * (which + 3) / 7
        values = {
            "cpu.time": int(grown * NS / 3), "cpu.user": int(grown * NS / 7),
            "vcpu.0.time": int(grown * NS / 3),
            "vcpu.0.delay": int(grown * NS / 11), "block.0.rd.bytes": int(grown * 4097),
            "net.0.rx.bytes": int(grown * 101), "domain.id": 9 if anew else 3,
            "balloon.last-update": int(at(seconds).timestamp()),
        }  # fmt: skip
        record = running(**values)
        if which == 0 and number in range(15, 38):  # a disk is taken out, and put back another day
            record = {key: value for key, value in record.items() if not key.startswith("block.")}
        records.append((uuid, name, record))
    stamp = at(seconds + place)
    row = {"host": host, "time": stamp, "taken": True, "missed": 0, "domains": len(records)}
    return Sample(row, raw_sample(records, host=host, time=stamp))


def write(directory: Path, *, step: int = STEP, keep: Keep | None = None, flush: int = 9) -> Path:
    with RecordingWriter(directory) as writer:
        writer.add(about(HOSTS, float(step)))
        work = None if keep is None else Rolling(writer, keep, float(step))
        for number in range(DAYS * 86_400 // STEP):
            for host in HOSTS:
                if (one := taken(number, host, step)) is not None:
                    writer.add_sample(one)
            if number % flush == flush - 1:
                writer.flush()
                writer.merge()
                if work is not None:
                    work.work()
    return directory
