"""What one process knows of recommendations is not for its children."""

import json
import subprocess
import sys

from chassis.deadline import Budget
from chassis.testing.process import python_environment
from marketplace.category import Category
from marketplace.per_process import PerProcess
from marketplace.testing.fakes import FakeRecommendations

SECONDS = 60
FORKS = """
import json, os, signal
from chassis.deadline import Budget
from marketplace.category import Category
from marketplace.per_process import PerProcess
from marketplace.testing.fakes import FakeRecommendations

made = []

def make():
    made.append(FakeRecommendations())
    return made[-1]

recommendations = PerProcess(make)

def ask():
    return len(recommendations.get().recommend(Category.MYSTERY, 3, "id-1", Budget(60)).books)

ask()
recommendations._lock.acquire()  # As if another thread were about to ask.
readable, writable = os.pipe()
if not os.fork():
    signal.alarm(30)  # A child that hangs does not outlive the test for long.
    try:
        found = [ask(), ask(), [len(each.questions) for each in made]]
    except BaseException as error:
        found = repr(error)
    os.write(writable, json.dumps(found).encode())
    os._exit(0)
os.close(writable)
child = os.read(readable, 65536)
recommendations._lock.release()
parent = [ask(), [len(each.questions) for each in made]]
print(json.dumps({"child": json.loads(child), "parent": parent}))
"""


def test_one_is_made_at_the_first_question_and_asked_from_then_on() -> None:
    made: list[FakeRecommendations] = []

    def make() -> FakeRecommendations:
        made.append(FakeRecommendations())
        return made[-1]

    recommendations = PerProcess(make)
    assert [] == made
    budget = Budget(60.0)
    for max_results in (3, 4):
        recommendations.get().recommend(Category.FANTASY, max_results, "id-1", budget)
    (one,) = made
    assert [(Category.FANTASY, 3, "id-1"), (Category.FANTASY, 4, "id-1")] == one.questions
    assert [budget, budget] == one.budgets


def test_a_child_begins_anew_whatever_its_parent_was_doing() -> None:
    """In a process of its own, for pytest's must not be forked."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORKS],
        env=python_environment(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert "" == run.stderr
    assert {"child": [3, 3, [1, 2]], "parent": [3, [2]]} == json.loads(run.stdout)


def test_it_does_not_outlive_its_last_user() -> None:
    """Python keeps what is to be called after a fork for ever."""
    made = FakeRecommendations()
    before = sys.getrefcount(made)
    recommendations = PerProcess(lambda: made)
    recommendations.get().recommend(Category.MYSTERY, 3, "id-1", Budget(60.0))
    assert sys.getrefcount(made) > before
    del recommendations
    made.questions.clear()
    made.budgets.clear()
    assert before == sys.getrefcount(made)
