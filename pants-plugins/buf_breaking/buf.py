"""Runs buf on the whole API: every `protobuf_source` of the repository, without its source root.

The whole of it always, whichever files are linted: a comparison of some files alone would report
the others as deleted, or would not see that one was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pants.backend.codegen.protobuf.lint.buf.subsystem import BufSubsystem
from pants.backend.codegen.protobuf.target_types import AllProtobufTargets, ProtobufSourceField
from pants.core.util_rules.config_files import ConfigFiles, ConfigFilesRequest
from pants.core.util_rules.external_tool import DownloadedExternalTool, ExternalToolRequest
from pants.core.util_rules.source_files import SourceFiles, SourceFilesRequest
from pants.core.util_rules.stripped_source_files import StrippedSourceFiles
from pants.engine.fs import Digest, MergeDigests
from pants.engine.platform import Platform
from pants.engine.process import Process
from pants.engine.rules import Get, MultiGet, Rule, collect_rules, rule
from pants.source.source_root import OptionalSourceRootsResult, SourceRoot, SourceRootsRequest
from pants.util.logging import LogLevel

from buf_breaking.subsystem import BufBreaking

IMAGE = "image.json"


@dataclass(frozen=True)
class Api:
    """The `.proto` files of the work tree, under the names by which they import each other.

    `roots` are the source roots in which the API lives: those of its files and that of the
    released image.
    """

    protos: Digest
    roots: frozenset[SourceRoot]


@dataclass(frozen=True)
class BufProcess:
    """buf with `[buf].config`, run in a sandbox that holds `input_digest`."""

    argv: tuple[str, ...]
    input_digest: Digest
    description: str
    output_files: tuple[str, ...] = ()


@rule
async def find_api(targets: AllProtobufTargets, options: BufBreaking) -> Api:
    sources = await Get(
        SourceFiles, SourceFilesRequest(target[ProtobufSourceField] for target in targets)
    )
    stripped, roots = await MultiGet(
        Get(StrippedSourceFiles, SourceFiles, sources),
        Get(
            OptionalSourceRootsResult,
            SourceRootsRequest,
            SourceRootsRequest.for_files([*sources.files, options.against]),
        ),
    )
    return Api(
        stripped.snapshot.digest,
        frozenset(
            root.source_root for root in roots.path_to_optional_root.values() if root.source_root
        ),
    )


@rule
async def set_up_buf(request: BufProcess, buf: BufSubsystem, platform: Platform) -> Process:
    binary, config = await MultiGet(
        Get(DownloadedExternalTool, ExternalToolRequest, buf.get_request(platform)),
        Get(ConfigFiles, ConfigFilesRequest, buf.config_request),
    )
    input_digest = await Get(
        Digest, MergeDigests((request.input_digest, binary.digest, config.snapshot.digest))
    )
    command, *args = request.argv
    return Process(
        argv=(
            binary.exe,
            command,
            *(("--config", buf.config) if buf.config else ()),
            *args,
        ),
        input_digest=input_digest,
        output_files=request.output_files,
        description=request.description,
        level=LogLevel.DEBUG,
    )


def build_image(protos: Digest) -> BufProcess:
    """Builds the image of `protos` as the output file `IMAGE`."""
    return BufProcess(
        # Without source information a changed comment or an empty line leaves the image as it was.
        argv=("build", "--exclude-source-info", "--output", IMAGE),
        input_digest=protos,
        description="Build a Protobuf image with buf.",
        output_files=(IMAGE,),
    )


def find_breaking_changes(
    protos_and_image: Digest, image_path: str, args: Sequence[str] = ()
) -> BufProcess:
    """Compares the protos with the image, in JSON, at `image_path`. Both are in the one digest."""
    return BufProcess(
        argv=("breaking", "--against", f"{image_path}#format=json", *args),
        input_digest=protos_and_image,
        description=f"Compare the Protobuf API with {image_path}.",
    )


def rules() -> list[Rule]:
    """The rules of this module."""
    return [*collect_rules()]
