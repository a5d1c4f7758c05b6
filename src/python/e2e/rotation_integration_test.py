"""Authority and certificates of both services are replaced under visitors, and nothing fails."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from chassis.testing.certificate_folder import CertificateFolder
from chassis.testing.certificates import Authority
from chassis.testing.visitors import Visitors
from devstack.testing.waiting import wait_until
from e2e.conftest import Start
from e2e.service_process import HOST, MARKETPLACE, RECOMMENDATIONS, ServiceProcess

ROTATIONS = 5
WORKERS = 2
PAGES_PER_STEP = 10
SECONDS = 120.0
LOOK_SECONDS = "0.1"
SHOP = "spiffe://onlinebooks.internal/marketplace"
SERVICE = "onlinebooks.recommendations.v1.RecommendationsService"


def is_whole(page: httpx.Response) -> bool:
    return page.status_code == 200 and page.text.count("<li>") == 3


def tls(folder: CertificateFolder) -> Mapping[str, str]:
    return {
        "TLS_CERT_FILE": str(folder.certificate),
        "TLS_KEY_FILE": str(folder.key),
        "TLS_CA_FILE": str(folder.authorities),
        "TLS_RELOAD_SECONDS": LOOK_SECONDS,
    }


def lines(service: ServiceProcess, event: str) -> list[dict[str, Any]]:
    """What a service has logged of one event so far; a line that is being written is left out."""
    whole = service.log.rpartition("\n")[0].splitlines()
    parsed = [json.loads(line) for line in whole if line.startswith("{")]
    return [line for line in parsed if line["event"] == event]


def test_every_page_has_its_books_while_both_services_change_certificates(
    start: Start, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The steps of docs/security.md, five times: trust both, renew, trust the new one alone.

    Visitors come back as readers whom the shop knows, so it has to ask for each page.
    """
    authority = Authority.create("CA 0")
    server = CertificateFolder(tmp_path / "server", authority.issue(HOST), authority)
    client = CertificateFolder(tmp_path / "client", authority.issue(SHOP), authority)
    recommendations = start(
        RECOMMENDATIONS,
        TLS_CLIENT_AUTH="require",
        TLS_ALLOWED_PEERS=f"/{SERVICE}/* = {SHOP}",
        **tls(server),
    )
    shop = start(
        MARKETPLACE,
        RECOMMENDATIONS_HOST=recommendations.address(),
        RECOMMENDATIONS_DEADLINE_SECONDS="10",
        # An earlier list must not hide that a call has failed.
        RECOMMENDATIONS_STALE_SECONDS="0",
        WEB_WORKERS=str(WORKERS),
        **tls(client),
    ).wait_until_ready()
    visitors = Visitors(f"http://{HOST}:{shop.port()}/", is_whole, SECONDS)

    def moved() -> tuple[int, int]:
        """How often the server took up new files, and how often a worker did."""
        return (
            len(lines(recommendations, "certificates reloaded")),
            len(lines(shop, "calls use the new certificates")),
        )

    @contextmanager
    def step() -> Iterator[None]:
        (served, called), pages = moved(), visitors.pages
        yield

        def done() -> bool:
            now_served, now_called = moved()
            arrived = now_served > served and now_called >= called + WORKERS
            return arrived and visitors.pages >= pages + PAGES_PER_STEP

        wait_until("both services use the new files", done, seconds=SECONDS)

    with visitors.visiting():
        wait_until(
            "each worker has called",
            lambda: len({line["peer"] for line in lines(recommendations, "call")}) >= WORKERS,
            seconds=SECONDS,
        )
        for number in range(1, ROTATIONS + 1):
            former, authority = authority, Authority.create(f"CA {number}")
            with step():
                server.trust(former, authority)
                client.trust(former, authority)
            with step():
                server.write(authority.issue(HOST))
                client.write(authority.issue(SHOP))
            with step():
                server.trust(authority)
                client.trust(authority)

    def lists() -> int:
        """How often the service was asked for recommendations, as far as it has written."""
        return sum(call["grpc_method"] == "Recommend" for call in lines(recommendations, "call"))

    # Lines of calls wait a moment for others.
    wait_until("a call for each page", lambda: lists() >= visitors.known, seconds=SECONDS)
    assert visitors.known >= visitors.pages - visitors.count
    calls = lines(recommendations, "call")
    with capsys.disabled():
        sys.stdout.write(
            f"\n{ROTATIONS} rotations, {visitors.pages} pages, {len(visitors.bad)} of them bad,"
            f" {len(calls)} calls over {len({call['peer'] for call in calls})} connections\n"
        )
    assert [] == visitors.bad
    assert {"OK"} == {call["grpc_code"] for call in calls}
    assert [] == lines(shop, "no recommendations")
