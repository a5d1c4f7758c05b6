"""Alerts fire when they should, and at no other time. Needs promtool, of Debian's `prometheus`."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from e2e.manifests.rendering import Manifest
from e2e.manifests.selection import of_kind

CASES = Path(__file__).with_name("alerts.promtool.yaml")
SECONDS = 120.0


@pytest.fixture()
def promtool() -> str:
    """The program. Skips where it is missing; in CI that fails."""
    found = shutil.which("promtool")
    if not found:
        reason = "there is no promtool: apt-get install prometheus"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture()
def groups(rendered: dict[str, list[Manifest]]) -> list[Manifest]:
    """The groups of rules that prod has."""
    (rules,) = of_kind(rendered["prod"], "PrometheusRule")
    found: list[Manifest] = rules["spec"]["groups"]
    return found


def alerts(groups: list[Manifest]) -> list[Manifest]:
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


def told(promtool: str, *words: str, folder: Path) -> str:
    """What promtool prints. A complaint fails the test."""
    done = subprocess.run(
        (promtool, *words), capture_output=True, check=False, cwd=folder, text=True, timeout=SECONDS
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


def write(folder: Path, groups: list[Manifest]) -> None:
    """Put the rules, as a plain file of Prometheus, and the cases into a folder."""
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": groups}))
    shutil.copy(CASES, folder)


def test_prometheus_reads_the_rules(promtool: str, groups: list[Manifest], tmp_path: Path) -> None:
    write(tmp_path, groups)
    count = sum(len(group["rules"]) for group in groups)
    assert f"{count} rules found" in told(promtool, "check", "rules", "rules.yaml", folder=tmp_path)


def test_alerts_fire_as_the_cases_say(
    promtool: str, groups: list[Manifest], tmp_path: Path
) -> None:
    write(tmp_path, groups)
    assert "SUCCESS" in told(promtool, "test", "rules", CASES.name, folder=tmp_path)


def test_every_alert_has_a_case_in_which_it_fires(groups: list[Manifest]) -> None:
    cases = yaml.safe_load(CASES.read_text())["tests"]
    fired = {
        test["alertname"]
        for case in cases
        for test in case.get("alert_rule_test", [])
        if test.get("exp_alerts")
    }
    assert {alert["alert"] for alert in alerts(groups)} == fired


def test_every_alert_says_how_bad_it_is_and_what_to_do(groups: list[Manifest]) -> None:
    for alert in alerts(groups):
        assert alert["labels"]["severity"] in {"critical", "warning"}
        assert {"summary", "action"} == alert["annotations"].keys()
