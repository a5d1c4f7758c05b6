"""A client that knows nothing but the tutorial's proto, compiled afresh from its definition here.

It shares no generated code with the services: its messages live in a descriptor pool of their own.
"""

from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from google.protobuf.message import Message

DEFINITION = """
name: "tutorial/recommendations.proto"
syntax: "proto3"
enum_type {
  name: "BookCategory"
  value { name: "MYSTERY" number: 0 }
  value { name: "SCIENCE_FICTION" number: 1 }
  value { name: "SELF_HELP" number: 2 }
}
message_type {
  name: "RecommendationRequest"
  field { name: "user_id" number: 1 type: TYPE_INT32 label: LABEL_OPTIONAL }
  field {
    name: "category" number: 2
    type: TYPE_ENUM type_name: "BookCategory" label: LABEL_OPTIONAL
  }
  field { name: "max_results" number: 3 type: TYPE_INT32 label: LABEL_OPTIONAL }
}
message_type {
  name: "BookRecommendation"
  field { name: "id" number: 1 type: TYPE_INT32 label: LABEL_OPTIONAL }
  field { name: "title" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL }
}
message_type {
  name: "RecommendationResponse"
  field {
    name: "recommendations" number: 1
    type: TYPE_MESSAGE type_name: "BookRecommendation" label: LABEL_REPEATED
  }
}
"""
METHOD = "/Recommendations/Recommend"
SECONDS = 20.0


@dataclass(frozen=True)
class Book:
    """A book as the tutorial's clients see it."""

    id: int
    title: str


class TutorialClient:
    """Calls `Recommendations.Recommend`."""

    def __init__(self, channel: grpc.Channel) -> None:
        pool = descriptor_pool.DescriptorPool()
        definition = descriptor_pb2.FileDescriptorProto()
        text_format.Parse(DEFINITION, definition)
        pool.Add(definition)
        messages = pool.FindFileByName(definition.name).message_types_by_name
        self._request = message_factory.GetMessageClass(messages["RecommendationRequest"])
        self._response = message_factory.GetMessageClass(messages["RecommendationResponse"])
        self._call: grpc.UnaryUnaryMultiCallable[Message, Any] = channel.unary_unary(
            METHOD,
            request_serializer=self._request.SerializeToString,
            response_deserializer=self._response.FromString,
        )

    def recommend(self, **fields: int) -> list[Book]:
        """The recommended books, in the order of the answer.

        :param fields: the request's fields that are set.
        :raises grpc.RpcError: another status than OK.
        """
        response = self._call(self._request(**fields), timeout=SECONDS)
        return [Book(book.id, book.title) for book in response.recommendations]
