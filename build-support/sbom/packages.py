"""The packages in an image: of Debian, of PyPI, and Python itself where it is no package."""

from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import BytesParser
from fnmatch import fnmatch

from packageurl import PackageURL

from sbom.image_archive import ImageArchive

DISTRIBUTIONS = "*.dist-info/METADATA"
# With a package manager in one file, without one in a file a package.
DEBIAN = ("var/lib/dpkg/status", "var/lib/dpkg/status.d/*")
# How the official images of Python say what they compiled.
PYTHON_VERSION = "PYTHON_VERSION="


@dataclass(frozen=True)
class Package:
    """A package: its address in the form of the purl specification, and its license as it says."""

    url: PackageURL
    license: str | None = None


def packages(image: ImageArchive) -> list[Package]:
    """All packages of the image, each once, in the order of their addresses."""
    found = {
        package.url.to_string(): package
        for each in (_debian, _distributions, _python)
        for package in each(image)
    }
    return [found[url] for url in sorted(found)]


def _distributions(image: ImageArchive) -> Iterator[Package]:
    for path in _regular(image, DISTRIBUTIONS):
        metadata = BytesParser().parsebytes(image.read(path), headersonly=True)
        name = metadata["Name"].lower().replace("_", "-")
        yield Package(
            PackageURL("pypi", name=name, version=metadata["Version"]),
            metadata["License-Expression"],
        )


def _debian(image: ImageArchive) -> Iterator[Package]:
    for pattern in DEBIAN:
        for path in _regular(image, pattern):
            for paragraph in image.read(path).strip().split(b"\n\n"):
                fields = BytesParser().parsebytes(paragraph, headersonly=True)
                if not fields["Version"]:
                    continue
                yield Package(
                    PackageURL(
                        "deb",
                        namespace="debian",
                        name=fields["Package"],
                        version=fields["Version"],
                        qualifiers={"arch": fields["Architecture"]},
                    )
                )


def _python(image: ImageArchive) -> Iterator[Package]:
    for variable in image.config["config"].get("Env") or ():
        if variable.startswith(PYTHON_VERSION):
            version = variable.removeprefix(PYTHON_VERSION)
            yield Package(PackageURL("generic", name="python", version=version))


def _regular(image: ImageArchive, pattern: str) -> list[str]:
    return [
        path for path, file in image.files.items() if file.entry.isreg() and fnmatch(path, pattern)
    ]
