"""The stub that calls the recommendations service, made once for each channel."""

import grpc

from chassis.channel import ProcessChannel
from onlinebooks.recommendations.v1 import recommendations_pb2_grpc as pb_grpc


class StubOfProcess:
    """Gives this process' stub: to make one is to make all of its methods. Any thread may ask."""

    def __init__(self, channel: ProcessChannel) -> None:
        self._channel = channel
        self._made: tuple[grpc.Channel, pb_grpc.RecommendationsServiceStub] | None = None

    def get(self) -> pb_grpc.RecommendationsServiceStub:
        """Give the stub of the channel of now."""
        channel = self._channel.get()
        made = self._made
        if made is None or made[0] is not channel:
            made = self._made = (channel, pb_grpc.RecommendationsServiceStub(channel))
        return made[1]
