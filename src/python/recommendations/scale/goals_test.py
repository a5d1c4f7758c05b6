from recommendations.scale.goals import Figure, report


def test_a_goal_is_missed_on_its_wrong_side_alone() -> None:
    assert not Figure("a", 1.5, "s", at_most=1.5).missed
    assert Figure("a", 1.51, "s", at_most=1.5).missed
    assert not Figure("a", 2, "s", at_least=2).missed
    assert Figure("a", 1.99, "s", at_least=2).missed
    assert not Figure("a", 1e9, "s").missed


def test_each_figure_is_told_beside_its_goal() -> None:
    text = report([Figure("memory", 1300, "MB", at_most=1200), Figure("time", 1, "s")])
    missed, plain = text.splitlines()
    assert ["memory", "1,300.00", "MB", "at", "most", "1,200", "MISSED"] == missed.split()
    assert ["time", "1.00", "s"] == plain.split()


def test_figures_are_told_to_programs_with_their_goal() -> None:
    expected = {"name": "a", "value": 3, "unit": "s", "goal": "at least 4", "missed": True}
    assert expected == Figure("a", 3, "s", at_least=4).as_json()
    assert {"name": "a", "value": 3, "unit": "s"} == Figure("a", 3, "s").as_json()
