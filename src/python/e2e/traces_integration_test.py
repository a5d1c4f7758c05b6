"""A page's trace, from the browser's request to the recommendations, as a collector gets it."""

import json
import signal
from collections.abc import Iterator

import httpx
import pytest

from chassis.testing.otlp_collector import OtlpCollector, collecting
from devstack.testing.waiting import wait_until
from e2e.conftest import Start
from e2e.service_process import HOST, MARKETPLACE, PATIENT, RECOMMENDATIONS, ServiceProcess

METHOD = "onlinebooks.recommendations.v1.RecommendationsService/Recommend"
PAGE = "GET /categories/<slug>"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
SECONDS = 60.0
NEVER = str(10 * 60 * 1000)
"""Milliseconds until spans are sent: longer than the test."""


@pytest.fixture()
def collector() -> OtlpCollector:
    return OtlpCollector()


@pytest.fixture()
def endpoint(collector: OtlpCollector) -> Iterator[str]:
    with collecting(collector) as address:
        yield f"http://{address}"


def get(shop: ServiceProcess, path: str, **headers: str) -> httpx.Response:
    # A connection for each: one that is kept would stay with one worker.
    headers = {"Connection": "close", **headers}
    url = f"http://{HOST}:{shop.port()}{path}"
    return httpx.get(url, headers=headers, timeout=SECONDS, trust_env=False)


def lines(service: ServiceProcess, event: str) -> list[dict[str, object]]:
    # A line that is being written is left out.
    whole = service.log.rpartition("\n")[0].splitlines()
    found = [json.loads(line) for line in whole if line.startswith("{")]
    return [line for line in found if line["event"] == event]


@pytest.mark.parametrize("kind", ["threads", "asyncio"])
def test_a_page_is_one_trace_through_both_services(
    kind: str, start: Start, collector: OtlpCollector, endpoint: str
) -> None:
    """From every worker process, though the application was made before they were forked."""
    tracing = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_BSP_SCHEDULE_DELAY": "50"}
    recommendations = start(RECOMMENDATIONS, SERVER_KIND=kind, **tracing).wait_until_ready()
    shop = start(
        MARKETPLACE,
        RECOMMENDATIONS_HOST=recommendations.address(),
        WEB_WORKERS="2",
        WEB_PRELOAD="true",
        OTEL_RESOURCE_ATTRIBUTES="deployment.environment.name=test",
        **tracing,
        **PATIENT,
    ).wait_until_ready()

    def both_workers_asked() -> bool:
        assert 200 == get(shop, "/categories/mystery").status_code
        found = collector.wait_for(1, lambda span: span.name == PAGE)
        return len({span.resource["service.instance.id"] for span in found}) == 2

    wait_until("pages of both workers", both_workers_asked, seconds=SECONDS)
    assert 200 == get(shop, "/").status_code
    (home,) = collector.wait_for(1, lambda span: span.name == "GET /")
    spans = collector.wait_for(3, lambda span: span.trace_id == home.trace_id)
    assert 3 == len(spans)
    client = next(span for span in spans if span.kind == "CLIENT")
    server = next(span for span in spans if span.service == RECOMMENDATIONS)

    assert (MARKETPLACE, "SERVER", "") == (home.service, home.kind, home.parent_id)
    assert ("GET", "/", 200) == tuple(
        home.attributes[name]
        for name in ("http.request.method", "http.route", "http.response.status_code")
    )
    assert (METHOD, MARKETPLACE, home.span_id) == (client.name, client.service, client.parent_id)
    assert (METHOD, "SERVER", client.span_id) == (server.name, server.kind, server.parent_id)
    for span in (client, server):
        assert ("grpc", METHOD, "OK") == tuple(
            span.attributes[name]
            for name in ("rpc.system.name", "rpc.method", "rpc.response.status_code")
        )
    host, _, port = recommendations.address().rpartition(":")
    assert (host, int(port)) == (
        client.attributes["server.address"],
        client.attributes["server.port"],
    )
    assert not any(span.failed for span in spans)
    assert "test" == home.resource["deployment.environment.name"]
    assert "deployment.environment.name" not in server.resource

    wait_until(
        "the access lines",
        lambda: [line for line in lines(shop, "request") if line.get("http_route") == "/"],
        seconds=SECONDS,
    )
    (page,) = (line for line in lines(shop, "request") if line.get("http_route") == "/")

    def calls_of_page() -> list[dict[str, object]]:
        traced = lines(recommendations, "call")
        return [line for line in traced if line.get("trace_id") == home.trace_id]

    # Lines of calls wait a moment for others.
    wait_until("the line of the call", calls_of_page, seconds=SECONDS)
    (call,) = calls_of_page()
    assert (home.trace_id, home.span_id) == (page["trace_id"], page["span_id"])
    assert (server.span_id, page["request_id"]) == (call["span_id"], call["request_id"])


def test_a_visitor_cannot_choose_a_trace_but_a_trusted_proxy_can(
    start: Start, collector: OtlpCollector, endpoint: str, recommendations: ServiceProcess
) -> None:
    sent = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
    for trusted in ("false", "true"):
        shop = start(
            MARKETPLACE,
            RECOMMENDATIONS_HOST=recommendations.address(),
            OTEL_EXPORTER_OTLP_ENDPOINT=endpoint,
            OTEL_SERVICE_NAME=f"trusted {trusted}",
            OTEL_BSP_SCHEDULE_DELAY="50",
            TRACEPARENT_TRUSTED=trusted,
            **PATIENT,
        ).wait_until_ready()
        get(shop, "/", **sent)
    pages = {
        str(span.service): span for span in collector.wait_for(2, lambda span: span.name == "GET /")
    }
    stranger, proxy = pages["trusted false"], pages["trusted true"]
    assert ("", ((TRACE, PARENT),)) == (stranger.parent_id, stranger.links)
    assert TRACE != stranger.trace_id
    assert (TRACE, PARENT, ()) == (proxy.trace_id, proxy.parent_id, proxy.links)


def test_a_call_that_nobody_answers_is_an_error_and_the_page_is_not(
    start: Start, collector: OtlpCollector, endpoint: str, unused_port: int
) -> None:
    shop = start(
        MARKETPLACE,
        RECOMMENDATIONS_HOST=f"{HOST}:{unused_port}",
        OTEL_EXPORTER_OTLP_ENDPOINT=endpoint,
        OTEL_BSP_SCHEDULE_DELAY="50",
        **PATIENT,
    ).wait_until_ready()
    assert 200 == get(shop, "/").status_code
    client, page = sorted(collector.wait_for(2), key=lambda span: span.kind)
    assert client.failed
    assert "UNAVAILABLE" == client.attributes["rpc.response.status_code"]
    assert "UNAVAILABLE" == client.attributes["error.type"]
    assert (page.span_id, False) == (client.parent_id, page.failed)
    # What went wrong in words, addresses in them, is for the log.
    assert "" == client.status_text
    assert b"ECONNREFUSED" not in client.wire


@pytest.mark.parametrize("workers", ["1", "2"])
def test_spans_that_wait_are_sent_when_the_services_stop(
    workers: str, start: Start, collector: OtlpCollector, endpoint: str
) -> None:
    """By each worker of either service."""
    tracing = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_BSP_SCHEDULE_DELAY": NEVER}
    recommendations = start(RECOMMENDATIONS, WORKERS=workers, **tracing).wait_until_ready()
    shop = start(
        MARKETPLACE,
        RECOMMENDATIONS_HOST=recommendations.address(),
        WEB_WORKERS=workers,
        RECOMMENDATIONS_FRESH_SECONDS="0",
        **tracing,
        **PATIENT,
    ).wait_until_ready()
    for _ in range(5):
        assert 200 == get(shop, "/").status_code
    assert [] == collector.spans
    for service in (shop, recommendations):
        service.send(signal.SIGTERM)
        assert 0 == service.exit_code()
    assert 5 * 3 == len(collector.wait_for(5 * 3))
    assert 5 == len({span.trace_id for span in collector.spans})


def test_without_its_collector_the_shop_is_open_and_closes_as_asked(
    start: Start, unused_port: int
) -> None:
    tracing = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{HOST}:{unused_port}",
        "OTEL_BSP_SCHEDULE_DELAY": "50",
    }
    recommendations = start(RECOMMENDATIONS, **tracing).wait_until_ready()
    shop = start(
        MARKETPLACE,
        RECOMMENDATIONS_HOST=recommendations.address(),
        RECOMMENDATIONS_FRESH_SECONDS="0",
        **tracing,
        **PATIENT,
    ).wait_until_ready()
    for _ in range(20):
        assert 3 == get(shop, "/").text.count("<li>")
    for service in (shop, recommendations):
        service.wait_for_log("encountered while exporting traces")
        service.send(signal.SIGTERM)
        assert 0 == service.exit_code()
        assert "spans were lost" in service.log
