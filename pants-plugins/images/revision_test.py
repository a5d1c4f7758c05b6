"""What git's answers come to."""

from __future__ import annotations

import pytest

from images.revision import Revision, describe_revision

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def test_a_commit_at_a_tag_has_the_tags_version() -> None:
    assert Revision(
        commit=COMMIT,
        version="1.2.3",
        created="2026-01-02T03:04:05Z",
        source="https://git.example/books",
    ) == describe_revision(COMMIT, "v1.2.3", "1767323045", "https://git.example/books.git")


@pytest.mark.parametrize(
    ("commit", "tagged", "version"),
    [
        (COMMIT, "v1.2.3-4-g0123456789ab", "1.2.3-4-g0123456789ab"),
        (f"{COMMIT}-dirty", "v1.2.3-dirty", "1.2.3-dirty"),
        (COMMIT, "", "0.0.0-g0123456789ab"),
        (f"{COMMIT}-dirty", "", "0.0.0-g0123456789ab-dirty"),
        ("", "", "0.0.0"),
    ],
)
def test_the_version_tells_what_lies_between_it_and_a_release(
    commit: str, tagged: str, version: str
) -> None:
    assert version == describe_revision(commit, tagged, "0", "").version


def test_a_version_fits_the_tag_of_an_image() -> None:
    """Semantic versions may hold a plus sign, tags may not."""
    assert "1.2.3-build.5" == describe_revision(COMMIT, "v1.2.3+build.5", "0", "").version


def test_sources_outside_git_are_of_an_unknown_commit() -> None:
    revision = describe_revision("", "", "", "")
    assert ("unknown", "1970-01-01T00:00:00Z") == (revision.commit, revision.created)


@pytest.mark.parametrize(
    ("origin", "source"),
    [
        ("https://user:secret@git.example/books.git", "https://git.example/books"),
        ("http://git.example:8080/books?token=secret", "http://git.example:8080/books"),
        ("git@git.example:books.git", ""),
        ("/home/me/books", ""),
        ("", ""),
    ],
)
def test_the_label_holds_a_public_address_and_no_credentials(origin: str, source: str) -> None:
    assert source == describe_revision(COMMIT, "", "0", origin).source
