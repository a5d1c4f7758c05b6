"""Finding objects, and the parts of objects, among manifests."""

from collections.abc import Iterable, Mapping

from e2e.manifests.rendering import Manifest

SERVICES = ("marketplace", "recommendations")


def of_kind(objects: Iterable[Manifest], kind: str) -> list[Manifest]:
    """Give the objects of a kind."""
    return [each for each in objects if each["kind"] == kind]


def one(objects: Iterable[Manifest], kind: str, name: str) -> Manifest:
    """Give the object of this kind and name."""
    (found,) = (each for each in of_kind(objects, kind) if each["metadata"]["name"] == name)
    return found


def pod_template(objects: Iterable[Manifest], service: str) -> Manifest:
    """Give the template of a service's pods."""
    template: Manifest = one(objects, "Deployment", service)["spec"]["template"]
    return template


def job_template(objects: Iterable[Manifest], name: str) -> Manifest:
    """Give the template of a CronJob's pods."""
    spec = one(objects, "CronJob", name)["spec"]
    template: Manifest = spec["jobTemplate"]["spec"]["template"]
    return template


def all_templates(objects: Iterable[Manifest]) -> dict[str, Manifest]:
    """Give the templates of all pods, by the name of what makes them."""
    objects = list(objects)
    services = [each["metadata"]["name"] for each in of_kind(objects, "Deployment")]
    jobs = [each["metadata"]["name"] for each in of_kind(objects, "CronJob")]
    return {
        **{name: pod_template(objects, name) for name in services},
        **{name: job_template(objects, name) for name in jobs},
    }


def only_container(template: Manifest) -> Manifest:
    """Give the only container of a pod."""
    (only,) = template["spec"]["containers"]
    found: Manifest = only
    return found


def container(objects: Iterable[Manifest], service: str) -> Manifest:
    """Give the only container of a service's pods."""
    return only_container(pod_template(objects, service))


def environ(objects: list[Manifest], service: str) -> dict[str, str]:
    """Give the environment that a service's container gets, but for what Secrets bring."""
    found: dict[str, str] = {}
    its = container(objects, service)
    for source in its["envFrom"]:
        found |= one(objects, "ConfigMap", source["configMapRef"]["name"])["data"]
    return found | {each["name"]: each["value"] for each in its.get("env", []) if "value" in each}


def secret_variables(objects: list[Manifest], service: str) -> dict[str, Manifest]:
    """Give where the variables of a service's container come from that Secrets bring, by name."""
    return secrets_of(container(objects, service))


def secrets_of(its_container: Manifest) -> dict[str, Manifest]:
    """Give where the variables of a container come from that Secrets bring, by name."""
    env = its_container.get("env", [])
    return {each["name"]: each["valueFrom"]["secretKeyRef"] for each in env if "value" not in each}


def ports(its_container: Manifest) -> dict[str, int]:
    """Give a container's ports by name."""
    return {each["name"]: each["containerPort"] for each in its_container["ports"]}


def selects(selector: Manifest, labels: Mapping[str, str]) -> bool:
    """Tell whether a label selector, of the form with matchLabels, takes these labels.

    Raises ValueError for an operator that nobody has needed yet.
    """
    for name, value in selector.get("matchLabels", {}).items():
        if labels.get(name) != value:
            return False
    for rule in selector.get("matchExpressions", []):
        if rule["operator"] != "In":
            raise ValueError(rule)
        if labels.get(rule["key"]) not in rule["values"]:
            return False
    return True
