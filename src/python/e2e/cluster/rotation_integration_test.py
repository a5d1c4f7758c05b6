"""New certificates come into a running shop by its Secrets: no restart, no page lost."""

from pathlib import Path

from e2e.cluster.certificates import make_certificates, secrets
from e2e.cluster.conftest import CERTIFICATE_DAYS, Noticed
from e2e.cluster.shop import Shop
from e2e.cluster.visitors import visitors
from e2e.manifests.selection import SERVICES

EXPIRY = "tls_certificate_not_after_timestamp_seconds"


def test_a_rotated_secret_is_taken_up_without_a_restart(
    shop: Shop, certificates: Path, noticed: Noticed
) -> None:
    pods = {pod.name: pod.restarts for service in SERVICES for pod in shop.pods(service)}
    before = {name: expiry(shop, name) for name in pods}

    with visitors(shop.url) as visits:
        make_certificates(certificates, CERTIFICATE_DAYS + 1)
        shop.kubectl.apply(secrets(certificates))
        # Else the kubelet looks once a minute.
        shop.kubectl("annotate", "pods", "--all", "--overwrite", "onlinebooks/rotated=now")
        shop.wait_until(
            "every pod has a certificate that lasts longer",
            lambda: all(expiry(shop, name) > before[name] for name in pods),
        )

    assert "" == noticed("rotation of both Secrets", visits)
    after = {pod.name: pod.restarts for service in SERVICES for pod in shop.pods(service)}
    assert pods == after


def expiry(shop: Shop, pod: str) -> float:
    """When the certificate that a pod uses expires, in seconds since 1970."""
    ((_, value),) = shop.samples(pod, EXPIRY)
    return value
