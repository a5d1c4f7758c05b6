"""The container engine of a one-node cluster on this very machine, for what Kubernetes cannot do.

Nothing in a pod can kill or stop the first process of its container, and Kubernetes asks politely.
"""

import os
import signal
import subprocess

import pytest

SECONDS = 30.0


def process_of(namespace: str, pod: str) -> int:
    """Give the number, on this machine, of the first process of a pod's container.

    Skips the test if Docker here does not run that pod.
    """
    labels = {
        "io.kubernetes.pod.namespace": namespace,
        "io.kubernetes.pod.name": pod,
        "io.kubernetes.docker.type": "container",
    }
    chosen = [f"--filter=label={name}={value}" for name, value in labels.items()]
    identity = _docker("ps", "--quiet", *chosen)
    if not identity:
        pytest.skip("Docker on this machine is not what runs the cluster's pods")
    return int(_docker("inspect", "--format={{.State.Pid}}", identity))


def send(number: signal.Signals, process: int) -> None:
    """Send a signal. Skips the test if we may not."""
    try:
        os.kill(process, number)
    except PermissionError:
        pytest.skip("only root may send signals to processes of pods")


def _docker(*words: str) -> str:
    try:
        done = subprocess.run(
            ("docker", *words), capture_output=True, check=True, text=True, timeout=SECONDS
        )
    except (FileNotFoundError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
