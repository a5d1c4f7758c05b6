import io

from recommendations.learning.evaluation import Scores
from recommendations.learning.terminal import bars, table


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_person_sees_what_is_going_on_and_how_far_it_is() -> None:
    stream = Terminal()
    with bars(stream)("solving", 2) as advance:
        advance(1)
    assert "solving" in stream.getvalue()
    assert "0/2" in stream.getvalue()


def test_a_file_gets_no_bars() -> None:
    stream = io.StringIO()
    with bars(stream)("solving", 2) as advance:
        advance(2)
    assert "" == stream.getvalue()


def test_a_table_has_each_score_and_how_many_times_the_baseline_it_is() -> None:
    lines = table(
        {"popular": Scores(0.1, 0.1, 0.05, 0.02), "ease": Scores(0.2, 0.2, 0.15, 0.5)}, "popular"
    ).splitlines()
    assert ["hit", "rate@10", "recall@10", "NDCG@10", "coverage"] == lines[0].split()
    assert "ease 0.2000 (x 2.00) 0.2000 (x 2.00) 0.1500 (x 3.00) 0.5000 (x 25.00)" == " ".join(
        lines[2].replace("x  ", "x ").split()
    )


def test_a_baseline_of_nothing_has_no_times() -> None:
    assert "(x" not in table({"popular": Scores(0, 0, 0, 0)}, "popular")
