"""The bill names what is in an image, and says the same of the same image."""

import json

from sbom.bill import bill_of_materials
from sbom.conftest import OpenImage

LABELS = {
    "org.opencontainers.image.title": "Books",
    "org.opencontainers.image.version": "1.2.3",
    "org.opencontainers.image.created": "2026-11-23T06:05:04Z",
}
SITE = "app/lib/python3.11/site-packages"
FLASK = (
    "Metadata-Version: 2.4\nName: Flask\nVersion: 3.1.0\nLicense-Expression: BSD-3-Clause\n\nText"
)
TYPES = "Metadata-Version: 2.1\nName: typing_extensions\nVersion: 4.16.0\n\n"
LIBC = "Package: libc6\nVersion: 2.36-9+deb12u14\nArchitecture: amd64\nDescription: C\n more\n"
ZLIB = "Package: zlib1g\nVersion: 1:1.2.13\nArchitecture: amd64\n"


def purls(bill: str) -> list[str]:
    """The addresses of the bill's components."""
    return sorted(each["purl"] for each in json.loads(bill)["components"])


def test_python_and_debian_packages_are_named_once(open_image: OpenImage) -> None:
    """A package manager keeps one file, an image without one a file a package."""
    image = open_image(
        [
            {"var/lib/dpkg/status": f"{LIBC}\n{ZLIB}", "var/lib/dpkg/status.d/libc6": LIBC},
            {f"{SITE}/flask-3.1.0.dist-info/METADATA": FLASK, f"{SITE}/flask/METADATA": "no"},
            {f"{SITE}/typing_extensions-4.16.0.dist-info/METADATA": TYPES},
        ],
        LABELS,
        ["PYTHON_VERSION=3.11.15"],
    )
    assert [
        "pkg:deb/debian/libc6@2.36-9%2Bdeb12u14?arch=amd64",
        "pkg:deb/debian/zlib1g@1:1.2.13?arch=amd64",
        "pkg:generic/python@3.11.15",
        "pkg:pypi/flask@3.1.0",
        "pkg:pypi/typing-extensions@4.16.0",
    ] == purls(bill_of_materials(image))


def test_a_package_that_was_replaced_is_not_named(open_image: OpenImage) -> None:
    image = open_image(
        [{"var/lib/dpkg/status.d/libc6": LIBC}, {"var/lib/dpkg/status.d/.wh.libc6": ""}], {}, []
    )
    assert [] == json.loads(bill_of_materials(image)).get("components", [])


def test_the_bill_is_of_the_image_and_its_version(open_image: OpenImage) -> None:
    bill = json.loads(bill_of_materials(open_image([{}], LABELS, [])))
    assert ("CycloneDX", "1.6") == (bill["bomFormat"], bill["specVersion"])
    assert "2026-11-23T06:05:04+00:00" == bill["metadata"]["timestamp"]
    component = bill["metadata"]["component"]
    assert ("container", "Books", "1.2.3") == tuple(
        component[key] for key in ("type", "name", "version")
    )


def test_a_license_is_the_one_that_the_package_states(open_image: OpenImage) -> None:
    image = open_image([{f"{SITE}/flask-3.1.0.dist-info/METADATA": FLASK}], LABELS, [])
    (flask,) = json.loads(bill_of_materials(image))["components"]
    assert [{"license": {"id": "BSD-3-Clause"}}] == [
        {"license": {"id": each["license"]["id"]}} for each in flask["licenses"]
    ]


def test_the_same_image_gives_the_same_bill(open_image: OpenImage) -> None:
    layers = [{"var/lib/dpkg/status": f"{LIBC}\n{ZLIB}"}]
    assert bill_of_materials(open_image(layers, LABELS, [])) == bill_of_materials(
        open_image(layers, LABELS, [])
    )


def test_another_image_has_another_serial_number(open_image: OpenImage) -> None:
    first, second = (
        json.loads(bill_of_materials(open_image([{"x": content}], LABELS, [])))["serialNumber"]
        for content in ("1", "2")
    )
    assert first != second
