"""Reads, by the git command, a repository's past, which the sandbox of a rule does not hold."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

SECONDS = 60
REGULAR_FILES = ("100644", "100755")


class GitError(Exception):
    """The history cannot be read. The message says why and what to do."""


def merge_base(directory: Path, ref: str) -> str:
    """The commit at which HEAD left `ref`: its full hash."""
    _git(directory, "rev-parse", "--git-dir")
    try:
        _git(directory, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    except GitError:
        raise GitError(
            f"There is no commit {ref!r} here. Fetch it, or name another one to compare with."
        ) from None
    try:
        return _git(directory, "merge-base", ref, "HEAD").decode().strip()
    except GitError:
        raise GitError(
            f"HEAD and {ref!r} have no commit in common here. "
            "If this is a shallow clone, fetch more of its history: git fetch --unshallow"
        ) from None


def files_at(directory: Path, commit: str, suffix: str) -> dict[str, bytes]:
    """The regular files below `directory` whose names end in `suffix`, as they were at `commit`.

    Keys are paths from `directory`, with slashes.
    """
    hashes: dict[str, str] = {}
    for entry in _git(directory, "ls-tree", "-r", "-z", commit).decode().split("\0")[:-1]:
        description, path = entry.split("\t", 1)
        mode, _, blob = description.split(" ")
        if mode in REGULAR_FILES and path.endswith(suffix):
            hashes[path] = blob
    return {path: _git(directory, "cat-file", "blob", blob) for path, blob in hashes.items()}


def git_executable() -> str:
    """The path of git."""
    git = shutil.which("git")
    if git is None:
        raise GitError("git is not on the PATH.")
    return git


def _git(directory: Path, *args: str) -> bytes:
    """What git prints, run in `directory`. Raises GitError with git's words."""
    command = [git_executable(), *args]
    try:
        done = subprocess.run(
            command, cwd=directory, capture_output=True, check=True, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        raise GitError(f"git {args[0]} took longer than {SECONDS} seconds.") from None
    except subprocess.CalledProcessError as error:
        raise GitError(f"git {args[0]} failed: {error.stderr.decode().strip()}") from None
    return done.stdout
