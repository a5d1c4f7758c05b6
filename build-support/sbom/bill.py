"""An image's bill of materials, as CycloneDX 1.6 in JSON."""

import uuid
from datetime import datetime

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6

from sbom.image_archive import ImageArchive
from sbom.packages import Package, packages

LABEL = "org.opencontainers.image"


def bill_of_materials(image: ImageArchive) -> str:
    """Write the bill. The same image gives the same text: no time and no chance are in it."""
    labels = image.labels
    product = Component(
        type=ComponentType.CONTAINER,
        name=labels.get(f"{LABEL}.title", "image"),
        version=labels.get(f"{LABEL}.version"),
        bom_ref="image",
    )
    bom = Bom(
        # The layers make an image what it is.
        serial_number=uuid.uuid5(uuid.NAMESPACE_OID, " ".join(image.config["rootfs"]["diff_ids"])),
        metadata=BomMetaData(component=product, timestamp=_created(image)),
        components=map(_component, packages(image)),
    )
    bom.register_dependency(product, bom.components)
    return str(JsonV1Dot6(bom).output_as_string(indent=2))


def _created(image: ImageArchive) -> datetime:
    created = image.labels.get(f"{LABEL}.created") or image.config["created"]
    return datetime.fromisoformat(created)


def _component(package: Package) -> Component:
    name = package.license
    return Component(
        type=ComponentType.LIBRARY,
        name=package.url.name,
        version=package.url.version,
        purl=package.url,
        bom_ref=package.url.to_string(),
        licenses=[LicenseFactory().make_from_string(name)] if name else (),
    )
