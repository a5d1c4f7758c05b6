"""Browsing teaches: what readers did is learned, and a page for a reader who looked says why.

Real programs over real databases; the readers and the books are generated, the same each time.
"""

import csv
import os
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from bs4 import BeautifulSoup, Tag

from chassis.testing.postgresql import postgresql_programs, postgresql_server
from devstack.testing.waiting import wait_until
from e2e.conftest import Start
from e2e.production_database import Database, make_database
from e2e.service_process import HOST, MARKETPLACE, PATIENT, RECOMMENDATIONS, Machine
from recommendations.scale.generate import main as generate

BOOKS, INTERACTIONS, SEED = 2200, 20_000, 7
"""Eleven circles of readers, three of which keep to mysteries, the shelf of the home page."""
SECONDS = 120.0
KEYS = "a-key-of-the-test-and-of-nobody-else"


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with books.csv, and with interactions.csv of readers who came before."""
    folder = tmp_path_factory.mktemp("history")
    sizes = ("--books", str(BOOKS), "--interactions", str(INTERACTIONS), "--seed", str(SEED))
    assert 0 == generate([str(folder), *sizes])
    return folder


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of each kind; PostgreSQL with the users that production is told to make."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'books.db'}"
        yield Database(url, url)
        return
    programs = postgresql_programs()
    if programs is None:
        missing = "PostgreSQL's server is not installed (Debian: apt-get install postgresql)"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with postgresql_server(programs) as server:
        yield make_database(server)


class History:
    """What the files tell, read without the programs under test."""

    def __init__(self, folder: Path) -> None:
        with (folder / "books.csv").open(newline="") as file:
            self.titles = {
                int(row["id"]): row["title"]
                for row in csv.DictReader(file)
                if "mystery" in row["categories"].split(";")
            }
        self.readers: dict[int, set[int]] = defaultdict(set)
        with (folder / "interactions.csv").open(newline="") as file:
            for row in csv.DictReader(file):
                self.readers[int(row["book_id"])].add(int(row["reader_id"]))

    def most_read(self) -> int:
        """Give the mystery that most readers chose."""
        return max(self.titles, key=lambda book: len(self.readers[book]))

    def common_readers(self, one: int, other: int) -> int:
        """Give how many readers chose both."""
        return len(self.readers[one] & self.readers[other])


def ran(machine: Machine, program: str, *words: str, url: str) -> str:
    """What a program prints that ends by itself. Its failure fails the test."""
    done = subprocess.run(
        [machine.pex(program), *words],
        env={**machine.environ(), "DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout


@contextmanager
def visitor(port: int) -> Iterator[httpx.Client]:
    """Somebody with a browser of their own."""
    base_url = f"http://{HOST}:{port}"
    with httpx.Client(base_url=base_url, timeout=SECONDS, trust_env=False) as client:
        yield client


def window(reader: httpx.Client) -> dict[int, str]:
    """The books of the home page's own shelf by id, and what stands below each: "" is nothing."""
    page = BeautifulSoup(reader.get("/").raise_for_status().text, "html.parser")
    return dict(map(id_and_reason, page.select(".window li")))


def id_and_reason(item: Tag) -> tuple[int, str]:
    (link,) = item.select("a")
    return (
        int(str(link["href"]).rpartition("/")[2]),
        " ".join(each.get_text(strip=True) for each in item.select(".because")),
    )


def test_what_readers_did_changes_the_home_page_of_one_who_looked_at_a_book(
    machine: Machine, start: Start, history: Path, database: Database
) -> None:
    told = History(history)
    book = told.most_read()
    because = f"Because you looked at {told.titles[book]}"
    ran(machine, RECOMMENDATIONS, "migrate", url=database.migration_url)
    files = (str(history / "books.csv"), str(history / "interactions.csv"))
    ran(machine, RECOMMENDATIONS, "import", *files, url=database.url)
    recommendations = start(
        RECOMMENDATIONS, DATABASE_URL=database.url, REFRESH_SECONDS="0.2"
    ).wait_until_ready()
    port = (
        start(
            MARKETPLACE,
            RECOMMENDATIONS_HOST=recommendations.address(),
            COOKIE_KEYS=KEYS,
            **PATIENT,
        )
        .wait_until_ready()
        .port()
    )

    with visitor(port) as reader, visitor(port) as newcomer:
        for each in (reader, newcomer):
            each.get("/")
        reader.get(f"/books/{book}").raise_for_status()
        wait_until("the view", lambda: told.titles[book] in reader.get("/you").text)
        assert {""} == set(window(reader).values()), "nothing is learned yet, so nothing is known"

        said = ran(machine, "recommendations-train", url=database.url)
        assert said.startswith("model 1: ")
        wait_until("the page that follows", lambda: {because} == set(window(reader).values()))

        shown = window(reader)
        assert 3 == len(shown)
        assert shown == window(reader), "a page that is loaded again is the same"
        assert book not in shown
        assert shown.keys() <= told.titles.keys()
        common = {each: told.common_readers(book, each) for each in shown}
        by_chance = sorted(told.common_readers(book, each) for each in told.titles if each != book)
        assert min(common.values()) > by_chance[len(by_chance) // 2]
        of_others = set(window(newcomer).values())
        assert of_others <= {"Popular in mystery", "Few readers know it yet"}
