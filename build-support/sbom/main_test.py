"""What the command writes, and what it says when there is nothing to write."""

import json
from pathlib import Path

import pytest

from sbom.main import main


def test_the_bill_of_an_image_is_written_into_a_folder_made_for_it(
    docker: str, tmp_path: Path
) -> None:
    file = tmp_path / "bills/shop.json"
    assert 0 == main([docker, "shop:1", str(file)])
    assert "CycloneDX" == json.loads(file.read_text("utf-8"))["bomFormat"]


def test_an_image_that_the_engine_does_not_have_is_named_and_nothing_is_written(
    docker: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "shop.json"
    assert 1 == main([docker, "shop:2", str(file)])
    assert "sbom: shop:2: No such image: shop:2\n" == capsys.readouterr().err
    assert not file.exists()
