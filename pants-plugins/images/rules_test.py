"""When images are built, from what, and what is said when they are not."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

import pytest
from pants.backend.python import register as python
from pants.core import register as core
from pants.core.goals.package import BuiltPackage
from pants.core.target_types import FileTarget
from pants.engine.addresses import Address
from pants.engine.fs import EMPTY_DIGEST
from pants.testutil.rule_runner import PYTHON_BOOTSTRAP_ENV, QueryRule, RuleRunner, engine_error

from images import register
from images.rules import ImageFieldSet, ImageNotBuilt
from images.testing import ScriptedEngine
from repository_options import RepositoryOptions

Package = Callable[..., BuiltPackage]

BUILT = (0, "Successfully built 0123456789ab\n")
NOTHING = (1, "No such image\n")
FILES = {
    "app/BUILD": "docker_image(name='image', image_tags=['dev', '{build_args.VERSION}'])",
    "app/Dockerfile": "ARG BASE_IMAGE=base:1\nFROM ${BASE_IMAGE}\n",
}


@pytest.fixture()
def engine(tmp_path: Path) -> ScriptedEngine:
    """An engine that builds whatever it is told to."""
    scripted = ScriptedEngine(tmp_path)
    scripted.install()
    scripted.answer({"build": BUILT})
    return scripted


@pytest.fixture(scope="module")
def runner() -> RuleRunner:
    """A repository with an image. One for all tests: each would build Pants' parser anew."""
    repository = RuleRunner(
        rules=[
            *core.rules(),
            *python.rules(),
            *register.rules(),
            QueryRule(BuiltPackage, [ImageFieldSet]),
        ],
        target_types=[*register.target_types(), FileTarget],
    )
    repository.write_files(FILES)
    return repository


@pytest.fixture()
def package(runner: RuleRunner, repository_options: RepositoryOptions) -> Package:
    """Packages the image with the docker command in a folder."""
    pex = repository_options.arguments("pex-cli", "version", "url_template", "known_versions")

    def package_with(folder: Path, *options: str) -> BuiltPackage:
        search_path = f"--docker-executable-search-paths=['{folder}']"
        runner.set_options((*pex, search_path, *options), env_inherit=PYTHON_BOOTSTRAP_ENV)
        target = runner.get_target(Address("app", target_name="image"))
        return runner.request(BuiltPackage, [ImageFieldSet.create(target)])

    return package_with


def test_an_image_is_built_where_an_engine_and_the_base_are(
    package: Package, engine: ScriptedEngine
) -> None:
    built = package(engine.folder)

    assert 1 == len(engine.calls("build"))
    assert ["app/image.docker-info.json"] == [each.relpath for each in built.artifacts]


def test_the_dockerfile_learns_the_revision_and_the_chosen_base(
    package: Package, engine: ScriptedEngine
) -> None:
    package(engine.folder, "--images-base-image=base:2", "--images-source=https://x.example")

    (call,) = engine.calls("build")
    words = [word for flag, word in zip(call, call[1:]) if flag == "--build-arg"]
    given = dict(word.split("=", 1) for word in words)
    assert {"BASE_IMAGE", "CREATED", "REVISION", "SOURCE", "VERSION"} == given.keys()
    assert ("base:2", "https://x.example") == (given["BASE_IMAGE"], given["SOURCE"])
    assert f"image:{given['VERSION']}" in call


def test_without_a_choice_the_base_is_the_dockerfiles(
    package: Package, engine: ScriptedEngine
) -> None:
    package(engine.folder)

    (call,) = engine.calls("build")
    assert not [word for word in call if word.startswith("BASE_IMAGE")]
    assert [["image", "inspect", "base:1"]] == engine.calls("image")


def test_a_base_that_is_not_there_is_pulled(package: Package, engine: ScriptedEngine) -> None:
    engine.answer({"build": BUILT, "image": NOTHING})

    package(engine.folder)

    assert [["pull", "--quiet", "base:1"]] == engine.calls("pull")
    assert 1 == len(engine.calls("build"))


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        pytest.param(
            {"version": (1, "Is the daemon running?\n")}, "Is the daemon running?", id="no engine"
        ),
        pytest.param(
            {"image": NOTHING, "pull": (1, "no such host\n")},
            "the base image base:1 is not here and cannot be pulled (no such host)",
            id="no base",
        ),
    ],
)
def test_an_image_is_left_out_in_plain_words_where_it_cannot_be_built(
    package: Package,
    engine: ScriptedEngine,
    caplog: pytest.LogCaptureFixture,
    answers: dict[str, tuple[int, str]],
    words: str,
) -> None:
    engine.answer(answers)

    built = package(engine.folder)

    assert BuiltPackage(EMPTY_DIGEST, ()) == built
    assert [] == engine.calls("build")
    assert f"Left out app:image: {words}" in caplog.text


def test_without_a_docker_command_an_image_is_left_out(
    package: Package, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert BuiltPackage(EMPTY_DIGEST, ()) == package(tmp_path)
    assert "Left out app:image: there is no docker command" in caplog.text


def test_where_images_are_required_a_missing_engine_is_an_error(
    package: Package, tmp_path: Path
) -> None:
    with engine_error(ImageNotBuilt, contains="app:image cannot be built: there is no docker"):
        package(tmp_path, "--images-engine=required")
