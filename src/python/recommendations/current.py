"""What is in use at the moment, and is swapped whole when there is something newer."""

from typing import Generic, TypeVar

from recommendations.errors import NoCatalog

T = TypeVar("T")


class Current(Generic[T]):
    """Holds one immutable value; readers never wait, and never see half of two values.

    Whoever answers a request asks once, and works with what it was given.
    """

    def __init__(self, value: T | None = None) -> None:
        self._value = value

    def __call__(self) -> T:
        """Give the value. Raises NoCatalog while there is none."""
        value = self._value
        if value is None:
            raise NoCatalog
        return value

    def swap(self, value: T) -> None:
        """Use another value from now on."""
        self._value = value
