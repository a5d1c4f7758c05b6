"""Writes an image's bill of materials: `sbom DOCKER IMAGE FILE`."""

import sys
from collections.abc import Sequence
from pathlib import Path

from sbom.bill import bill_of_materials
from sbom.image_archive import ImageError, saved_image


def main(argv: Sequence[str]) -> int:
    """Write the bill of the image argv[1], that the command argv[0] can save, to argv[2]."""
    docker, image, file = argv
    try:
        with saved_image(docker, image) as archive:
            bill = bill_of_materials(archive)
    except ImageError as error:
        sys.stderr.write(f"sbom: {image}: {error}\n")
        return 1
    path = Path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{bill}\n", "utf-8")
    return 0


def run() -> None:
    """The entry point."""
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
