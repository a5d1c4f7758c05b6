"""Options of the generator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pants.backend.python.subsystems.python_tool_base import LockfileRules, PythonToolBase
from pants.backend.python.target_types import EntryPoint


class GrpcioTools(PythonToolBase):
    """grpcio-tools and mypy-protobuf, installed together from one resolve."""

    options_scope = "grpcio-tools"
    name = "grpcio-tools"
    help = "Generates Python modules, gRPC stubs and typed stubs from Protocol Buffers."

    default_version = "grpcio-tools"
    default_extra_requirements: ClassVar[Sequence[str]] = ["mypy-protobuf"]
    default_main = EntryPoint("grpc_tools.protoc")
    # Pants wants a name, though `install_from_resolve` is what is used: there is no such file.
    default_lockfile_resource = ("grpcio_tools", "grpcio_tools.lock")
    lockfile_rules_type = LockfileRules.CUSTOM
    register_interpreter_constraints = True
