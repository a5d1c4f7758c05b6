"""What the goal `buf-release` records, and what it refuses to."""

from __future__ import annotations

import json

from buf_breaking.release import BufRelease
from buf_breaking.testing import FROZEN, IMAGE, LOANS, MEMBERS, Repository


def test_the_first_release_is_recorded(unreleased: Repository) -> None:
    result = unreleased.run(BufRelease)

    assert 0 == result.exit_code
    assert "protos/released.json records the API. Commit it with the release.\n" == result.stdout
    assert ["frozen.proto", "library/v1/loans.proto", "library/v1/members.proto"] == sorted(
        file["name"] for file in json.loads(unreleased.read(IMAGE))["file"]
    )


def test_the_record_can_be_reviewed_line_by_line(repository: Repository) -> None:
    before = repository.read(IMAGE).decode().splitlines()
    repository.edit(MEMBERS, "AGE_ADULT = 2;", "AGE_ADULT = 2;\n  AGE_SENIOR = 3;")

    repository.run(BufRelease)

    after = repository.read(IMAGE).decode().splitlines()
    assert ['"name": "AGE_SENIOR",', '"number": 3'] == [
        line.strip() for line in after if line not in before
    ]


def test_an_api_already_recorded_is_left_alone(repository: Repository) -> None:
    before = repository.read(IMAGE)

    result = repository.run(BufRelease)

    assert "protos/released.json holds this API already.\n" == result.stdout
    assert before == repository.read(IMAGE)


def test_the_record_depends_on_nothing_but_the_api(repository: Repository) -> None:
    """Nothing of time, place or layout is in it: other comments give the same bytes."""
    before = repository.read(IMAGE)
    repository.edit(MEMBERS, "message Member {", "// Who borrows.\n\nmessage Member {")
    repository.delete(IMAGE)

    assert 0 == repository.run(BufRelease).exit_code
    assert before == repository.read(IMAGE)


def test_a_release_protects_what_it_added(repository: Repository) -> None:
    repository.edit(MEMBERS, "Age age = 2;", "Age age = 2;\n  string email = 3;")
    repository.run(BufRelease)
    repository.edit(MEMBERS, "  string email = 3;\n", "")

    (result,) = repository.lint()

    assert 100 == result.exit_code
    assert 'field "3" with name "email" on message "Member" was deleted' in result.stdout


def test_a_release_that_breaks_clients_is_refused(repository: Repository) -> None:
    before = repository.read(IMAGE)
    repository.edit(LOANS, "int32 days = 2", "int32 weeks = 2")

    result = repository.run(BufRelease)

    assert 100 == result.exit_code
    assert 'on message "LendRequest" changed name from "days" to "weeks".' in result.stderr
    assert "pass --buf-release-allow-breaking" in result.stderr
    assert before == repository.read(IMAGE)


def test_a_release_that_breaks_clients_is_recorded_if_that_is_meant(repository: Repository) -> None:
    repository.edit(LOANS, "int32 days = 2", "int32 weeks = 2")

    assert 0 == repository.run(BufRelease, "--allow-breaking").exit_code
    assert [0] == [result.exit_code for result in repository.lint()]


def test_protos_that_do_not_compile_are_not_recorded(repository: Repository) -> None:
    before = repository.read(IMAGE)
    repository.edit(FROZEN, "string text = 1;", "text = 1;")

    result = repository.run(BufRelease)

    assert 100 == result.exit_code
    assert "frozen.proto:4:" in result.stderr
    assert before == repository.read(IMAGE)
