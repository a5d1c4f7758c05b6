"""What tests of imports begin with: the command over a database of each kind, and files for it."""

from pathlib import Path

import pytest

from recommendations.storage.database import Database
from recommendations.testing.import_command import Command, Write


@pytest.fixture()
def command(database: Database, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(database, capsys)


@pytest.fixture()
def write(tmp_path: Path) -> Write:
    """Writes a file of a name, and gives its path."""

    def write(name: str, text: str) -> str:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write
