"""The shop on a cluster: its pods, what they count, and its address from outside."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from devstack.testing.waiting import wait_until
from e2e.cluster.kubectl import Kubectl, KubectlError
from e2e.manifests.selection import SERVICES

ADMIN_PORT = 9464
READY_SECONDS = 180.0
CALLS = "grpc_server_handled_total"
CLIENT_CALLS = "grpc_client_handled_total"
RPC = "Recommend"


@dataclass(frozen=True)
class Pod:
    """A pod as the cluster describes it."""

    name: str
    ready: bool
    leaving: bool
    restarts: int
    waiting: str
    """Why its container does not run, such as CrashLoopBackOff; empty when it does."""

    @staticmethod
    def of(described: dict[str, Any]) -> "Pod":
        """Read the description."""
        status = described["status"]
        conditions = {each["type"]: each["status"] for each in status.get("conditions", [])}
        containers = status.get("containerStatuses", [])
        return Pod(
            described["metadata"]["name"],
            conditions.get("Ready") == "True",
            "deletionTimestamp" in described["metadata"],
            sum(each["restartCount"] for each in containers),
            "".join(each["state"].get("waiting", {}).get("reason", "") for each in containers),
        )


@dataclass(frozen=True)
class Shop:
    """Both services in a namespace. url: where visitors come in."""

    kubectl: Kubectl
    url: str

    def pods(self, service: str) -> list[Pod]:
        """Give a service's pods, those that are leaving among them."""
        found = self.kubectl.get("pods", f"--selector=app={service}")["items"]
        return [Pod.of(each) for each in found]

    def ready(self, service: str) -> list[Pod]:
        """Give those that serve and are to stay."""
        return [pod for pod in self.pods(service) if pod.ready and not pod.leaving]

    def scale(self, service: str, replicas: int) -> None:
        """Ask for so many pods."""
        self.kubectl("scale", f"deployment/{service}", f"--replicas={replicas}")

    def restart(self, service: str) -> None:
        """Roll a service out again, and wait until the last old pod has gone."""
        self.kubectl("rollout", "restart", f"deployment/{service}")
        self.wait_for_rollout(service)

    def wait_for_rollout(self, service: str) -> None:
        """Wait until all pods are new, and the old ones have gone."""
        timeout = f"--timeout={READY_SECONDS:g}s"
        status = ("rollout", "status", f"deployment/{service}", timeout)
        self.kubectl(*status, seconds=READY_SECONDS + 10)
        self.wait_until(
            f"no pod of {service} is leaving",
            lambda: not any(pod.leaving for pod in self.pods(service)),
        )

    def wait_until(self, what: str, condition: Callable[[], bool]) -> None:
        """Wait for a condition. An answer that kubectl does not get counts as not yet."""

        def holds() -> bool:
            try:
                return condition()
            except KubectlError:
                return False

        wait_until(what, holds, READY_SECONDS)

    def metric_names(self, pod: str) -> set[str]:
        """Give the names of all that a pod counts. Raises KubectlError."""
        return {sample.name for sample in self._scraped(pod)}

    def samples(self, pod: str, metric: str) -> list[tuple[dict[str, str], float]]:
        """Give what a pod counts under a name: labels and value. Raises KubectlError."""
        return [
            (sample.labels, sample.value) for sample in self._scraped(pod) if sample.name == metric
        ]

    def calls(self, pods: Iterable[str]) -> dict[str, float]:
        """Give the number of recommendations that each pod was asked for."""
        return {
            pod: sum(
                value for labels, value in self.samples(pod, CALLS) if labels["grpc_method"] == RPC
            )
            for pod in pods
        }

    def client_codes(self, rpcs: Collection[str] = ()) -> Counter[str]:
        """Give how the calls ended that the shop's pods of now have made, by gRPC's codes.

        rpcs: only calls of these; none are all.
        """
        codes: Counter[str] = Counter()
        for pod in self.pods("marketplace"):
            for labels, value in self.samples(pod.name, CLIENT_CALLS):
                if not rpcs or labels["grpc_method"] in rpcs:
                    codes[labels["grpc_code"]] += round(value)
        return codes

    def lines_of(self, request_ids: Collection[str]) -> dict[str, list[str]]:
        """Give the log lines of requests, each with the name of its pod before it.

        Of pods that have gone there are none. So where a pod that is there says nothing of a
        request, it never came to be handled.
        """
        found: dict[str, list[str]] = {each: [] for each in request_ids}
        for pod in (pod for service in SERVICES for pod in self.pods(service)):
            try:
                lines = self.kubectl("logs", pod.name).splitlines()
            except KubectlError as error:
                lines = [f"{' '.join(request_ids)}: {error}"]
            for line in lines:
                for request_id in found:
                    if request_id in line:
                        found[request_id].append(f"{pod.name}: {line}")
        return found

    def _scraped(self, pod: str) -> list[Sample]:
        place = f"/api/v1/namespaces/{self.kubectl.namespace}/pods/{pod}:{ADMIN_PORT}"
        text = self.kubectl.raw(f"{place}/proxy/metrics")
        return [
            sample for family in text_string_to_metric_families(text) for sample in family.samples
        ]


def outside_address(kubectl: Kubectl) -> str:
    """Give the address at which visitors reach the shop. Raises TimeoutError.

    A load balancer's if there is one; else the node port, at this machine or at a node.
    """

    def first_that_answers() -> str | None:
        for address in _addresses(kubectl):
            try:
                if httpx.get(f"{address}/readyz", timeout=2.0, trust_env=False).is_success:
                    return address
            except httpx.HTTPError:
                continue
        return None

    return wait_until("an address of the shop", first_that_answers, READY_SECONDS)


def _addresses(kubectl: Kubectl) -> list[str]:
    service = kubectl.get("service", "marketplace")
    (port,) = service["spec"]["ports"]
    balancers = service["status"].get("loadBalancer", {}).get("ingress", [])
    found = [f"http://{each.get('ip') or each['hostname']}:{port['port']}" for each in balancers]
    if node_port := port.get("nodePort"):
        nodes = [
            address["address"]
            for node in kubectl.get("nodes")["items"]
            for address in node["status"]["addresses"]
            if address["type"] == "InternalIP"
        ]
        found += [f"http://{host}:{node_port}" for host in ("127.0.0.1", *nodes)]
    return found
