"""What is around every service: the order is part of what the service promises."""

from collections.abc import Iterator
from contextvars import copy_context
from typing import Any

import grpc
import pytest

from chassis.grpc_service import GrpcService
from chassis.grpc_service_settings import GrpcServiceSettings
from chassis.health import OVERALL, HealthBoard
from chassis.interceptors.call import Refused, RpcKind, ServerCall, Status
from chassis.interceptors.chain import Chain
from chassis.testing.four_kinds import METHODS, SERVICE_NAME, ask, four_kinds
from chassis.testing.recording_log import RecordingLog
from chassis.testing.running import connected
from chassis.tls.serving import ServerTls

DENIED = Status(grpc.StatusCode.PERMISSION_DENIED, "permission denied")


class Deny:
    """Stands for peer authorization."""

    def begin(self, call: ServerCall) -> None:
        call.refuse(DENIED)


def test_what_is_refused_is_answered_logged_and_counted_and_no_defect() -> None:
    """So authorization stands within status mapping, and that within metrics and log."""
    log = RecordingLog()
    board = HealthBoard({OVERALL: ()})

    def unreachable(_: Iterator[bytes], __: Any) -> Iterator[bytes]:
        raise AssertionError("the servicer was reached")

    service = GrpcService([four_kinds(unreachable)], board, {}, lambda _: log.logger)
    with connected(service.server(GrpcServiceSettings(), ServerTls(None, (Deny(),)))) as channel:
        answer = ask(channel, RpcKind.UNARY)
        (line,) = log.wait_for("call")
    assert (DENIED.code, DENIED.details) == (answer.code, answer.details)
    assert "PERMISSION_DENIED" == line["grpc_code"]
    assert [] == log.lines_of("call raised")
    labels = {
        "grpc_type": "unary",
        "grpc_service": SERVICE_NAME,
        "grpc_method": METHODS[RpcKind.UNARY],
        "grpc_code": "PERMISSION_DENIED",
    }
    assert 1 == service.registry.get_sample_value("grpc_server_handled_total", labels)


def test_what_is_late_is_refused_before_its_peer_is_looked_at() -> None:
    """An expired call needs no more work of any kind."""
    log = RecordingLog()
    service = GrpcService([], HealthBoard({OVERALL: ()}), {}, lambda _: log.logger)
    interceptors = service.interceptors(GrpcServiceSettings(), ServerTls(None, (Deny(),)))
    call = ServerCall("S", "M", True, RpcKind.UNARY, "peer", (), 0.0, "abc-1")

    def handle() -> None:
        with pytest.raises(Refused), Chain(interceptors).around(call):
            pass

    copy_context().run(handle)  # As a server does, for each call.
    assert ["DEADLINE_EXCEEDED"] == [line["grpc_code"] for line in log.lines_of("call")]
