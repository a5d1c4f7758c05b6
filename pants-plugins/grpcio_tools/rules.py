"""Generates Python from Protocol Buffers with the protoc of grpcio-tools.

Takes the place of `pants.backend.codegen.protobuf.python.rules`, which wants a protoc and a gRPC
generator from a code host. Target types, their fields and dependency inference stay those of Pants.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from pants.backend.codegen.protobuf.python.additional_fields import PythonSourceRootField
from pants.backend.codegen.protobuf.target_types import ProtobufGrpcToggleField, ProtobufSourceField
from pants.backend.python.target_types import PythonSourceField
from pants.backend.python.util_rules import pex
from pants.backend.python.util_rules.pex import VenvPex, VenvPexProcess, VenvPexRequest
from pants.backend.python.util_rules.pex_environment import PexEnvironment
from pants.core.util_rules.source_files import SourceFilesRequest
from pants.core.util_rules.stripped_source_files import StrippedSourceFiles
from pants.engine.fs import (
    AddPrefix,
    CreateDigest,
    Digest,
    Directory,
    MergeDigests,
    RemovePrefix,
    Snapshot,
)
from pants.engine.process import ProcessResult
from pants.engine.rules import Get, MultiGet, Rule, collect_rules, rule
from pants.engine.target import (
    GeneratedSources,
    GenerateSourcesRequest,
    Target,
    TransitiveTargets,
    TransitiveTargetsRequest,
)
from pants.engine.unions import UnionRule
from pants.source.source_root import SourceRoot, SourceRootRequest
from pants.util.logging import LogLevel

from grpcio_tools.subsystem import GrpcioTools

OUTPUT_DIR = "_generated"
MESSAGE_STUBS = "protoc-gen-mypy"
SERVICE_STUBS = "protoc-gen-mypy_grpc"


class GeneratePythonFromProtobufRequest(GenerateSourcesRequest):
    """One `protobuf_source` to be turned into Python modules and their typed stubs."""

    input = ProtobufSourceField
    output = PythonSourceField


@dataclass(frozen=True)
class ProtocTool:
    """grpcio-tools, ready to run, with the plugins that it calls by path."""

    venv: VenvPex

    def output_args(self, *, grpc: bool) -> tuple[str, ...]:
        """The arguments that name the outputs: messages, and services too if `grpc`."""
        plugins = {"mypy": MESSAGE_STUBS}
        args = [f"--python_out={OUTPUT_DIR}", f"--mypy_out={OUTPUT_DIR}"]
        if grpc:
            plugins["mypy_grpc"] = SERVICE_STUBS
            args += [f"--grpc_python_out={OUTPUT_DIR}", f"--mypy_grpc_out={OUTPUT_DIR}"]
        args += [
            f"--plugin=protoc-gen-{name}={self.venv.bin[script].argv0}"
            for name, script in plugins.items()
        ]
        return tuple(args)


@rule
async def set_up_protoc(tool: GrpcioTools, pex_environment: PexEnvironment) -> ProtocTool:
    venv = await Get(
        VenvPex,
        VenvPexRequest(
            pex_request=tool.to_pex_request(main=tool.main),
            complete_pex_env=pex_environment.in_sandbox(working_directory=None),
            bin_names=(MESSAGE_STUBS, SERVICE_STUBS),
        ),
    )
    return ProtocTool(venv)


def _source_root_request(target: Target) -> SourceRootRequest:
    explicit = target.get(PythonSourceRootField).value
    if explicit:
        return SourceRootRequest(PurePath(explicit))
    return SourceRootRequest.for_target(target)


@rule(desc="Generate Python from Protobuf with grpcio-tools", level=LogLevel.DEBUG)
async def generate_python_from_protobuf(
    request: GeneratePythonFromProtobufRequest, protoc: ProtocTool
) -> GeneratedSources:
    target = request.protocol_target
    closure = await Get(TransitiveTargets, TransitiveTargetsRequest([target.address]))
    # Without their source roots, imports between .proto files need no --proto_path for each root.
    imported, own, output_dir, source_root = await MultiGet(
        Get(
            StrippedSourceFiles,
            SourceFilesRequest(
                tgt[ProtobufSourceField]
                for tgt in closure.closure
                if tgt.has_field(ProtobufSourceField)
            ),
        ),
        Get(StrippedSourceFiles, SourceFilesRequest([target[ProtobufSourceField]])),
        Get(Digest, CreateDigest([Directory(OUTPUT_DIR)])),
        Get(SourceRoot, SourceRootRequest, _source_root_request(target)),
    )
    input_digest = await Get(Digest, MergeDigests((imported.snapshot.digest, output_dir)))
    result = await Get(
        ProcessResult,
        VenvPexProcess(
            protoc.venv,
            argv=(
                "--proto_path=.",
                *protoc.output_args(grpc=bool(target.get(ProtobufGrpcToggleField).value)),
                *own.snapshot.files,
            ),
            input_digest=input_digest,
            output_directories=(OUTPUT_DIR,),
            description=f"Generate Python from {target.address}.",
            level=LogLevel.DEBUG,
        ),
    )
    generated = await Get(Digest, RemovePrefix(result.output_digest, OUTPUT_DIR))
    prefix = "" if source_root.path == "." else source_root.path
    return GeneratedSources(await Get(Snapshot, AddPrefix(generated, prefix)))


def rules() -> list[Rule | UnionRule]:
    """The rules of this backend."""
    return [
        *collect_rules(),
        *GrpcioTools.rules(),
        *pex.rules(),
        UnionRule(GenerateSourcesRequest, GeneratePythonFromProtobufRequest),
    ]
