"""The shop is open without recommendations, shows earlier ones, says so, and recovers by itself."""

import signal

import httpx
import pytest

from devstack.testing.waiting import wait_until
from e2e.conftest import Start
from e2e.service_process import HOST, MARKETPLACE, RECOMMENDATIONS, ServiceProcess

# The deadline of the shop's call is 0.5 s; ten times that is for a busy machine.
PATIENCE_SECONDS = 5.0
WORDS = "recommendations are unavailable"
EARLIER = "We picked these a little earlier"


@pytest.fixture()
def cookies() -> httpx.Cookies:
    """What a browser keeps: somebody who comes back is a reader, of whom the shop always asks."""
    return httpx.Cookies()


def page_of(shop: ServiceProcess, cookies: httpx.Cookies) -> str:
    """The home page, which must come with status 200 before anybody loses patience."""
    url = f"http://{HOST}:{shop.port()}/"
    response = httpx.get(url, cookies=cookies, timeout=PATIENCE_SECONDS, trust_env=False)
    assert 200 == response.status_code
    assert bool(cookies) == ("Set-Cookie" not in response.headers)
    cookies.extract_cookies(response)
    return response.text


def assert_degraded(page: str) -> None:
    """Plain words instead of books, under the same title and heading."""
    assert WORDS in page
    assert 0 == page.count("<li>")
    assert "<title>Online Books For You</title>" in page
    assert "<h1>Mystery books you may like</h1>" in page


def assert_earlier(page: str) -> None:
    """The books of before, and a note, under the same title and heading."""
    assert EARLIER in page
    assert 3 == page.count("<li>")
    assert "<title>Online Books For You</title>" in page
    assert "<h1>Mystery books you may like</h1>" in page


def has_new_books(page: str) -> bool:
    return page.count("<li>") == 3 and EARLIER not in page


def wait_for_books(shop: ServiceProcess, cookies: httpx.Cookies) -> None:
    wait_until("three new books", lambda: has_new_books(page_of(shop, cookies)), seconds=60.0)


def open_shop(
    start: Start, recommendations: ServiceProcess, cookies: httpx.Cookies, **settings: str
) -> ServiceProcess:
    """A shop that has shown its books, so its one worker knows them."""
    address = recommendations.wait_until_ready().address()
    shop = start(
        MARKETPLACE, RECOMMENDATIONS_HOST=address, WEB_WORKERS="1", **settings
    ).wait_until_ready()
    wait_for_books(shop, cookies)
    return shop


def test_recommendations_that_are_killed_and_come_back(
    start: Start, cookies: httpx.Cookies, unused_port: int
) -> None:
    recommendations = start(RECOMMENDATIONS, LISTEN_PORT=str(unused_port))
    shop = open_shop(start, recommendations, cookies)

    recommendations.send_to_all(signal.SIGKILL)
    assert -signal.SIGKILL == recommendations.exit_code()
    for _ in range(8):
        assert_earlier(page_of(shop, cookies))

    start(RECOMMENDATIONS, LISTEN_PORT=str(unused_port))
    wait_for_books(shop, cookies)


def test_recommendations_that_hang_and_go_on(start: Start, cookies: httpx.Cookies) -> None:
    """SIGSTOP: connections stay, answers stop. Only a deadline helps."""
    recommendations = start(RECOMMENDATIONS)
    shop = open_shop(start, recommendations, cookies)

    recommendations.send_to_all(signal.SIGSTOP)
    for _ in range(8):
        assert_earlier(page_of(shop, cookies))

    recommendations.send_to_all(signal.SIGCONT)
    wait_for_books(shop, cookies)


def test_a_shop_that_keeps_nothing_says_that_there_is_nothing(
    start: Start, cookies: httpx.Cookies
) -> None:
    recommendations = start(RECOMMENDATIONS)
    shop = open_shop(start, recommendations, cookies, RECOMMENDATIONS_STALE_SECONDS="0")
    recommendations.send_to_all(signal.SIGKILL)
    assert -signal.SIGKILL == recommendations.exit_code()
    assert_degraded(page_of(shop, cookies))


def test_recommendations_that_start_after_the_shop(
    start: Start, unused_port: int, cookies: httpx.Cookies
) -> None:
    shop = start(MARKETPLACE, RECOMMENDATIONS_HOST=f"{HOST}:{unused_port}").wait_until_ready()
    assert_degraded(page_of(shop, cookies))
    start(RECOMMENDATIONS, LISTEN_PORT=str(unused_port))
    wait_for_books(shop, cookies)


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_shop_without_recommendations_is_alive_and_ready(
    start: Start, unused_port: int, path: str
) -> None:
    """Else Kubernetes would close the shop because of an outage that it can live with."""
    shop = start(MARKETPLACE, RECOMMENDATIONS_HOST=f"{HOST}:{unused_port}").wait_until_ready()
    response = httpx.get(f"http://{HOST}:{shop.port()}{path}", trust_env=False)
    assert 200 == response.status_code
