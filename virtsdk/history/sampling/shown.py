"""How the sampling of hosts goes, as a frame and as rows to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from virtsdk.display import html
from virtsdk.display.text import columns, count, printable, shorten
from virtsdk.history.answers.view import duration
from virtsdk.history.sampling.sampler import Sampler

HEADER = ["host", "samples", "not taken", "last", "took", "late", "trouble"]


def status(samplers: Sequence[Sampler]) -> pd.DataFrame:
    """Return one row a host, as `Recorder.status` describes it."""
    return pd.DataFrame(
        {
            "host": pd.array([one.name for one in samplers], dtype="str"),
            "samples": pd.array([one.taken for one in samplers], dtype="Int64"),
            "missed": pd.array([one.missed for one in samplers], dtype="Int64"),
            "last": pd.DatetimeIndex([one.last for one in samplers], tz="UTC").as_unit("us"),
            "seconds": pd.array([one.seconds for one in samplers], dtype="Float64"),
            "late_seconds": pd.array([one.late for one in samplers], dtype="Float64"),
            "error": pd.array([one.error for one in samplers], dtype="str"),
        }
    )


def rows(samplers: Sequence[Sampler]) -> list[list[object]]:
    """Return the same for people, under `HEADER`."""
    return [
        [
            one.name,
            one.taken,
            one.missed,
            None if one.last is None else one.last.strftime("%H:%M:%S UTC"),
            None if one.seconds is None else f"{one.seconds:.2f} s",
            None if one.late is None else f"{one.late:.2f} s",
            None if one.error is None else shorten(one.error, 100),
        ]
        for one in samplers
    ]


@dataclass(frozen=True, slots=True)
class Shown:
    """A recorder as it shows itself."""

    directory: Path
    doing: str
    interval: pd.Timedelta
    samples: int
    told: Sequence[str]
    samplers: Sequence[Sampler]

    def headline(self) -> str:
        """Return the answer in a line."""
        said = [
            self.doing,
            count(len(self.samplers), "host"),
            f"every {duration(self.interval)}",
            count(self.samples, "sample"),
        ]
        missed = sum(one.missed for one in self.samplers)
        if missed:
            said.append(f"{missed} not taken")
        return ", ".join(said)

    def text(self) -> str:
        """Return it as text."""
        lines = [f"<Recorder {printable(str(self.directory))}: {self.headline()}>", *self.told]
        return "\n".join([*lines, columns(HEADER, rows(self.samplers), width=100)])

    def html(self) -> str:
        """Return it as HTML."""
        return html.view(
            html.heading(self.directory.name, self.headline()),
            *(html.paragraph(one) for one in self.told),
            html.table(HEADER, rows(self.samplers)),
            title=f"recorder of {self.directory}",
        )
