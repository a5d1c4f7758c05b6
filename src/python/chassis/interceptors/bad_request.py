"""INVALID_ARGUMENT that says which fields are wrong, as google.rpc.BadRequest in its details."""

from collections.abc import Iterable

import grpc
from google.protobuf.any_pb2 import Any
from google.rpc.error_details_pb2 import BadRequest
from google.rpc.status_pb2 import Status as RichStatus
from grpc_status import rpc_status

from chassis.interceptors.call import Status


def bad_request(violations: Iterable[tuple[str, str]]) -> Status:
    """Make the status for fields of a request that break rules.

    violations: each field's path in the request, with words for the client on what is wrong.
    """
    fields = [BadRequest.FieldViolation(field=f, description=d) for f, d in violations]
    text = "; ".join(f"{each.field} {each.description}" for each in fields)
    details = Any()
    details.Pack(BadRequest(field_violations=fields))
    code = grpc.StatusCode.INVALID_ARGUMENT
    rich = RichStatus(code=code.value[0], message=text, details=[details])
    status = rpc_status.to_status(rich)
    return Status(code, text, tuple(status.trailing_metadata or ()))
