"""Readers in a real browser, headless Chromium, at a shop with gunicorn's processes.

Where there is no Chromium the tests are skipped, except on CI. With SCREENSHOTS_FOLDER set,
pictures of each page are kept there.
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from chassis.testing.waiting import wait_until
from marketplace.testing.library_servicer import LibraryServicer
from marketplace.testing.recommendations_servicer import servicer_server
from marketplace.testing.shop_process import a_shop

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    # Containers, where tests run as root, offer no sandbox; the pages are our own.
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
SECONDS = 30.0
MILLISECONDS = 1000 * SECONDS
MAX_BYTES = 50_000
PAGES = {
    "home": "/",
    "category": "/categories/science-fiction",
    "book": "/books/9",
    "wished": "/books/9?done=wished",
    "search": "/search",
    "found": "/search?q=the",
    "not-found": "/search?q=zzz",
    "you": "/you",
    "forgotten": "/forgotten",
    "nowhere": "/nowhere",
}
DEGRADED = {"home": "/", "book": "/books/30", "search": "/search?q=the", "you": "/you"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        missing = f"none of {', '.join(BROWSERS)} is on PATH"
        if os.environ.get("CI"):
            pytest.fail(f"{missing}, and CI must not skip this")
        pytest.skip(missing)
    expect.set_options(timeout=MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=list(FLAGS), timeout=4 * MILLISECONDS
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def servicer() -> LibraryServicer:
    return LibraryServicer()


@pytest.fixture(scope="module")
def url(servicer: LibraryServicer) -> Iterator[str]:
    with (
        servicer_server(servicer) as address,
        a_shop(
            address,
            WEB_WORKERS="2",
            RECOMMENDATIONS_CIRCUIT_FAILURES="1000",
            RECOMMENDATIONS_DEADLINE_SECONDS="10",
        ) as (_, url),
    ):
        yield url


@pytest.fixture(autouse=True)
def _well(servicer: LibraryServicer) -> Iterator[None]:
    yield
    servicer.failures.clear()


class Reader:
    """Somebody at a browser of their own, in whose console nothing may appear.

    foreign: addresses of other hosts that pages asked for.
    """

    def __init__(self, context: BrowserContext, url: str) -> None:
        context.set_default_timeout(MILLISECONDS)
        self.context = context
        self.url = url
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        self.page.on("console", lambda message: self._complain(message.text))
        self.page.on("pageerror", lambda error: self._complain(str(error)))
        self.page.on("request", lambda request: self._note(request.url))

    def visit(self, path: str) -> Page:
        self.page.goto(self.url + path)
        return self.page

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()

    def follow(self, link: str) -> None:
        """Follow a link, and wait until the page is there: some things are not waited for."""
        found = self.page.get_by_role("link", name=link, exact=True).first
        with self.page.expect_navigation():
            found.click()

    def picture(self, name: str) -> None:
        if folder := os.environ.get("SCREENSHOTS_FOLDER"):
            # Playwright makes the folder.
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    def _complain(self, text: str) -> None:
        # Chromium reports pages that are answered with an error status: that is meant here.
        if "the server responded with a status of" not in text:
            self.complaints.append(text)

    def _note(self, address: str) -> None:
        if not address.startswith(self.url):
            self.foreign.append(address)


@pytest.fixture()
def reader(browser: Browser, url: str, request: pytest.FixtureRequest) -> Iterator[Reader]:
    """Give a newcomer. Parameters are those of a browser's context, such as its scheme."""
    options = getattr(request, "param", {})
    context = browser.new_context(**options)
    reader = Reader(context, url)
    yield reader
    context.close()
    assert [] == reader.complaints
    assert [] == reader.foreign


LIGHT = {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}}
DARK = {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}}
PHONE = {"color_scheme": "light", "viewport": {"width": 320, "height": 640}, "has_touch": True}
NO_SCRIPT = {**LIGHT, "java_script_enabled": False}


def violations_on(page: Page) -> list[str]:
    """Give what axe-core has against a page: rules and the elements that break them."""
    results = Axe().run(page)
    return [
        f"{violation['id']}: {[node['html'] for node in violation['nodes']]}"
        for violation in results.response["violations"]
    ]


def for_you(page: Page) -> list[str]:
    return page.get_by_role("region", name="For you").locator(".because").all_inner_texts()


def with_history(reader: Reader, servicer: LibraryServicer) -> None:
    reader.visit("/")

    def noted(path: str, title: str) -> bool:
        """A view is recorded after the page, and let go if that takes too long."""
        reader.visit(path)
        done = [each for who in servicer.readers() for each, _ in servicer.done_by(who)]
        return title in done

    wait_until(lambda: noted("/books/9", "The Time Machine"), SECONDS)
    wait_until(lambda: noted("/books/5", "Whose Body?"), SECONDS)


@pytest.mark.parametrize("reader", [NO_SCRIPT], indirect=True)
def test_a_newcomers_walk(reader: Reader, servicer: LibraryServicer) -> None:
    """From the door to being forgotten, by links and buttons alone, without a script."""
    page = reader.visit("/")
    expect(page).to_have_title("Online Books For You")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mystery books you may like")
    assert 3 == page.locator("li:not([class])").count()
    assert [] == for_you(page)

    reader.follow("Romance")
    expect(page.get_by_role("heading", level=1)).to_have_text("Romance")
    before = servicer.readers()
    reader.follow("Jane Eyre")
    expect(page.get_by_role("heading", level=1)).to_have_text("Jane Eyre")
    expect(page.get_by_role("region", name="Its readers also chose")).to_be_visible()

    def noted() -> bool:
        """A view is recorded after the page, and let go if that takes too long."""
        page.reload()
        return len(servicer.readers() - before) == 1

    wait_until(noted, SECONDS)
    (me,) = servicer.readers() - before

    reader.follow("Online Books For You")
    assert {"Because you looked at Jane Eyre"} == set(for_you(page))
    assert 3 == page.locator("li:not([class])").count()

    page.get_by_role("searchbox", name="Title or author").fill("emilia bronte")
    reader.press("Search")
    expect(page.get_by_text("We found no such book.")).to_be_visible()
    page.get_by_role("searchbox", name="Title or author").fill("bronte")
    reader.press("Search")
    reader.follow("Jane Eyre")

    reader.press("Put on my list")
    expect(page.get_by_role("status")).to_contain_text("It is on your list now.")
    reader.press("Buy")
    expect(page.get_by_role("status")).to_contain_text("We have noted that you bought it.")
    reader.follow("See your books")
    expect(page.get_by_role("heading", level=1)).to_have_text("Books you looked at")
    expect(page.get_by_text("You bought, wished for and looked at it")).to_be_visible()
    (cookie,) = reader.context.cookies()
    assert (True, "Lax", False) == (
        cookie.get("httpOnly"),
        cookie.get("sameSite"),
        cookie.get("secure"),
    )

    reader.press("Forget me")
    expect(page.get_by_role("heading", level=1)).to_contain_text("We do not remember")
    assert [] == reader.context.cookies()
    assert me not in servicer.readers()
    reader.follow("Go to the front of the shop")
    assert [] == for_you(page)


@pytest.mark.parametrize("reader", [LIGHT], indirect=True)
def test_the_back_button_leads_back_without_asking_to_send_a_form_again(reader: Reader) -> None:
    page = reader.visit("/books/3")
    reader.press("Buy")
    expect(page.get_by_role("status")).to_be_visible()
    reader.follow("See your books")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("The Hound of the Baskervilles")
    page.go_back()
    expect(page).to_have_url(re.compile("/books/3$"))
    expect(page.get_by_role("button", name="Buy")).to_be_enabled()
    reader.press("Buy")
    expect(page.get_by_role("status")).to_contain_text("you bought it")


@pytest.mark.parametrize("reader", [LIGHT], indirect=True)
def test_all_of_it_can_be_done_by_keyboard(reader: Reader, servicer: LibraryServicer) -> None:
    """Each stop shows where it is; the order is that of the page."""
    page = reader.visit("/")

    def tab_to(name: str) -> None:
        page.wait_for_load_state()  # Styles, too.
        for _ in range(40):
            page.keyboard.press("Tab")
            focused = page.locator(":focus")
            outline = focused.evaluate(
                "e => [getComputedStyle(e), getComputedStyle(e, '::after')]"
                ".map(s => s.outlineStyle).some(s => s === 'solid')"
            )
            assert outline, focused.evaluate("e => e.outerHTML")
            label = focused.evaluate("e => (e.labels?.[0] ?? e).innerText.trim()")
            if label.casefold() == name.casefold():
                return
        raise AssertionError(f"the focus never came to {name}")

    tab_to("Skip to the content")
    page.keyboard.press("Enter")
    tab_to("The Maltese Falcon")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("The Maltese Falcon")
    tab_to("Put on my list")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("It is on your list now.")
    tab_to("Title or author")
    page.keyboard.type("dune")
    page.keyboard.press("Enter")
    expect(page.get_by_text("We found no such book.")).to_be_visible()
    tab_to("Your books")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Books you looked at")
    tab_to("Forget me")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("We do not remember")


@pytest.mark.parametrize("reader", [LIGHT, DARK], indirect=True, ids=["light", "dark"])
def test_axe_has_nothing_against_any_page(
    reader: Reader, servicer: LibraryServicer, request: pytest.FixtureRequest
) -> None:
    scheme = request.node.callspec.id
    with_history(reader, servicer)
    for name, path in PAGES.items():
        page = reader.visit(path)
        reader.picture(f"{name}-{scheme}")
        assert [] == violations_on(page), name
    assert scheme == page.evaluate(
        "() => matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'"
    )
    servicer.failures[""] = grpc.StatusCode.UNAVAILABLE
    for name, path in DEGRADED.items():
        page = reader.visit(path)
        reader.picture(f"degraded-{name}-{scheme}")
        assert [] == violations_on(page), name


@pytest.mark.parametrize("reader", [LIGHT], indirect=True)
def test_while_the_service_is_down_each_page_says_so(
    reader: Reader, servicer: LibraryServicer
) -> None:
    page = reader.visit("/books/2")
    servicer.failures[""] = grpc.StatusCode.UNAVAILABLE
    reader.press("Buy")
    expect(page.get_by_role("heading", level=1)).to_have_text("We cannot do that right now")
    expect(page.locator("code")).to_have_text(re.compile("^[0-9a-f]{32}$"))
    reader.visit("/")
    expect(page.get_by_role("status")).to_contain_text("unavailable right now")
    reader.visit("/search?q=falcon")
    expect(page.get_by_role("status")).to_contain_text("We cannot search right now.")
    reader.visit("/you")
    expect(page.get_by_role("status")).to_contain_text("We cannot look it up right now.")
    servicer.failures.clear()
    reader.visit("/books/2")
    reader.press("Buy")
    expect(page.get_by_role("status")).to_contain_text("you bought it")


@pytest.mark.parametrize("reader", [PHONE], indirect=True)
def test_everything_fits_a_phone(reader: Reader, servicer: LibraryServicer) -> None:
    """Nothing sticks out sideways, and what is to be touched is large enough (WCAG 2.2, 2.5.8)."""
    with_history(reader, servicer)
    for name, path in PAGES.items():
        page = reader.visit(path)
        reader.picture(f"{name}-phone")
        assert 320 == page.evaluate("() => document.documentElement.scrollWidth"), name
        sizes = page.locator("button, input:not([type=hidden]), .spine a").evaluate_all(
            "all => all.map(e => e.getBoundingClientRect()).map(r => Math.min(r.width, r.height))"
        )
        assert min(sizes) >= 24, name
        assert [] == violations_on(page), name


@pytest.mark.parametrize("reader", [LIGHT], indirect=True)
def test_html_and_styles_together_are_below_fifty_kilobytes(
    reader: Reader, servicer: LibraryServicer
) -> None:
    with_history(reader, servicer)
    for name, path in PAGES.items():
        page = reader.visit(path)
        (style,) = page.locator("link[rel=stylesheet]").all()
        addresses = (path, str(style.get_attribute("href")))
        sizes = [len(page.request.get(reader.url + address).body()) for address in addresses]
        assert sum(sizes) < MAX_BYTES, (name, sizes)
