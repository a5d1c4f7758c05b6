"""Manifests say nothing about the services that their code does not say too."""

import pytest
from prometheus_client import CollectorRegistry
from werkzeug.test import Client

from chassis.admin import admin_app
from chassis.health import HealthBoard
from chassis.settings import load_settings
from chassis.tls.allowed_peers import AllowedPeers
from dev_certs.renewal import TRUST_DOMAIN, names_of
from e2e.manifests.rendering import Manifest
from e2e.manifests.selection import (
    SERVICES,
    container,
    environ,
    of_kind,
    one,
    pod_template,
    ports,
    secret_variables,
)
from marketplace.settings import MarketplaceSettings
from recommendations.settings import RecommendationsSettings

Settings = MarketplaceSettings | RecommendationsSettings

SETTINGS: dict[str, type[MarketplaceSettings] | type[RecommendationsSettings]] = {
    "marketplace": MarketplaceSettings,
    "recommendations": RecommendationsSettings,
}
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
SPARE_SECONDS = 5
"""For the process to end, and for its last lines."""

each_service = pytest.mark.parametrize("service", SERVICES)


def settings_of(objects: list[Manifest], service: str) -> Settings:
    """What a service makes of its environment, but for the files that a Secret brings."""
    given = without_tls(environ(objects, service))
    if service == "marketplace":
        return load_settings(MarketplaceSettings, given)
    return load_settings(RecommendationsSettings, given)


def without_tls(given: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in given.items() if not name.startswith("TLS_")}


@each_service
def test_every_variable_is_a_setting(shape: list[Manifest], service: str) -> None:
    known = {name.upper() for name in SETTINGS[service].fields()}
    given = environ(shape, service).keys() | secret_variables(shape, service).keys()
    assert set() == given - known


@each_service
def test_the_service_takes_the_settings(shape: list[Manifest], service: str) -> None:
    """Wrong values, and values that do not go together, raise."""
    settings = settings_of(shape, service)
    assert "0.0.0.0" == settings.listen_host  # noqa: S104 - in a container of its own.
    assert "0.0.0.0" == settings.admin_host  # noqa: S104 - in a container of its own.
    assert "json" == settings.log_format


def test_pods_share_a_key_for_cookies_and_production_does_not_start_without_it(
    rendered: dict[str, list[Manifest]],
) -> None:
    for name in ("dev", "prod"):
        key = secret_variables(rendered[name], "marketplace")["COOKIE_KEYS"]
        assert {"name": "marketplace-cookies", "key": "keys", "optional": name != "prod"} == key


@each_service
def test_the_container_declares_the_ports_that_the_service_opens(
    shape: list[Manifest], service: str
) -> None:
    settings = settings_of(shape, service)
    name = {"marketplace": "http", "recommendations": "grpc"}[service]
    expected = {name: settings.listen_port, "admin": settings.admin_port}
    assert expected == ports(container(shape, service))


@each_service
def test_a_pod_has_time_to_drain_and_to_finish(shape: list[Manifest], service: str) -> None:
    settings = settings_of(shape, service)
    assert settings.drain_seconds > 0
    needed = settings.drain_seconds + settings.grace_seconds + SPARE_SECONDS
    assert needed == pod_template(shape, service)["spec"]["terminationGracePeriodSeconds"]


@each_service
def test_a_new_pod_is_trusted_no_sooner_than_an_old_one_has_drained(
    shape: list[Manifest], service: str
) -> None:
    deployment = one(shape, "Deployment", service)
    assert deployment["spec"]["minReadySeconds"] >= settings_of(shape, service).drain_seconds


def test_the_shop_asks_the_service_that_there_is(shape: list[Manifest]) -> None:
    settings = load_settings(MarketplaceSettings, without_tls(environ(shape, "marketplace")))
    asked = settings.recommendations_host
    service = one(shape, "Service", asked.host)
    assert "None" == service["spec"]["clusterIP"]
    assert [asked.port] == [each["port"] for each in service["spec"]["ports"]]


@each_service
def test_probes_ask_what_the_admin_port_answers(shape: list[Manifest], service: str) -> None:
    its = container(shape, service)
    admin = Client(admin_app(HealthBoard({}), CollectorRegistry()))
    for probe in PROBES:
        ask = its[probe]["httpGet"]
        assert "admin" == ask["port"]
        assert 404 != admin.get(ask["path"]).status_code, ask


@each_service
def test_a_service_is_told_to_restart_slowly_and_to_rest_quickly(
    shape: list[Manifest], service: str
) -> None:
    """A pod that is busy rests for a while; only one that hangs for long is started anew."""
    its = container(shape, service)
    ready, alive = its["readinessProbe"], its["livenessProbe"]
    assert ready["httpGet"]["path"] != alive["httpGet"]["path"]
    assert 10 >= ready["periodSeconds"] * ready["failureThreshold"]
    assert 60 <= alive["periodSeconds"] * alive["failureThreshold"]


def test_metrics_are_where_annotations_say(rendered: dict[str, list[Manifest]]) -> None:
    shape = rendered["base+prometheus-annotations"]
    for service in SERVICES:
        notes = pod_template(shape, service)["metadata"]["annotations"]
        port = str(settings_of(shape, service).admin_port)
        expected = {"scrape": "true", "port": port, "path": "/metrics"}
        assert expected == {name.rpartition("/")[2]: value for name, value in notes.items()}


def test_a_pod_monitor_names_the_admin_port(rendered: dict[str, list[Manifest]]) -> None:
    for name in ("prod", "base+pod-monitor"):
        (monitor,) = of_kind(rendered[name], "PodMonitor")
        (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
        assert ("admin", "/metrics") == (endpoint["port"], endpoint["path"])
        assert {"admin"} <= ports(container(rendered[name], "marketplace")).keys()


def test_the_shop_alone_may_ask_for_recommendations(rendered: dict[str, list[Manifest]]) -> None:
    given = environ(rendered["base+mtls"], "recommendations")
    assert "require" == given["TLS_CLIENT_AUTH"]
    allowed = AllowedPeers.parse(given["TLS_ALLOWED_PEERS"])
    shop, other = (f"spiffe://{TRUST_DOMAIN}/{name}" for name in ("marketplace", "other"))
    for api in (
        "Recommendations",
        "onlinebooks.recommendations.v1.RecommendationsService",
    ):
        assert allowed.allow(api, "Recommend", [shop])
        assert not allowed.allow(api, "Recommend", [other])
    assert allowed.allow("grpc.health.v1.Health", "Check", [other])


@each_service
def test_cert_manager_gives_the_names_that_development_has(
    rendered: dict[str, list[Manifest]], service: str
) -> None:
    certificate = one(rendered["base+mtls-cert-manager"], "Certificate", service)["spec"]
    names = {*certificate["uris"], *certificate["dnsNames"]}
    assert {f"spiffe://{TRUST_DOMAIN}/{service}", service} == names
    assert names <= set(names_of(service))


def test_the_certificate_has_the_name_that_the_shop_looks_for(
    rendered: dict[str, list[Manifest]],
) -> None:
    shape = rendered["base+mtls-cert-manager"]
    certificate = one(shape, "Certificate", "recommendations")["spec"]
    settings = settings_of(shape, "marketplace")
    assert isinstance(settings, MarketplaceSettings)
    assert [settings.recommendations_host.host] == certificate["dnsNames"]
