"""The front page for newcomers, who need not wait for Flask."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry

from chassis.testing.recording_log import RecordingLog
from marketplace.abilities import HIDDEN_SECONDS, Abilities, Ability
from marketplace.backend import Backend
from marketplace.category import Category
from marketplace.errors import RecommendationsDown, RecommendationsTooOld
from marketplace.last_good import Ages
from marketplace.last_good_answers import LastGoodAnswers
from marketplace.recommendations import Answer
from marketplace.recommendations_metrics import (
    CountedRecommendations,
    RecommendationsMetrics,
    counted_if_told_still,
)
from marketplace.testing.clock import FakeClock
from marketplace.testing.fakes import FakeRecommendations
from marketplace.testing.pages import SIMILAR, a_backend, make_app, reader_settings
from marketplace.testing.small_library import SMALL_LIBRARY

FRESH_SECONDS = 10.0
OF_EACH_REQUEST = ("Set-Cookie", "X-Request-Id")


class Shop:
    """A shop that keeps lists for a while.

    by_flask: the addresses that Flask was asked for.
    """

    def __init__(
        self, install_tracing: Callable[[Flask], None] | None = None, **settings: str
    ) -> None:
        self.service = FakeRecommendations()
        self.clock = FakeClock()
        self.ability_clock = FakeClock()
        self.log = RecordingLog()
        self.registry = CollectorRegistry()
        self.backend = self._backend()
        self.app = make_app(
            self.backend,
            self.log,
            registry=self.registry,
            install_tracing=install_tracing,
            settings=reader_settings(**settings),
        )
        self.by_flask: list[str] = []
        self.app.url_value_preprocessor(lambda endpoint, _: self.by_flask.append(str(endpoint)))

    def _backend(self) -> Backend:
        metrics = RecommendationsMetrics(self.registry)
        answers = LastGoodAnswers(self.service, Ages(FRESH_SECONDS, 60.0), self.clock)
        return replace(
            a_backend(CountedRecommendations(answers, metrics)),
            abilities=Abilities(self.ability_clock),
            is_told_still=counted_if_told_still(answers, metrics),
        )

    def newcomer(self) -> FlaskClient:
        """Make a visitor without a cookie."""
        return self.app.test_client()

    def counted(self, name: str, **labels: str) -> float | None:
        """Give a metric's value."""
        return self.registry.get_sample_value(name, labels)


@pytest.fixture()
def shop() -> Shop:
    """A shop that has had a visitor."""
    made = Shop()
    made.newcomer().get("/")
    made.by_flask.clear()
    return made


def test_a_newcomer_gets_what_the_last_one_got_and_flask_is_not_asked(shop: Shop) -> None:
    first = Shop().newcomer().get("/")
    second = shop.newcomer().get("/")
    assert [] == shop.by_flask
    assert 200 == second.status_code
    assert first.data == second.data
    assert [name for name, _ in first.headers] == [name for name, _ in second.headers]
    for name in OF_EACH_REQUEST:
        del first.headers[name], second.headers[name]
    assert list(first.headers) == list(second.headers)


def test_each_newcomer_is_a_reader_of_their_own_whom_the_shop_knows_again(shop: Shop) -> None:
    visitor = shop.newcomer()
    cookies = {each.get("/").headers["Set-Cookie"] for each in (visitor, shop.newcomer())}
    assert 2 == len(cookies)
    assert [] == shop.by_flask
    assert "Set-Cookie" not in visitor.get("/").headers
    assert ["shop.home"] == shop.by_flask
    assert shop.service.readers[-1] is not None


@pytest.mark.parametrize(
    ("scheme", "setting", "name"),
    [("http", "auto", "reader="), ("https", "auto", "__Host-r"), ("http", "always", "__Host-r")],
)
def test_the_cookie_is_for_tls_alone_where_all_are(scheme: str, setting: str, name: str) -> None:
    shop = Shop(COOKIE_SECURE=setting)
    shop.newcomer().get("/")
    response = shop.newcomer().get("/", base_url=f"{scheme}://localhost")
    assert ["shop.home"] == shop.by_flask
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith(name)
    assert ("Secure" in cookie) is name.startswith("__Host")
    assert ("Strict-Transport-Security" in response.headers) is (scheme == "https")


@pytest.mark.parametrize(
    "request_of",
    [
        {"method": "HEAD"},
        {"method": "POST"},
        {"path": "/categories/mystery"},
        {"path": "//"},
        {"headers": {"Cookie": "of=another-site"}},
        {"headers": {"If-None-Match": '"x"'}},
        {"headers": {"If-Match": '"x"'}},
        {"headers": {"If-Modified-Since": "Thu, 01 Jan 2026 00:00:00 GMT"}},
        {"headers": {"Connection": "Upgrade", "Upgrade": "websocket"}},
        {"base_url": "http://localhost/under"},
    ],
)
def test_what_could_be_answered_in_another_way_is_for_flask(
    shop: Shop, request_of: dict[str, Any]
) -> None:
    got = shop.app.test_client(use_cookies=False).open(**{"path": "/", **request_of})
    # The same again from a shop where nobody has been.
    alone = Shop().app.test_client(use_cookies=False).open(**{"path": "/", **request_of})
    assert 1 == len(shop.by_flask)
    assert (alone.status_code, alone.data) == (got.status_code, got.data)


def test_a_page_is_the_same_no_longer_than_its_list(shop: Shop) -> None:
    shop.service.answer = SMALL_LIBRARY[3:6]
    shop.clock.advance(FRESH_SECONDS)
    response = shop.newcomer().get("/")
    assert ["shop.home"] == shop.by_flask
    assert SMALL_LIBRARY[3].title in response.text
    assert response.data == shop.newcomer().get("/").data
    assert ["shop.home"] == shop.by_flask


def test_a_newer_list_that_another_page_brought_is_shown(shop: Shop) -> None:
    """Flask has not shown it to a newcomer yet, so it is for Flask."""
    shop.clock.advance(FRESH_SECONDS)
    shop.service.answer = SMALL_LIBRARY[3:6]
    backend = shop.backend
    budget = shop.service.budgets[0]
    backend.recommendations.recommend(Category.MYSTERY, 3, "x", budget)
    assert SMALL_LIBRARY[3].title in shop.newcomer().get("/").text


@pytest.mark.parametrize("answer", [Answer(()), RecommendationsDown("x")])
def test_a_page_without_books_is_not_kept(answer: Answer | Exception) -> None:
    shop = Shop()
    shop.service.answer = answer
    for _ in range(2):
        shop.newcomer().get("/")
    assert ["shop.home"] * 2 == shop.by_flask


def test_earlier_books_are_not_taken_for_those_of_now(shop: Shop) -> None:
    shop.clock.advance(FRESH_SECONDS)
    shop.service.answer = RecommendationsDown("x")
    for _ in range(2):
        assert "We picked these a little earlier." in shop.newcomer().get("/").text
    assert ["shop.home"] * 2 == shop.by_flask


def test_what_is_for_a_reader_is_not_for_newcomers(shop: Shop) -> None:
    reader = shop.newcomer()
    reader.get("/")
    shop.service.answer = SIMILAR
    shop.clock.advance(FRESH_SECONDS)
    mine = reader.get("/").data
    shop.service.answer = SMALL_LIBRARY[:3]
    assert mine != shop.newcomer().get("/").data


def test_what_the_service_lacks_is_missing_at_once_and_not_for_longer(shop: Shop) -> None:
    whole = shop.newcomer().get("/").data

    def too_old() -> None:
        raise RecommendationsTooOld("x")

    with pytest.raises(RecommendationsTooOld):
        shop.backend.abilities.using(Ability.SEARCH, too_old)
    less = shop.newcomer().get("/").data
    assert whole != less
    assert ["shop.home"] == shop.by_flask
    shop.ability_clock.advance(HIDDEN_SECONDS)
    assert whole == shop.newcomer().get("/").data


def test_log_and_metrics_tell_of_it_as_of_any_page(shop: Shop) -> None:
    response = shop.newcomer().get("/", headers={"X-Request-Id": "id-1"})
    assert "id-1" == response.headers["X-Request-Id"]
    first, second = map(dict, shop.log.lines_of("request"))
    assert "id-1" == second["request_id"]
    for line in (first, second):
        del line["request_id"], line["duration_seconds"]
    assert first == second
    labels = {
        "http_request_method": "GET",
        "http_route": "/",
        "http_response_status_code": "200",
    }
    assert 2.0 == shop.counted("http_server_request_duration_seconds_count", **labels)
    assert 1.0 == shop.counted("marketplace_recommendations_total", outcome="cached")
    assert 1.0 == shop.counted("marketplace_recommendations_total", outcome="fresh")


def test_where_requests_are_traced_flask_is_asked_each_time() -> None:
    """Spans are made inside it."""
    shop = Shop(install_tracing=lambda _: None)
    for _ in range(2):
        shop.newcomer().get("/")
    assert ["shop.home"] * 2 == shop.by_flask
