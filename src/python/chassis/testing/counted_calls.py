"""Calls that are counted, and what was counted of them."""

from typing import Literal

import grpc
from prometheus_client import CollectorRegistry

from chassis.interceptors.access_log import AccessLog
from chassis.interceptors.call import RpcKind
from chassis.interceptors.chain import Interceptor
from chassis.interceptors.metrics import CallMetrics
from chassis.interceptors.status import StatusMapping, public
from chassis.testing.four_kinds import METHODS, SERVICE_NAME
from chassis.testing.recording_log import RecordingLog


class Counts:
    """What a registry has of the calls of one side."""

    def __init__(self, side: Literal["client", "server"]) -> None:
        self.registry = CollectorRegistry()
        self._side = side

    def value(self, name: str, kind: RpcKind, **labels: str) -> float | None:
        """Give the value of a metric of a method, or None if there is none."""
        return self.registry.get_sample_value(
            name,
            {
                "grpc_type": kind.value,
                "grpc_service": SERVICE_NAME,
                "grpc_method": METHODS[kind],
                **labels,
            },
        )

    def codes(self, kind: RpcKind) -> dict[str, float]:
        """Give how many calls ended with each code."""
        name = f"grpc_{self._side}_handled_total"
        found = {code.name: self.value(name, kind, grpc_code=code.name) for code in grpc.StatusCode}
        return {code: value for code, value in found.items() if value}


class Counted(Counts):
    """The chain that fills the registry; the line is written after all was counted."""

    def __init__(self) -> None:
        super().__init__("server")
        self.log = RecordingLog()
        self.interceptors: list[Interceptor] = [
            AccessLog(self.log.logger),
            CallMetrics(self.registry),
            StatusMapping({KeyError: public(grpc.StatusCode.NOT_FOUND)}, self.log.logger),
        ]
