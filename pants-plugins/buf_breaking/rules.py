"""Adds `buf breaking` to the goal `lint`."""

from __future__ import annotations

from typing import Any

from pants.backend.codegen.protobuf.lint.buf.subsystem import BufSubsystem
from pants.core.goals.lint import LintFilesRequest, LintResult
from pants.core.util_rules import config_files, external_tool, stripped_source_files
from pants.core.util_rules.partitions import Partitions
from pants.engine.fs import EMPTY_DIGEST, Digest, MergeDigests, PathGlobs
from pants.engine.process import FallibleProcessResult
from pants.engine.rules import Get, Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from buf_breaking import buf as buf_rules
from buf_breaking import release, since
from buf_breaking.buf import Api, find_breaking_changes
from buf_breaking.subsystem import BufBreaking


class BufBreakingRequest(LintFilesRequest):
    """Lints files rather than targets, so that it also runs when the last target is gone."""

    tool_subsystem = BufBreaking  # type: ignore[assignment] # Upstream forgot a ClassVar there.


@rule
async def partition(
    request: BufBreakingRequest.PartitionRequest, options: BufBreaking, buf: BufSubsystem
) -> Partitions[str, Any]:
    matters = any(
        file.endswith(".proto") or file in (options.against, buf.config) for file in request.files
    )
    if options.skip or not matters:
        return Partitions()
    # One element however many files are linted, lest Pants split the comparison into batches.
    return Partitions.single_partition([options.against])


@rule(desc="Look for breaking changes with buf", level=LogLevel.DEBUG)
async def lint_breaking(
    request: BufBreakingRequest.Batch[str, Any], options: BufBreaking, api: Api
) -> LintResult:
    released = await Get(Digest, PathGlobs([options.against]))
    if released == EMPTY_DIGEST:
        return LintResult(
            exit_code=1,
            stdout="",
            stderr=f"There is no {options.against}, the image of the released API that "
            f"[{BufBreaking.options_scope}].against names. "
            f"`./pants {release.BufReleaseSubsystem.name}` creates it.",
            linter_name=request.tool_name,
        )
    digest = await Get(Digest, MergeDigests((api.protos, released)))
    result = await Get(
        FallibleProcessResult,
        buf_rules.BufProcess,
        find_breaking_changes(digest, options.against, options.args),
    )
    return LintResult.create(request, result)


def rules() -> list[Rule | UnionRule]:
    """The rules of this backend."""
    return [
        *collect_rules(),
        *BufBreakingRequest.rules(),
        *buf_rules.rules(),
        *config_files.rules(),
        *external_tool.rules(),
        *release.rules(),
        *since.rules(),
        *stripped_source_files.rules(),
    ]
