"""grpc.health.v1, as far as threads and asyncio answer alike."""

from collections.abc import Callable

import grpc
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2

from chassis.health import Health, HealthBoard
from chassis.interceptors.call import Refused, Status

SERVICE_NAME: str = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
MAX_WATCHES = 128
"""How many watches are open at once; on threads each keeps one, so there must be a bound."""

TOO_MANY_WATCHES = Status(grpc.StatusCode.RESOURCE_EXHAUSTED, "too many watches")
STOPPING = Status(grpc.StatusCode.UNAVAILABLE, "the server is stopping")

_NO_SUCH_SERVICE = Status(grpc.StatusCode.NOT_FOUND, "no such service")
# The type stubs do not know List yet.
_list_response: Callable[..., Message] = vars(health_pb2)["HealthListResponse"]
_STATUS = {
    Health.SERVING: health_pb2.HealthCheckResponse.SERVING,
    Health.NOT_SERVING: health_pb2.HealthCheckResponse.NOT_SERVING,
    Health.UNKNOWN: health_pb2.HealthCheckResponse.SERVICE_UNKNOWN,
}


def status_message(health: Health) -> health_pb2.HealthCheckResponse:
    """Give the message for what a service's health is; CLOSED has none."""
    return health_pb2.HealthCheckResponse(status=_STATUS[health])


def check(board: HealthBoard, service: str) -> health_pb2.HealthCheckResponse:
    """Answer Check. Raises Refused for a service that does not exist."""
    health = board.health_of(service)
    if health is Health.UNKNOWN:
        raise Refused(_NO_SUCH_SERVICE)
    return status_message(health)


def list_all(board: HealthBoard) -> Message:
    """Answer List."""
    statuses = {name: status_message(board.health_of(name)) for name in board.services}
    return _list_response(statuses=statuses)
