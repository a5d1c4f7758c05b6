"""Credentials follow their files, unless the files are wrong."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from chassis.testing.certificates import Authority, Lifetime, bundle
from chassis.testing.recording_log import RecordingLog
from chassis.tls.certificates import CertificateError, CertificateFiles, Pem
from chassis.tls.metrics import TlsMetrics
from chassis.tls.store import CertificateStore

AUTHORITY = Authority.create("The CA that is replaced")
DAY = timedelta(days=1)
START = datetime.now(UTC).replace(microsecond=0)


class Bench:
    """A store over files in a folder, with a clock that a test sets."""

    def __init__(self, folder: Path) -> None:
        self.files = CertificateFiles(folder / "tls.crt", folder / "tls.key", folder / "ca.crt")
        self.now = START
        self.log = RecordingLog()
        self.registry = CollectorRegistry()
        self.replace(START + DAY)
        self.store = self.new_store()

    def new_store(self) -> CertificateStore:
        metrics = TlsMetrics(self.registry)
        return CertificateStore(self.files, metrics, self.log.logger, lambda: self.now)

    def replace(self, end: datetime, start: datetime = START - DAY) -> None:
        assert self.files.certificate
        assert self.files.key
        assert self.files.authorities
        pair = AUTHORITY.issue("localhost", lifetime=Lifetime(start, end))
        self.files.certificate.write_bytes(pair.certificate)
        self.files.key.write_bytes(pair.key)
        self.files.authorities.write_bytes(bundle([AUTHORITY]))

    def tear(self) -> None:
        """Leave the certificate's file half written."""
        assert self.files.certificate
        text = self.files.certificate.read_bytes()
        self.files.certificate.write_bytes(text[: len(text) // 2])

    def reloads(self, result: str) -> float | None:
        return self.registry.get_sample_value("tls_reloads_total", {"result": result})

    def expiry(self) -> float | None:
        return self.registry.get_sample_value("tls_certificate_not_after_timestamp_seconds")


@pytest.fixture()
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_files_that_do_not_change_change_nothing(bench: Bench) -> None:
    before = bench.store.current
    bench.store.refresh()
    assert before is bench.store.current
    assert (0, 0) == (bench.reloads("accepted"), bench.reloads("rejected"))


def test_files_that_are_replaced_are_taken_up_and_counted(bench: Bench) -> None:
    bench.replace(START + 2 * DAY)
    bench.store.refresh()
    assert START + 2 * DAY == bench.store.current.not_after
    assert (1, 0) == (bench.reloads("accepted"), bench.reloads("rejected"))
    (line,) = bench.log.lines_of("certificates reloaded")
    assert ("info", (START + 2 * DAY).isoformat()) == (line["level"], line["not_after"])


def test_the_same_size_and_time_do_not_hide_a_change(bench: Bench) -> None:
    """Contents are compared, not what `stat` says."""
    path = bench.files.authorities
    assert path
    stat = path.stat()
    # The test is of no use unless both are the same size: text outside of PEM counts for nothing.
    changed = Authority.create("Next CA").pem.certificate.ljust(stat.st_size)
    path.write_bytes(changed)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert (stat.st_size, stat.st_mtime_ns) == (path.stat().st_size, path.stat().st_mtime_ns)
    bench.store.refresh()
    assert changed == bench.store.current.pem.authorities


def test_expiry_is_shown_of_the_certificate_in_use(bench: Bench) -> None:
    bench.store.refresh()
    assert (START + DAY).timestamp() == bench.expiry()
    bench.replace(START + 2 * DAY)
    bench.store.refresh()
    assert (START + 2 * DAY).timestamp() == bench.expiry()
    bench.tear()
    bench.store.refresh()
    assert (START + 2 * DAY).timestamp() == bench.expiry()


def test_a_half_written_file_is_refused_counted_and_logged_once(bench: Bench) -> None:
    before = bench.store.current
    bench.tear()
    for _ in range(3):
        bench.store.refresh()
    assert before is bench.store.current
    assert (0, 1) == (bench.reloads("accepted"), bench.reloads("rejected"))
    (line,) = bench.log.lines_of("certificates refused, the former stay in use")
    assert "error" == line["level"]
    assert ["holds no certificate" in problem for problem in line["problems"]] == [True]


def test_a_file_that_vanishes_is_refused_and_noticed_when_it_is_back(bench: Bench) -> None:
    assert bench.files.key
    before = bench.store.current
    bench.files.key.rename(bench.files.key.with_suffix(".away"))
    bench.store.refresh()
    bench.files.key.with_suffix(".away").rename(bench.files.key)
    bench.store.refresh()
    assert before is bench.store.current
    assert (0, 1) == (bench.reloads("accepted"), bench.reloads("rejected"))


def test_a_new_pair_is_taken_up_after_a_wrong_one(bench: Bench) -> None:
    bench.tear()
    bench.store.refresh()
    bench.replace(START + 3 * DAY)
    bench.store.refresh()
    assert START + 3 * DAY == bench.store.current.not_after
    assert (1, 1) == (bench.reloads("accepted"), bench.reloads("rejected"))


def test_the_same_mistake_counts_again_after_it_was_mended(bench: Bench) -> None:
    assert bench.files.certificate
    whole = bench.files.certificate.read_bytes()
    for _ in range(2):
        bench.tear()
        bench.store.refresh()
        bench.files.certificate.write_bytes(whole)
        bench.store.refresh()
    assert 2 == bench.reloads("rejected")


def test_a_certificate_waits_until_it_is_valid(bench: Bench) -> None:
    before = bench.store.current
    bench.replace(START + 9 * DAY, start=START + timedelta(hours=1))
    bench.store.refresh()
    assert before is bench.store.current
    bench.now = START + timedelta(hours=2)
    bench.store.refresh()
    assert START + 9 * DAY == bench.store.current.not_after
    assert (1, 1) == (bench.reloads("accepted"), bench.reloads("rejected"))


def test_files_that_change_under_the_eyes_are_left_for_the_next_look(bench: Bench) -> None:
    """What is read in the middle of a change, though wrong, is no reason for an alarm."""
    after_read: list[Callable[[], None]] = []

    class Writing(CertificateFiles, frozen=True):
        def read(self) -> Pem:
            pem = super().read()
            while after_read:
                after_read.pop()()
            return pem

    files = Writing(bench.files.certificate, bench.files.key, bench.files.authorities)
    store = CertificateStore(files, TlsMetrics(CollectorRegistry()), bench.log.logger)
    bench.tear()
    after_read.append(lambda: bench.replace(START + 2 * DAY))
    store.refresh()
    assert [] == bench.log.lines
    store.refresh()
    assert START + 2 * DAY == store.current.not_after


def test_a_folder_whose_link_is_swapped_is_followed(tmp_path: Path) -> None:
    """As Kubernetes updates a mounted secret: names are links through `..data`."""
    for number in (1, 2):
        (tmp_path / f"..{number}").mkdir()
    first = Bench(tmp_path / "..1")
    second = Bench(tmp_path / "..2")
    data = tmp_path / "..data"
    data.symlink_to("..1")
    for name in ("tls.crt", "tls.key", "ca.crt"):
        (tmp_path / name).symlink_to(f"..data/{name}")
    files = CertificateFiles(tmp_path / "tls.crt", tmp_path / "tls.key", tmp_path / "ca.crt")
    store = CertificateStore(files, TlsMetrics(CollectorRegistry()), first.log.logger)
    assert first.store.current.pem == store.current.pem
    (tmp_path / "..next").symlink_to("..2")
    (tmp_path / "..next").rename(data)
    store.refresh()
    assert second.store.current.pem == store.current.pem


def test_wrong_files_stop_the_start(bench: Bench) -> None:
    bench.tear()
    bench.registry = CollectorRegistry()
    with pytest.raises(CertificateError, match="holds no certificate"):
        bench.new_store()
