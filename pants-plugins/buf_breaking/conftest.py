"""Fixtures: a repository with a small API."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pants.backend.codegen.protobuf import target_types
from pants.backend.codegen.protobuf.target_types import ProtobufSourcesGeneratorTarget
from pants.core import register as core
from pants.core.goals.lint import LintResult
from pants.core.util_rules.partitions import Partitions
from pants.testutil.rule_runner import QueryRule, RuleRunner

from buf_breaking import rules
from buf_breaking.release import BufRelease
from buf_breaking.rules import BufBreakingRequest
from buf_breaking.testing import FILES, IMAGE, Repository
from repository_options import RepositoryOptions


@pytest.fixture(scope="module")
def engine() -> RuleRunner:
    """The backend. One for all tests of a module: each would unpack buf anew."""
    return RuleRunner(
        rules=[
            *core.rules(),
            *rules.rules(),
            *target_types.rules(),
            QueryRule(Partitions, [BufBreakingRequest.PartitionRequest]),
            QueryRule(LintResult, [BufBreakingRequest.Batch]),
        ],
        target_types=[ProtobufSourcesGeneratorTarget],
    )


@pytest.fixture()
def unreleased(engine: RuleRunner, repository_options: RepositoryOptions) -> Iterator[Repository]:
    """A repository whose API was never released."""
    engine.write_files(FILES)
    yield Repository(
        engine,
        (
            *repository_options.arguments("buf", "version", "url_template", "known_versions"),
            "--buf-config=protos/buf.yaml",
            f"--buf-breaking-against={IMAGE}",
            "--source-root-patterns=['/protos']",
        ),
    )
    for entry in Path(engine.build_root).iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    engine.scheduler.invalidate_all_files()


@pytest.fixture()
def repository(unreleased: Repository) -> Repository:
    """A repository whose API is as it was released."""
    assert unreleased.run(BufRelease).exit_code == 0
    return unreleased
