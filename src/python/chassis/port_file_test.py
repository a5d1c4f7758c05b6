"""How others learn the port."""

from pathlib import Path

import pytest

from chassis.port_file import PortFileError, port_file


def test_the_port_is_in_the_file_while_the_block_runs(tmp_path: Path) -> None:
    path = tmp_path / "port"
    with port_file(path, 50051):
        assert "50051\n" == path.read_text()
        assert [path] == list(tmp_path.iterdir())
        assert 0o644 == path.stat().st_mode & 0o777
    assert [] == list(tmp_path.iterdir())


def test_a_file_of_before_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "port"
    path.write_text("1\n")
    with port_file(path, 2):
        assert "2\n" == path.read_text()


def test_the_file_of_a_successor_stays(tmp_path: Path) -> None:
    path = tmp_path / "port"
    with port_file(path, 1):
        path.write_text("2\n")
    assert "2\n" == path.read_text()


def test_a_file_that_is_gone_already_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "port"
    with port_file(path, 1):
        path.unlink()


def test_the_file_goes_when_the_block_raises(tmp_path: Path) -> None:
    path = tmp_path / "port"
    with pytest.raises(ValueError, match="x"), port_file(path, 1):
        raise ValueError("x")
    assert not path.exists()


def test_without_a_path_there_is_no_file() -> None:
    with port_file(None, 1):
        pass


def test_a_folder_that_is_missing_is_an_error_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "port"
    with pytest.raises(PortFileError) as error, port_file(path, 1):
        pass
    assert f"cannot write the port file {path}: No such file or directory" == str(error.value)


def test_a_folder_in_its_place_is_an_error_that_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "port"
    (path / "child").mkdir(parents=True)
    with pytest.raises(PortFileError, match="Is a directory"), port_file(path, 1):
        pass
    assert [path] == list(tmp_path.iterdir())
