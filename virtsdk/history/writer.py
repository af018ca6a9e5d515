"""Writes a recording so that it can be read at any moment, whatever happens to the writer."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
from collections.abc import Callable, Generator, Mapping
from pathlib import Path

import pandas as pd

from virtsdk.errors import RecordingError
from virtsdk.history import files
from virtsdk.history.columns import to_table
from virtsdk.history.files import MARK, SAMPLES, Segment
from virtsdk.history.leftovers import ALONE, clear, leftovers, refuse_strangers
from virtsdk.history.parquet.arrow import pa
from virtsdk.history.parquet.disk import make_folder, refuse_link, write_text
from virtsdk.history.reading.footers import Footer, read_footer
from virtsdk.history.sampling.samples import Frames, Sample, frames_of_samples, joined
from virtsdk.history.writing.form import content_of
from virtsdk.history.writing.ledger import Ledger
from virtsdk.history.writing.lock import LOCK, Lock
from virtsdk.history.writing.rights import check_mode
from virtsdk.history.writing.store import Store

_log = logging.getLogger(__name__)


class RecordingWriter:
    """The one writer of a recording: a context manager.

    Rows are collected with `add`; `flush` makes a segment of them that counts entirely or not at all; `merge`
    joins small files. `add` may be called from any thread; `flush`, `merge` and `close` from one at a time.

    Parameters
    ----------
    directory
        A recording to go on with, an empty directory, or one to be made.
    mode
        The rights of new files, 0600 unless given; new directories have x where these have r. What the
        process's umask takes away is not given.
    tidy
        Remove what a flush has left that was not finished; else it is left to the next writer.
    footer
        Reads the end of a file: for who did so already.

    Attributes
    ----------
    ledger
        Which segments there are.
    store
        Changes their files.

    Raises
    ------
    RecordingError
        Someone else writes it, it has other files, or it cannot be written.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        *,
        mode: int = 0o600,
        tidy: bool = True,
        footer: Callable[[Path], Footer] = read_footer,
    ) -> None:
        self.directory = files.directory_of(directory)
        self._mode = check_mode(mode)
        self._lock = threading.Lock()
        self._waiting: Frames = {}
        self._samples: list[Sample] = []
        with self.trouble("write" if (self.directory / MARK).exists() else "make"):
            make_folder(self.directory, mode)
            refuse_strangers(self.directory)  # before the lock, which would be left among their files
            recorded = (self.directory / LOCK).exists()
            self._holder = Lock(self.directory, self._mode)
        try:
            with self.trouble("write"):
                self._begin(tidy=tidy, recorded=recorded, footer=footer)
        except BaseException:
            self._holder.release()
            raise

    def check_lock(self) -> None:
        """Refuse to write where the lock is not the one that this writer holds.

        Raises
        ------
        LockLostError
            Someone removed or replaced it, so that another recorder can be writing.
        """
        self._holder.check()

    def _begin(self, *, tidy: bool, recorded: bool, footer: Callable[[Path], Footer]) -> None:
        if (self.directory / MARK).exists():
            said = files.check(self.directory)
            if tuple(said["version"]) < files.FORMAT:
                text = json.dumps({**said, **files.mark()}) + "\n"
                write_text(self.directory / MARK, text, self._mode)
        else:
            write_text(self.directory / MARK, json.dumps(files.mark()) + "\n", self._mode)
        for one in self.directory.iterdir():
            refuse_link(one)
        left = leftovers(self.directory, recorded=recorded)
        alone = [one for one in left if one.kind == ALONE and one.segment is not None]
        # rows whose samples are gone: they are kept, and no new segment gets their number
        beyond = max((one.segment.last for one in alone if one.segment), default=0)
        there = files.listing(self.directory, until=beyond)
        for one in alone:
            _log.warning("%s: its samples are gone, or what has its rows is damaged; it is kept", one.path)
        self._next = max(there.last, beyond) + 1
        self.ledger = Ledger(there, footer)
        self.store = Store(self.directory, self.ledger, self._mode)
        clear(left, self._next, tidy=tidy)  # at last: where a file is damaged, nothing was removed

    @contextlib.contextmanager
    def trouble(self, verb: str) -> Generator[None]:
        """Raise what the system says as our error, with what to do."""
        try:
            yield
        except (OSError, pa.ArrowException) as error:
            why, file = getattr(error, "strerror", None) or error, getattr(error, "filename", None)
            why = why if file is None or str(file) == str(self.directory) else f"{why}: {file}"
            raise RecordingError(f"cannot {verb} the recording {self.directory}: {why}") from error

    # --- writing ------------------------------------------------------------

    def add(self, frames: Mapping[str, pd.DataFrame]) -> None:
        """Take rows to write with the next flush."""
        with self._lock:
            for name, frame in frames.items():
                if len(frame):
                    self._waiting.setdefault(name, []).append(frame)

    def add_sample(self, sample: Sample) -> None:
        """Take a sample to write with the next flush, which makes frames of all of them at once."""
        with self._lock:
            self._samples.append(sample)

    @property
    def waiting(self) -> int:
        """Number of values that wait for a flush."""
        with self._lock:
            frames = sum(frame.size for frames in self._waiting.values() for frame in frames)
            return frames + sum(one.values for one in self._samples)

    def flush(self) -> None:
        """Write what was added as one segment.

        Raises
        ------
        RecordingError
            It cannot be written: the disk is full, the directory is gone ... What was written before stays
            readable, and what was not waits for the next flush.
        """
        waiting = self._take_waiting()
        if not waiting.get(SAMPLES):
            return
        segment = Segment(self._next, self._next, 0)
        with self.trouble("write"):
            if not (self.directory / MARK).exists():
                raise FileNotFoundError(f"{self.directory / MARK} is gone: was it deleted or unmounted?")
            self.check_lock()
            self._write(segment, waiting)
        self._next += 1
        with self._lock:
            for name, frames in waiting.items():
                del self._waiting[name][: len(frames)]
                if not self._waiting[name]:
                    del self._waiting[name]

    def _write(self, segment: Segment, waiting: Frames) -> None:
        self.ledger.tell({segment: [content_of(segment, waiting)]})
        written: list[str] = []
        try:
            for name in sorted(waiting, key=lambda name: name == SAMPLES):  # its samples make it count
                self.store.write(name, segment, [(0, to_table(name, waiting[name]))])
                written.append(name)
        except BaseException:  # it is written again, under the same number
            for name in written:
                self.ledger.drop(name, [segment])
            self.ledger.untell(segment)
            raise

    def _take_waiting(self) -> Frames:
        """Return the frames that wait, those of samples that have none yet among them."""
        with self._lock:
            samples, self._samples = self._samples, []
        made = frames_of_samples(samples) if samples else {}
        with self._lock:
            self._waiting = joined([self._waiting, made])
            return {name: list(frames) for name, frames in self._waiting.items()}

    def merge(self, *, rest: bool = False) -> None:
        """Join files that are due; with `rest`, also those that were flushed last.

        Raises
        ------
        RecordingError
            The merged file cannot be written; all data is in the files that were to be merged.
        """
        with self.trouble("merge files of"):
            self.check_lock()
            if self.ledger.last < self.last:
                return  # what is joined with rows whose samples are gone counts with the next flush alone
            self.store.join_due(rest=rest)

    @property
    def last(self) -> int:
        """The number of the last segment; 0 where there is none."""
        return self._next - 1

    # --- the end ------------------------------------------------------------

    def close(self) -> None:
        """Write and join what is left, and let go of the directory; a second call does nothing.

        Raises
        ------
        RecordingError
            It cannot be written.
        """
        if self._holder.released:
            return
        try:
            self.flush()
            try:
                self.merge(rest=True)
            except RecordingError as error:  # nothing is lost by that: the small files stay
                _log.warning("%s", error)
        finally:
            self.release()

    def release(self) -> None:
        """Let go of the directory, and leave in it what is there; what waits is not written."""
        self._holder.release()

    def __enter__(self) -> RecordingWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
