"""grpc.health.v1 on a server with an event loop."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from google.protobuf.message import Message
from grpc_health.v1 import health_pb2

from chassis.health import Health, HealthBoard
from chassis.health_messages import (
    MAX_WATCHES,
    STOPPING,
    TOO_MANY_WATCHES,
    check,
    list_all,
    status_message,
)
from chassis.interceptors.call import Refused


class AioHealthServicer:
    """Shows a board. Watches beyond `max_watches` get RESOURCE_EXHAUSTED."""

    def __init__(self, board: HealthBoard, max_watches: int = MAX_WATCHES) -> None:
        self._board = board
        self._watches_left = max_watches

    async def Check(
        self, request: health_pb2.HealthCheckRequest, _: Any
    ) -> health_pb2.HealthCheckResponse:
        """See health.proto."""
        return check(self._board, request.service)

    async def List(self, _: Message, __: Any) -> Message:
        """See health.proto."""
        return list_all(self._board)

    async def Watch(
        self, request: health_pb2.HealthCheckRequest, _: Any
    ) -> AsyncIterator[health_pb2.HealthCheckResponse]:
        """See health.proto."""
        if not self._watches_left:
            raise Refused(TOO_MANY_WATCHES)
        self._watches_left -= 1
        try:
            # The board changes seldom, so what waits for a slow reader stays small.
            changes: asyncio.Queue[Health] = asyncio.Queue()
            loop = asyncio.get_running_loop()

            def note(health: Health) -> None:
                loop.call_soon_threadsafe(changes.put_nowait, health)

            with self._board.listening(request.service, note):
                while (health := await changes.get()) is not Health.CLOSED:
                    yield status_message(health)
        finally:
            self._watches_left += 1
        raise Refused(STOPPING)
