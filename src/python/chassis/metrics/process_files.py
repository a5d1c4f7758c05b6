"""Metrics of several processes, added up: those that live, and those that have ended.

It is prometheus_client's multiprocess mode, in which each process keeps its values in files of its
own that are mapped into memory, so that what a killed process had counted is not lost. Left alone,
the files of ended processes stay for ever, and one that was killed while it made a file leaves an
empty one at which every later scrape fails; neither is so here.
"""

import os
import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, values
from prometheus_client.metrics_core import Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

from chassis.private_folder import private_folder

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Where prometheus_client, when it is imported, looks whether values are to be kept in files."""

_GAUGE = "gauge"
_ENDED = "ended"


class ProcessFiles:
    """A folder with the metrics of a family of processes, for the parent of them all.

    folder: exists, and is nobody else's.

    Counters, histograms and summaries of ended processes stay in the totals, in one file a kind, so
    that the folder and the cost of a scrape are bounded by the number of processes that live.
    Gauges tell of living processes alone, whatever their multiprocess mode: give each the mode in
    which values of several processes make sense, such as "livesum".

    Safe to use from any thread of the parent.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def environ(self) -> Mapping[str, str]:
        """Give what the environment of a child must hold when it imports prometheus_client."""
        return {VARIABLE: str(self._folder)}

    def registry(self) -> CollectorRegistry:
        """Make a registry of the totals over all processes.

        Metrics that are kept in the files must be registered in another one, or they would be told
        twice.
        """
        registry = CollectorRegistry()
        registry.register(_Totals(self._collect))
        return registry

    def process_ended(self, pid: int) -> None:
        """Move what a process has counted to the ended ones. To be called once it was reaped.

        Raises OSError, or ValueError if a file is damaged; it then stays as it is.
        """
        with self._lock:
            for file in sorted(self._folder.glob(f"*_{pid}.db")):
                kind = file.name.split("_")[0]
                if kind != _GAUGE:
                    self._add(_entries(file), self._folder / f"{kind}_{_ENDED}.db")
                file.unlink()

    @contextmanager
    def kept_here(self) -> Iterator[None]:
        """Let metrics that are made in the block keep their values in the files.

        For a parent whose children are forked, not started anew: by then prometheus_client was
        imported, and has decided otherwise. Each process has its own files, the parent too; what
        a child inherits of it is not counted twice. The block must last as long as the metrics.
        """
        former, before = values.ValueClass, os.environ.get(VARIABLE)
        new_class: Callable[[], Any] = values.MultiProcessValue
        in_files = new_class()
        os.environ.update(self.environ())
        values.ValueClass = in_files
        try:
            yield
        finally:
            values.ValueClass = former
            in_files.close_all_files()
            del os.environ[VARIABLE]
            if before is not None:
                os.environ[VARIABLE] = before

    def _collect(self) -> list[Metric]:
        merge: Callable[[list[str]], Iterable[Metric]] = MultiProcessCollector.merge
        with self._lock:
            # A file has no size while a process makes it, or for ever if that was killed meanwhile.
            files = [str(file) for file in self._folder.glob("*.db") if file.stat().st_size]
            return list(merge(files))

    @staticmethod
    def _add(entries: Mapping[str, float], to: Path) -> None:
        opened: Callable[[str], Any] = MmapedDict
        sums = opened(str(to))
        try:
            for key, value in entries.items():
                sums.write_value(key, sums.read_value(key)[0] + value, 0.0)
        finally:
            sums.close()


@contextmanager
def process_files() -> Iterator[ProcessFiles]:
    """Make a private folder, in memory where there is such a place, and remove it at the end."""
    with private_folder("metrics") as folder:
        yield ProcessFiles(folder)


def _entries(file: Path) -> dict[str, float]:
    """Read all of a file before any of it is added anywhere."""
    if not file.stat().st_size:
        return {}
    opened: Any = MmapedDict
    try:
        return {key: value for key, value, *_ in opened.read_all_values_from_file(str(file))}
    except (RuntimeError, struct.error) as error:
        raise ValueError(f"{file.name} is damaged") from error


class _Totals:
    """What prometheus_client calls a collector."""

    def __init__(self, collect: Callable[[], list[Metric]]) -> None:
        self._collect = collect

    def collect(self) -> list[Metric]:
        return self._collect()
