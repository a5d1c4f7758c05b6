"""Kubernetes' own schemas, of every minor version that the manifests are for."""

from kubernetes_validate.utils import (
    SchemaNotFoundError,
    ValidationError,
    all_versions,
    validate,
)
from packaging.version import Version

from e2e.manifests.rendering import Manifest

OLDEST = Version("1.29")

OTHERS = {
    "cert-manager.io/v1": {"Certificate", "Issuer"},
    "monitoring.coreos.com/v1": {"PodMonitor", "PrometheusRule"},
}
"""Kinds that Kubernetes itself does not have; each has tests of its own."""


def versions() -> list[str]:
    """Give the minor versions, oldest first, up to the newest that the validator knows."""
    minors = dict.fromkeys(version.rpartition(".")[0] for version in all_versions())
    return [minor for minor in minors if Version(minor) >= OLDEST]


def is_of_others(manifest: Manifest) -> bool:
    """Tell whether the kind is one that is named here as not being Kubernetes'."""
    return manifest["kind"] in OTHERS.get(manifest["apiVersion"], ())


def complaints(manifest: Manifest, version: str) -> str | None:
    """Give what is wrong with an object for this version. None is nothing.

    An API that the version lacks is wrong too, and so is a field that no schema mentions.
    """
    try:
        validate(manifest, version, strict=True)
    except ValidationError as error:
        where = ".".join(str(each) for each in error.path)
        return f"{manifest['kind']} {manifest['metadata']['name']}: {where}: {error.message}"
    except SchemaNotFoundError as error:
        return f"{manifest['kind']} {manifest['metadata']['name']}: {error.message}"
    return None
