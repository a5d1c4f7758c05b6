"""How the services end: the exit codes that supervisors go by, and what a person reads."""

import signal

import pytest

from e2e.conftest import Start
from e2e.service_process import HOST, MARKETPLACE, RECOMMENDATIONS, ServiceProcess

SERVICES = [RECOMMENDATIONS, MARKETPLACE]
both = pytest.mark.parametrize("name", SERVICES)


@both
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_service_that_is_asked_to_stop_ends_with_0(
    start: Start, name: str, number: signal.Signals
) -> None:
    service = start(name).wait_until_ready()
    service.send(number)
    assert 0 == service.exit_code()


@both
def test_ctrl_c_in_a_terminal_ends_a_service_with_0(start: Start, name: str) -> None:
    """There, every process of the group gets the SIGINT: gunicorn's workers too."""
    service = start(name).wait_until_ready()
    service.send_to_all(signal.SIGINT)
    assert 0 == service.exit_code()
    assert "Traceback" not in service.log


@both
def test_a_service_that_is_asked_to_stop_as_soon_as_it_listens_ends_with_0(
    start: Start, name: str
) -> None:
    """A port file tells others to begin; nothing may go wrong from then on."""
    service = start(name)
    service.port()
    service.send(signal.SIGTERM)
    assert 0 == service.exit_code()


@both
def test_a_second_signal_cuts_the_drain_short(start: Start, name: str) -> None:
    service = start(name, DRAIN_SECONDS="3000").wait_until_ready()
    service.send(signal.SIGTERM)
    service.wait_for_log("draining" if name == RECOMMENDATIONS else "Handling signal: term")
    service.send(signal.SIGTERM)
    assert 128 + signal.SIGTERM == service.exit_code()


@both
def test_a_taken_port_is_a_clear_error_and_1(
    start: Start, name: str, recommendations: ServiceProcess
) -> None:
    service = start(name, "--port", str(recommendations.port()))
    assert 1 == service.exit_code()
    assert f"{HOST}:{recommendations.port()}" in service.log
    assert "Traceback" not in service.log


@both
def test_bad_settings_are_listed_all_at_once_with_2(start: Start, name: str) -> None:
    service = start(name, LISTEN_PORT="70000", LOG_LEVEL="loud", DRAIN_SECONDS="soon")
    assert 2 == service.exit_code()
    for variable in ("LISTEN_PORT", "LOG_LEVEL", "DRAIN_SECONDS"):
        assert variable in service.log
    assert "Traceback" not in service.log


@both
def test_an_unknown_flag_is_2(start: Start, name: str) -> None:
    service = start(name, "--colour", "blue")
    assert 2 == service.exit_code()
    assert "--colour" in service.log


def test_a_catalogue_with_mistakes_is_told_line_by_line_with_2(
    start: Start, tmp_path_factory: pytest.TempPathFactory
) -> None:
    catalogue = tmp_path_factory.mktemp("catalogue") / "books.csv"
    catalogue.write_text("id,title,authors,year,categories,featured\n,,,,,\nx,,,,,\n")
    service = start(RECOMMENDATIONS, "--catalogue", str(catalogue))
    assert 2 == service.exit_code()
    for place in (str(catalogue), "line 2", "line 3"):
        assert place in service.log
    assert "Traceback" not in service.log
