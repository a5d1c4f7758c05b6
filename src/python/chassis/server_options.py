"""Options of gRPC servers: limits, and pings that agree with what clients do."""

from msgspec import Struct

MIN_CLIENT_PING_SECONDS = 10
"""Clients that ping more often are sent away; channels of this library ping less often."""


_PENDING = 16


class ServerOptions(Struct, frozen=True):
    """What a server allows.

    threads: calls handled at once by a server with a thread pool; others wait in line.
    max_calls: calls in flight, those in line among them; more are refused with RESOURCE_EXHAUSTED.
    max_request_bytes: larger requests get RESOURCE_EXHAUSTED before they are decoded.
    max_metadata_bytes: of a call; larger metadata ends the call.
    max_streams: calls at once on one connection; clients hold back what is beyond. Fewer than
        `max_calls`, so that one peer does not take the place of all others.
    keepalive_seconds: how long a connection may be silent before the server pings it.
    keepalive_timeout_seconds: how long the answer to a ping may take.
    min_client_ping_seconds: clients that ping more often than this, three times too early, are sent
        away (ENHANCE_YOUR_CALM), whether or not there are calls on the connection.
    max_connection_age_seconds: how old a connection gets, give or take a tenth at random, so that
        not all go at once. Its client is told to open another: so calls find new servers, and are
        dealt out anew between processes that share a port. None is lost.
    max_connection_age_grace_seconds: how long calls on a connection that old may go on.
    handshake_seconds: how long a peer may take from connecting until it has spoken TLS and HTTP/2.
    share_port: let other processes listen on the port too, and the system spread connections.
        Otherwise a port that is taken is an error, as it should be.
    reflection: let clients ask which services there are, and what their messages look like.
    """

    threads: int = 16
    max_calls: int = 512
    max_request_bytes: int = 1024 * 1024
    max_metadata_bytes: int = 16 * 1024
    max_streams: int = 256
    keepalive_seconds: float = 60.0
    keepalive_timeout_seconds: float = 10.0
    min_client_ping_seconds: float = MIN_CLIENT_PING_SECONDS
    max_connection_age_seconds: float = 300.0
    max_connection_age_grace_seconds: float = 30.0
    handshake_seconds: float = 10.0
    share_port: bool = False
    reflection: bool = True

    def channel_arguments(self) -> list[tuple[str, int]]:
        """Give the arguments that `grpc.server` and `LoopServer` take as `options`."""
        return [
            ("grpc.so_reuseport", int(self.share_port)),
            ("grpc.max_receive_message_length", self.max_request_bytes),
            ("grpc.max_metadata_size", self.max_metadata_bytes),
            ("grpc.absolute_max_metadata_size", self.max_metadata_bytes),
            ("grpc.max_concurrent_streams", self.max_streams),
            # gRPC's own bounds on calls that nobody has looked at yet; beyond the first it begins
            # to drop calls by chance, those of well-behaved clients among them.
            ("grpc.server.max_pending_requests", _PENDING * self.max_calls),
            ("grpc.server.max_pending_requests_hard_limit", 2 * _PENDING * self.max_calls),
            ("grpc.keepalive_time_ms", _milliseconds(self.keepalive_seconds)),
            ("grpc.keepalive_timeout_ms", _milliseconds(self.keepalive_timeout_seconds)),
            ("grpc.keepalive_permit_without_calls", 1),
            (
                "grpc.http2.min_ping_interval_without_data_ms",
                _milliseconds(self.min_client_ping_seconds),
            ),
            ("grpc.max_connection_age_ms", _milliseconds(self.max_connection_age_seconds)),
            (
                "grpc.max_connection_age_grace_ms",
                _milliseconds(self.max_connection_age_grace_seconds),
            ),
            ("grpc.server_handshake_timeout_ms", _milliseconds(self.handshake_seconds)),
        ]


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
