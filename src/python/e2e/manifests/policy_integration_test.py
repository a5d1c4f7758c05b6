"""checkov finds nothing to object to, but for the rules that k8s/checkov.yaml leaves out."""

import json
import subprocess
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from e2e.manifests.rendering import ROOT, Manifest
from e2e.manifests.selection import container

CONFIGURATION = ROOT / "checkov.yaml"
SECONDS = 180.0


def checkov() -> Path:
    """Where Pants has put it."""
    for folder in (Path.cwd(), Path.cwd() / "dist"):
        if (found := folder / "build-support" / "checkov.pex").exists():
            return found
    raise FileNotFoundError("no checkov.pex: run ./pants package build-support:checkov first")


def judged(scratch: Path, *flags: str, **shapes: list[Manifest]) -> dict[str, Any]:
    """What checkov says of manifests: the summary, and the results."""
    for name, objects in shapes.items():
        (scratch / f"{name}.yaml").write_text(yaml.safe_dump_all(objects))
    command = (str(checkov()), *flags, f"--directory={scratch}", "--output=json")
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=SECONDS)
    assert done.stdout, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def failed(said: dict[str, Any]) -> set[tuple[str, str]]:
    """Which rules failed for which objects."""
    return {(each["check_id"], each["resource"]) for each in said["results"]["failed_checks"]}


def configured(scratch: Path, **shapes: list[Manifest]) -> dict[str, Any]:
    """What checkov says by our configuration."""
    return judged(scratch, f"--config-file={CONFIGURATION.absolute()}", **shapes)


def test_no_rule_that_is_not_left_out_fails(
    rendered: dict[str, list[Manifest]], tmp_path: Path
) -> None:
    said = configured(tmp_path, dev=rendered["dev"], prod=rendered["prod"])
    assert set() == failed(said)
    assert 0 == said["summary"]["parsing_errors"]
    assert said["summary"]["passed"] > 200


def test_every_rule_that_is_left_out_would_fail(
    rendered: dict[str, list[Manifest]], tmp_path: Path
) -> None:
    """Nothing is left out that the manifests obey."""
    said = judged(tmp_path, "--framework=kubernetes", "--skip-download", prod=rendered["prod"])
    left_out = yaml.safe_load(CONFIGURATION.read_text())["skip-check"]
    assert set(left_out) == {rule for rule, _ in failed(said)}


def test_a_privileged_container_is_found(
    rendered: dict[str, list[Manifest]], tmp_path: Path
) -> None:
    broken = deepcopy(rendered["dev"])
    container(broken, "marketplace")["securityContext"]["privileged"] = True
    assert ("CKV_K8S_16", "Deployment.onlinebooks-dev.marketplace") in failed(
        configured(tmp_path, broken=broken)
    )
