"""What counts as noticed, and what does not."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from devstack.testing.waiting import wait_until
from e2e.cluster.visitors import DEADLINE_SECONDS, Outcome, Visit, Visits, visitors
from marketplace.request_id import HEADER

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

LATE, SOON = DEADLINE_SECONDS + 0.1, DEADLINE_SECONDS / 2


def visits(*special: Visit, well: int = 1000) -> Visits:
    """Many visits that went well, and some others."""
    return Visits([*(Visit(0.0, SOON, Outcome.BOOKS) for _ in range(well)), *special])


@contextmanager
def serving(site: "WSGIApplication") -> Iterator[str]:
    """Serve a site while the block runs, and give its address."""
    server = make_server("127.0.0.1", 0, site, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_pages_with_books_are_not_noticed_however_late() -> None:
    assert "" == visits(Visit(0.0, LATE, Outcome.BOOKS)).noticed()


def test_a_page_that_waited_in_vain_is_a_busy_machines_unless_there_are_many() -> None:
    waited = Visit(0.0, LATE, Outcome.EARLIER)
    assert "" == visits(waited).noticed()
    assert "11 pages of 1011 with books from earlier" == visits(*[waited] * 11).noticed()


def test_a_single_page_of_earlier_that_waited_for_nothing_is_noticed() -> None:
    at_once = Visit(0.0, SOON, Outcome.EARLIER)
    assert "1 pages with books from earlier, at once" == visits(at_once).noticed()


def test_a_single_page_that_failed_or_has_no_books_is_noticed() -> None:
    failed = Visit(0.0, LATE, Outcome.FAILED, "status 500")
    empty = Visit(0.0, LATE, Outcome.NO_BOOKS)
    assert "1 times status 500; 1 pages without books" == visits(failed, empty).noticed()


def test_pages_for_strangers_are_noticed_beyond_the_first_of_each() -> None:
    """What a stranger is shown may have been kept, and prove nothing of calls."""
    page = Visit(0.0, SOON, Outcome.BOOKS, known=False)
    failed = Visit(0.0, SOON, Outcome.FAILED, "status 500", known=False)
    first = visits(*[page] * 4)
    first.strangers = 4
    assert ("", 1000) == (first.noticed(), first.asked_for)
    first.all += [failed, page]
    assert "1 times status 500; 5 pages for 4 strangers" == first.noticed()


def test_losses_are_told_in_their_order() -> None:
    later, sooner = Visit(2.0, LATE, Outcome.EARLIER), Visit(1.0, LATE, Outcome.NO_BOOKS)
    assert [sooner, later] == visits(later, sooner).losses()


def test_every_request_has_an_id_by_which_it_is_found_in_logs() -> None:
    seen: list[str] = []

    @Request.application
    def shop(request: Request) -> Response:
        seen.append(request.headers[HEADER])
        response = Response("<li>")
        if "reader" not in request.cookies:
            response.set_cookie("reader", request.headers[HEADER])
        return response

    with serving(shop) as url, visitors(url, per_second=100.0) as visits:
        wait_until("some visits", lambda: len(seen) >= 8)

    assert sorted(seen) == sorted(each.request_id for each in visits.all)
    assert len(seen) == len(set(seen))
    assert len(seen) == visits.count(Outcome.BOOKS)
    assert len(seen) - 4 == visits.asked_for
    assert "" == visits.noticed()


def test_a_shop_that_does_not_know_its_readers_is_noticed() -> None:
    """Such as one whose pods have not the same keys."""
    pages = 0

    @Request.application
    def shop(_: Request) -> Response:
        nonlocal pages
        pages += 1
        response = Response("<li>")
        response.set_cookie("reader", "another")
        return response

    with serving(shop) as url, visitors(url, per_second=100.0) as visits:
        wait_until("some visits", lambda: pages >= 8)
    assert f"{len(visits.all)} pages for 4 strangers" == visits.noticed()
    assert 0 == visits.asked_for
