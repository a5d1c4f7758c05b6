"""What the goal `buf-since` says of a branch, in real git repositories."""

from __future__ import annotations

import pytest

from buf_breaking.release import BufRelease
from buf_breaking.since import BufSince
from buf_breaking.testing import FROZEN, LOANS, MEMBERS, Git, Repository


@pytest.fixture()
def git(repository: Repository) -> Git:
    """The git repository, whose commit is the head of origin/main."""
    git = Git(repository.root)
    git("init", "--quiet", "--initial-branch=feature")
    (repository.root / ".gitignore").write_text(".pants.d/\n")
    git.commit("the released API")
    git("update-ref", "refs/remotes/origin/main", "HEAD")
    return git


def merge(git: Git) -> str:
    """Commits what there is, as the new head of origin/main. Returns its hash."""
    commit = git.commit("merged")
    git("update-ref", "refs/remotes/origin/main", commit)
    return commit


def test_a_branch_that_changes_nothing_passes(repository: Repository, git: Git) -> None:
    result = repository.run(BufSince)

    commit = git("rev-parse", "origin/main")
    assert 0 == result.exit_code
    assert f"The Protobuf API breaks nothing that it was at {commit}.\n" == result.stdout


def test_what_was_merged_but_not_released_is_protected(repository: Repository, git: Git) -> None:
    repository.edit(MEMBERS, "Age age = 2;", "Age age = 2;\n  string email = 3;")
    commit = merge(git)
    repository.edit(MEMBERS, "  string email = 3;\n", "")
    git.commit("on the branch")

    result = repository.run(BufSince)

    assert 100 == result.exit_code
    assert 'field "3" with name "email" on message "Member" was deleted.' in result.stderr
    assert f"The Protobuf API breaks what it was at {commit}." in result.stderr
    assert [0] == [result.exit_code for result in repository.lint()]


def test_changes_that_are_not_committed_count(repository: Repository, git: Git) -> None:
    repository.edit(LOANS, "int32 days = 2", "int32 weeks = 2")

    assert 100 == repository.run(BufSince).exit_code


def test_what_was_merged_after_the_branch_began_is_not_missed_from_it(
    repository: Repository, git: Git
) -> None:
    start = git("rev-parse", "HEAD")
    repository.edit(MEMBERS, "Age age = 2;", "Age age = 2;\n  string email = 3;")
    merge(git)
    git("reset", "--quiet", "--hard", start)
    repository.runner.scheduler.invalidate_files({MEMBERS})

    assert 0 == repository.run(BufSince).exit_code


@pytest.mark.parametrize(
    "gone", [(LOANS,), (FROZEN, LOANS, MEMBERS)], ids=["one file", "all files"]
)
def test_deleted_files_fail(repository: Repository, git: Git, gone: tuple[str, ...]) -> None:
    for path in gone:
        repository.delete(path)

    assert 0 != repository.run(BufSince).exit_code


def test_a_new_image_on_the_same_branch_does_not_hide_what_breaks(
    repository: Repository, git: Git
) -> None:
    """A new image in the same pull request satisfies `lint`, not this check."""
    repository.edit(LOANS, "int32 days = 2", "int32 weeks = 2")
    repository.run(BufRelease, "--allow-breaking")

    assert 100 == repository.run(BufSince).exit_code


def test_protos_outside_the_roots_of_the_api_are_no_promise(
    repository: Repository, git: Git
) -> None:
    stray = repository.root / "testdata" / "stray.proto"
    stray.parent.mkdir()
    stray.write_text('syntax = "proto3"; message Stray {}')
    merge(git)
    stray.unlink()

    assert 0 == repository.run(BufSince).exit_code


def test_a_repository_that_had_no_protos_passes(repository: Repository, git: Git) -> None:
    git("rm", "--quiet", "-r", "--cached", "protos")
    git("commit", "--quiet", "--message", "before there were protos")
    git("update-ref", "refs/remotes/origin/main", "HEAD")

    result = repository.run(BufSince)

    assert 0 == result.exit_code
    assert result.stdout.startswith("There was no Protobuf API at ")


def test_protos_that_did_not_compile_are_reported_as_such(repository: Repository, git: Git) -> None:
    repository.edit(MEMBERS, "enum Age {", "enum {")
    commit = merge(git)
    repository.edit(MEMBERS, "enum {", "enum Age {")

    result = repository.run(BufSince)

    assert 100 == result.exit_code
    assert "missing name after `enum`" in result.stderr
    assert f"The protos do not compile as they were at {commit}." in result.stderr


def test_another_ref_can_be_named(repository: Repository, git: Git) -> None:
    git("update-ref", "-d", "refs/remotes/origin/main")

    assert 0 == repository.run(BufSince, "--ref=feature").exit_code


def test_a_ref_that_is_not_here_is_a_clear_error(repository: Repository, git: Git) -> None:
    git("update-ref", "-d", "refs/remotes/origin/main")

    result = repository.run(BufSince)

    assert 1 == result.exit_code
    assert (
        "There is no commit 'origin/main' here. Fetch it, or name another one to compare with. "
        "(--buf-since-ref=origin/main)\n" == result.stderr
    )
