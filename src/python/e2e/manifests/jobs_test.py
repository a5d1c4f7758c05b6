"""What runs beside the services: migrations of the database, and training."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from e2e.manifests.rendering import Manifest
from e2e.manifests.selection import (
    SERVICES,
    all_templates,
    container,
    job_template,
    of_kind,
    one,
    only_container,
    secrets_of,
    selects,
)
from recommendations.commands.migrate import run_migrate
from recommendations.learning.command_line import run_command
from recommendations.storage.settings import DatabaseSettings
from recommendations.storage.tables import SCHEMA_VERSION

MIGRATION, TRAINING = "recommendations-migration", "recommendations-training"
WITH_BOTH = ("prod", "base+training")
POSTGRESQL = 5432

each_shape = pytest.mark.parametrize("name", WITH_BOTH)
each_job = pytest.mark.parametrize("job", [MIGRATION, TRAINING])


@each_shape
def test_whoever_works_with_the_database_has_its_address_from_the_secret(
    rendered: dict[str, list[Manifest]], name: str
) -> None:
    """Those that serve and learn as one user, migrations as another, who may change tables."""
    given = {
        pod: secrets_of(only_container(template)).get("DATABASE_URL")
        for pod, template in all_templates(rendered[name]).items()
    }
    secret = "recommendations-database"  # noqa: S105 - its name.
    expected = {
        "marketplace": None,
        "recommendations": {"name": secret, "key": "url"},
        TRAINING: {"name": secret, "key": "url"},
        MIGRATION: {"name": secret, "key": "migration-url"},
    }
    assert expected == given


def test_jobs_have_no_variables_but_settings(rendered: dict[str, list[Manifest]]) -> None:
    known = {name.upper() for name in DatabaseSettings.fields()}
    for job in (MIGRATION, TRAINING):
        its = only_container(job_template(rendered["prod"], job))
        assert {each["name"] for each in its["env"]} <= known


@each_shape
def test_a_migration_waits_until_somebody_asks_for_it(
    rendered: dict[str, list[Manifest]], name: str
) -> None:
    assert one(rendered[name], "CronJob", MIGRATION)["spec"]["suspend"] is True


def test_a_migration_says_what_the_program_understands(
    rendered: dict[str, list[Manifest]], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    command, *options = only_container(job_template(rendered["prod"], MIGRATION))["args"]
    assert "migrate" == command
    environ = {"DATABASE_URL": f"sqlite:///{tmp_path / 'books.db'}"}
    assert 0 == run_migrate(options, environ)
    assert f"the schema is {SCHEMA_VERSION}: was " in capfd.readouterr().out
    assert 0 == run_migrate(options, environ)
    assert f"the schema is {SCHEMA_VERSION}: nothing to do" in capfd.readouterr().out


def test_training_says_what_the_program_understands(
    rendered: dict[str, list[Manifest]], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    options = only_container(job_template(rendered["prod"], TRAINING)).get("args", [])
    environ = {"DATABASE_URL": f"sqlite:///{tmp_path / 'books.db'}"}
    run_migrate([], environ)
    assert 1 == run_command(options, environ, lambda: datetime.now(UTC))
    assert "no reader did anything yet" in capfd.readouterr().err


@each_job
def test_a_job_ends_in_time_and_is_alone(rendered: dict[str, list[Manifest]], job: str) -> None:
    cron = one(rendered["prod"], "CronJob", job)["spec"]
    its = cron["jobTemplate"]["spec"]
    assert "Forbid" == cron["concurrencyPolicy"]
    assert "Never" == its["template"]["spec"]["restartPolicy"]
    assert 0 < its["backoffLimit"] <= 3
    assert 0 < its["activeDeadlineSeconds"] < 24 * 3600


def test_a_training_that_fails_is_over_before_the_next_is_due(
    rendered: dict[str, list[Manifest]],
) -> None:
    cron = one(rendered["prod"], "CronJob", TRAINING)["spec"]
    assert re.fullmatch(r"\d+ \d+ \* \* \*", cron["schedule"]), "not once a day"
    late = cron["startingDeadlineSeconds"] + cron["jobTemplate"]["spec"]["activeDeadlineSeconds"]
    assert late < 24 * 3600


@each_job
def test_the_pod_of_a_job_is_none_of_a_service(
    rendered: dict[str, list[Manifest]], job: str
) -> None:
    """No visitor, no caller and no scrape gets to it, and no budget or spread counts it."""
    labels = job_template(rendered["prod"], job)["metadata"]["labels"]
    selectors = [
        {"matchLabels": each["spec"]["selector"]} for each in of_kind(rendered["prod"], "Service")
    ]
    for kind in ("Deployment", "PodDisruptionBudget", "PodMonitor"):
        selectors += [each["spec"]["selector"] for each in of_kind(rendered["prod"], kind)]
    assert 7 == len(selectors)
    assert [] == [each for each in selectors if selects(each, labels)]


@each_job
def test_a_job_is_as_confined_as_a_service(rendered: dict[str, list[Manifest]], job: str) -> None:
    shape = rendered["prod"]
    pod, service = (
        template["spec"]
        for template in (job_template(shape, job), all_templates(shape)["recommendations"])
    )
    for key in ("automountServiceAccountToken", "enableServiceLinks", "securityContext"):
        assert service[key] == pod[key]
    its = only_container(job_template(shape, job))
    assert container(shape, "recommendations")["securityContext"] == its["securityContext"]
    assert {"cpu", "memory"} == its["resources"]["limits"].keys()
    assert {"cpu", "memory"} == its["resources"]["requests"].keys()
    assert one(shape, "ServiceAccount", job)["automountServiceAccountToken"] is False
    assert job == pod["serviceAccountName"]
    assert [each["name"] for each in pod["volumes"]] == [
        each["name"] for each in its["volumeMounts"]
    ]


def test_a_migration_is_the_version_that_is_to_serve(rendered: dict[str, list[Manifest]]) -> None:
    for name in WITH_BOTH:
        migration = only_container(job_template(rendered[name], MIGRATION))
        assert container(rendered[name], "recommendations")["image"] == migration["image"]


def test_what_learns_is_the_version_of_what_serves(rendered: dict[str, list[Manifest]]) -> None:
    serving = container(rendered["prod"], "recommendations")["image"]
    learning = only_container(job_template(rendered["prod"], TRAINING))["image"]
    assert serving.replace("/recommendations:", "/training:") == learning


@each_shape
def test_those_who_have_the_databases_address_reach_it_and_others_do_not(
    rendered: dict[str, list[Manifest]], name: str
) -> None:
    reach = {
        pod
        for pod, template in all_templates(rendered[name]).items()
        for policy in of_kind(rendered[name], "NetworkPolicy")
        if selects(policy["spec"]["podSelector"], template["metadata"]["labels"])
        for rule in policy["spec"].get("egress", [])
        if POSTGRESQL in {port["port"] for port in rule["ports"]}
    }
    assert {"recommendations", MIGRATION, TRAINING} == reach


def test_of_the_network_they_need_the_database_and_names(
    rendered: dict[str, list[Manifest]],
) -> None:
    (policy,) = (
        each
        for each in of_kind(rendered["prod"], "NetworkPolicy")
        if "egress" in each["spec"]
        if selects(each["spec"]["podSelector"], {"app": "recommendations"})
    )
    database, names = policy["spec"]["egress"]
    assert [{"port": POSTGRESQL, "protocol": "TCP"}] == database["ports"]
    assert all("ipBlock" in peer for peer in database["to"])
    assert {53} == {each["port"] for each in names["ports"]}


def test_what_a_migration_needs_can_be_applied_before_the_services(
    rendered: dict[str, list[Manifest]],
) -> None:
    """By its label, as docs/deploy.md says."""
    first = [
        (each["kind"], each["metadata"]["name"])
        for each in rendered["prod"]
        if each["metadata"].get("labels", {}).get("app.kubernetes.io/component") == "migration"
    ]
    expected = {
        ("ServiceAccount", MIGRATION),
        ("CronJob", MIGRATION),
        ("NetworkPolicy", "database"),
    }
    assert expected == set(first)


def test_a_shop_without_the_component_has_no_database(
    rendered: dict[str, list[Manifest]],
) -> None:
    for pod in SERVICES:
        its = container(rendered["dev"], pod)
        assert "DATABASE_URL" not in secrets_of(its)
    assert [] == of_kind(rendered["dev"], "CronJob")
