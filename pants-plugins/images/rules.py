"""Packages `docker_image` targets: with an engine as Pants does, and a bill of materials beside."""

from __future__ import annotations

import dataclasses
import logging
from dataclasses import dataclass

from pants.backend.docker.goals.package_image import DockerPackageFieldSet
from pants.backend.docker.package_types import BuiltDockerImage
from pants.backend.docker.subsystems.docker_options import DockerOptions
from pants.backend.docker.subsystems.dockerfile_parser import DockerfileInfo, DockerfileInfoRequest
from pants.backend.docker.target_types import DockerImageSourceField
from pants.backend.docker.util_rules.docker_binary import DockerBinary
from pants.backend.python.target_types import (
    PexEntryPointField,
    PexLayout,
    ResolvedPexEntryPoint,
    ResolvePexEntryPointRequest,
)
from pants.backend.python.util_rules.pex import PexRequest, VenvPex, VenvPexProcess
from pants.backend.python.util_rules.pex_from_targets import PexFromTargetsRequest
from pants.core.goals.package import BuiltPackage, OutputPathField, PackageFieldSet
from pants.engine.addresses import UnparsedAddressInputs
from pants.engine.env_vars import EnvironmentVars, EnvironmentVarsRequest
from pants.engine.fs import EMPTY_DIGEST, Digest, MergeDigests
from pants.engine.process import ProcessResult
from pants.engine.rules import Get, MultiGet, Rule, collect_rules, rule
from pants.engine.target import Targets, WrappedTarget, WrappedTargetRequest
from pants.engine.unions import UnionRule

from images.engine import BaseImage, BaseImageRequest, ContainerEngine
from images.subsystem import EngineUse, Images

logger = logging.getLogger(__name__)


class ImageNotBuilt(Exception):
    """An image is required and cannot be built here."""


@dataclass(frozen=True)
class ImageFieldSet(PackageFieldSet):
    """A `docker_image`, whether or not it can be built here."""

    required_fields = (DockerImageSourceField,)

    source: DockerImageSourceField
    output_path: OutputPathField


@dataclass(frozen=True)
class SbomRequest:
    """A wish for the bill of materials of the image `image_id`, to be written to `path`."""

    image_id: str
    path: str


@dataclass(frozen=True)
class Sbom:
    """A bill of materials; an empty digest if none is to be written."""

    digest: Digest


@rule
async def package_image(
    field_set: ImageFieldSet, images: Images, engine: ContainerEngine
) -> BuiltPackage:
    problem = engine.problem
    if not problem:
        dockerfile = await Get(DockerfileInfo, DockerfileInfoRequest(field_set.address))
        default = dockerfile.from_image_build_args.to_dict().get("BASE_IMAGE")
        if name := images.base_image or default:
            problem = (await Get(BaseImage, BaseImageRequest(name))).problem
    if problem:
        if images.engine is EngineUse.REQUIRED:
            raise ImageNotBuilt(f"{field_set.address} cannot be built: {problem}")
        logger.warning(f"Left out {field_set.address}: {problem}")
        return BuiltPackage(EMPTY_DIGEST, ())
    wrapped = await Get(
        WrappedTarget, WrappedTargetRequest(field_set.address, description_of_origin="package")
    )
    built = await Get(
        BuiltPackage, DockerPackageFieldSet, DockerPackageFieldSet.create(wrapped.target)
    )
    (image,) = (each for each in built.artifacts if isinstance(each, BuiltDockerImage))
    path = field_set.output_path.value_or_default(file_ending="cdx.json")
    sbom = await Get(Sbom, SbomRequest(image.image_id, path))
    if sbom.digest == EMPTY_DIGEST:
        return built
    digest = await Get(Digest, MergeDigests((built.digest, sbom.digest)))
    lines = (*image.extra_log_lines, f"Bill of materials: {path}")
    return BuiltPackage(digest, (dataclasses.replace(image, extra_log_lines=lines),))


@rule(desc="Write an image's bill of materials")
async def write_sbom(
    request: SbomRequest,
    images: Images,
    docker: DockerBinary,
    environment: DockerOptions.EnvironmentAware,
) -> Sbom:
    if not images.sbom:
        return Sbom(EMPTY_DIGEST)
    targets, env = await MultiGet(
        Get(
            Targets,
            UnparsedAddressInputs(
                [images.sbom],
                owning_address=None,
                description_of_origin="the option [images].sbom",
            ),
        ),
        Get(EnvironmentVars, EnvironmentVarsRequest(environment.env_vars)),
    )
    program = targets.expect_single()
    main = await Get(
        ResolvedPexEntryPoint, ResolvePexEntryPointRequest(program[PexEntryPointField])
    )
    subset = await Get(
        PexRequest,
        PexFromTargetsRequest(
            [program.address],
            output_filename="sbom.pex",
            # An internal one would hold all of the lock, where this needs a few of its libraries.
            internal_only=False,
            layout=PexLayout.PACKED,
            main=main.val,
        ),
    )
    # For this machine all the same: it runs with the one interpreter that it is made with.
    tool = await Get(VenvPex, PexRequest, dataclasses.replace(subset, internal_only=True))
    result = await Get(
        ProcessResult,
        VenvPexProcess(
            tool,
            argv=(docker.path, request.image_id, request.path),
            extra_env=env,
            output_files=(request.path,),
            description=f"Write {request.path}.",
        ),
    )
    return Sbom(result.output_digest)


def rules() -> list[Rule | UnionRule]:
    """The rules of this module."""
    return [*collect_rules(), UnionRule(PackageFieldSet, ImageFieldSet)]
