"""The goal `buf-since`: compares the API with what it was where the branch began.

`lint` protects what was released. This one also protects what was merged since, and so is a check
for pull requests. It reads git and therefore cannot be a linter, whose sandbox has no history.
"""

from __future__ import annotations

from pants.base.build_root import BuildRoot
from pants.core.util_rules.source_files import SourceFiles
from pants.core.util_rules.stripped_source_files import StrippedSourceFiles
from pants.engine.console import Console
from pants.engine.fs import CreateDigest, Digest, FileContent, MergeDigests, Snapshot
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.process import FallibleProcessResult
from pants.engine.rules import Get, Rule, collect_rules, goal_rule
from pants.option.option_types import StrOption
from pants.source.source_root import OptionalSourceRootsResult, SourceRootsRequest

from buf_breaking.buf import IMAGE, Api, BufProcess, build_image, find_breaking_changes
from buf_breaking.git_history import GitError, files_at, merge_base
from buf_breaking.subsystem import BufBreaking


class BufSinceSubsystem(GoalSubsystem):
    """Options of the goal."""

    name = "buf-since"
    help = "Look for breaking changes to the Protobuf API since the merge base with another branch."

    ref = StrOption(default="origin/main", help="The branch, or any commit, to be merged into.")


class BufSince(Goal):
    """Exit code 0, that of buf, or 1 if the history cannot be read."""

    subsystem_cls = BufSinceSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def check_since(
    console: Console,
    build_root: BuildRoot,
    options: BufBreaking,
    subsystem: BufSinceSubsystem,
    api: Api,
) -> BufSince:
    try:
        # In the goal itself, which runs each time: the engine would remember what a rule has read.
        commit = merge_base(build_root.pathlib_path, subsystem.ref)
        past = files_at(build_root.pathlib_path, commit, ".proto")
    except GitError as error:
        console.print_stderr(f"{error} (--{subsystem.name}-ref={subsystem.ref})")
        return BufSince(1)

    roots = await Get(
        OptionalSourceRootsResult, SourceRootsRequest, SourceRootsRequest.for_files(past)
    )
    # A .proto file outside the roots of the API, such as test data, is a promise to nobody.
    protos = [
        FileContent(str(path), past[str(path)])
        for path, root in roots.path_to_optional_root.items()
        if root.source_root in api.roots
    ]
    if not protos:
        console.print_stdout(f"There was no Protobuf API at {commit}.")
        return BufSince(0)

    snapshot = await Get(Snapshot, CreateDigest(protos))
    stripped = await Get(StrippedSourceFiles, SourceFiles(snapshot, ()))
    built = await Get(FallibleProcessResult, BufProcess, build_image(stripped.snapshot.digest))
    if built.exit_code:
        console.print_stderr((built.stdout + built.stderr).decode().rstrip())
        console.print_stderr(f"The protos do not compile as they were at {commit}.")
        return BufSince(built.exit_code)

    digest = await Get(Digest, MergeDigests((api.protos, built.output_digest)))
    compared = await Get(
        FallibleProcessResult, BufProcess, find_breaking_changes(digest, IMAGE, options.args)
    )
    if compared.exit_code:
        console.print_stderr((compared.stdout + compared.stderr).decode().rstrip())
        console.print_stderr(f"The Protobuf API breaks what it was at {commit}.")
        return BufSince(compared.exit_code)
    console.print_stdout(f"The Protobuf API breaks nothing that it was at {commit}.")
    return BufSince(0)


def rules() -> list[Rule]:
    """The rules of this module."""
    return [*collect_rules()]
