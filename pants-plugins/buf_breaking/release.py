"""The goal `buf-release`: from now on, this is the API that must not break."""

from __future__ import annotations

import json

from pants.engine.console import Console
from pants.engine.fs import (
    CreateDigest,
    Digest,
    DigestContents,
    FileContent,
    MergeDigests,
    PathGlobs,
    Workspace,
)
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.process import FallibleProcessResult
from pants.engine.rules import Get, MultiGet, Rule, collect_rules, goal_rule
from pants.option.option_types import BoolOption

from buf_breaking.buf import Api, BufProcess, build_image, find_breaking_changes
from buf_breaking.subsystem import BufBreaking


class BufReleaseSubsystem(GoalSubsystem):
    """Options of the goal."""

    name = "buf-release"
    help = "Record the Protobuf API of the work tree as the released one, which `lint` protects."

    allow_breaking = BoolOption(
        default=False,
        help="Record it though it breaks clients of the API released before.",
    )


class BufRelease(Goal):
    """Exit code 0, or that of buf if the protos do not compile or would break clients."""

    subsystem_cls = BufReleaseSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


def reviewable(image: bytes) -> bytes:
    """The image, which buf writes in one line, as a file that a person can review line by line."""
    return (json.dumps(json.loads(image), ensure_ascii=False, indent=2) + "\n").encode()


@goal_rule
async def release(
    console: Console,
    workspace: Workspace,
    options: BufBreaking,
    subsystem: BufReleaseSubsystem,
    api: Api,
) -> BufRelease:
    built, before = await MultiGet(
        Get(FallibleProcessResult, BufProcess, build_image(api.protos)),
        Get(DigestContents, PathGlobs([options.against])),
    )
    if built.exit_code:
        console.print_stderr((built.stdout + built.stderr).decode().rstrip())
        return BufRelease(built.exit_code)
    (image,) = await Get(DigestContents, Digest, built.output_digest)
    content = reviewable(image.content)
    if before and before[0].content == content:
        console.print_stdout(f"{options.against} holds this API already.")
        return BufRelease(0)

    if before and not subsystem.allow_breaking:
        against = await Get(Digest, CreateDigest([FileContent(options.against, before[0].content)]))
        digest = await Get(Digest, MergeDigests((api.protos, against)))
        found = await Get(
            FallibleProcessResult, BufProcess, find_breaking_changes(digest, options.against)
        )
        if found.exit_code:
            console.print_stderr((found.stdout + found.stderr).decode().rstrip())
            console.print_stderr(
                f"\nNot recorded in {options.against}: clients of the API released before would "
                f"break. If that is meant, pass --{subsystem.name}-allow-breaking."
            )
            return BufRelease(found.exit_code)

    workspace.write_digest(await Get(Digest, CreateDigest([FileContent(options.against, content)])))
    console.print_stdout(f"{options.against} records the API. Commit it with the release.")
    return BufRelease(0)


def rules() -> list[Rule]:
    """The rules of this module."""
    return [*collect_rules()]
