"""A shop on PostgreSQL: from the Secret to migrated to served, learned from, and upgraded.

The database runs beside a one-node cluster, on this machine; with a cluster elsewhere this skips.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from copy import deepcopy

import psycopg
import pytest

from chassis.testing.postgresql import postgresql_programs, postgresql_server
from e2e.cluster.certificates import cookie_keys
from e2e.cluster.conftest import Noticed, images, new_namespace
from e2e.cluster.kubectl import Kubectl
from e2e.cluster.shop import Shop, outside_address
from e2e.cluster.visitors import visitors
from e2e.manifests.rendering import Manifest, render, write_overlay
from e2e.manifests.selection import SERVICES, of_kind, one, only_container
from e2e.production_database import Database, make_database, plain
from recommendations.storage.tables import SCHEMA_VERSION

MIGRATION, TRAINING = "recommendations-migration", "recommendations-training"
SERVICE = "recommendations"
TRAINED = "catalogue_model_trained_timestamp_seconds"
FAILURES = "catalogue_refresh_failures_total"
REPLICAS = 2
EARLIER, LATER = "0000", "9999"
"""Versions of tables that the program is not for."""
JOB_SECONDS = 180
READERS, BOOKS = 30, (1, 2, 3, 4)


@pytest.fixture(scope="module")
def own_kubectl(namespace: str) -> Iterator[Kubectl]:
    """A namespace of this module's own: the other shop has no database."""
    with new_namespace(f"{namespace}-database") as kubectl:
        yield kubectl


@pytest.fixture(scope="module")
def database(own_kubectl: Kubectl) -> Iterator[Database]:
    """An empty database that pods reach at their node's address."""
    programs = postgresql_programs()
    if programs is None:
        missing = "PostgreSQL's server is not installed (Debian: apt-get install postgresql)"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    (address,) = (
        each["address"]
        for node in own_kubectl.get("nodes")["items"]
        for each in node["status"]["addresses"]
        if each["type"] == "InternalIP"
    )
    try:
        socket.create_server((address, 0)).close()
    except OSError:
        pytest.skip("the cluster's nodes are other machines, which do not reach a database here")
    with postgresql_server(programs, address) as server:
        yield make_database(server)


@pytest.fixture(scope="module")
def objects(own_kubectl: Kubectl, tmp_path_factory: pytest.TempPathFactory) -> list[Manifest]:
    """The overlay dev with the two components, and fewer pods."""
    extra = {
        "namespace": own_kubectl.namespace,
        "images": images(*SERVICES, "training"),
        "replicas": [{"name": service, "count": REPLICAS} for service in SERVICES],
    }
    scratch = tmp_path_factory.mktemp("overlay")
    return render(write_overlay(scratch, "overlays/dev", ["database", "training"], extra))


def secret(database: Database) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "recommendations-database"},
        "stringData": {
            "url": plain(database.url),
            "migration-url": plain(database.migration_url),
        },
    }


def run_job(kubectl: Kubectl, objects: list[Manifest], template: str, name: str, *args: str) -> str:
    """Do what `kubectl create job --from=cronjob/…` does, wait for the end, and give the log.

    args: of the container, in place of its own. Not by that command, because a cluster before 1.21
    has no such CronJobs.
    """
    spec = deepcopy(one(objects, "CronJob", template)["spec"]["jobTemplate"]["spec"])
    if args:
        only_container(spec["template"])["args"] = list(args)
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": spec}
    kubectl.apply([job])
    kubectl(
        *("wait", f"job/{name}", "--for=condition=complete", f"--timeout={JOB_SECONDS}s"),
        seconds=JOB_SECONDS + 10,
    )
    return kubectl("logs", f"job/{name}")


@pytest.fixture(scope="module")
def said_by_migration(own_kubectl: Kubectl, objects: list[Manifest], database: Database) -> str:
    """The log of the migration, before which nothing is there but what it needs."""
    own_kubectl.apply([secret(database), cookie_keys(), *of_kind(objects, "ServiceAccount")])
    said = run_job(own_kubectl, objects, MIGRATION, "migration-1")
    run_job(own_kubectl, objects, MIGRATION, "seed", "migrate", "--seed")
    return said


@pytest.fixture(scope="module")
def shop(own_kubectl: Kubectl, objects: list[Manifest], said_by_migration: str) -> Shop:
    """The shop, applied after the migration, and rolled out."""
    assert f"the schema is {SCHEMA_VERSION}: was 0000" in said_by_migration
    own_kubectl.apply([each for each in objects if each["kind"] not in ("CronJob", "Namespace")])
    shop = Shop(own_kubectl, "")
    for service in SERVICES:
        shop.wait_for_rollout(service)
    return Shop(own_kubectl, outside_address(own_kubectl))


def total(shop: Shop, metric: str, **labels: str) -> list[float]:
    """What each pod of recommendations counts, of samples with these labels."""
    return [
        sum(
            value
            for found, value in shop.samples(pod.name, metric)
            if found.items() >= labels.items()
        )
        for pod in shop.ready(SERVICE)
    ]


def test_a_migration_that_is_done_has_nothing_to_do(
    shop: Shop, own_kubectl: Kubectl, objects: list[Manifest]
) -> None:
    assert [0] * REPLICAS == [pod.restarts for pod in shop.ready(SERVICE)]
    said = run_job(own_kubectl, objects, MIGRATION, "migration-2")
    assert f"the schema is {SCHEMA_VERSION}: nothing to do" in said


def test_training_is_taken_up_by_every_pod(
    shop: Shop, own_kubectl: Kubectl, objects: list[Manifest], database: Database
) -> None:
    assert [0.0] * REPLICAS == total(shop, TRAINED)
    marks = [
        (reader, book, f"{reader}-{book}") for reader in range(1, READERS + 1) for book in BOOKS
    ]
    with psycopg.connect(plain(database.url)) as connection:
        connection.cursor().executemany(
            "INSERT INTO interactions (reader_id, book_id, kind, idempotency_key)"
            " VALUES (%s, %s, 'viewed', %s)",
            marks,
        )
    said = run_job(own_kubectl, objects, TRAINING, "training-1")
    assert said.startswith(f"model 1: local-ease, from {len(marks)} marks")
    shop.wait_until("the model is served", lambda: all(total(shop, TRAINED)))


def test_pods_of_the_version_before_serve_on_when_tables_have_changed(
    shop: Shop, database: Database, noticed: Noticed
) -> None:
    """And their successors, of the version that fits, take over without a page lost."""
    with visitors(shop.url) as visits:
        set_schema(database, LATER)
        shop.wait_until("they notice", lambda: all(total(shop, FAILURES, how="schema")))
        assert [REPLICAS] * 2 == [len(shop.ready(service)) for service in SERVICES]
        set_schema(database, SCHEMA_VERSION)
        shop.restart(SERVICE)
    assert "" == noticed("tables of another version, and a rollout", visits)


def test_a_rollout_that_comes_before_its_migration_waits_for_it(
    shop: Shop, database: Database, noticed: Noticed
) -> None:
    """The tables are of another version for the new pods as they would be for a new version."""
    old = {pod.name for pod in shop.ready(SERVICE)}
    set_schema(database, EARLIER)
    with visitors(shop.url) as visits:
        shop.kubectl("rollout", "restart", f"deployment/{SERVICE}")
        shop.wait_until("the first new pod gives up", lambda: bool(failed_to_start(shop, old)))
        (first,) = failed_to_start(shop, old)
        assert old == {pod.name for pod in shop.ready(SERVICE)}
        # While it is started once more, the log of the time before is not to be had.
        shop.wait_until(
            "it says what to do",
            lambda: "recommendations migrate" in shop.kubectl("logs", first, "--previous"),
        )
        set_schema(database, SCHEMA_VERSION)
        shop.wait_for_rollout(SERVICE)
    assert "" == noticed("a rollout before its migration", visits)
    assert set() == old & {pod.name for pod in shop.ready(SERVICE)}


def failed_to_start(shop: Shop, old: set[str]) -> list[str]:
    return [pod.name for pod in shop.pods(SERVICE) if pod.name not in old and pod.restarts]


def set_schema(database: Database, version: str) -> None:
    """Let the tables call themselves those of a version; what is in them stays as it is."""
    with closing(psycopg.connect(plain(database.migration_url), autocommit=True)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", (version,))
