"""What is read of real git repositories."""

from __future__ import annotations

from pathlib import Path

import pytest

from buf_breaking.git_history import GitError, files_at, merge_base
from buf_breaking.testing import Git


@pytest.fixture()
def git(tmp_path: Path) -> Git:
    """A repository with one commit, on the branch main."""
    git = Git(tmp_path / "repository")
    git.directory.mkdir()
    git("init", "--quiet", "--initial-branch=main")
    git.commit("first")
    return git


def test_the_merge_base_is_where_the_branch_began(git: Git) -> None:
    start = git("rev-parse", "HEAD")
    git("switch", "--quiet", "--create", "feature")
    git.commit("on the branch")
    git("switch", "--quiet", "main")
    git.commit("on main meanwhile")
    git("switch", "--quiet", "feature")

    assert start == merge_base(git.directory, "main")


def test_files_are_read_as_they_were(git: Git) -> None:
    file = git.directory / "folder" / "a file é.proto"
    file.parent.mkdir()
    file.write_bytes(b"before\r\n\x00")
    (git.directory / "note.txt").write_text("not a proto")
    commit = git.commit("as it was")
    file.write_bytes(b"after")

    assert {"folder/a file é.proto": b"before\r\n\x00"} == files_at(git.directory, commit, ".proto")


def test_paths_are_relative_to_the_folder_asked_about(git: Git) -> None:
    """The build root need not be the top of the git repository."""
    folder = git.directory / "folder"
    folder.mkdir()
    (folder / "in.proto").write_text("in")
    (git.directory / "out.proto").write_text("out")

    assert {"in.proto": b"in"} == files_at(folder, git.commit("files"), ".proto")


def test_symbolic_links_are_not_files(git: Git) -> None:
    (git.directory / "link.proto").symlink_to("elsewhere")

    assert {} == files_at(git.directory, git.commit("a link"), ".proto")


@pytest.mark.parametrize("ref", ["origin/main", "--all", "HEAD:", ""])
def test_an_unknown_ref_is_named(git: Git, ref: str) -> None:
    with pytest.raises(GitError) as caught:
        merge_base(git.directory, ref)

    assert (
        f"There is no commit {ref!r} here. Fetch it, or name another one to compare with."
        == str(caught.value)
    )


def test_a_shallow_clone_without_the_merge_base_says_how_to_get_it(
    git: Git, tmp_path: Path
) -> None:
    git("switch", "--quiet", "--create", "feature")
    git.commit("on the branch")
    git("switch", "--quiet", "main")
    git.commit("on main meanwhile")
    shallow = Git(tmp_path / "shallow")
    git("clone", "--quiet", "--depth=1", "--no-single-branch", git.directory.as_uri(), "../shallow")
    shallow("switch", "--quiet", "feature")

    with pytest.raises(GitError, match="git fetch --unshallow"):
        merge_base(shallow.directory, "origin/main")


def test_a_folder_outside_git_gives_the_words_of_git(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="not a git repository"):
        merge_base(tmp_path, "main")


def test_a_machine_without_git_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(GitError) as caught:
        merge_base(tmp_path, "main")

    assert "git is not on the PATH." == str(caught.value)
