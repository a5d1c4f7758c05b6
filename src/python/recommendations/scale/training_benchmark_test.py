import pytest

from recommendations.scale.training_benchmark import main


def test_it_prints_what_training_takes(capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == main(["--books", "400", "--interactions", "2000", "--method", "cosine"])
    output = capsys.readouterr().out
    assert "made and read " in output
    assert "cosine learned " in output
    assert "peak memory " in output
