"""The backend `images`: Pants' Docker targets, left out where there is no container engine."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pants.backend.docker.goals import package_image, publish, tailor
from pants.backend.docker.goals.package_image import DockerPackageFieldSet
from pants.backend.docker.lint.hadolint import skip_field
from pants.backend.docker.lint.hadolint.rules import rules as hadolint_rules
from pants.backend.docker.subsystems import dockerfile_parser
from pants.backend.docker.target_types import DockerImageTarget
from pants.backend.docker.target_types import rules as docker_target_rules
from pants.backend.docker.util_rules import (
    dependencies,
    docker_binary,
    docker_build_context,
    docker_build_env,
    dockerfile,
)
from pants.core.goals.package import PackageFieldSet
from pants.engine.target import Target
from pants.engine.unions import UnionRule

from images import build_args, engine, revision
from images import rules as packaging

REPLACED = UnionRule(PackageFieldSet, DockerPackageFieldSet)


def target_types() -> list[type[Target]]:
    """The target types that this backend brings."""
    return [DockerImageTarget]


def rules() -> Iterable[Any]:
    """Upstream's rules, with ours for packaging and for build arguments, and without `run`."""
    return [
        *build_args.rules(),
        *dependencies.rules(),
        *docker_binary.rules(),
        *docker_build_context.rules(),
        *docker_build_env.rules(),
        *docker_target_rules(),
        *dockerfile.rules(),
        *dockerfile_parser.rules(),
        *engine.rules(),
        # Their own backend would bring back the rules that are replaced.
        *hadolint_rules(),
        *(each for each in package_image.rules() if each != REPLACED),
        *packaging.rules(),
        *publish.rules(),
        *revision.rules(),
        *skip_field.rules(),
        *tailor.rules(),
    ]
