"""What counts as noticed, and what does not."""

import threading

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from devstack.testing.waiting import wait_until
from e2e.cluster.visitors import DEADLINE_SECONDS, Outcome, Visit, Visits, visitors
from marketplace.request_id import HEADER

LATE, SOON = DEADLINE_SECONDS + 0.1, DEADLINE_SECONDS / 2


def visits(*special: Visit, well: int = 1000) -> Visits:
    """Many visits that went well, and some others."""
    return Visits([*(Visit(0.0, SOON, Outcome.BOOKS) for _ in range(well)), *special])


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


def test_losses_are_told_in_their_order() -> None:
    later, sooner = Visit(2.0, LATE, Outcome.EARLIER), Visit(1.0, LATE, Outcome.NO_BOOKS)
    assert [sooner, later] == visits(later, sooner).losses()


def test_every_request_has_an_id_by_which_it_is_found_in_logs() -> None:
    seen: list[str] = []

    @Request.application
    def shop(request: Request) -> Response:
        seen.append(request.headers[HEADER])
        return Response("<li>")

    server = make_server("127.0.0.1", 0, shop, threaded=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    with visitors(f"http://127.0.0.1:{server.server_port}", per_second=100.0) as visits:
        wait_until("some visits", lambda: len(seen) >= 8)
    server.shutdown()
    serving.join()
    server.server_close()

    assert sorted(seen) == sorted(each.request_id for each in visits.all)
    assert len(seen) == len(set(seen))
    assert len(seen) == visits.count(Outcome.BOOKS)
