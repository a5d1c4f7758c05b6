"""What `lint` says of changes to an API that was released."""

from __future__ import annotations

import pytest
from pants.core.goals.lint import Lint, LintResult

from buf_breaking.testing import FROZEN, IMAGE, LOANS, MEMBERS, Repository


def only(results: tuple[LintResult, ...]) -> LintResult:
    """The result of the one comparison."""
    (result,) = results
    return result


def test_an_api_as_it_was_released_passes(repository: Repository) -> None:
    result = only(repository.lint())

    assert (0, "", "") == (result.exit_code, result.stdout, result.stderr)


@pytest.mark.parametrize(
    ("path", "old", "new", "words"),
    [
        pytest.param(
            MEMBERS,
            "string name = 1",
            "string title = 1",
            'library/v1/members.proto:6:10:Field "1" on message "Member" '
            'changed name from "name" to "title".',
            id="a renamed field",
        ),
        pytest.param(
            LOANS,
            "int32 days = 2",
            "string days = 2",
            'library/v1/loans.proto:14:3:Field "2" with name "days" on message "LendRequest" '
            'changed type from "int32" to "string".',
            id="another type",
        ),
        pytest.param(
            MEMBERS,
            "  AGE_CHILD = 1;\n",
            "",
            "library/v1/members.proto:10:1:"
            'Previously present enum value "1" on enum "Age" was deleted.',
            id="a deleted enum value",
        ),
        pytest.param(
            LOANS,
            "  rpc Return(LendRequest) returns (LendResponse);\n",
            "",
            "library/v1/loans.proto:7:1:"
            'Previously present RPC "Return" on service "LoansService" was deleted.',
            id="a deleted method",
        ),
        pytest.param(
            FROZEN,
            "text = 1",
            "text = 2",
            "frozen.proto:3:1:"
            'Previously present field "1" with name "text" on message "Stamp" was deleted.',
            id="a renumbered field of a file without a package",
        ),
    ],
)
def test_a_change_that_breaks_clients_fails_in_the_words_of_buf(
    repository: Repository, path: str, old: str, new: str, words: str
) -> None:
    repository.edit(path, old, new)

    result = only(repository.lint())

    assert 100 == result.exit_code
    assert words in result.stdout.splitlines()


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        pytest.param(
            MEMBERS, "Age age = 2;", "Age age = 2;\n  optional string email = 3;", id="a field"
        ),
        pytest.param(
            MEMBERS, "AGE_ADULT = 2;", "AGE_ADULT = 2;\n  AGE_SENIOR = 3;", id="an enum value"
        ),
        pytest.param(
            LOANS,
            "service LoansService {",
            "service LoansService {\n  rpc Renew(LendRequest) returns (LendResponse);",
            id="a method",
        ),
        pytest.param(
            LOANS, "message LendRequest {", "// Said so.\nmessage LendRequest {", id="a comment"
        ),
    ],
)
def test_an_addition_passes(repository: Repository, path: str, old: str, new: str) -> None:
    repository.edit(path, old, new)

    assert 0 == only(repository.lint()).exit_code


def test_a_new_file_passes(repository: Repository) -> None:
    repository.runner.write_files({"protos/library/v1/fees.proto": 'syntax = "proto3";\n'})

    assert 0 == only(repository.lint()).exit_code


def test_linting_one_file_does_not_report_the_others_as_deleted(repository: Repository) -> None:
    assert 0 == only(repository.lint(MEMBERS)).exit_code


def test_linting_one_file_finds_what_breaks_in_another(repository: Repository) -> None:
    repository.edit(LOANS, "int32 days = 2", "int64 days = 2")

    assert 100 == only(repository.lint(MEMBERS)).exit_code


def test_a_deleted_file_fails_when_any_other_is_linted(repository: Repository) -> None:
    repository.delete(LOANS)

    result = only(repository.lint(FROZEN))

    assert 100 == result.exit_code
    assert 'Previously present file "library/v1/loans.proto" was deleted.' in result.stdout


def test_a_file_that_lost_its_target_fails(repository: Repository) -> None:
    repository.delete("protos/BUILD")

    result = only(repository.lint(MEMBERS))

    assert 100 == result.exit_code
    assert 'Previously present file "frozen.proto" was deleted.' in result.stdout


def test_an_api_deleted_whole_fails_when_the_image_is_linted(repository: Repository) -> None:
    for path in (FROZEN, LOANS, MEMBERS):
        repository.delete(path)

    result = only(repository.lint(IMAGE))

    assert 1 == result.exit_code
    assert "had no .proto files" in result.stderr


def test_many_files_are_compared_once(repository: Repository) -> None:
    """Pants cuts a partition into batches of files: each would repeat the same comparison."""
    files = tuple(f"protos/{number}.proto" for number in range(1000))

    (partition,) = repository.partition(*files)

    assert (IMAGE,) == partition.elements


@pytest.mark.parametrize("file", [FROZEN, IMAGE, "protos/buf.yaml"])
def test_a_change_to_the_protos_the_image_or_the_rules_calls_for_a_comparison(
    repository: Repository, file: str
) -> None:
    assert 1 == len(repository.partition(file))


def test_other_files_call_for_none(repository: Repository) -> None:
    assert not repository.partition("src/python/library/loans.py", "protos/BUILD")


def test_skip_is_obeyed(repository: Repository) -> None:
    assert not repository.partition(MEMBERS, args=("--buf-breaking-skip",))


def test_args_reach_buf(repository: Repository) -> None:
    repository.edit(MEMBERS, "string name = 1", "string title = 1")

    result = only(repository.lint(args=("--buf-breaking-args='--error-format=github-actions'",)))

    assert result.stdout.startswith("::error file=library/v1/members.proto,line=6,")


def test_an_api_never_released_fails_and_says_how_to_record_it(unreleased: Repository) -> None:
    result = only(unreleased.lint())

    assert 1 == result.exit_code
    assert (
        "There is no protos/released.json, the image of the released API that "
        "[buf-breaking].against names. `./pants buf-release` creates it." == result.stderr
    )


def test_protos_that_do_not_compile_fail_in_the_words_of_buf(repository: Repository) -> None:
    repository.edit(MEMBERS, "enum Age {", "enum {")

    result = only(repository.lint())

    assert 100 == result.exit_code
    assert "library/v1/members.proto:10:1:missing name after `enum`" in result.stdout.splitlines()


def test_the_lint_goal_runs_it(repository: Repository) -> None:
    passed = repository.run(Lint, "protos/library::")
    repository.edit(MEMBERS, "string name = 1", "string title = 1")
    failed = repository.run(Lint, "--only=buf-breaking", "protos/library/v1/loans.proto")

    assert (0, "✓ buf-breaking succeeded.") == (passed.exit_code, passed.stderr.strip())
    assert (100, "✕ buf-breaking failed.") == (failed.exit_code, failed.stderr.strip())
