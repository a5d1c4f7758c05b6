"""The tables of metrics in docs/operations.md say what the services' admin ports tell."""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from chassis.testing.certificate_folder import CertificateFolder
from chassis.testing.certificates import Authority
from chassis.testing.process import ServiceProcess, python_environment
from chassis.testing.waiting import wait_until

OPERATIONS = Path("docs/operations.md")
HOST = "127.0.0.1"
SECONDS = 60.0
SHOP = "spiffe://onlinebooks.internal/marketplace"

Row = tuple[str, str, frozenset[str]]
"""The name of a metric, its type, and the names of its labels."""


def table(heading: str) -> set[Row]:
    """Read the rows of a table in the document."""
    section = OPERATIONS.read_text().split(f"### {heading}\n")[1].split("\n#")[0]
    rows = [line.split(" | ") for line in section.splitlines() if line.startswith("| `")]
    found = [
        (name.removeprefix("| `").rstrip("`"), kind, frozenset(re.findall(r"`(\w+)`", labels)))
        for name, kind, labels, *_ in rows
    ]
    assert len(found) == len(set(found)), "a row stands there twice"
    return set(found)


def told(text: str) -> set[Row]:
    """Read what Prometheus would of an answer to a scrape."""
    rows = set()
    for family in text_string_to_metric_families(text):
        labels = {label for sample in family.samples for label in sample.labels}
        name = family.name + ("_total" if family.type == "counter" else "")
        rows.add((name, family.type, frozenset(labels - {"le"})))
    return rows


class Service:
    """A service as a process, over mutual TLS, with an admin port."""

    def __init__(self, process: ServiceProcess) -> None:
        self._process = process
        self.port = process.port()

    def scrape(self) -> str:
        # A line that is being written is left out.
        whole = self._process.log.rpartition("\n")[0]
        lines = [json.loads(line) for line in whole.splitlines()]
        (address,) = (each["address"] for each in lines if each["event"] == "admin listening")
        url = f"http://{address}/metrics"
        return httpx.get(url, timeout=SECONDS, trust_env=False).raise_for_status().text


@contextmanager
def service(name: str, folder: CertificateFolder, **settings: str) -> Iterator[Service]:
    environment = {
        "ADMIN_PORT": "0",
        "TLS_CERT_FILE": str(folder.certificate),
        "TLS_KEY_FILE": str(folder.key),
        "TLS_CA_FILE": str(folder.authorities),
        **python_environment(),
        **settings,
    }
    with ServiceProcess([sys.executable, "-m", f"{name}.main"], environment, SECONDS) as process:
        yield Service(process)


@pytest.fixture(scope="module")
def scrapes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[Row]]:
    """What both services tell once a page was shown, a call was wrong, and another streamed."""
    path = tmp_path_factory.mktemp("certificates")
    authority = Authority.create()
    theirs = CertificateFolder(path / "recommendations", authority.issue(HOST), authority)
    ours = CertificateFolder(path / "marketplace", authority.issue(SHOP), authority)
    with service(
        "recommendations",
        theirs,
        SERVER_KIND="asyncio",
        XDG_STATE_HOME=str(path),
        TLS_CLIENT_AUTH="require",
        TLS_ALLOWED_PEERS=f"* = {SHOP}",
    ) as recommendations:
        make_calls(recommendations.port, authority, ours)
        address = f"{HOST}:{recommendations.port}"
        patient = {"RECOMMENDATIONS_DEADLINE_SECONDS": "10"}
        with service("marketplace", ours, RECOMMENDATIONS_HOST=address, **patient) as marketplace:
            page = httpx.get(f"http://{HOST}:{marketplace.port}/", timeout=SECONDS, trust_env=False)
            assert 3 == page.text.count("<li>")
            wait_until(lambda: all_measured(recommendations.scrape()), SECONDS)
            return {
                "Metrics of recommendations": told(recommendations.scrape()),
                "Metrics of the marketplace": told(marketplace.scrape()),
            }


@pytest.fixture(scope="module")
def scrape_of_several(tmp_path_factory: pytest.TempPathFactory) -> set[Row]:
    """What recommendations of two workers tell, once a call was wrong and another streamed."""
    path = tmp_path_factory.mktemp("certificates")
    authority = Authority.create()
    theirs = CertificateFolder(path / "recommendations", authority.issue(HOST), authority)
    ours = CertificateFolder(path / "marketplace", authority.issue(SHOP), authority)
    settings = {
        "TLS_CLIENT_AUTH": "require",
        "TLS_ALLOWED_PEERS": f"* = {SHOP}",
        "XDG_STATE_HOME": str(path),
    }
    kind = {"SERVER_KIND": "asyncio", "WORKERS": "2"}
    with service("recommendations", theirs, **settings, **kind) as several:
        make_calls(several.port, authority, ours)
        wait_until(lambda: all_measured(several.scrape()), SECONDS)
        return told(several.scrape())


def all_measured(text: str) -> bool:
    """Tell whether what comes a little later is there: calls are counted once they have ended."""
    return all(name in text for name in ("event_loop_lag_seconds_count", "grpc_server_msg_sent_t"))


def make_calls(port: int, authority: Authority, ours: CertificateFolder) -> None:
    """Ask for what the domain refuses by an exception, and by a stream which services there are."""
    credentials = grpc.ssl_channel_credentials(
        authority.pem.certificate, ours.key.read_bytes(), ours.certificate.read_bytes()
    )
    with grpc.secure_channel(f"{HOST}:{port}", credentials) as channel:
        untyped: Any = channel
        no_such_category = bytes([2 << 3, 99])
        recommend = untyped.unary_unary("/Recommendations/Recommend")
        assert grpc.StatusCode.NOT_FOUND == recommend.future(no_such_category).code()
        list_services = bytes([7 << 3 | 2, 0])
        reflect = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
        assert 1 == len(list(untyped.stream_stream(reflect)(iter([list_services]))))


@pytest.mark.parametrize("heading", ["Metrics of recommendations", "Metrics of the marketplace"])
def test_the_table_has_each_metric_with_its_type_and_labels(
    heading: str, scrapes: dict[str, set[Row]]
) -> None:
    assert [] == sorted(scrapes[heading] ^ table(heading), key=str)


def test_the_table_of_several_workers_has_what_differs(scrape_of_several: set[Row]) -> None:
    of_one = {
        row
        for row in table("Metrics of recommendations")
        if not row[0].startswith(("process_", "python_"))
    }
    assert [] == sorted(scrape_of_several ^ (of_one | table("Metrics of several workers")), key=str)
