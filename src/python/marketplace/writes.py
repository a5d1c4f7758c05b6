"""What stands before every write: who writes, whether the form is ours, and how often."""

from collections.abc import Callable

from flask import g, request
from werkzeug.exceptions import TooManyRequests

from marketplace.client_address import ClientAddresses
from marketplace.visitor import Visitor
from marketplace.write_limits import WriteLimits

ADDRESS_FACTOR = 10
"""How many readers' worth of writes come from one address: households and offices share one."""


class Writes:
    """Lets a form through, or not.

    per_minute: how often a reader may write; an address may `ADDRESS_FACTOR` times as often.
    clock: gives seconds that never go back.
    """

    def __init__(
        self, per_minute: int, addresses: ClientAddresses, clock: Callable[[], float]
    ) -> None:
        self._addresses = addresses
        self._by_reader = WriteLimits(per_minute, clock)
        self._by_address = WriteLimits(per_minute * ADDRESS_FACTOR, clock)

    def reader(self) -> int:
        """Give the reader who sends the form. Aborts with 403 or 429."""
        address = self._addresses.client_of(
            request.remote_addr, request.headers.get("X-Forwarded-For")
        )
        # Before the form is read: refusals are to be cheap.
        self._let_wait(self._by_address.wait_seconds(address))
        visitor: Visitor = g.visitor
        reader = visitor.written_by_reader()
        self._let_wait(self._by_reader.wait_seconds(reader))
        return reader

    def _let_wait(self, seconds: int) -> None:
        if seconds:
            raise TooManyRequests(retry_after=seconds)
