"""What is found in shell scripts, by the program of the repository's lock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pants.backend.shell.target_types import ShellSourcesGeneratorTarget, ShellSourceTarget
from pants.backend.shell.target_types import rules as shell_target_rules
from pants.core import register as core
from pants.core.goals.lint import LintResult, Partitions
from pants.engine.addresses import Address
from pants.testutil.rule_runner import PYTHON_BOOTSTRAP_ENV, QueryRule, RuleRunner

from repository_options import RepositoryOptions
from shellcheck_py import register
from shellcheck_py.rules import ShellcheckFieldSet, ShellcheckRequest

LOCK = Path("3rdparty/python/shellcheck.lock")

GOOD = "#!/bin/sh\nset -eu\necho hello\n"
BAD = "#!/bin/sh\nset -eu\nrm -r $1\n"


@pytest.fixture(scope="module")
def engine(repository_options: RepositoryOptions) -> RuleRunner:
    """The backend with the repository's options."""
    runner = RuleRunner(
        rules=[
            *core.rules(),
            *register.rules(),
            *shell_target_rules(),
            QueryRule(Partitions, [ShellcheckRequest.PartitionRequest]),
            QueryRule(LintResult, [ShellcheckRequest.Batch]),
        ],
        target_types=[ShellSourcesGeneratorTarget, ShellSourceTarget],
    )
    runner.write_files(
        {
            str(LOCK): LOCK.read_bytes(),
            "scripts/BUILD": "shell_sources(sources=['*.sh'])",
            "scripts/good.sh": GOOD,
            "scripts/bad.sh": BAD,
        }
    )
    return runner


def lint(
    runner: RuleRunner, options: RepositoryOptions, names: list[str], *arguments: str
) -> list[LintResult]:
    """The results for some of the scripts."""
    runner.set_options(
        [
            *options.arguments("shellcheck-py", "install_from_resolve", "interpreter_constraints"),
            *options.arguments("pex-cli", "version", "url_template", "known_versions"),
            *options.arguments(
                "python",
                "default_resolve",
                "enable_resolves",
                "interpreter_constraints",
                "resolves",
                "resolves_generate_lockfiles",
            ),
            *arguments,
        ],
        env_inherit=PYTHON_BOOTSTRAP_ENV,
    )
    targets = [runner.get_target(Address("scripts", relative_file_path=name)) for name in names]
    field_sets = tuple(ShellcheckFieldSet.create(target) for target in targets)
    partitions: Partitions[ShellcheckFieldSet, Any] = runner.request(
        Partitions, [ShellcheckRequest.PartitionRequest(field_sets)]
    )
    return [
        runner.request(LintResult, [ShellcheckRequest.Batch("", each.elements, each.metadata)])
        for each in partitions
    ]


def test_a_sound_script_passes(engine: RuleRunner, repository_options: RepositoryOptions) -> None:
    (result,) = lint(engine, repository_options, ["good.sh"])
    assert (0, "") == (result.exit_code, result.stdout)


def test_a_mistake_fails_in_shellchecks_words_with_its_line(
    engine: RuleRunner, repository_options: RepositoryOptions
) -> None:
    (result,) = lint(engine, repository_options, ["bad.sh", "good.sh"])
    assert 1 == result.exit_code
    assert "In scripts/bad.sh line 3:" in result.stdout
    assert "SC2086" in result.stdout
    assert "good.sh" not in result.stdout


def test_arguments_are_passed_on(engine: RuleRunner, repository_options: RepositoryOptions) -> None:
    (result,) = lint(
        engine, repository_options, ["bad.sh"], "--shellcheck-py-args=--exclude=SC2086"
    )
    assert 0 == result.exit_code


def test_it_can_be_turned_off(engine: RuleRunner, repository_options: RepositoryOptions) -> None:
    assert [] == lint(engine, repository_options, ["bad.sh"], "--shellcheck-py-skip")
