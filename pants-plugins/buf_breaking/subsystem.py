"""Options of the check for breaking changes."""

from __future__ import annotations

from pants.option.option_types import ArgsListOption, SkipOption, StrOption
from pants.option.subsystem import Subsystem


class BufBreaking(Subsystem):
    """What the API is compared with. The binary and its configuration are those of `[buf]`."""

    options_scope = "buf-breaking"
    name = "buf breaking"
    help = "Finds changes to the Protobuf API that would break its clients (https://buf.build)."

    skip = SkipOption("lint")
    args = ArgsListOption(example="--error-format=github-actions")
    against = StrOption(
        default="released.json",
        help="Path, from the build root, of the image, in JSON, of the API as last released. "
        "`buf-release` writes it.",
    )
