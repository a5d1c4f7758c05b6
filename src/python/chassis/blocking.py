"""Methods that wait for something else, a database for instance, beside others that never do."""

import asyncio
from collections.abc import Callable, Collection
from concurrent.futures import Executor
from contextvars import copy_context
from typing import Any

from chassis.reserve import OnReserve


class Blocking(OnReserve):
    """A handler that runs on threads of its own, on either kind of server.

    Neither the event loop nor the threads of other methods wait with it.

    pool: its size is how many calls wait at once; more stand in line, until their time is over.
    """

    def __init__(self, handler: Callable[..., Any], pool: Executor) -> None:
        super().__init__(handler, pool)
        self._pool = pool

    def __call__(self, request: Any, context: Any) -> Any:
        """Handle a call; on an event loop, give what to wait for."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # gRPC has brought us to the pool already.
            return super().__call__(request, context)
        handle = copy_context().run
        return loop.run_in_executor(self._pool, handle, super().__call__, request, context)


class PartlyBlocking:
    """A servicer some of whose methods block.

    names: of those methods.
    """

    def __init__(self, servicer: object, names: Collection[str], pool: Executor) -> None:
        self._servicer = servicer
        self._blocking = {name: Blocking(getattr(servicer, name), pool) for name in names}

    def __getattr__(self, name: str) -> Any:
        return self._blocking.get(name) or getattr(self._servicer, name)
