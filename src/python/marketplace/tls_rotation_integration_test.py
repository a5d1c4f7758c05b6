"""Authority and certificates are replaced under visitors, and every page shows its books."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from chassis.interceptors.peer_authorization import PeerAuthorization
from chassis.service import Service
from chassis.testing.certificate_folder import CertificateFolder
from chassis.testing.certificates import Authority
from chassis.testing.process import ServiceProcess, python_environment
from chassis.testing.recording_log import RecordingLog
from chassis.testing.running import running, threaded_server
from chassis.testing.visitors import Visitors
from chassis.testing.waiting import wait_until
from chassis.tls.allowed_peers import AllowedPeers
from chassis.tls.metrics import TlsMetrics
from chassis.tls.server_credentials import server_credentials
from chassis.tls.store import CertificateStore
from chassis.tls.watch import Watch
from marketplace.testing.recommendations_servicer import NAME, EarlierServicer
from onlinebooks.recommendations.v1 import recommendations_pb2 as pb
from onlinebooks.recommendations.v1 import recommendations_pb2_grpc as pb_grpc

SECONDS = 60.0
ROTATIONS = 5
WORKERS = 2
PAGES_PER_STEP = 10
LOOK_SECONDS = 0.05
SHOP = "spiffe://onlinebooks.internal/marketplace"
HOST = "127.0.0.1"
BOOK = pb.Book(id=1, title="The Book of All Books", categories=[pb.BOOK_CATEGORY_MYSTERY])


class Recommendations:
    """The service that the shop asks: its certificates, and which connections calls came by."""

    def __init__(self, path: Path, authority: Authority) -> None:
        self.folder = CertificateFolder(path, authority.issue(HOST), authority)
        self.log = RecordingLog()
        self.calls: list[str] = []
        self._store = CertificateStore(
            self.folder.files, TlsMetrics(CollectorRegistry()), self.log.logger
        )

    @contextmanager
    def running(self) -> Iterator[str]:
        server = threaded_server(
            [
                Service(
                    NAME,
                    EarlierServicer(self._answer),
                    pb_grpc.add_RecommendationsServiceServicer_to_server,
                )
            ],
            [PeerAuthorization(AllowedPeers({f"/{NAME}/*": [SHOP]}))],
            credentials=server_credentials(self._store, require_client=True),
        )
        with running(server) as address, Watch(self._store.refresh, LOOK_SECONDS, self.log.logger):
            yield address

    @property
    def peers(self) -> set[str]:
        """The connections."""
        return set(self.calls)

    def wait_for_reload(self) -> None:
        """Wait until what is in the folder is in use."""
        wait_until(lambda: self._store.current.pem == self.folder.files.read(), SECONDS)

    def _answer(self, _: pb.RecommendRequest, context: Any) -> pb.RecommendResponse:
        self.calls.append(context.peer())
        return pb.RecommendResponse(recommendations=[pb.Recommendation(book=BOOK)])


def has_its_books(page: httpx.Response) -> bool:
    return page.status_code == 200 and BOOK.title in page.text


@pytest.mark.parametrize("preload", ["true", "false"])
def test_every_page_has_its_books_while_certificates_are_replaced(
    preload: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The steps of docs/security.md, five times: trust both, renew, trust the new one alone.

    Visitors come back as readers whom the shop knows, so it has to ask for each page.
    """
    authority = Authority.create("CA 0")
    recommendations = Recommendations(tmp_path / "recommendations", authority)
    folder = CertificateFolder(tmp_path / "marketplace", authority.issue(SHOP), authority)
    with recommendations.running() as address:
        environ = {
            **python_environment(),
            "RECOMMENDATIONS_HOST": address,
            "RECOMMENDATIONS_DEADLINE_SECONDS": "10",
            # An earlier list must not hide that a call has failed.
            "RECOMMENDATIONS_STALE_SECONDS": "0",
            "TLS_CERT_FILE": str(folder.certificate),
            "TLS_KEY_FILE": str(folder.key),
            "TLS_CA_FILE": str(folder.authorities),
            "TLS_RELOAD_SECONDS": str(LOOK_SECONDS),
            "WEB_WORKERS": str(WORKERS),
            "WEB_PRELOAD": preload,
        }
        with ServiceProcess([sys.executable, "-m", "marketplace.main"], environ, SECONDS) as shop:
            visitors = Visitors(f"http://{HOST}:{shop.port()}/", has_its_books, SECONDS)

            @contextmanager
            def step() -> Iterator[None]:
                before = swaps(shop)
                yield
                recommendations.wait_for_reload()
                wait_until(lambda: swaps(shop) >= before + WORKERS, SECONDS)
                pages = visitors.pages  # Of those to come, some have yet to begin.
                wait_until(lambda: visitors.pages >= pages + PAGES_PER_STEP, SECONDS)

            with visitors.visiting():
                wait_until(lambda: len(recommendations.peers) >= WORKERS, SECONDS)
                for number in range(1, ROTATIONS + 1):
                    former, authority = authority, Authority.create(f"CA {number}")
                    with step():
                        for each in (recommendations.folder, folder):
                            each.trust(former, authority)
                    with step():
                        recommendations.folder.write(authority.issue(HOST))
                        folder.write(authority.issue(SHOP))
                    with step():
                        for each in (recommendations.folder, folder):
                            each.trust(authority)
    with capsys.disabled():
        sys.stdout.write(
            f"\npreload {preload}: {ROTATIONS} rotations, {visitors.pages} pages by {WORKERS}"
            f" workers over {len(recommendations.peers)} connections,"
            f" {len(visitors.bad)} without books, {len(recommendations.calls)} calls\n"
        )
    assert [] == visitors.bad
    assert visitors.pages - visitors.count <= visitors.known <= len(recommendations.calls)
    # So they did move: each worker to one more connection in each step, if it was visited after it.
    assert len(recommendations.peers) > WORKERS * ROTATIONS


def swaps(shop: ServiceProcess) -> int:
    """Count how often a worker has moved its calls to new certificates."""
    return shop.log.count("calls use the new certificates")
