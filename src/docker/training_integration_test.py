"""How training runs in its container: on what another container keeps, and confined like it."""

from pathlib import Path

import pytest

from containers import HARDENED, Image, built_image, docker

DATABASE = "--env=DATABASE_URL=sqlite:////books/books.db"
READERS = 30
BOOKS = (1, 2, 3, 4)


@pytest.fixture()
def training() -> Image:
    return built_image("training")


@pytest.fixture()
def books(tmp_path: Path) -> Path:
    """A folder with a database in which readers have looked at the same books."""
    tmp_path.chmod(0o777)  # The containers' user is nobody that this machine knows.
    rows = [f"{reader},{book},viewed" for reader in range(1, READERS + 1) for book in BOOKS]
    (tmp_path / "marks.csv").write_text("\n".join(("reader_id,book_id,kind", *rows)))
    recommendations = built_image("recommendations")
    ran(recommendations, tmp_path, "migrate", "--seed")
    ran(recommendations, tmp_path, "import", "/books/marks.csv")
    return tmp_path


def ran(image: Image, books: Path, *words: str) -> str:
    """What a hardened container of the image prints that ends by itself. Its failure fails."""
    flags = ("run", "--rm", "--network=none", f"--volume={books}:/books", DATABASE, *HARDENED)
    return docker(*flags, image.identity, *words)


def test_training_learns_on_a_read_only_root_without_rights(training: Image, books: Path) -> None:
    expected = f"model 1: local-ease, from {READERS * len(BOOKS)} marks of {len(BOOKS)} books"
    assert ran(training, books).startswith(expected)
    assert ran(training, books).startswith("model 2: ")


def test_without_a_database_training_says_so_and_fails(training: Image) -> None:
    flags = ("run", "--rm", "--network=none", "--env=DATABASE_URL=none", *HARDENED)
    with pytest.raises(AssertionError, match="a model has to be kept"):
        docker(*flags, training.identity)
