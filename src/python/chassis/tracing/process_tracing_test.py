"""How spans are made and sent, and what becomes of a process whose collector fails it."""

import threading
from pathlib import Path

import grpc
import pytest

from chassis.interceptors.call import RpcKind
from chassis.testing.bodies import echo
from chassis.testing.certificates import Authority
from chassis.testing.four_kinds import ask, four_kinds
from chassis.testing.otlp_collector import OtlpCollector, collecting
from chassis.testing.recording_log import RecordingLog
from chassis.testing.running import HOST, connected, threaded_server
from chassis.testing.traced import traced, tracing_settings
from chassis.tracing.process_tracing import ProcessTracing

WAIT = 60.0
NOBODY = f"{HOST}:1"
LOST = "spans were lost, the collector did not take them"
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Stuck:
    """Makes a collector take requests and not answer them, until it is released."""

    def __init__(self) -> None:
        self.taken = threading.Event()
        self.gone = threading.Event()
        self.released = threading.Event()

    def __call__(self, context: grpc.ServicerContext) -> None:
        context.add_callback(self.gone.set)
        self.taken.set()
        assert self.released.wait(3 * WAIT)


def span(tracing: ProcessTracing, name: str = "work") -> None:
    tracing.tracer().start_span(name).end()


def test_spans_say_whose_they_are() -> None:
    with traced("shop") as to:
        span(to.tracing)
        (received,) = to.collector.wait_for()
    assert ("work", "shop") == (received.name, received.service)
    assert "opentelemetry" == received.resource["telemetry.sdk.name"]


def test_standard_variables_name_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "bazaar")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test,x=a%20b")
    with traced("shop") as to:
        span(to.tracing)
        (received,) = to.collector.wait_for()
    assert "bazaar" == received.service
    assert "test" == received.resource["deployment.environment.name"]
    assert "a b" == received.resource["x"]


def test_headers_that_a_collector_asks_for_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20abc")
    with traced() as to:
        span(to.tracing)
        to.collector.wait_for()
    assert "Bearer abc" == to.collector.metadata[0]["authorization"]


def test_variables_that_are_empty_count_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK would take some at their word, and fail."""
    for name in ("TIMEOUT", "TRACES_TIMEOUT", "COMPRESSION", "HEADERS"):
        monkeypatch.setenv(f"OTEL_EXPORTER_OTLP_{name}", "")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "")
    with traced("shop") as to:
        span(to.tracing)
        (received,) = to.collector.wait_for()
    assert "shop" == received.service


def test_spans_go_over_tls_to_a_collector_that_is_vouched_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority.create()
    pair = authority.issue(HOST)
    ca = tmp_path / "ca.crt"
    ca.write_bytes(authority.pem.certificate)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(ca))
    collector = OtlpCollector()
    credentials = grpc.ssl_server_credentials([(pair.key, pair.certificate)])
    with collecting(collector, credentials=credentials) as address:
        settings = tracing_settings(address, OTEL_EXPORTER_OTLP_ENDPOINT=f"https://{address}")
        tracing = ProcessTracing(settings, "shop", RecordingLog().logger)
        span(tracing)
        collector.wait_for()
        tracing.close()


@pytest.mark.parametrize(
    ("sampler", "argument", "own", "callers"),
    [
        ("always_on", "1", True, True),
        ("always_off", "1", False, False),
        ("traceidratio", "0", False, False),
        ("traceidratio", "1", True, True),
        ("parentbased_always_on", "1", True, True),
        ("parentbased_always_off", "1", False, True),
        ("parentbased_traceidratio", "0", False, True),
    ],
)
def test_the_sampler_chooses_what_is_recorded(
    sampler: str, argument: str, own: bool, callers: bool
) -> None:
    """Of traces that begin here, and of those that a caller records."""
    with traced(OTEL_TRACES_SAMPLER=sampler, OTEL_TRACES_SAMPLER_ARG=argument) as to:
        with connected(threaded_server([four_kinds(echo)], [to.tracing.of_server()])) as channel:
            ask(channel, RpcKind.UNARY)
            ask(channel, RpcKind.BIDI_STREAM, metadata=[("traceparent", PARENT)])
        to.tracing.close(WAIT)
        names = {str(each.name).rpartition("/")[2] for each in to.collector.spans}
    expected = {"Unary": own, "BidiStream": callers}
    assert {name for name, recorded in expected.items() if recorded} == names


def test_the_end_of_a_process_sends_what_is_left() -> None:
    with traced(OTEL_BSP_SCHEDULE_DELAY="600000") as to:
        for number in range(100):
            span(to.tracing, str(number))
        assert [] == to.collector.spans
        to.tracing.close(WAIT)
        assert {str(number) for number in range(100)} == {each.name for each in to.collector.spans}


def test_the_end_of_a_process_waits_for_a_stuck_collector_no_longer_than_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is being sent is ended, and the log says that something was lost."""
    stuck, log = Stuck(), RecordingLog()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "600")
    with collecting(OtlpCollector(stuck)) as address:
        tracing = ProcessTracing(tracing_settings(address), "shop", log.logger)
        span(tracing)
        assert stuck.taken.wait(WAIT)
        tracing.close(0.05)
        assert stuck.gone.wait(WAIT)
        assert not stuck.released.is_set()
        stuck.released.set()
    assert [LOST] == [line["event"] for line in log.lines]


def test_the_end_of_a_process_does_not_wait_for_a_collector_that_is_down() -> None:
    log = RecordingLog()
    tracing = ProcessTracing(tracing_settings(NOBODY), "shop", log.logger)
    span(tracing)
    tracing.close(0.05)
    tracing.close(0.05)
    assert LOST == log.lines[0]["event"]


@pytest.mark.parametrize("stuck", [True, False], ids=["stuck", "down"])
def test_calls_are_answered_whatever_the_collector_does(stuck: bool) -> None:
    held = Stuck()
    with collecting(OtlpCollector(held)) as address:
        settings = tracing_settings(address if stuck else NOBODY, OTEL_BSP_MAX_QUEUE_SIZE="512")
        tracing = ProcessTracing(settings, "shop", RecordingLog().logger)
        server = threaded_server([four_kinds(echo)], [tracing.of_server()])
        with connected(server) as channel:
            # More than may wait.
            codes = {ask(channel, RpcKind.UNARY).code for _ in range(600)}
        assert {grpc.StatusCode.OK} == codes
        assert not stuck or held.taken.wait(WAIT)
        held.released.set()
        tracing.close(0.05)


def test_spans_that_wait_are_bounded_and_the_oldest_go_first() -> None:
    stuck = Stuck()
    collector = OtlpCollector(stuck)
    with collecting(collector) as address:
        settings = tracing_settings(
            address, OTEL_BSP_MAX_QUEUE_SIZE="10", OTEL_BSP_MAX_EXPORT_BATCH_SIZE="5"
        )
        tracing = ProcessTracing(settings, "shop", RecordingLog().logger)
        span(tracing, "first")
        assert stuck.taken.wait(WAIT)
        for number in range(1000):
            span(tracing, str(number))
        stuck.released.set()
        tracing.close(WAIT)
    assert ["first", *(str(number) for number in range(990, 1000))] == [
        each.name for each in collector.spans
    ]


def test_a_process_that_never_traced_has_nothing_to_send() -> None:
    with traced() as to:
        to.tracing.close()
    assert [] == to.collector.spans
