"""Asks services whether they are ready. Each probe answers None for "not yet"."""

import http.client
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2

# Short, because nobody can press Ctrl-C in between.
CALL_SECONDS = 1.0


def port_in(file: Path) -> int | None:
    """The port in a service's port file, which appears, whole, once the service listens."""
    try:
        return int(file.read_text())
    except FileNotFoundError:
        return None


def serves_grpc(address: str) -> bool | None:
    """True once grpc.health.v1 calls the whole server SERVING."""
    # A proxy for the rest of the world must not be asked for a service on this machine.
    with grpc.insecure_channel(address, [("grpc.enable_http_proxy", 0)]) as channel:
        check: grpc.UnaryUnaryMultiCallable[
            health_pb2.HealthCheckRequest, health_pb2.HealthCheckResponse
        ] = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        try:
            answer = check(health_pb2.HealthCheckRequest(), timeout=CALL_SECONDS)
        except grpc.RpcError:
            return None
    return True if answer.status == health_pb2.HealthCheckResponse.SERVING else None


def serves_http(host: str, port: int, path: str) -> bool | None:
    """True once GET answers 200."""
    connection = http.client.HTTPConnection(host, port, timeout=CALL_SECONDS)
    try:
        connection.request("GET", path)
        return True if connection.getresponse().status == http.HTTPStatus.OK else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
