"""What is shown of certificates, also of those of several processes."""

import gc
import os
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry

from chassis.metrics.process_files import process_files
from chassis.tls.metrics import TlsMetrics

NAME = "tls_certificate_not_after_timestamp_seconds"
EARLIER = datetime(2030, 1, 1, tzinfo=UTC)
LATER = datetime(2031, 1, 1, tzinfo=UTC)


def test_nothing_is_said_of_certificates_that_are_not_in_use() -> None:
    """In plain text there are none; 0 would look as if one had expired long ago."""
    registry = CollectorRegistry()
    metrics = TlsMetrics(registry)
    assert None is registry.get_sample_value(NAME)
    metrics.in_use(LATER)
    metrics.in_use(EARLIER)
    assert EARLIER.timestamp() == registry.get_sample_value(NAME)


def test_of_several_processes_the_certificate_that_ends_first_is_shown() -> None:
    """And none of the process that made the metrics, which may use no certificate itself."""
    with process_files() as files, files.kept_here():
        metrics = TlsMetrics(CollectorRegistry())
        metrics.accepted()
        children = [_in_use(metrics, not_after) for not_after in (LATER, EARLIER)]
        assert EARLIER.timestamp() == files.registry().get_sample_value(NAME)
        files.process_ended(children[1])
        assert LATER.timestamp() == files.registry().get_sample_value(NAME)
        assert 1 == files.registry().get_sample_value("tls_reloads_total", {"result": "accepted"})


def _in_use(metrics: TlsMetrics, not_after: datetime) -> int:
    if not (child := os.fork()):
        gc.disable()  # What is left of other tests is not for a fork to let go: gRPC's, say.
        metrics.rejected()
        metrics.in_use(not_after)
        os._exit(0)
    assert (child, 0) == os.waitpid(child, 0)
    return child
