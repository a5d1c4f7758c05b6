"""The shop in containers: `./pants run build-support:stack -- up|down|test`."""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from stack.certificates import make_certificates
from stack.commands import StackError
from stack.compose import Compose, check_engine
from stack.images import OWN_BASE, Images
from stack.shop_tests import run_shop_tests

PROJECT = "onlinebooks"
PORT = 5000
OBSERVABILITY = "observability"
"""The profile with a place for traces."""
TRACES = "OTEL_EXPORTER_OTLP_ENDPOINT"
JAEGER = "http://jaeger:4317"


def main(argv: Sequence[str]) -> int:
    """Do what argv says. 0: done. 1: not done, with the reason on standard error."""
    options = _parser().parse_args(argv)
    root = Path.cwd()
    if not (root / "compose.yaml").exists():
        sys.stderr.write("stack: run me from the root of the repository\n")
        return 1
    try:
        check_engine()
        if options.command == "up":
            _up(root, options)
        elif options.command == "down":
            _compose(root, options.project, 0).down()
        else:
            _test(root, options)
    except StackError as error:
        sys.stderr.write(f"stack: {error}\n")
        return 1
    return 0


def _up(root: Path, options: Namespace) -> None:
    Images(root, options.base_image).build()
    make_certificates(root)
    compose = _compose(root, options.project, options.port, options.profile)
    began = monotonic()
    compose.up(options.profile)
    address = compose.address("marketplace", PORT)
    sys.stdout.write(f"http://{address} is open, after {monotonic() - began:.1f} s\n")


def _test(root: Path, options: Namespace) -> None:
    """In a project of its own and on any free port, so that it disturbs no stack that is up."""
    images = Images(root, options.base_image)
    images.build()
    make_certificates(root)
    compose = _compose(root, f"{options.project}-test", 0)
    try:
        began = monotonic()
        compose.up()
        ready = monotonic()
        run_shop_tests(compose, images.tests())
        tested = monotonic()
    finally:
        stopping = monotonic()
        compose.down()
    sys.stdout.write(
        f"passed: started in {ready - began:.1f} s, tested in {tested - ready:.1f} s,"
        f" removed in {monotonic() - stopping:.1f} s\n"
    )


def _compose(root: Path, project: str, port: int, profiles: Sequence[str] = ()) -> Compose:
    environ = {"MARKETPLACE_PUBLISHED": str(port)}
    if OBSERVABILITY in profiles and not os.environ.get(TRACES):
        environ[TRACES] = JAEGER
    return Compose(project, root / "compose.yaml", environ)


def _parser() -> ArgumentParser:
    parser = ArgumentParser("./pants run build-support:stack --", description=__doc__)
    parser.add_argument("--project", default=PROJECT, help=f"Compose's name for it ({PROJECT})")
    parser.add_argument(
        "--base-image",
        default=os.environ.get("PANTS_IMAGES_BASE_IMAGE"),
        help=f"what to build images on; {OWN_BASE} is built when it is not there"
        " [PANTS_IMAGES_BASE_IMAGE]",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="build images, start the shop, wait, print its address")
    up.add_argument("--port", type=int, default=PORT, help=f"0 is any free one ({PORT})")
    up.add_argument(
        "--profile",
        action="append",
        default=[],
        help=f"such as {OBSERVABILITY}, where the services' traces then go; may be repeated",
    )
    commands.add_parser("down", help="stop and remove all that up made")
    commands.add_parser("test", help="build, start, test inside the shop's container, remove")
    return parser


def run() -> None:
    """The entry point."""
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
