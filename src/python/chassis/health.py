"""Health by named components: a service is healthy while every component that it needs is.

This core serves threads and asyncio alike; servicers and HTTP probes only show it.
"""

import enum
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock

OVERALL = ""
"""The service name that stands for the whole server (grpc.health.v1)."""


class Health(enum.Enum):
    """What is said about a service."""

    SERVING = enum.auto()
    NOT_SERVING = enum.auto()
    UNKNOWN = enum.auto()
    """There is no such service."""
    CLOSED = enum.auto()
    """Said once, to watchers: nothing follows."""


Listener = Callable[[Health], None]
"""Is told each change of a service's health; must return at once and must not raise."""


class HealthBoard:
    """Holds which components are well, and tells what that means for each service.

    services: the components that each service needs, by the service's full name.

    A component is unwell until it is reported well: nothing is healthy by default. Safe for use
    from any thread.
    """

    def __init__(self, services: Mapping[str, Collection[str]]) -> None:
        self._services = {name: frozenset(components) for name, components in services.items()}
        self._well = {name: False for names in self._services.values() for name in names}
        self._why: dict[str, str] = {}
        self._describe: dict[str, Callable[[], str]] = {}
        self._stopping = False
        self._closed = False
        self._listeners: dict[str, set[Listener]] = {}
        self._lock = Lock()

    @property
    def services(self) -> Collection[str]:
        """The names of the services."""
        return self._services.keys()

    def report(self, component: str, *, well: bool, why: str = "") -> None:
        """Say how a component is. Raises KeyError if no service needs it.

        why: it is unwell, in a line for whoever runs the service.
        """
        with self._lock, self._telling_changes():
            if component not in self._well:
                raise KeyError(component)
            self._well[component] = well
            self._why[component] = why

    def describe(self, component: str, text: Callable[[], str]) -> None:
        """Let a component tell more of itself. Raises KeyError if no service needs it.

        text: gives a line for whoever runs the service, well or not; "" where there is nothing to
            tell. Is asked on any thread, and must return at once.
        """
        with self._lock:
            if component not in self._well:
                raise KeyError(component)
            self._describe[component] = text

    def stop(self) -> None:
        """Make every service unhealthy for good, because the process is about to end."""
        with self._lock, self._telling_changes():
            self._stopping = True

    def close(self) -> None:
        """Tell every watcher that nothing follows, so that open watches do not hold up the end."""
        with self._lock:
            self._closed = True
            for listener in [each for group in self._listeners.values() for each in group]:
                listener(Health.CLOSED)

    def health_of(self, service: str) -> Health:
        """Give the present health of a service."""
        with self._lock:
            return self._health_of(service)

    def unwell(self, service: str = OVERALL) -> list[str]:
        """Name what keeps a service from being healthy, for a person to read; nothing if it is."""
        with self._lock:
            if service not in self._services:
                return ["unknown"]
            names = [
                f"{name}: {why}" if (why := self._why.get(name)) else name
                for name in sorted(self._services[service])
                if not self._well[name]
            ]
            return ["stopping", *names] if self._stopping else names

    def details(self, service: str = OVERALL) -> list[str]:
        """Give what the components of a service tell of themselves, for a person to read."""
        with self._lock:
            of = sorted(self._services.get(service, frozenset()) & self._describe.keys())
            describe = [(name, self._describe[name]) for name in of]
        return [f"{name}: {text}" for name, tell in describe if (text := tell())]

    @contextmanager
    def listening(self, service: str, listener: Listener) -> Iterator[None]:
        """Tell `listener` the present health of a service, then each change until the block ends.

        Calls come one at a time, in order, on the thread that makes the change.
        """
        with self._lock:
            listener(self._health_of(service))
            if self._closed:
                listener(Health.CLOSED)
            self._listeners.setdefault(service, set()).add(listener)
        try:
            yield
        finally:
            with self._lock:
                self._listeners[service].remove(listener)
                if not self._listeners[service]:
                    del self._listeners[service]

    @contextmanager
    def _telling_changes(self) -> Iterator[None]:
        before = {service: self._health_of(service) for service in self._listeners}
        yield
        for service, listeners in self._listeners.items():
            health = self._health_of(service)
            if health is not before[service]:
                for listener in listeners:
                    listener(health)

    def _health_of(self, service: str) -> Health:
        if service not in self._services:
            return Health.UNKNOWN
        well = not self._stopping and all(self._well[name] for name in self._services[service])
        return Health.SERVING if well else Health.NOT_SERVING
