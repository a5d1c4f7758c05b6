"""The service as a process that speaks mutual TLS, as its settings say."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest
from grpc_reflection.v1alpha.reflection_pb2_grpc import ServerReflectionStub

from chassis.testing.certificate_folder import CertificateFolder
from chassis.testing.certificates import Authority, KeyPair
from chassis.testing.process import ServiceProcess
from onlinebooks.recommendations.v1 import recommendations_pb2 as v1
from onlinebooks.recommendations.v1.recommendations_pb2_grpc import RecommendationsServiceStub
from recommendations import v1_servicer
from recommendations.testing.variants import Variant

WAIT = 60.0
NAME = "localhost"
SHOP = "spiffe://onlinebooks.internal/marketplace"
PEERS = f"/{v1_servicer.SERVICE_NAME}/* = {SHOP}; /grpc.health.v1.Health/* = *"
REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/*"


class Shop:
    """The service's certificates, and clients of it."""

    def __init__(self, path: Path, variant: Variant) -> None:
        self._variant = variant
        self.authority = Authority.create()
        self.folder = CertificateFolder(path, self.authority.issue(NAME), self.authority)
        self.environ = {
            "LISTEN_HOST": NAME,
            "TLS_CERT_FILE": str(self.folder.certificate),
            "TLS_KEY_FILE": str(self.folder.key),
            "TLS_CA_FILE": str(self.folder.authorities),
            "TLS_CLIENT_AUTH": "require",
            "TLS_ALLOWED_PEERS": PEERS,
            "TLS_RELOAD_SECONDS": "0.05",
        }

    @contextmanager
    def service(self, **environ: str) -> Iterator[ServiceProcess]:
        with self._variant.process(**{**self.environ, **environ}) as service:
            yield service

    @contextmanager
    def channel(
        self, service: ServiceProcess, pair: KeyPair | None, trusted: Authority | None = None
    ) -> Iterator[grpc.Channel]:
        authority = trusted or self.authority
        key, certificate = (pair.key, pair.certificate) if pair else (None, None)
        credentials = grpc.ssl_channel_credentials(authority.pem.certificate, key, certificate)
        alone = [("grpc.use_local_subchannel_pool", 1)]
        with grpc.secure_channel(f"{NAME}:{service.port()}", credentials, alone) as channel:
            yield channel


@pytest.fixture()
def shop(tmp_path: Path, variant: Variant) -> Shop:
    return Shop(tmp_path / "certs", variant)


def recommend(channel: grpc.Channel) -> grpc.StatusCode:
    stub: Any = RecommendationsServiceStub(channel)
    request = v1.RecommendRequest(category=v1.BOOK_CATEGORY_MYSTERY)
    return code_of(stub.Recommend.future(request, timeout=WAIT))


def check(channel: grpc.Channel) -> grpc.StatusCode:
    stub: Any = HealthStub(channel)
    return code_of(stub.Check.future(HealthCheckRequest(), timeout=WAIT))


def reflect(channel: grpc.Channel) -> grpc.StatusCode:
    stub: Any = ServerReflectionStub
    requests = iter((ServerReflectionRequest(list_services=""),))
    call = stub(channel).ServerReflectionInfo(requests, timeout=WAIT)
    with suppress(grpc.RpcError):  # The call says what became of it.
        list(call)
    return code_of(call)


def code_of(call: Any) -> grpc.StatusCode:
    code: grpc.StatusCode = call.code()
    return code


def test_each_peer_may_do_what_the_table_says(shop: Shop) -> None:
    with shop.service() as service:
        with shop.channel(service, shop.authority.issue(SHOP)) as channel:
            assert grpc.StatusCode.OK == recommend(channel)
            assert grpc.StatusCode.OK == check(channel)
            assert grpc.StatusCode.PERMISSION_DENIED == reflect(channel)
        with shop.channel(service, shop.authority.issue("somebody")) as channel:
            assert grpc.StatusCode.PERMISSION_DENIED == recommend(channel)
            assert grpc.StatusCode.OK == check(channel)
        with shop.channel(service, None) as channel:
            assert grpc.StatusCode.UNAVAILABLE == recommend(channel)
        service.wait_for_log('"peer_identities":["dns:somebody"]')


@pytest.mark.parametrize(
    ("setting", "code"),
    [("true", grpc.StatusCode.OK), ("false", grpc.StatusCode.UNIMPLEMENTED)],
)
def test_reflection_can_be_off(shop: Shop, setting: str, code: grpc.StatusCode) -> None:
    with (
        shop.service(REFLECTION=setting, TLS_ALLOWED_PEERS=f"{REFLECTION} = {SHOP}") as service,
        shop.channel(service, shop.authority.issue(SHOP)) as channel,
    ):
        assert code == reflect(channel)


def test_new_certificates_are_taken_up_by_a_process_that_runs(shop: Shop) -> None:
    with shop.service() as service:
        service.port()
        successor = Authority.create("Next CA")
        shop.folder.trust(shop.authority, successor)
        shop.folder.write(successor.issue(NAME))
        service.wait_for_log("certificates reloaded")
        with shop.channel(service, successor.issue(SHOP), successor) as channel:
            # The files were replaced one after the other, so the first reload need not be the last.
            stub: Any = RecommendationsServiceStub(channel)
            stub.Recommend(
                v1.RecommendRequest(category=v1.BOOK_CATEGORY_MYSTERY),
                timeout=WAIT,
                wait_for_ready=True,
            )


def test_certificates_that_do_not_fit_stop_the_start(shop: Shop) -> None:
    shop.folder.key.write_bytes(shop.authority.issue(NAME).key)
    with shop.service() as service:
        assert 2 == service.wait()
        assert 1 == service.log.count(f"{shop.folder.key}: is not the key of the certificate")


def test_settings_that_do_not_fit_stop_the_start(shop: Shop) -> None:
    del shop.environ["TLS_CA_FILE"]
    with shop.service() as service:
        assert 2 == service.wait()
        assert 1 == service.log.count("TLS_CLIENT_AUTH: 'require' needs TLS_CA_FILE")
