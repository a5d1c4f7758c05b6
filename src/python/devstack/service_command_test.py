import os
import subprocess
import sys
from pathlib import Path

import pytest

from devstack.service_command import (
    marketplace_command,
    python_argv,
    python_environ,
    recommendations_command,
)

PORT_FILE = Path("/somewhere/port")


def test_recommendations_are_told_their_address_and_port_file() -> None:
    command = recommendations_command({}, 50051, PORT_FILE, None)
    expected = (
        *(sys.executable, "-P", "-m", "recommendations.main"),
        *("--host", "127.0.0.1", "--port", "50051", "--port-file", str(PORT_FILE)),
    )
    assert expected == command.argv


def test_a_catalogue_is_passed_on() -> None:
    command = recommendations_command({}, 0, PORT_FILE, Path("books.csv"))
    assert command.argv[-2:] == ("--catalogue", "books.csv")


def test_the_shop_is_told_where_the_recommendations_are() -> None:
    command = marketplace_command({"RECOMMENDATIONS_HOST": "elsewhere"}, 0, PORT_FILE, 50051)
    assert command.environ["RECOMMENDATIONS_HOST"] == "127.0.0.1:50051"


def test_services_inherit_the_environment_and_log_for_people() -> None:
    environ = recommendations_command({"LOG_LEVEL": "debug"}, 0, PORT_FILE, None).environ
    assert environ["LOG_LEVEL"] == "debug"
    assert environ["LOG_FORMAT"] == "console"


def test_a_log_format_in_the_environment_is_kept() -> None:
    environ = recommendations_command({"LOG_FORMAT": "json"}, 0, PORT_FILE, None).environ
    assert environ["LOG_FORMAT"] == "json"


def test_services_do_not_linger_for_balancers_that_are_not_there() -> None:
    environ = recommendations_command({"DRAIN_SECONDS": "30"}, 0, PORT_FILE, None).environ
    assert environ["DRAIN_SECONDS"] == "0"


def test_a_new_interpreter_finds_the_modules_that_this_one_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even those at a relative place, and never one from the current folder."""
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "treasure.py").write_text("print('found')")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "treasure.py").write_text("print('wrong one')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path, "library"])
    found = subprocess.run(
        python_argv("treasure"),
        env=python_environ(os.environ),
        cwd=tmp_path / "elsewhere",
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout == "found\n"
