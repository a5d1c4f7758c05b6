"""Manifests are written tidily: above all, no key stands twice in a mapping."""

import subprocess
import sys
from pathlib import Path

from e2e.manifests.rendering import ROOT, SECONDS

CONFIGURATION = ROOT / "yamllint.yaml"


def yamllint(*paths: Path) -> str:
    """What yamllint complains of."""
    command = (sys.executable, "-m", "yamllint", "--strict", "-c", str(CONFIGURATION))
    done = subprocess.run(
        (*command, *map(str, paths)), capture_output=True, check=False, text=True, timeout=SECONDS
    )
    assert "" == done.stderr
    return done.stdout


def test_every_manifest_is_tidy() -> None:
    assert len(list(ROOT.rglob("*.yaml"))) > 20
    assert "" == yamllint(ROOT)


def test_a_key_that_stands_twice_is_found(tmp_path: Path) -> None:
    twice = tmp_path / "twice.yaml"
    twice.write_text("replicas: 3\nreplicas: 1\n")
    assert "duplication of key" in yamllint(twice)
