"""Channels between services: balanced, kept alive, retrying within bounds, one for each process."""

import json
import os
import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

import grpc

from chassis.address import join

ChannelOptions = list[tuple[str, str | int]]

_TRIED_AGAIN = ("UNAVAILABLE", "CANCELLED")
"""CANCELLED is what gRPC's servers answer while they stop, until their clients know
(https://github.com/grpc/grpc/issues/41785). A call that its own caller cancels is over."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How calls that found no server, or one that stops, are tried again within their deadline.

    methods: "package.Service/Method", those that may safely reach a server twice. Others are tried
        once: neither UNAVAILABLE nor CANCELLED proves that the server did nothing.
    attempts: the most tries of one call, 2 to 5, the first included.
    initial_backoff_seconds, max_backoff_seconds: the pause before the second try, and the most that
        doubling makes of it; each is varied by a fifth at random.
    tokens, tokens_per_success: while half of the tokens are spent, nothing is tried again. A failed
        try costs one, a call that succeeds gives back a fraction. So a server that is down gets
        hardly more calls than there are.
    """

    methods: Sequence[str]
    attempts: int = 3
    initial_backoff_seconds: float = 0.02
    max_backoff_seconds: float = 0.1
    tokens: int = 10
    tokens_per_success: float = 0.1


@dataclass(frozen=True, slots=True)
class Keepalive:
    """How a connection that went dead unnoticed is found out.

    interval_seconds: the time between pings, also while there are no calls, so that the first call
        after a pause finds a live connection. Servers must allow it: see `chassis.server_options`.
    timeout_seconds: how long the answer to a ping may take.
    """

    interval_seconds: float = 30.0
    timeout_seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """How a channel behaves.

    resolution_seconds: the least time between two look-ups of a name. gRPC's own 30 seconds keep a
        client from a server that came back under another address.
    connect_seconds: the most that one attempt to connect may take.
    reconnect_seconds: the most time between two attempts to connect to an address that fails.
    max_message_bytes: the largest message either way; a larger one ends the call.
    """

    retries: Retries | None = None
    keepalive: Keepalive = field(default_factory=Keepalive)
    resolution_seconds: float = 2.0
    connect_seconds: float = 3.0
    reconnect_seconds: float = 5.0
    max_message_bytes: int = 1024 * 1024


def open_channel(
    host: str,
    port: int,
    settings: ChannelSettings,
    credentials: grpc.ChannelCredentials | None = None,
) -> grpc.Channel:
    """Open a channel that spreads calls over all addresses of a name.

    host: a name, or an IP address without brackets.
    credentials: None is plain text.

    Opening connects to nothing. A call meanwhile waits for the first connection, but fails at once
    with UNAVAILABLE when all attempts to connect have failed.
    """
    target = f"dns:///{quote(join(host, port), safe=':[]')}"
    options = channel_options(settings)
    if credentials is None:
        return grpc.insecure_channel(target, options)
    return grpc.secure_channel(target, credentials, options)


def channel_options(settings: ChannelSettings) -> ChannelOptions:
    """Give gRPC's names and units for the settings."""
    keepalive = settings.keepalive
    return [
        ("grpc.service_config", json.dumps(_service_config(settings.retries))),
        # Only this program says how its calls are balanced and retried, never a DNS record.
        ("grpc.service_config_disable_resolution", 1),
        # A proxy for web traffic in the environment is not for calls between services.
        ("grpc.enable_http_proxy", 0),
        # Channels otherwise share connections, a forked child's with those of its parent.
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.dns_min_time_between_resolutions_ms", _milliseconds(settings.resolution_seconds)),
        # Named for the pause, it also bounds an attempt; the pause itself begins at the next.
        ("grpc.min_reconnect_backoff_ms", _milliseconds(settings.connect_seconds)),
        ("grpc.initial_reconnect_backoff_ms", 200),
        ("grpc.max_reconnect_backoff_ms", _milliseconds(settings.reconnect_seconds)),
        ("grpc.keepalive_time_ms", _milliseconds(keepalive.interval_seconds)),
        ("grpc.keepalive_timeout_ms", _milliseconds(keepalive.timeout_seconds)),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.max_receive_message_length", settings.max_message_bytes),
        ("grpc.max_send_message_length", settings.max_message_bytes),
    ]


class ProcessChannel:
    """A channel for each process that uses it, opened when the process first does.

    gRPC's threads and connections do not outlive a fork, so a child must not use its parent's
    channel. Safe to use from several threads.
    """

    def __init__(self, open_channel: Callable[[], grpc.Channel]) -> None:
        self._open = open_channel
        self._lock = threading.Lock()
        self._channel: grpc.Channel | None = None
        self._inherited: list[grpc.Channel] = []
        this = weakref.ref(self)

        def forked() -> None:
            if (channel := this()) is not None:
                channel._start_anew()

        os.register_at_fork(after_in_child=forked)

    def get(self) -> grpc.Channel:
        """Give this process' channel."""
        with self._lock:
            if self._channel is None:
                self._channel = self._open()
            return self._channel

    def close(self) -> None:
        """Close this process' channel, ending its calls. The next `get` opens another."""
        with self._lock:
            channel, self._channel = self._channel, None
        if channel is not None:
            channel.close()

    def _start_anew(self) -> None:
        self._lock = threading.Lock()  # Some thread of the parent may have held the old one.
        if self._channel is not None:
            # To close it, or to let it be collected, would be to use it.
            self._inherited.append(self._channel)
            self._channel = None


def _service_config(retries: Retries | None) -> dict[str, object]:
    config: dict[str, object] = {"loadBalancingConfig": [{"round_robin": {}}]}
    if retries is not None:
        names = [method.split("/") for method in retries.methods]
        config["methodConfig"] = [
            {
                "name": [{"service": service, "method": method} for service, method in names],
                "retryPolicy": {
                    "maxAttempts": retries.attempts,
                    "initialBackoff": f"{retries.initial_backoff_seconds}s",
                    "maxBackoff": f"{retries.max_backoff_seconds}s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": _TRIED_AGAIN,
                },
            }
        ]
        config["retryThrottling"] = {
            "maxTokens": retries.tokens,
            "tokenRatio": retries.tokens_per_success,
        }
    return config


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
