"""A bound on the calls at once: those beyond it are told to come back, at no cost of memory."""

from collections.abc import Callable, Collection

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status as RichStatus
from grpc_status import rpc_status

from chassis.interceptors.call import Metadata, Status

RETRY_SECONDS = 1
"""When a refused client may try again."""


class Exempt:
    """The methods whose calls are always let in.

    services: whose they are, such as health.
    """

    def __init__(self, services: Collection[str]) -> None:
        self._prefixes = tuple(f"/{service}/" for service in services)

    def __contains__(self, path: str) -> bool:
        return path.startswith(self._prefixes)


class Admission:
    """Decides, when a call arrives, whether it is one too many.

    limit: how many calls may be in flight, running or waiting for a thread.
    in_flight: gives how many are, when asked.
    exempt: services whose calls are always let in, such as health.
    """

    def __init__(self, limit: int, in_flight: Callable[[], int], exempt: Collection[str]) -> None:
        self._limit = limit
        self._in_flight = in_flight
        self._exempt = Exempt(exempt)

    def refuses(self, path: str) -> bool:
        """Tell whether the call of a method is one too many."""
        return self._in_flight() >= self._limit and path not in self._exempt


def overloaded() -> Status:
    """Make the status of calls that are one too many.

    It says when to come back, in google.rpc.RetryInfo for programs, and for the retry policies of
    gRPC's own clients in `grpc-retry-pushback-ms`.
    """
    code, text = grpc.StatusCode.RESOURCE_EXHAUSTED, "too many calls at once"
    details = Any()
    details.Pack(RetryInfo(retry_delay=Duration(seconds=RETRY_SECONDS)))
    status = rpc_status.to_status(RichStatus(code=code.value[0], message=text, details=[details]))
    rich: Metadata = tuple(status.trailing_metadata or ())
    return Status(code, text, (*rich, ("grpc-retry-pushback-ms", str(RETRY_SECONDS * 1000))))
