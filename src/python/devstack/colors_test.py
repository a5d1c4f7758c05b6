import pytest

from devstack.colors import colors_wanted


def test_a_terminal_gets_colors() -> None:
    assert colors_wanted(True, {"TERM": "xterm"})


def test_a_pipe_or_file_gets_none() -> None:
    assert not colors_wanted(False, {"TERM": "xterm"})


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"NO_COLOR": "0"}, {"TERM": "dumb"}])
def test_no_color_and_dumb_terminals_are_honored(environ: dict[str, str]) -> None:
    assert not colors_wanted(True, environ)


def test_an_empty_no_color_means_nothing() -> None:
    """As https://no-color.org asks for."""
    assert colors_wanted(True, {"NO_COLOR": ""})
