"""Options of the images."""

from __future__ import annotations

from enum import Enum

from pants.option.option_types import EnumOption, StrOption, TargetOption
from pants.option.subsystem import Subsystem


class EngineUse(Enum):
    """What to do where images cannot be built."""

    IF_FOUND = "if-found"
    REQUIRED = "required"


class Images(Subsystem):
    """How `docker_image` targets are built here."""

    options_scope = "images"
    help = "How container images are built."

    engine = EnumOption(
        default=EngineUse.IF_FOUND,
        help=(
            "Without a container engine, or a base image to build on, leave images out (if-found)"
            " or fail (required)."
        ),
    )
    base_image = StrOption(
        default=None,
        help=(
            "The image to build on, for the Dockerfiles' `ARG BASE_IMAGE`; their own default if"
            " unset. Needs `python3.11` on its PATH and libstdc++."
        ),
    )
    source = StrOption(
        default=None,
        help=(
            "The address of the repository, for the label org.opencontainers.image.source; if"
            " unset, that of the remote `origin` where it is an http address."
        ),
    )
    sbom = TargetOption(
        default=None,
        help=(
            "The Python target whose entry point, called with the docker command, an image and a"
            " file, writes the image's bill of materials to the file; none is written if unset."
        ),
    )
