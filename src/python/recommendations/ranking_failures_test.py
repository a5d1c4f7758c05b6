from chassis.testing.recording_log import RecordingLog
from recommendations.ranking_failures import RankingFailures


def test_a_failure_is_logged_with_its_stack_and_counted() -> None:
    log = RecordingLog()
    failures = RankingFailures(log.logger)
    error = ArithmeticError("no idea")

    failures(error)

    (line,) = log.lines_of("ranking failed, popular books instead")
    assert error is line["exc_info"]
    assert "error" == line["level"]
    assert 1 == next(iter(failures.counter.collect())).samples[0].value
