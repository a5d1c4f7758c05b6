"""Health and reflection, as tools that know none of our protos use them."""

import signal

import grpc
import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from e2e.conftest import Start
from e2e.service_process import RECOMMENDATIONS

SECONDS = 20.0
V1 = "onlinebooks.recommendations.v1.RecommendationsService"
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def check(channel: grpc.Channel, service: str) -> int:
    """The status that Health.Check gives."""
    call: grpc.UnaryUnaryMultiCallable[
        health_pb2.HealthCheckRequest, health_pb2.HealthCheckResponse
    ] = channel.unary_unary(
        "/grpc.health.v1.Health/Check",
        request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
        response_deserializer=health_pb2.HealthCheckResponse.FromString,
    )
    return call(health_pb2.HealthCheckRequest(service=service), timeout=SECONDS).status


@pytest.mark.parametrize("service", ["", "Recommendations", V1])
def test_the_server_and_both_services_are_healthy(channel: grpc.Channel, service: str) -> None:
    assert SERVING == check(channel, service)


def test_the_health_of_an_unknown_service_is_not_found(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        check(channel, "NoSuchService")
    assert grpc.StatusCode.NOT_FOUND == caught.value.code()


@pytest.mark.parametrize("service", ["", V1])
def test_those_who_watch_learn_that_the_service_is_about_to_stop(
    start: Start, service: str
) -> None:
    """While it drains, calls are still answered: that is what the drain is for."""
    process = start(RECOMMENDATIONS, DRAIN_SECONDS="30")
    with grpc.insecure_channel(process.wait_until_ready().address()) as channel:
        watch: grpc.UnaryStreamMultiCallable[
            health_pb2.HealthCheckRequest, health_pb2.HealthCheckResponse
        ] = channel.unary_stream(
            "/grpc.health.v1.Health/Watch",
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        statuses = watch(health_pb2.HealthCheckRequest(service=service), timeout=SECONDS)
        assert SERVING == next(statuses).status
        process.send(signal.SIGTERM)
        assert NOT_SERVING == next(statuses).status
        assert NOT_SERVING == check(channel, service)
        statuses.cancel()


def test_reflection_lists_all_services(channel: grpc.Channel) -> None:
    services = ProtoReflectionDescriptorDatabase(channel).get_services()
    assert {"Recommendations", V1, "grpc.health.v1.Health"} <= set(services)


def test_reflection_describes_both_apis(channel: grpc.Channel) -> None:
    pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
    tutorial = pool.FindServiceByName("Recommendations").methods_by_name["Recommend"]
    v1 = pool.FindServiceByName(V1).methods_by_name["Recommend"]
    assert ["user_id", "category", "max_results"] == [
        field.name for field in tutorial.input_type.fields
    ]
    assert "onlinebooks.recommendations.v1.RecommendResponse" == v1.output_type.full_name
