"""What manifests mention is there: labels, ports, volumes, configuration, secrets, accounts."""

import re

import pytest

from e2e.manifests.rendering import Manifest
from e2e.manifests.selection import (
    SERVICES,
    container,
    environ,
    of_kind,
    one,
    pod_template,
    ports,
    selects,
)

HASHED = re.compile(r"(marketplace|recommendations)-[a-z0-9]{10}")
SECRETS = {f"{service}-tls" for service in SERVICES}

each_service = pytest.mark.parametrize("service", SERVICES)


def labels_of(objects: list[Manifest], service: str) -> dict[str, str]:
    found: dict[str, str] = pod_template(objects, service)["metadata"]["labels"]
    return found


@each_service
def test_a_deployment_and_a_service_select_its_pods_and_no_others(
    shape: list[Manifest], service: str
) -> None:
    selectors = [
        one(shape, "Deployment", service)["spec"]["selector"],
        {"matchLabels": one(shape, "Service", service)["spec"]["selector"]},
    ]
    for selector in selectors:
        assert [service] == [each for each in SERVICES if selects(selector, labels_of(shape, each))]


@each_service
def test_a_spread_concerns_the_pods_that_it_stands_in(shape: list[Manifest], service: str) -> None:
    spreads = pod_template(shape, service)["spec"]["topologySpreadConstraints"]
    assert 2 == len(spreads)
    for spread in spreads:
        assert selects(spread["labelSelector"], labels_of(shape, service))
        assert not [
            each
            for each in SERVICES
            if each != service and selects(spread["labelSelector"], labels_of(shape, each))
        ]


@each_service
def test_a_service_leads_to_a_port_of_the_container(shape: list[Manifest], service: str) -> None:
    there = ports(container(shape, service))
    for port in one(shape, "Service", service)["spec"]["ports"]:
        assert port["port"] == there[port["targetPort"]]


@each_service
def test_settings_are_in_a_map_whose_name_changes_with_them(
    shape: list[Manifest], service: str
) -> None:
    for source in container(shape, service)["envFrom"]:
        name = source["configMapRef"]["name"]
        assert HASHED.fullmatch(name)
        assert one(shape, "ConfigMap", name)


def test_other_settings_give_another_name(rendered: dict[str, list[Manifest]]) -> None:
    plain, secured = (
        container(rendered[name], "recommendations")["envFrom"] for name in ("dev", "base+mtls")
    )
    assert plain != secured


@each_service
def test_a_container_mounts_each_volume_and_no_other(shape: list[Manifest], service: str) -> None:
    volumes = [each["name"] for each in pod_template(shape, service)["spec"]["volumes"]]
    mounts = [each["name"] for each in container(shape, service)["volumeMounts"]]
    assert sorted(volumes) == sorted(mounts)


@each_service
def test_a_pod_has_the_account_of_its_service(shape: list[Manifest], service: str) -> None:
    account = pod_template(shape, service)["spec"]["serviceAccountName"]
    assert one(shape, "ServiceAccount", account)
    assert service == account


@each_service
def test_certificates_are_files_that_the_secret_brings(
    rendered: dict[str, list[Manifest]], service: str
) -> None:
    shape = rendered["base+mtls"]
    (volume,) = (
        each for each in pod_template(shape, service)["spec"]["volumes"] if "secret" in each
    )
    (mount,) = (
        each for each in container(shape, service)["volumeMounts"] if each["name"] == volume["name"]
    )
    assert f"{service}-tls" == volume["secret"]["secretName"]
    assert "subPath" not in mount
    files = {
        value for name, value in environ(shape, service).items() if re.match("TLS_.*_FILE", name)
    }
    assert {f"{mount['mountPath']}/{name}" for name in ("ca.crt", "tls.crt", "tls.key")} == files


def test_cert_manager_makes_the_secrets_that_are_mounted(
    rendered: dict[str, list[Manifest]],
) -> None:
    shape = rendered["base+mtls-cert-manager"]
    made = {each["spec"]["secretName"] for each in of_kind(shape, "Certificate")}
    assert SECRETS <= made
    issuers = {each["metadata"]["name"] for each in of_kind(shape, "Issuer")}
    assert issuers == {each["spec"]["issuerRef"]["name"] for each in of_kind(shape, "Certificate")}
    for each in of_kind(shape, "Issuer"):
        assert each["spec"].get("ca", {}).get("secretName") in {None, *made}


@each_service
def test_an_autoscaler_has_the_replicas_to_itself(
    rendered: dict[str, list[Manifest]], service: str
) -> None:
    """A number in the manifest would undo what it does at each apply."""
    for name in ("prod", "base+autoscaling"):
        scaler = one(rendered[name], "HorizontalPodAutoscaler", service)
        target = scaler["spec"]["scaleTargetRef"]
        assert "replicas" not in one(rendered[name], target["kind"], target["name"])["spec"]
        assert 3 == scaler["spec"]["minReplicas"]
        assert "cpu" in container(rendered[name], service)["resources"]["requests"]


@each_service
def test_a_rollout_takes_no_pod_away_before_its_successor_serves(
    shape: list[Manifest], service: str
) -> None:
    strategy = one(shape, "Deployment", service)["spec"]["strategy"]
    assert {"maxSurge": 1, "maxUnavailable": 0} == strategy["rollingUpdate"]


@each_service
def test_a_budget_lets_nodes_be_emptied(rendered: dict[str, list[Manifest]], service: str) -> None:
    for name in ("prod", "base+disruption-budget"):
        budget = one(rendered[name], "PodDisruptionBudget", service)["spec"]
        assert 1 == budget["maxUnavailable"]
        assert selects(budget["selector"], labels_of(rendered[name], service))


def allowed(objects: list[Manifest], caller: dict[str, str], service: str) -> set[int]:
    """The ports of a service's pods that a pod of the namespace with these labels may reach."""
    found = set()
    for policy in of_kind(objects, "NetworkPolicy"):
        spec = policy["spec"]
        if not selects(spec["podSelector"], labels_of(objects, service)):
            continue
        for rule in spec.get("ingress", []):
            peers = rule.get("from", [{"podSelector": {}}])
            if any(
                "namespaceSelector" not in peer and selects(peer["podSelector"], caller)
                for peer in peers
            ):
                found |= {each["port"] for each in rule["ports"]}
    return found


def test_the_shop_reaches_recommendations_and_others_do_not(
    rendered: dict[str, list[Manifest]],
) -> None:
    for name in ("prod", "base+network-policy"):
        shape = rendered[name]
        shop, stranger = labels_of(shape, "marketplace"), {"app": "stranger"}
        assert {50051} == allowed(shape, shop, "recommendations")
        assert set() == allowed(shape, stranger, "recommendations")
        assert {5000} == allowed(shape, stranger, "marketplace")


def test_the_default_is_to_deny_both_ways(rendered: dict[str, list[Manifest]]) -> None:
    for name in ("prod", "base+network-policy"):
        deny = one(rendered[name], "NetworkPolicy", "default-deny")["spec"]
        assert {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} == deny


def test_without_a_database_recommendations_need_nothing_of_the_network(
    rendered: dict[str, list[Manifest]],
) -> None:
    shape = rendered["base+network-policy"]
    for policy in of_kind(shape, "NetworkPolicy"):
        if "egress" in policy["spec"]:
            assert not selects(policy["spec"]["podSelector"], labels_of(shape, "recommendations"))


def test_every_object_is_of_the_namespace_that_the_overlay_makes(
    rendered: dict[str, list[Manifest]],
) -> None:
    for name in ("dev", "prod"):
        (namespace,) = of_kind(rendered[name], "Namespace")
        others = [each for each in rendered[name] if each is not namespace]
        assert {namespace["metadata"]["name"]} == {each["metadata"]["namespace"] for each in others}


def test_prod_runs_images_by_version(rendered: dict[str, list[Manifest]]) -> None:
    for service in SERVICES:
        image = container(rendered["prod"], service)["image"]
        assert re.fullmatch(rf"[^/]+\..+/{service}:\d+\.\d+\.\d+", image), image


def test_the_dev_overlay_fits_on_two_processors_during_a_rollout(
    rendered: dict[str, list[Manifest]],
) -> None:
    """Six replicas of recommendations among it, to which tests scale them."""
    requested = 0
    for service, replicas in (("marketplace", 3), ("recommendations", 6)):
        cpu = container(rendered["dev"], service)["resources"]["requests"]["cpu"]
        assert cpu.endswith("m")
        requested += (replicas + 1) * int(cpu.removesuffix("m"))
    assert requested < 1000
