"""Where another service is."""

from dataclasses import dataclass

from chassis.address import join
from chassis.service_settings import parse_host


@dataclass(frozen=True, slots=True)
class ServiceAddress:
    """A service's host, a name or an IP address without brackets, and its port, 1 to 65535."""

    host: str
    port: int

    def __str__(self) -> str:
        return join(self.host, self.port)


def parse_address(text: str, default_port: int) -> ServiceAddress:
    """Read "host", "host:port", "[IPv6]" or "[IPv6]:port".

    An IPv6 address without brackets has no port. Raises ValueError if the text is none of these.
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
        return ServiceAddress(parse_host(host), default_port)
    if not (port.isascii() and port.isdigit()):
        raise ValueError("has a port that is not a number")
    if len(port) > 5 or not 1 <= int(port) <= 65535:
        raise ValueError("has a port that is not from 1 to 65535")
    return ServiceAddress(parse_host(host), int(port))
