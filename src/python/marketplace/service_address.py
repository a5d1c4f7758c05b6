"""Where another service is."""

from pydantic import Field
from pydantic.dataclasses import dataclass

from chassis.address import join
from chassis.service_settings import Host


@dataclass(frozen=True)
class ServiceAddress:
    """A service's host, a name or an IP address without brackets, and its port, 1 to 65535."""

    host: Host
    port: int = Field(ge=1, le=65535)

    def __str__(self) -> str:
        return join(self.host, self.port)


def split_address(text: str, default_port: int) -> dict[str, str | int]:
    """Take "host", "host:port", "[IPv6]" or "[IPv6]:port" apart, for ServiceAddress to check.

    An IPv6 address without brackets has no port. Raises ValueError if the form is none of these.
    """
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError("is neither HOST nor HOST:PORT")
        colon, port = rest[:1], rest[1:]
    elif text.count(":") > 1:
        host, colon, port = text, "", ""
    else:
        host, colon, port = text.partition(":")
    if not colon:
        return {"host": host, "port": default_port}
    if not (port.isascii() and port.isdigit()):
        raise ValueError("has a port that is not a number")
    return {"host": host, "port": port}
