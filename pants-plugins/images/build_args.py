"""What every Dockerfile may ask for with ARG, and BUILD files with `{build_args.…}`.

Takes the place of Pants' own rule, which knows only what its options and BUILD files say.
"""

from __future__ import annotations

from pants.backend.docker.subsystems.docker_options import DockerOptions
from pants.backend.docker.target_types import DockerImageBuildArgsField
from pants.backend.docker.util_rules.docker_build_args import (
    DockerBuildArgs,
    DockerBuildArgsRequest,
)
from pants.engine.rules import Rule, collect_rules, rule

from images.revision import Revision
from images.subsystem import Images


@rule
async def give_build_args(
    request: DockerBuildArgsRequest,
    docker_options: DockerOptions,
    images: Images,
    revision: Revision,
) -> DockerBuildArgs:
    base = (f"BASE_IMAGE={images.base_image}",) if images.base_image else ()
    return DockerBuildArgs.from_strings(
        *base,
        f"CREATED={revision.created}",
        f"REVISION={revision.commit}",
        f"SOURCE={images.source or revision.source}",
        f"VERSION={revision.version}",
        # The later ones win.
        *docker_options.build_args,
        *(request.target.get(DockerImageBuildArgsField).value or ()),
    )


def rules() -> list[Rule]:
    """The rules of this module."""
    return [*collect_rules()]
